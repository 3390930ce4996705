"""The back office without a mouse."""

from apps.orders.models import Order
from tests.browser.test_order import DETAILS, Desk


def test_keys_lead_to_pages_and_tell_of_themselves(staff):
    staff.open("/admin/")

    staff.page.keyboard.press("?")
    assert staff.page.locator("[data-keys]").is_visible()
    staff.look("keys")
    staff.page.keyboard.press("Escape")
    staff.page.keyboard.press("g")
    staff.page.keyboard.press("o")
    staff.page.wait_for_url("**/admin/orders/order/")
    staff.page.keyboard.press("/")
    assert staff.page.evaluate("document.activeElement.id") == "searchbar"
    staff.page.keyboard.type("n?")
    assert staff.page.url.endswith("/admin/orders/order/")
    staff.open("/admin/")
    staff.page.keyboard.press("n")
    staff.page.wait_for_url("**/admin/orders/order/add/**")


def test_the_first_stop_is_the_way_past_the_menu(staff):
    staff.open("/admin/")

    staff.page.keyboard.press("Tab")
    skip = staff.page.locator(".cc-skip")

    assert skip.evaluate("link => link === document.activeElement")
    assert skip.bounding_box()["y"] >= -1


def test_an_order_is_placed_without_a_mouse_for_a_customer_that_is_found(staff):
    Desk(staff).place(**DETAILS)
    staff.open("/admin/orders/order/add/")
    staff.page.locator("[name=business_entity]").focus()
    staff.page.keyboard.type("Lader")
    staff.page.keyboard.press("Tab")
    staff.page.keyboard.type("fenna@example.nl")
    staff.page.keyboard.press("Enter")
    staff.page.locator("[data-found]").wait_for()
    assert staff.page.locator("[data-new-customer]").is_hidden()
    staff.look("new-order-found")

    staff.page.locator("[name=_open]").focus()
    staff.page.keyboard.press("Enter")
    staff.page.wait_for_url("**/change/")

    first, second = Order.objects.order_by("created_at")
    assert first.customer_organization == second.customer_organization
    assert first.installation_address.place == second.installation_address.place


def test_a_phone_shows_the_new_order_without_scrolling_sideways(staff):
    staff.page.set_viewport_size({"width": 390, "height": 844})
    staff.open("/admin/orders/order/add/")

    wide = staff.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert wide <= 0
