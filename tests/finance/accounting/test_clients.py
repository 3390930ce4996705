"""How the clients read what comes back: what passes, what a person must mend, and how long they ask us to rest."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from apps.core import outbound
from apps.core.outbound import OutboundAnswer
from apps.finance.clients import exact, xero
from apps.finance.clients.accounting import LIMIT_REACHED, Entry, EntryLine, NotLetIn, Refusal, Unwell, Wire
from apps.finance.clients.exact import Exact, entry_number
from apps.finance.clients.xero import Xero
from tests.fakes.server import Asked, Fake, Said
from tests.finance.accounting.desk import NOON


class Parrot(Fake):
    """Says what it was told to say."""

    said = Said()

    def answer(self, asked: Asked) -> Said:
        return self.said


@pytest.fixture
def parrot():
    fake = Parrot().start()
    yield fake
    fake.stop()


def wire(system=Exact, pace=lambda: None) -> Wire:
    return Wire(token="token", pace=pace, manners=system.manners)


def entry(number: str, *, is_credit_note: bool = False) -> Entry:
    line = EntryLine(account="8000", vat_code="2", amount=Decimal("599.00"), vat=Decimal("125.79"), description="Laadpunt")
    return Entry(
        number=number, is_credit_note=is_credit_note, issued_on=date(2026, 3, 2), due_on=date(2026, 3, 16), reference="",
        description="", lines=(line,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Refusal), (400, Refusal), (404, Refusal), (410, Refusal), (422, Refusal),
        (401, NotLetIn), (403, NotLetIn),
        (429, Unwell), (500, Unwell), (502, Unwell), (503, Unwell), (504, Unwell),
    ],
)  # fmt: skip
def test_each_status_says_what_to_do(parrot, status, kind):
    parrot.said = Said(status)
    made = wire()

    with pytest.raises(outbound.OutboundError) as failure:
        made.call("POST", f"{parrot.origin}/x", {})

    assert (type(failure.value), failure.value.code) == (kind, f"http_{status}")
    assert [(call.status, call.error_code) for call in made.calls] == [(status, f"http_{status}")]


def test_nobody_there_may_be_better_another_time(parrot):
    parrot.stop()

    with pytest.raises(Unwell) as failure:
        wire().call("GET", f"{parrot.origin}/x")

    assert failure.value.code == "connection_failed"


def test_an_address_that_may_not_be_called_is_a_persons_to_mend():
    with pytest.raises(Refusal) as failure:
        wire().call("GET", "http://10.0.0.1/x")

    assert failure.value.code == "scheme_not_allowed"


def test_the_log_of_a_call_holds_no_question(parrot):
    made = wire()

    made.call("GET", f"{parrot.origin}/crm/Accounts?$filter=Name eq 'Jansen'&$select=ID".replace(" ", "%20"))

    assert [call.url for call in made.calls] == [f"{parrot.origin}/crm/Accounts"]


def test_when_the_minute_is_used_up_no_call_is_made_before_the_next(parrot, at):
    reset = round((NOON + timedelta(seconds=42)).timestamp() * 1000)
    parrot.said = Said(200, {}, {"X-RateLimit-Minutely-Remaining": "0", "X-RateLimit-Minutely-Reset": str(reset)})
    made = wire()
    made.call("GET", f"{parrot.origin}/x")

    with pytest.raises(Unwell) as failure:
        made.call("GET", f"{parrot.origin}/x")

    assert (failure.value.code, failure.value.retry_after, len(parrot.calls)) == (LIMIT_REACHED, timedelta(seconds=42), 1)


def test_the_longest_of_exacts_limits_counts():
    minute, day = NOON + timedelta(seconds=42), NOON + timedelta(hours=12)
    used_up = {
        "x-ratelimit-minutely-remaining": "0", "x-ratelimit-minutely-reset": f"{minute.timestamp() * 1000:.0f}",
        "x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{day.timestamp() * 1000:.0f}",
    }  # fmt: skip

    assert exact.rests_until(used_up) == day
    assert exact.rests_until({**used_up, "x-ratelimit-remaining": "17"}) == minute
    assert exact.rests_until({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}) is None
    assert exact.rests_until({}) is None


def test_xero_says_only_that_a_limit_is_reached(at):
    assert xero.rests_until({"x-minlimit-remaining": "0"}) == datetime.now(UTC) + timedelta(minutes=1)
    assert xero.rests_until({"x-daylimit-remaining": "0", "x-minlimit-remaining": "0"}) == datetime.now(UTC) + timedelta(days=1)
    assert xero.rests_until({"x-daylimit-remaining": "4999", "x-minlimit-remaining": "59"}) is None


@pytest.mark.parametrize(
    ("explain", "headers", "body", "words"),
    [
        (exact.explain, {}, b'{"error": {"message": {"lang": "", "value": "Boekstuknummer bestaat al"}}}', "Boekstuknummer bestaat al"),
        (exact.explain, {"reason": "The key is blocked"}, b"<html>", "The key is blocked"),
        (exact.explain, {}, b'{"error": "x"}', ""),
        (xero.explain, {}, b'{"Message": "A", "Elements": [{"ValidationErrors": [{"Message": "B"}, {"Message": "C"}]}]}', "B; C"),
        (xero.explain, {}, b'{"Message": "A validation exception occurred"}', "A validation exception occurred"),
        (xero.explain, {}, b'{"Detail": "TokenExpired"}', "TokenExpired"),
        (xero.explain, {}, b"[]", ""),
    ],
)  # fmt: skip
def test_why_they_refuse_is_told_in_their_words(explain, headers, body, words):
    assert explain(OutboundAnswer(status=400, headers=headers, body=body, elapsed_ms=1)) == words


@pytest.mark.parametrize(
    ("number", "is_credit_note", "there"),
    [
        ("INV-CC-2026-00001", False, 260000001),
        ("CN-CC-2026-00001", True, 1260000001),
        ("INV-CC-2026-100000", False, 260100000),
        ("INV-LT-2050-99999", False, 500099999),
    ],
)
def test_each_document_has_a_number_that_exact_can_hold(number, is_credit_note, there):
    assert entry_number(entry(number, is_credit_note=is_credit_note)) == there < 2**31


ODD = [{}, [], {"d": {"results": "x"}}, {"d": {"results": [{}]}}, {"Invoices": [1]}]
ACTS = {
    "Exact makes": lambda: Exact(wire(), administration="1").add_entry(entry("INV-CC-2026-00001"), customer_id="x"),
    "Exact looks": lambda: Exact(wire(), administration="1").find_entry(entry("INV-CC-2026-00001")),
    "Xero makes": lambda: Xero(wire(Xero), administration="1").add_payment(
        invoice_id="x", account="1100", amount=Decimal(1), on=date(2026, 3, 2), reference="", key="k"
    ),
    "Xero looks": lambda: Xero(wire(Xero), administration="1").find_entry(entry("INV-CC-2026-00001")),
}


@pytest.mark.parametrize("body", ODD, ids=repr)
@pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))
def test_an_answer_of_another_shape_is_no_answer(parrot, settings, act, body):
    settings.EXACT_URL = settings.XERO_API_URL = parrot.origin
    parrot.said = Said(200, body)

    with pytest.raises(Unwell) as failure:
        act()

    assert failure.value.code == "bad_answer"


def test_xero_gets_its_tenant_with_every_call(parrot, settings):
    settings.XERO_API_URL = parrot.origin
    parrot.said = Said(404)

    assert Xero(wire(Xero), administration="tenant").find_entry(entry("INV-CC-2026-00001")) is None

    assert [(call.path, call.headers["xero-tenant-id"]) for call in parrot.calls] == [
        ("/api.xro/2.0/Invoices/INV-CC-2026-00001", "tenant")
    ]
