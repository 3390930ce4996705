"""A partner reports statuses of its orders, and looks at them."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from apps.accounts.services import issue_access_token
from apps.orders.models import Order
from apps.partners.models import PartnerIntegration, PartnerOrderReference, PartnerStatusReport
from apps.partners.pages import reports_in_timeline
from apps.workflow.models import InternalTask, StatusTransition
from apps.workflow.services import change_entity_status
from tests.factories.accounts import UserFactory
from tests.factories.partners import PartnerIntegrationFactory
from tests.partners.conftest import Partner, partner_with_key
from tests.partners.endpoints import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_data", "at")]

MEANINGS = {"AGREED": "customer_approved", "READY": "intake_completed", "QUOTE": "quote_ready", "PAUSED": "on_hold"}
ARROWS = [{"from": "new_lead", "to": "intake_completed"}, {"from": "quote_draft", "to": "quote_ready"}]


@pytest.fixture
def order(partner, canonical) -> Order:
    partner.post(canonical())
    PartnerIntegration.objects.update(
        status_mapping={"partner_to_chargecars": MEANINGS}, status_arrows=[*ARROWS, {"from": "new_lead", "to": "on_hold"}]
    )
    return Order.objects.get()


def report(partner: Partner, status: str, minutes: int = 0, **fields: Any) -> Any:
    message = {
        "partner_order_id": "ZON-1",
        "status": status,
        "timestamp": (NOON + timedelta(minutes=minutes - 60)).isoformat(),
        **fields,
    }
    return partner.post(message, path=partner.path.replace("/orders", "/status"))


def view(partner: Partner, number: str = "ZON-1", *, api_key: str = "") -> Any:
    return Client().get(f"{partner.path}/{number}", headers={"Authorization": f"Bearer {api_key or partner.api_key}"})


def move(order: Order, *statuses: str, reason: str = "", context: dict[str, Any] | None = None) -> None:
    for status in statuses:
        change_entity_status(
            entity_type="order", entity_id=order.pk, to_status=status, transition_reason=reason, business_context=context
        )


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def known() -> tuple[str, Any]:
    reference = PartnerOrderReference.objects.get()
    return reference.external_status, reference.external_status_at


def asked() -> list[InternalTask]:
    """What colleagues were asked because of a report; the order's unknown article is another matter."""
    return list(InternalTask.objects.exclude(title__contains="anders"))


# What a partner reports


def test_a_step_that_was_agreed_moves_the_order(partner, order):
    answer = report(partner, "READY", notes="Alles ingevuld.")

    step = StatusTransition.objects.filter(entity_id=order.pk).latest("sequence")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "partner_order_id": "ZON-1",
            "order_number": order.order_number,
            "status": "READY",
            "timestamp": "2026-03-02T12:00:00+01:00",
            "result": "moved",
            "code": "",
        },
    )
    assert (step.from_status, step.to_status, step.business_context) == (
        "new_lead", "intake_completed", {"partner_status": "READY"},
    )  # fmt: skip
    assert step.transition_reason.endswith("READY\nAlles ingevuld.")
    assert (step.actor_kind, step.actor_id) == ("api_key", str(partner.key.pk))
    assert known() == ("READY", NOON - timedelta(minutes=60))


def test_without_an_agreed_step_it_is_kept_and_no_more(partner, order):
    PartnerIntegration.objects.update(status_arrows=[])

    answer = report(partner, "READY")

    assert (answer.json()["result"], answer.json()["code"]) == ("recorded", "arrow_not_listed")
    assert (status_of(order), known()[0]) == ("new_lead", "READY")
    assert asked() == []


def test_a_word_without_a_meaning_is_kept(partner, order):
    answer = report(partner, "Klant gebeld")

    assert (answer.json()["result"], answer.json()["code"]) == ("recorded", "status_not_mapped")
    assert (status_of(order), known()[0]) == ("new_lead", "Klant gebeld")


def test_where_the_order_is_already_nothing_moves(partner, order):
    move(order, "intake_completed")

    assert report(partner, "READY").json()["code"] == "already_there"
    assert StatusTransition.objects.filter(entity_id=order.pk).count() == 2


