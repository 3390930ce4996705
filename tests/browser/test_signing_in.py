"""Signing in with more than a password, by hand and with a key: Chromium brings an authenticator of its own."""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page

from apps.accounts.models import BrowserSession, User
from apps.audit.models import AuditLog
from tests.accounts.factors import shown, with_app
from tests.browser.conftest import Staff
from tests.factories.accounts import PASSWORD, user_with_password

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def sanne(server: str) -> User:
    return user_with_password(is_staff=True, is_superuser=True)


@pytest.fixture
def somebody(browser: Browser, server: str, sanne: User) -> Iterator[Staff]:
    """Somebody who is not logged in, with a key in the machine. A key belongs to a name, so the machine has one."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="nl-NL")
    context.set_default_timeout(15_000)
    page = context.new_page()
    machine = context.new_cdp_session(page)
    machine.send("WebAuthn.enable")
    machine.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    person = Staff(page, server.replace("127.0.0.1", "localhost"))
    yield person
    context.close()
    assert person.complaints == []


def give_password(person: Staff) -> None:
    person.open("/admin/login/")
    person.page.get_by_label("E-mail").fill("sanne@example.org")
    person.page.locator("input[name=password]").fill(PASSWORD)
    person.page.locator("button[type=submit]").click()


def type_code(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=code]").press("Enter")


def log_out(person: Staff) -> None:
    person.page.context.clear_cookies()


def test_the_password_and_the_code_of_the_phone(somebody, sanne):
    with_app(sanne)

    give_password(somebody)
    somebody.page.wait_for_url("**/admin/login/code/")
    somebody.look("code")
    assert not somebody.page.locator("#passkey-button").is_visible()
    type_code(somebody.page, "12")
    somebody.page.locator(".errors").wait_for()
    type_code(somebody.page, shown())

    somebody.page.wait_for_url("**/admin/")


def test_a_passkey_is_added_named_and_used(somebody, sanne):
    page = somebody.page
    give_password(somebody)
    page.wait_for_url("**/admin/")
    somebody.open("/admin/security/")
    page.locator("a[href$='/passkeys/add/']").click()
    page.locator("input[name=name]").fill("Laptop van Sanne")
    somebody.look("passkey-add")
    page.locator("#passkey-button").click()
    page.wait_for_url("**/admin/security/codes/")
    assert page.locator(".cc-codes li").count() == 10
    somebody.look("codes")
    somebody.open("/admin/security/")
    assert somebody.reads("Laptop van Sanne")

    log_out(somebody)
    give_password(somebody)
    page.wait_for_url("**/admin/login/code/")
    somebody.look("code-or-passkey")
    page.locator("#passkey-button").click()
    page.wait_for_url("**/admin/")

    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    assert BrowserSession.objects.filter(user=sanne).count() == 2


def test_a_key_that_the_browser_does_not_give_is_told_on_the_page(somebody, sanne):
    page = somebody.page
    give_password(somebody)
    page.wait_for_url("**/admin/")
    somebody.open("/admin/security/passkeys/add/")
    page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError')) }")
    page.locator("#passkey-button").click()
    page.locator("#passkey-trouble").wait_for()

    assert Authenticator.objects.count() == 0


def test_where_it_is_required_the_set_up_comes_first(somebody, sanne, settings):
    settings.REQUIRE_MFA = True
    page = somebody.page
    give_password(somebody)
    page.wait_for_url("**/admin/security/")
    somebody.look("set-up")
    somebody.open("/admin/orders/order/")
    page.wait_for_url("**/admin/security/")

    page.locator("a[href$='/security/app/']").click()
    somebody.look("app")
    type_code(page, shown(page.locator(".cc-secret").inner_text()))
    page.wait_for_url("**/admin/security/codes/")
    page.locator("#content-main a.cc-button-primary").click()

    page.wait_for_url("**/admin/")
    somebody.open("/admin/orders/order/")
    assert page.url.endswith("/admin/orders/order/")


def test_an_administrator_takes_a_lost_phone_away(staff):
    lost = user_with_password(email="piet@example.org", is_staff=True)
    with_app(lost)

    staff.open(f"/admin/accounts/user/{lost.pk}/change/")
    staff.page.locator("a[href$='/do/remove-factors/']").click()
    staff.page.locator("[name=reason]").fill("Telefoon in het water; gebeld op zijn vaste nummer.")
    staff.look("lost")
    staff.page.locator(".cc-sheet button[type=submit]").click()
    staff.page.wait_for_url("**/change/")

    assert Authenticator.objects.count() == 0
    assert AuditLog.objects.get(action="factor_removed").reason == "Telefoon in het water; gebeld op zijn vaste nummer."


def test_a_person_ends_a_session_elsewhere(staff):
    elsewhere = staff.page.context.browser.new_context()
    other = Staff(elsewhere.new_page(), staff.server)
    other.log_in("sanne@example.org")

    staff.open("/admin/security/")
    staff.look("security")
    staff.page.locator("form:has(input[name=session]) button").click()
    staff.page.wait_for_url("**/admin/security/")
    other.page.goto(f"{staff.server}/admin/")

    assert "/admin/login/" in other.page.url
    elsewhere.close()
