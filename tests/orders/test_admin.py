"""The back office: the list, the page of an order, its buttons, a new order, its lines."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.core import clock
from apps.orders.choices import OrderStatus as S
from apps.orders.models import LineItem, Order, OrderHold
from apps.orders.models.guards import has_line_items
from apps.organizations.models import Organization
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services import record_creation
from tests.factories.catalog import ArticleFactory
from tests.factories.orders import LineItemFactory, OrderFactory, OrderHoldFactory, order_in
from tests.factories.organizations import BusinessEntityFactory, ContactFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

CHANGELIST = reverse("admin:orders_order_changelist")
STAFF = ("view_order", "change_order", "add_order")


@pytest.fixture
def staff(client):
    client.force_login(user_with("sales.orders", "operations.planning", models=STAFF))
    return client


def page(order):
    return reverse("admin:orders_order_change", args=[order.pk])


def press(client, order, target, status=None, **answers):
    return client.post(f"{page(order)[: -len('change/') - 1]}/do/{status or order.status}-{target}/", answers, follow=True)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def shown(answer):
    return [order.pk for order in answer.context["cl"].result_list]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_one_order_as_for_three(staff, django_assert_max_num_queries, number):
    for _ in range(number):
        record_creation(OrderFactory(of_partner=True), by=None)

    with django_assert_max_num_queries(30) as asked:
        answer = staff.get(CHANGELIST)

    assert len(shown(answer)) == number
    LIST_QUERIES.add(len(asked))
    assert len(LIST_QUERIES) == 1


LIST_QUERIES = set()


def test_the_list_shows_where_orders_stand_and_for_how_long(staff):
    order = OrderFactory()
    record_creation(order, by=None)
    EntityCurrentStatus.objects.update(sla_deadline=clock.now() - timedelta(hours=1))

    html = staff.get(CHANGELIST).content.decode()

    assert order.order_number in html
    assert "Nieuwe lead" in html
    assert "cc-chip-overdue" in html


def test_the_list_is_searched_and_filtered(staff):
    wanted = order_in(
        S.PLANNING,
        priority_level="urgent",
        requested_date=clock.today(),
        customer_organization__name="Bakkerij Korst",
    )
    record_creation(wanted, by=None)
    EntityCurrentStatus.objects.update(sla_deadline=clock.now() - timedelta(hours=1))
    OrderFactory(installation_address__postal_code="9999ZZ", installation_address__city="Groningen")
    day = clock.today().isoformat()

    queries = [
        {"q": wanted.order_number},
        {"q": wanted.customer_organization.name},
        {"q": "3861 ab"},
        {"status__exact": "planning"},
        {"priority_level__exact": "urgent"},
        {"overdue": "yes"},
        {"requested_date_from": day, "requested_date_to": day},
        {"created_at_from": day, "created_at_to": day, "status__exact": "planning"},
        {
            "status__exact": "planning",
            "workflow__exact": "installation",
            "business_entity__id__exact": str(wanted.business_entity_id),
        },
    ]

    assert [shown(staff.get(CHANGELIST, query)) for query in queries] == [[wanted.pk]] * len(queries)
    assert shown(staff.get(CHANGELIST, {"created_at_to": (clock.today() - timedelta(days=1)).isoformat()})) == []
    assert len(shown(staff.get(CHANGELIST, {"created_at_to": "9999-12-31", "created_at_from": "x"}))) == 2


def test_orders_of_other_companies_and_removed_ones_are_not_there(staff):
    other = OrderFactory(business_entity__entity_code="laderthuis")
    removed = OrderFactory(deleted_at=clock.now())

    assert shown(staff.get(CHANGELIST)) == []
    assert [staff.get(page(order)).status_code for order in (other, removed)] == [404, 404]


def test_the_page_shows_it_all(staff):
    order = order_in(S.QUOTE_SENT, of_partner=True, notes="Bel eerst")
    LineItemFactory(order=order, description="Laadpunt 11 kW")
    record_creation(order, by=None)

    answer = staff.get(page(order))

    html = answer.content.decode()
    for text in (order.order_number, "Laadpunt 11 kW", "Bel eerst", order.partner_organization.name, "Dorpsstraat"):
        assert text in html
    assert [step.state for step in answer.context["path"]] == ["skipped"] * 5 + ["here"] + ["ahead"] * 7
    assert 'name="status"' not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]", html)


def test_each_step_has_its_button_and_a_refused_one_says_why(staff):
    order = order_in(S.QUOTE_DRAFT)

    answer = staff.get(page(order))

    steps = {
        each["button"].arguments["to_status"]: [str(text) for text in each["button"].refusals]
        for each in answer.context["record_buttons"]
        if each["button"].arguments
    }
    assert steps == {"quote_ready": [str(has_line_items.message)], "on_hold": [], "cancelled": []}


def test_a_held_order_offers_what_follows_and_no_leaps(staff):
    hold = OrderHoldFactory(order__held_from=S.PLANNING, previous_status=S.PLANNING)

    buttons = staff.get(page(hold.order)).context["record_buttons"]

    steps = [each["button"].arguments["to_status"] for each in buttons if each["button"].arguments]
    assert steps == ["planning", "scheduled", "cancelled"]


def test_a_step_without_questions_is_one_press(staff):
    order = OrderFactory()

    press(staff, order, "intake_sent")

    assert Order.objects.get().status == S.INTAKE_SENT
    assert StatusTransition.objects.get().triggered_by.is_staff


def test_a_step_asks_for_its_day(staff):
    order = order_in(S.PLANNING)

    asked = staff.get(f"{page(order)[: -len('change/') - 1]}/do/planning-scheduled/")
    unanswered = press(staff, order, "scheduled")
    press(staff, order, "scheduled", planned_start_date="2026-12-01")

    assert list(asked.context["form"].fields) == ["planned_start_date"]
    assert unanswered.context["form"].errors.keys() == {"planned_start_date"}
    assert str(Order.objects.get().planned_start_date) == "2026-12-01"


def test_an_approval_asks_for_a_note(staff):
    order = order_in(S.QUOTE_SENT)

    press(staff, order, "both_approved", reason="Akkoord per telefoon, 23-11")

    assert StatusTransition.objects.get().transition_reason == "Akkoord per telefoon, 23-11"


def test_what_is_refused_is_said_and_changes_nothing(staff):
    order = order_in(S.IN_PROGRESS)

    answer = press(staff, order, "cancelled", reason="Klant stopt", cancellation_code="other")

    assert Order.objects.get().status == S.IN_PROGRESS
    assert len(answer.context["form"].non_field_errors()) == 1


def test_a_page_that_is_out_of_date_offers_nothing(staff):
    order = order_in(S.INTAKE_SENT)

    answer = press(staff, order, "cancelled", status="new_lead", reason="Klant stopt", cancellation_code="other")

    assert Order.objects.get().status == S.INTAKE_SENT
    assert len(said(answer)) == 1


def test_hold_and_resume(staff):
    order = OrderFactory()

    press(
        staff,
        order,
        "on_hold",
        hold_reason_category="customer_delay",
        hold_reason_details="Op vakantie",
        estimated_resume_date=(clock.today() + timedelta(days=3)).isoformat(),
        notify_customer="on",
    )
    held = Order.objects.get()
    hold = OrderHold.objects.get()
    press(staff, held, "new_lead", status="new_lead-on_hold", resolution_notes="Terug")

    assert (hold.hold_reason_category, hold.estimated_resume_date) == ("customer_delay", clock.today() + timedelta(days=3))
    assert (held.status, Order.objects.get().status) == (S.ON_HOLD, S.NEW_LEAD)
    assert OrderHold.objects.get().resolution_notes == "Terug"


def test_the_fields_are_edited_on_the_version_that_was_read(staff):
    order = OrderFactory()
    edit = f"{page(order)[: -len('change/') - 1]}/do/edit/"
    answers = {"priority_level": "high", "notes": "Bel eerst"}

    staff.post(edit, answers | {"version": 1})
    late = staff.post(edit, {"priority_level": "low", "notes": "", "version": 1})

    stored = Order.objects.get()
    assert (stored.priority_level, stored.notes, stored.version) == ("high", "Bel eerst", 2)
    assert len(late.context["form"].non_field_errors()) == 1


def test_an_order_is_removed_and_the_list_is_shown(client, boss):
    client.force_login(boss)
    order = OrderFactory()

    answer = client.post(f"{page(order)[: -len('change/') - 1]}/do/remove/", {"reason": "Dubbel"})

    assert (answer.status_code, answer.url) == (302, CHANGELIST)
    assert shown(client.get(CHANGELIST)) == []


def test_the_address_is_changed(staff):
    order = OrderFactory(installation_address=None)

    staff.post(
        f"{page(order)[: -len('change/') - 1]}/do/address/",
        {"version": 1, "street": "Kerkstraat", "house_number": "7a", "postal_code": "1234 ab", "city": "Ede"},
    )

    assert str(Order.objects.get().installation_address) == "Kerkstraat 7 a, 1234 AB Ede"


def line(number, **fields):
    given = {"quantity": "1", "vat_rate": "0.2100", "billing_responsibility": "customer"} | fields
    return {f"lines-{number}-{name}": value for name, value in given.items()}


def formset(*lines, initial=0):
    filled = {f"lines-{key}": value for key, value in (("TOTAL_FORMS", len(lines)), ("INITIAL_FORMS", initial))}
    for number, fields in enumerate(lines):
        filled |= line(number, **fields)
    return filled


def test_the_lines_are_edited_together(staff):
    order = OrderFactory()
    kept, dropped = LineItemFactory(order=order), LineItemFactory(order=order)
    address = reverse("admin:orders_order_lines", args=[order.pk])

    shown_first = staff.get(address)
    staff.post(
        address,
        {"version": 1}
        | formset(
            {"id": str(kept.pk), "description": "Laadpunt", "quantity": "3", "unit_price": "599"},
            {"id": str(dropped.pk), "description": "Laadpunt", "unit_price": "599", "DELETE": "on"},
            {"description": "Montage", "unit_price": "450"},
            {},
            initial=2,
        ),
    )

    assert len(shown_first.context["lines"].forms) == 3
    stored = list(LineItem.objects.order_by("line_order").values_list("pk", "description", "quantity"))
    assert stored[0] == (kept.pk, "Laadpunt", Decimal("3.000"))
    assert [description for _pk, description, _quantity in stored] == ["Laadpunt", "Montage"]
    assert Order.objects.get().total_excl_vat == Decimal("2247.00")


NEW = {
    "order_type": "installation",
    "priority_level": "normal",
    "email": "sanne@example.nl",
    "name": "Sanne de Wit",
    "phone": "0612345678",
    "street": "Dorpsstraat",
    "house_number": "12",
    "postal_code": "3861AB",
    "city": "Nijkerk",
}


def test_a_new_order_goes_through_the_one_way_in(staff, entity):
    ArticleFactory(article_number="ZAP-22", list_price=Decimal("799.0000"))

    answer = staff.post(
        reverse("admin:orders_order_add"),
        NEW | {"business_entity": str(entity.pk)} | formset({"article": "ZAP-22"}, {}),
    )

    order = Order.objects.get()
    assert (answer.status_code, answer.url) == (302, page(order))
    assert (order.source, order.total_excl_vat, order.installation_address.city) == ("back_office", Decimal("799.00"), "Nijkerk")
    assert order.primary_contact.email == "sanne@example.nl"


def test_a_known_customer_is_chosen(staff, entity):
    customer = ContactFactory().organization

    staff.post(
        reverse("admin:orders_order_add"),
        {
            "business_entity": str(entity.pk),
            "order_type": "service",
            "priority_level": "normal",
            "customer": str(customer.pk),
        }
        | formset({}),
    )

    assert Order.objects.get().customer_organization == customer
    assert Organization.objects.customers().count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": ""}, "email"),
        ({"postal_code": ""}, "postal_code"),
        ({"order_type": "gift"}, "order_type"),
        ({"phone": "12"}, "phone"),
        ({"postal_code": "0000AA"}, "postal_code"),
    ],
)
def test_a_new_order_that_is_wrong_is_kept_on_the_screen(staff, entity, change, field):
    answer = staff.post(reverse("admin:orders_order_add"), NEW | {"business_entity": str(entity.pk)} | change | formset({}))

    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Order.objects.count() == Organization.objects.customers().count() == 0


def test_a_company_one_does_not_work_for_cannot_be_chosen(staff):
    other = BusinessEntityFactory(entity_code="laderthuis")

    answer = staff.post(reverse("admin:orders_order_add"), NEW | {"business_entity": str(other.pk)} | formset({}))

    assert answer.context["form"].errors.keys() == {"business_entity"}
    assert Order.objects.count() == 0


def test_who_may_only_look_presses_nothing(client):
    order = OrderFactory()
    client.force_login(user_with("support.knowledge", models=("view_order",)))

    looked = client.get(page(order))
    press(client, order, "intake_sent")

    assert looked.status_code == 200
    assert client.get(reverse("admin:orders_order_add")).status_code == 403
    assert client.post(reverse("admin:orders_order_lines", args=[order.pk])).status_code == 403
    assert Order.objects.get().status == S.NEW_LEAD


def test_the_holds_have_a_list_of_their_own(staff, client):
    client.force_login(user_with(models=("view_orderhold",)))
    hold = OrderHoldFactory(estimated_resume_date=clock.today() - timedelta(days=1))
    changelist = reverse("admin:orders_orderhold_changelist")

    assert [shown(client.get(changelist, {"standing": value})) for value in ("active", "late", "ended")] == [
        [hold.pk],
        [hold.pk],
        [],
    ]
    assert client.get(reverse("admin:orders_orderhold_change", args=[hold.pk])).status_code == 200