def test_a_step_that_the_order_cannot_take_is_kept_and_a_colleague_is_asked_once(partner, order):
    order.line_items.all().delete()
    move(order, "intake_completed", "quote_draft")

    answers = [report(partner, "QUOTE", minutes) for minutes in (0, 0, 1)]

    (task,) = asked()
    assert [(answer.json()["result"], answer.json()["code"]) for answer in answers] == [("recorded", "guard_failed")] * 3
    assert status_of(order) == "quote_draft"
    assert (task.about_type, task.about_id, order.order_number in task.title) == ("order", order.pk, True)
    assert PartnerStatusReport.objects.count() == 2


def test_a_partner_may_hold_an_order_where_that_was_agreed(partner, order):
    assert report(partner, "PAUSED", notes="Klant is op reis.").json()["result"] == "moved"

    hold = order.holds.get()
    assert (status_of(order), hold.hold_reason_category) == ("on_hold", "other")
    assert "Klant is op reis." in hold.hold_reason_details


def test_the_same_report_again_has_no_effect_and_the_same_answer(partner, order):
    first = report(partner, "READY")
    move(order, "quote_draft")

    again = report(partner, "READY", notes="Nu met een opmerking.")

    assert (again.status_code, again.content) == (200, first.content)
    assert (status_of(order), PartnerStatusReport.objects.count()) == ("quote_draft", 1)


