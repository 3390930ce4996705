"""An order from the phone call to its completion, in the back office, by hand."""

from datetime import timedelta

from apps.communication.services import send_due_messages
from apps.core import clock
from apps.orders.choices import OrderStatus
from apps.orders.models import Order
from tests.browser.conftest import Staff

DETAILS = {
    "email": "fenna@example.nl",
    "name": "Fenna Zonderling",
    "phone": "06 12345678",
    "street": "Dorpsstraat",
    "house_number": "12",
    "postal_code": "3861 AB",
    "city": "Nijkerk",
}


class Desk:
    """An order's page under somebody's hands."""

    def __init__(self, staff: Staff) -> None:
        self.staff, self.page = staff, staff.page

    def place(self, **details: str) -> Order:
        self.staff.open("/admin/orders/order/add/")
        self.page.locator("[name=business_entity]").select_option(label="LaderThuis.nl")
        for name, value in details.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.page.locator("[name=_open]").click()
        self.page.wait_for_url("**/change/")
        return Order.objects.get()

    def add_line(self, article: str) -> None:
        self.page.locator("a[href$='/lines/']").click()
        self.page.locator("[name=lines-0-article]").fill(article)
        self.page.locator("#content-main button[type=submit]").last.click()
        self.page.wait_for_url("**/change/")

    def step(self, frm: str, to: str, **answers: str) -> None:
        """Press the button of a step, answer what it asks, and come back to the order."""
        self.ask(frm, to)
        for name, value in answers.items():
            self.page.locator(f"[name={name}]").fill(value)
        if "/do/" in self.page.url:
            self.submit()
        self.page.wait_for_url("**/change/")
        assert self.chip() == label(to), f"after {frm} it is {self.chip()}, not {label(to)}"
        self.staff.look(f"order-{to}")

    def ask(self, frm: str, to: str) -> None:
        where = f"/do/{frm}-{to}/"
        self.page.locator(f".cc-buttons a[href$='{where}'], .cc-buttons form[action$='{where}'] button").click()
        self.page.wait_for_load_state()

    def submit(self) -> None:
        self.page.locator(".cc-sheet button[type=submit]").click()
        self.page.wait_for_load_state()

    def chip(self) -> str:
        return self.page.locator(".cc-order-head .cc-chip-label").first.inner_text()

    def history(self) -> list[str]:
        return self.page.locator(".cc-timeline li p:first-child :is(a, strong)").all_inner_texts()


def label(status: str) -> str:
    return str(LABELS[status])


LABELS = {
    OrderStatus.INTAKE_SENT: "Intake verzonden",
    OrderStatus.INTAKE_COMPLETED: "Intake afgerond",
    OrderStatus.QUOTE_DRAFT: "Offerte concept",
    OrderStatus.QUOTE_READY: "Offerte klaar",
    OrderStatus.QUOTE_SENT: "Offerte verzonden",
    OrderStatus.BOTH_APPROVED: "Volledig akkoord",
    OrderStatus.PLANNING: "In planning",
    OrderStatus.SCHEDULED: "Ingepland",
    OrderStatus.IN_PROGRESS: "In uitvoering",
    OrderStatus.COMPLETED: "Afgerond",
}


def test_an_order_goes_from_new_lead_to_completed(staff, deliver_events):
    desk = Desk(staff)
    order = desk.place(**DETAILS)
    assert desk.chip() == "Nieuwe lead"

    desk.step("new_lead", "intake_sent")
    desk.step("intake_sent", "intake_completed")
    desk.step("intake_completed", "quote_draft")

    refused = staff.page.locator(".cc-button-refused", has_text="Offerte klaar")
    refused.hover()
    assert "Er is minstens één regel nodig." in refused.inner_text()
    staff.look("order-refused")
    desk.add_line("ZAP-HOME-22")

    desk.step("quote_draft", "quote_ready")
    desk.step("quote_ready", "quote_sent")
    desk.ask("quote_sent", "both_approved")
    desk.submit()  # without saying who agreed
    assert staff.page.locator(".errors").count() == 1
    staff.page.locator("[name=reason]").fill("Fenna, telefonisch, vanochtend")
    desk.submit()
    staff.page.wait_for_url("**/change/")

    desk.step("both_approved", "planning")
    desk.step("planning", "scheduled", planned_start_date=(clock.today() + timedelta(days=7)).isoformat())
    desk.step("scheduled", "in_progress")
    desk.step("in_progress", "completed")

    deliver_events()
    send_due_messages(limit=50)
    order = Order.objects.get()
    assert order.status == OrderStatus.COMPLETED
    staff.open(f"/admin/orders/order/{order.pk}/change/")
    assert staff.page.locator(".cc-buttons [href*='/do/completed-']").count() == 0
    told = desk.history()
    assert [text for text in reversed(told) if text in {"Nieuwe lead", *LABELS.values()}] == ["Nieuwe lead", *LABELS.values()]
    assert any("Wij hebben uw aanvraag ontvangen" in text for text in told)

    staff.open("/admin/mailbox/")
    staff.page.get_by_role("link", name=f"Wij hebben uw aanvraag ontvangen: {order.order_number}").click()
    staff.page.frame_locator("iframe").get_by_text("Dorpsstraat 12").wait_for()


def test_a_page_that_is_out_of_date_moves_nothing(staff):
    desk = Desk(staff)
    order = desk.place(**DETAILS)
    elsewhere = staff.page.context.new_page()
    elsewhere.goto(f"{staff.server}/admin/orders/order/{order.pk}/change/")
    elsewhere.locator("form[action$='/do/new_lead-intake_completed/'] button").click()
    elsewhere.wait_for_load_state()

    desk.ask("new_lead", "intake_sent")

    assert staff.reads("Dit kan niet meer")
    assert Order.objects.get().status == OrderStatus.INTAKE_COMPLETED


def test_a_phone_shows_the_order_without_scrolling_sideways(staff):
    order = Desk(staff).place(**DETAILS)

    for width in (360, 390, 768):
        staff.page.set_viewport_size({"width": width, "height": 800})
        for path in ("/admin/", "/admin/orders/order/", f"/admin/orders/order/{order.pk}/change/"):
            staff.open(path)
            wide = staff.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} pixels too wide at {width}"
