"""A customer pays an invoice in a real browser: through our page, the provider's, and back."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from apps.finance import services
from apps.finance.models import Invoice, MollieConnection, OnlinePayment
from apps.organizations.models import BusinessEntity
from tests.browser.conftest import SCREENSHOTS, Staff
from tests.fakes.mollie import FakeMollie
from tests.finance.conftest import completed_order, generated
from tests.finance.online import mollie_at


@pytest.fixture
def company(server: str, settings) -> BusinessEntity:
    settings.PUBLIC_BASE_URL = server
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
    return BusinessEntity.objects.get(entity_code="chargecars")


@pytest.fixture
def mollie(company: BusinessEntity, settings) -> Iterator[FakeMollie]:
    with mollie_at(settings, entity=company) as fake:
        yield fake


@pytest.fixture
def invoice(company: BusinessEntity, mollie: FakeMollie) -> Invoice:
    return generated(completed_order(company, ("1", "100.00", "0.21")))


class Customer:
    """Somebody at home: what they see, and what went wrong unseen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def look(self, name: str) -> None:
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)

    def fits(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture(params=[{"width": 1280, "height": 800}, {"width": 390, "height": 844}], ids=["desk", "phone"])
def customer(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Customer]:
    scheme = "dark" if request.param["width"] == 390 else "light"
    context = browser.new_context(viewport=request.param, color_scheme=scheme)
    context.set_default_timeout(15_000)
    found = Customer(context.new_page())
    yield found
    context.close()
    assert found.complaints == []


def test_a_customer_pays_and_comes_back(customer: Customer, invoice: Invoice, mollie: FakeMollie) -> None:
    page, link = customer.page, services.pay_link(Invoice.objects.get(pk=invoice.pk))
    size = page.viewport_size["width"] if page.viewport_size else 0
    page.goto(f"{link}?language=en")
    assert page.get_by_text("€ 121.00").first.is_visible()
    assert customer.fits()
    customer.look(f"pay-open-{size}")

    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{mollie.address}/checkout/*")
    online = OnlinePayment.objects.get()

    page.goto(f"{link}?language=en")
    assert page.get_by_text("not confirmed yet").is_visible()
    customer.look(f"pay-unfinished-{size}")

    mollie.ends(online.provider_id, "canceled")
    services.online_payment_knock(provider_id=online.provider_id)
    services.online_payments_ask()
    page.goto(link)
    assert page.locator("html").get_attribute("lang") == "nl"
    page.get_by_role("link", name="English").click()
    assert page.get_by_text("The payment was cancelled").is_visible()
    customer.look(f"pay-cancelled-{size}")

    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{mollie.address}/checkout/*")
    second = OnlinePayment.objects.exclude(pk=online.pk).get()
    mollie.pays(second.provider_id)
    services.online_payment_knock(provider_id=second.provider_id)
    services.online_payments_ask()
    page.goto(f"{link}?language=en")
    assert page.get_by_text("Thank you").is_visible()
    assert page.get_by_role("button").count() == 0
    customer.look(f"pay-paid-{size}")


def test_staff_copy_the_link_and_see_the_payment(staff: Staff, invoice: Invoice, mollie: FakeMollie) -> None:
    services.online_payment_start(invoice=Invoice.objects.get(pk=invoice.pk))
    staff.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    staff.open(f"/admin/finance/invoice/{invoice.pk}/change/")

    staff.page.locator("[data-copy]").click()
    copied = staff.page.evaluate("navigator.clipboard.readText()")
    assert urlsplit(copied).path == urlsplit(services.pay_link(Invoice.objects.get(pk=invoice.pk))).path
    staff.open("/admin/finance/onlinepayment/")
    assert staff.reads(str(OnlinePayment.objects.get()))
    staff.open(f"/admin/finance/onlinepayment/{OnlinePayment.objects.get().pk}/change/")
    staff.open("/admin/finance/mollieconnection/")
    staff.open(f"/admin/finance/mollieconnection/{MollieConnection.objects.get().pk}/change/")