def test_an_older_report_is_kept_and_not_applied(partner, order):
    report(partner, "Klant gebeld", 10)

    answer = report(partner, "READY", 5)

    assert (answer.json()["result"], answer.json()["code"]) == ("recorded", "older_than_known")
    assert (status_of(order), known()[0]) == ("new_lead", "Klant gebeld")
    assert PartnerStatusReport.objects.count() == 2


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_in_whatever_order_reports_arrive_the_latest_is_what_is_known(partner, order, sequence):
    for minutes in sequence:
        report(partner, f"S{minutes}", minutes)

    assert known() == ("S2", NOON - timedelta(minutes=58))


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-03-02T11:00:00", "offset_required"),
        ("2026-03-02T12:05:01Z", "in_the_future"),
        ("2025-02-28T12:00:00Z", "too_long_ago"),
        ("1999-12-31T12:00:00Z", "out_of_range"),
        ("yesterday", "invalid"),
        (1772445600, "invalid"),
        (None, "null"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(partner, order, moment, code):
    answer = report(partner, "READY", timestamp=moment)

    assert (answer.status_code, [(each["pointer"], each["code"]) for each in answer.json()["errors"]]) == (
        400, [("/timestamp", code)],
    )  # fmt: skip
    assert (status_of(order), PartnerStatusReport.objects.count(), known()) == ("new_lead", 0, ("", None))


@pytest.mark.parametrize(
    "fields", [{"status": ""}, {"status": "x" * 51}, {"status": "a\nb"}, {"extra": 1}, {"partner_order_id": 7}]
)
def test_a_report_in_another_shape_is_refused(partner, order, fields):
    assert report(partner, **{"status": "READY", **fields}).status_code == 400
    assert PartnerStatusReport.objects.count() == 0


def test_the_timeline_of_the_order_tells_of_it(partner, order):
    report(partner, "READY", notes="Alles ingevuld.")

    (entry,) = reports_in_timeline([order.pk])[order.pk]
    assert (entry.at, entry.title.endswith("READY"), "Alles ingevuld." in entry.detail) == (NOON, True, True)


# What a partner sees


def test_a_partner_sees_its_order_in_its_own_words(partner, order):
    move(order, "intake_completed", "quote_draft", "quote_ready", "quote_sent")
    move(order, "customer_approved", reason="Akkoord per e-mail.")
    move(order, "both_approved", reason="Akkoord per telefoon.")
    move(order, "planning")
    move(order, "scheduled", context={"planned_start_date": "2026-03-24"})
    report(partner, "Klant weet het")

    answer = view(partner)

    since = "2026-03-02T13:00:00+01:00"
    assert answer.status_code == 200
    assert answer.json() == {
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "partner_order_id": "ZON-1",
        "partner_customer_id": "K-77",
        "partner_dealer_id": "",
        "partner_invoice_id": "",
        "partner_po_number": "",
        "partner_lead_id": "",
        "external_order_reference": "",
        "is_test": False,
        "status": "SCHEDULED",
        "status_since": since,
        "scheduled_date": "2026-03-24",
        "external_status": "Klant weet het",
        "external_status_at": "2026-03-02T12:00:00+01:00",
        "timeline": [
            {"status": "RECEIVED", "at": since, "reason": "", "sequence": 1},
            {"status": "QUOTED", "at": since, "reason": "", "sequence": 3},
            {"status": "APPROVAL_PENDING", "at": since, "reason": "Akkoord per e-mail.", "sequence": 6},
            {"status": "CONFIRMED", "at": since, "reason": "Akkoord per telefoon.", "sequence": 7},
            {"status": "SCHEDULED", "at": since, "reason": "", "sequence": 9},
        ],
    }


def test_steps_for_which_it_has_no_word_are_not_shown(partner, order):
    PartnerIntegration.objects.update(status_mapping={"chargecars_to_partner": {"quote_draft": "Offerte"}})
    move(order, "intake_completed", reason="Intern: let op de meterkast.")

    assert (view(partner).json()["status"], view(partner).json()["timeline"]) == ("received", [])

    move(order, "quote_draft")
    assert [(told["status"], told["sequence"]) for told in view(partner).json()["timeline"]] == [("Offerte", 3)]
    assert "meterkast" not in view(partner).content.decode()


def test_a_number_with_a_slash_is_a_number(partner, canonical):
    partner.post(canonical(partner_order_id="2026/ZON 1"))

    assert view(partner, "2026/ZON%201").json()["partner_order_id"] == "2026/ZON 1"


def test_looking_costs_few_statements(partner, order, django_assert_max_num_queries):
    view(partner)
    move(order, "intake_completed", "quote_draft", "quote_ready", "quote_sent")

    with django_assert_max_num_queries(14):
        view(partner)


# Whose order it is


def test_another_partners_order_is_not_there(partner, order):
    other = partner_with_key(PartnerIntegrationFactory())

    assert (view(other).status_code, report(other, "READY").status_code) == (404, 404)
    assert view(partner, api_key=other.api_key).status_code == 404
    assert partner.post({}, path=partner.path.replace("/orders", "/status"), api_key=other.api_key).status_code == 404
    assert (status_of(order), PartnerStatusReport.objects.count()) == ("new_lead", 0)


def test_staff_do_not_use_the_partners_doors(partner, order):
    assert view(partner, api_key=issue_access_token(UserFactory(superuser=True))).status_code == 404


def test_an_order_that_was_removed_is_not_there(partner, order):
    Order.objects.filter(pk=order.pk).update(deleted_at=NOON)

    assert (view(partner).status_code, report(partner, "READY").status_code) == (404, 404)


def test_an_integration_that_takes_no_orders_still_shows_those_it_took(partner, order):
    PartnerIntegration.objects.update(takes_orders=False)

    assert (view(partner).status_code, report(partner, "READY").json()["result"]) == (200, "moved")


def test_an_integration_that_is_off_shows_and_takes_nothing(partner, order):
    PartnerIntegration.objects.update(is_active=False)

    assert [answer.json()["code"] for answer in (view(partner), report(partner, "READY"))] == ["integration_not_active"] * 2
    assert PartnerStatusReport.objects.count() == 0


# Tests and real orders


def test_a_test_key_sees_and_reports_test_orders_alone(partner, canonical):
    trial = partner_with_key(partner.integration, live=False)
    trial.post(canonical())

    assert (view(trial).json()["is_test"], view(trial).json()["order_number"][:5]) == (True, "TEST-")
    assert (view(partner).status_code, report(partner, "READY").status_code) == (404, 404)
    assert report(trial, "READY").json()["result"] == "recorded"


@pytest.mark.parametrize("first_is_live", [True, False])
def test_one_number_is_not_both_a_test_and_a_real_order(partner, canonical, first_is_live):
    trial = partner_with_key(partner.integration, live=False)
    first, second = (partner, trial) if first_is_live else (trial, partner)
    first.post(canonical())

    answer = second.post(canonical())

    assert (answer.status_code, answer.json()["code"]) == (409, "test_and_live_mixed")
    assert Order.objects.get().is_test is not first_is_live


def test_in_test_mode_only_test_keys_are_accepted(canonical):
    partner = partner_with_key(PartnerIntegrationFactory(test_mode=True))
    trial = partner_with_key(partner.integration, live=False)

    refused = [partner.post(canonical()), view(partner), report(partner, "READY")]

    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "test_key_required")] * 3
    assert Order.objects.count() == 0
    assert (trial.post(canonical()).status_code, view(trial).status_code) == (201, 200)
