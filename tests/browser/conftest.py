"""A real browser on a real server with real commits.

Chromium is the system's own (`CHROMIUM` names another path); where there is none, these tests are skipped and say so.
Screenshots of every page visited go to the folder that `SCREENSHOTS` names, if any.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.factories.accounts import PASSWORD, user_with_password

FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(scope="module")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Chromium, for one file at a time: its driver runs a loop in this thread, which Django would take for async code."""
    if not Path(CHROMIUM).is_file():
        pytest.skip("no Chromium here: install it, or name it in CHROMIUM")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def server(browser: Browser, furnished_commits: str, data_dir: Path, settings) -> Iterator[str]:
    """The whole web side on a port of its own, with the reference data; gives its address."""
    settings.EMAIL_BACKEND = "apps.communication.clients.mailbox.MailboxBackend"
    thread = LiveServerThread("127.0.0.1", lambda handler: handler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


class Staff:
    """Somebody at a desk: what they see, and what they do with it."""

    def __init__(self, page: Page, server: str) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")

    def log_in(self, email: str) -> None:
        self.open("/admin/login/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("button[type=submit]").click()
        self.page.wait_for_url("**/admin/")

    def open(self, path: str) -> None:
        self.page.goto(self.server + path)
        self.look(path.strip("/").replace("/", "-") or "root")

    def look(self, name: str) -> None:
        """Keep a picture for whoever wants to see what was seen."""
        if SCREENSHOTS:
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name[:80]}.png", full_page=True)

    def reads(self, text: str) -> bool:
        return self.page.get_by_text(text).first.is_visible()

    def press(self, label: str) -> None:
        """Press a button or link of the record's page by its words."""
        self.page.locator(".cc-button:visible", has_text=label).first.click()


@pytest.fixture
def staff(browser: Browser, server: str) -> Iterator[Staff]:
    """An administrator who has logged in, in Dutch; at the end nothing may have gone wrong in the browser unseen."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="nl-NL")
    context.set_default_timeout(15_000)
    somebody = Staff(context.new_page(), server)
    somebody.log_in(user_with_password(is_staff=True, is_superuser=True).email)
    yield somebody
    context.close()
    assert somebody.complaints == []
