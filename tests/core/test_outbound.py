"""Which addresses may be called at all, and what an answer's Retry-After means."""

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.core import outbound
from apps.core.outbound import FinalError, OutboundAnswer, RetryableError, Timeouts

SHORT = Timeouts(resolve=0.5, connect=0.5, total=1.0)


# Addresses


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://partner.example.com/hook", "scheme_not_allowed"),
        ("ftp://partner.example.com/", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://partner.example.com/", "scheme_not_allowed"),
        ("data:text/plain,hello", "scheme_not_allowed"),
        ("unix:///run/postgresql", "scheme_not_allowed"),
        ("//partner.example.com/", "scheme_not_allowed"),
        ("partner.example.com", "scheme_not_allowed"),
        ("", "url_not_plain"),
        ("https://good@127.0.0.1/", "credentials_in_url"),
        ("https://good:word@partner.example.com/", "credentials_in_url"),
        ("https://partner.example.com\\@127.0.0.1/", "url_not_plain"),
        ("https://partner.example.com#@127.0.0.1/", "fragment_in_url"),
        ("https://partner.example.com/hook#", "fragment_in_url"),
        ("https://partner.example.com%2f.evil.example/", "host_not_a_name"),
        ("https://partner.example\t.com/", "url_not_plain"),
        ("https://partner.example.com/\nHost: evil", "url_not_plain"),
        ("https://partner.example.com/a b", "url_not_plain"),
        ("https://pаrtner.example.com/", "url_not_plain"),  # a Cyrillic a
        ("https://partner。example.com/", "url_not_plain"),
        ("https://partner.example.com./", "host_not_a_name"),
        ("https://127.0.0.1./", "host_not_a_name"),
        ("https://partner.example.com:22/", "port_not_allowed"),
        ("https://partner.example.com:25/", "port_not_allowed"),
        ("https://partner.example.com:5432/", "port_not_allowed"),
        ("https://partner.example.com:6379/", "port_not_allowed"),
        ("https://partner.example.com:0/", "port_not_allowed"),
        ("https://partner.example.com:65536/", "url_not_readable"),
        ("https://partner.example.com:-1/", "url_not_readable"),
        ("https://[::1/", "url_not_readable"),
        ("https:///hook", "host_not_a_name"),
        ("https://localhost/", "host_not_a_name"),
        ("https://LOCALHOST/", "host_not_a_name"),
        ("https://127.1/", "host_not_a_name"),
        ("https://127.0.0.1/", "host_not_a_name"),
        ("https://2130706433/", "host_not_a_name"),
        ("https://0x7f.1/", "host_not_a_name"),
        ("https://0x7f000001/", "host_not_a_name"),
        ("https://0177.0.0.1/", "host_not_a_name"),
        ("https://8.8.8.8/", "host_not_a_name"),
        ("https://[::]/", "host_not_a_name"),
        ("https://[::1]/", "host_not_a_name"),
        ("https://[::ffff:127.0.0.1]/", "host_not_a_name"),
        ("https://[64:ff9b::7f00:1]/", "host_not_a_name"),
        ("https://[2002:7f00:1::]/", "host_not_a_name"),
        ("https://169.254.169.254/latest/meta-data/", "host_not_a_name"),
        ("https://100.64.0.1/", "host_not_a_name"),
        ("https://metadata.google.internal/", "host_not_public"),
        ("https://vault.internal/", "host_not_public"),
        ("https://printer.local/", "host_not_public"),
        ("https://app.localhost/", "host_not_public"),
        ("https://backoffice.chargecars.example/", "host_not_public"),
        ("https://-partner.example.com/", "host_not_a_name"),
        ("https://partner.example.com/" + "a" * 2_000, "url_not_plain"),
    ],
)
def test_an_address_that_is_not_plainly_public_is_never_called(url, code, settings):
    settings.OUTBOUND_ALLOW_HOSTS = []
    settings.PUBLIC_BASE_URL = "https://backoffice.chargecars.example"

    with pytest.raises(FinalError) as refusal:
        outbound.get(url)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1"),
        *("172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7"),
        *("203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1"),
        *("100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::"),
        *("2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%1", "fec0::1"),
        *("ff02::1", "ff0e::1"),
    ],
)
def test_an_address_for_a_special_purpose_is_not_public(address):
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:4700:4700::1111"])
def test_an_ordinary_address_is_public(address):
    assert outbound.is_public(address)


