"""WCAG 2.1 A and AA on every main screen, by axe: by day, in the dark, on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Browser, Page

from apps.orders.models import Order
from apps.organizations.models import Organization
from apps.partners.models import PartnerIntegration
from tests.accounts.factors import with_app, with_recovery_codes
from tests.browser.conftest import Staff
from tests.factories.accounts import PASSWORD, user_with_password

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}, "resultTypes": ["violations"]}
GRAVE = ("serious", "critical")
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def reader(browser: Browser, server: str) -> Iterator[Staff]:
    """An administrator in a small believable world; axe is let in past the policy that keeps foreign scripts out."""
    call_command("seed_demo", orders=4, verbosity=0)
    context = browser.new_context(viewport=WIDE, locale="nl-NL", color_scheme="light", bypass_csp=True)
    context.set_default_timeout(30_000)
    yield Staff(context.new_page(), server)
    context.close()


def test_no_main_screen_stands_in_anybodys_way(reader: Staff, axe: Axe) -> None:
    found = {}
    reader.open("/admin/login/")
    found["login"] = grave(axe, reader)
    reader.log_in(user_with_password(is_staff=True, is_superuser=True).email)
    for path in screens():
        reader.open(path)
        found[path] = grave(axe, reader)

    found["many orders at once"] = grave_in_bulk(axe, reader)

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_no_step_of_the_second_factor_stands_in_anybodys_way(reader: Staff, axe: Axe) -> None:
    sanne = user_with_password(is_staff=True, is_superuser=True)
    found = {}
    reader.log_in(sanne.email)
    for path in ("/admin/security/", "/admin/security/app/", "/admin/security/passkeys/add/"):
        reader.open(path)
        found[path] = grave(axe, reader)
    with_app(sanne)
    with_recovery_codes(sanne)
    reader.open("/admin/security/codes/")
    found["recovery codes"] = grave(axe, reader)
    reader.page.context.clear_cookies()
    reader.open("/admin/login/")
    reader.page.get_by_label("E-mail").fill(sanne.email)
    reader.page.locator("input[name=password]").fill(PASSWORD)
    reader.page.locator("button[type=submit]").click()
    reader.page.wait_for_url("**/admin/login/code/")
    found["code"] = grave(axe, reader)
    reader.page.locator("input[name=code]").fill("12")
    reader.page.locator("input[name=code]").press("Enter")
    reader.page.locator(".errors").wait_for()
    found["wrong code"] = grave(axe, reader)

    assert {path: problems for path, problems in found.items() if problems} == {}


def grave_in_bulk(axe: Axe, reader: Staff) -> list[str]:
    """What is wrong with the list while rows are ticked, with the look ahead, and with what came of it."""
    reader.open("/admin/orders/order/")
    for box in reader.page.locator("input.action-select").all():
        box.evaluate("box => box.click()")
    problems = grave(axe, reader)
    reader.page.locator("select[name=action]").evaluate(
        "select => { select.value = [...select.options].find(each => each.value.includes('hold')).value; select.form.submit() }"
    )
    reader.page.locator(".cc-figures").wait_for()
    problems += grave(axe, reader)
    reader.page.locator("[name=hold_reason_details]").fill("De klant is op vakantie.")
    reader.page.locator("#content-main button[type=submit]").click()
    reader.page.locator(".cc-table").wait_for()
    return problems + grave(axe, reader)


def grave(axe: Axe, reader: Staff) -> list[str]:
    """What is wrong with the page that stands open: by day, in the dark and on a phone."""
    page = reader.page
    page.wait_for_timeout(100)  # the page's own scripts have had their turn
    found = {f"by day: {words}" for words in violations(axe, page)}
    page.evaluate("document.documentElement.classList.add('dark')")
    page.emulate_media(color_scheme="dark")
    found |= {f"in the dark: {words}" for words in violations(axe, page)}
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(100)
    found |= {f"on a phone: {words}" for words in violations(axe, page)}
    page.set_viewport_size(WIDE)
    return sorted(found)


def violations(axe: Axe, page: Page) -> list[str]:
    each_kind: list[dict[str, Any]] = axe.run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in each_kind if each["impact"] in GRAVE for node in each["nodes"]]


def screens() -> list[str]:
    order = f"/admin/orders/order/{Order.objects.order_by('created_at').first().pk}"
    integration = f"/admin/partners/partnerintegration/{PartnerIntegration.objects.get(partner_organization__slug='groendus').pk}"
    return [
        "/admin/",
        "/admin/find/?q=an",
        "/admin/orders/order/",
        "/admin/orders/order/?q=nobody",
        f"{order}/change/",
        f"{order}/lines/",
        f"{order}/history/",
        "/admin/orders/order/add/",
        "/admin/orders/order/filters/?q=an",
        "/admin/orders/order/export/",
        f"{integration}/change/",
        f"{integration}/try/",
        f"{integration}/resend/",
        "/admin/partners/partnerdelivery/",
        "/admin/django_celery_beat/periodictask/",
        "/admin/workflow/internaltask/",
        "/admin/dashboard/",
        "/admin/reports/orders/",
        "/admin/reports/financial/",
        "/admin/figures/orders_value/rows/",
        "/admin/organizations/organization/",
        f"/admin/organizations/organization/{Organization.objects.first().pk}/change/",
        "/admin/security/",
        "/admin/nothing-here/",
    ]