class Names:
    """A resolver of names of our own: each look-up takes the next answer."""

    def __init__(self, *answers: list[str] | OSError, delay: float = 0) -> None:
        self.answers, self.delay, self.asked = list(answers), delay, 0

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        time.sleep(self.delay)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, OSError):
            raise answer
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]


@pytest.fixture
def resolve(monkeypatch, settings) -> Callable[..., Names]:
    settings.OUTBOUND_ALLOW_HOSTS = []

    def to(*answers: list[str] | OSError, delay: float = 0) -> Names:
        names = Names(*answers, delay=delay)
        monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
        return names

    return to


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "::1"], ["93.184.215.14", "10.0.0.5"]])
def test_one_private_answer_among_the_answers_refuses_the_name(addresses, resolve):
    resolve(addresses)

    with pytest.raises(FinalError) as refusal:
        outbound.get("https://partner.example.com/")

    assert refusal.value.code == "address_not_public"


def test_a_name_is_resolved_once_so_it_cannot_change_its_mind(resolve, monkeypatch):
    names = resolve(["93.184.215.14"], ["127.0.0.1"])
    called: list[tuple[str, int]] = []

    def refuse(address: tuple[str, int], **_: object) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refuse)

    with pytest.raises(RetryableError):
        outbound.get("https://partner.example.com/")

    assert names.asked == 1
    assert called == [("93.184.215.14", 443)]


def test_a_name_that_does_not_exist_may_exist_later(resolve):
    resolve(socket.gaierror(-2, "Name or service not known"))

    with pytest.raises(RetryableError) as refusal:
        outbound.get("https://partner.example.com/")

    assert refusal.value.code == "name_not_resolved"


def test_a_resolver_that_sleeps_is_not_waited_for(resolve):
    resolve(["93.184.215.14"], delay=2)
    started = time.monotonic()

    with pytest.raises(RetryableError) as refusal:
        outbound.get("https://partner.example.com/", timeouts=SHORT)

    assert refusal.value.code == "name_not_resolved"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("listed", "url", "allowed"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000/hook", True),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/hook", True),
        ("127.0.0.1:9000", "http://127.0.0.1:5432/hook", False),
        ("::1", "http://[::1]:9000/", True),
        ("[::1]", "http://[::1]:9000/", True),
        ("crm.internal", "https://crm.internal/", True),
        ("crm.internal", "https://other.internal/", False),
        ("localhost", "http://evil.localhost/", False),
    ],
)
def test_a_listed_host_may_be_private_and_no_other(listed, url, allowed, settings):
    settings.OUTBOUND_ALLOW_HOSTS = [listed]

    if allowed:
        assert outbound.read_url(url).listed
    else:
        with pytest.raises(FinalError):
            outbound.read_url(url)


# Retry-After


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 5 ", timedelta(seconds=5)),
        ("0", None),
        ("-30", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5000, None),
        ("315360000", timedelta(hours=24)),
        ("Fri, 02 Jan 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Fri, 02 Jan 2026 11:00:00 GMT", None),
        ("Wed, 02 Jan 2036 12:00:00 GMT", timedelta(hours=24)),
        ("Fri, 02 Jan 2026 12:10:00", None),
        ("Fri, 99 Foo 2026", None),
    ],
)
def test_retry_after_in_all_its_forms(header, wait):
    headers = {} if header is None else {"retry-after": header}

    with time_machine.travel(datetime(2026, 1, 2, 12, tzinfo=UTC), tick=False):
        assert OutboundAnswer(status=429, headers=headers, body=b"", elapsed_ms=1).retry_after == wait
