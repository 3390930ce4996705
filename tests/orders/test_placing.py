"""One way in, whoever brings the order."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.choices import ArticleType
from apps.core.errors import Refused
from apps.core.money import line_total, totals
from apps.events.models import OutboxEvent
from apps.orders.choices import OrderStatus, OrderType
from apps.orders.models import LineItem, Order
from apps.orders.services import LineData, OrderData, create_order
from apps.orders.services.lines import build_lines, total_of
from apps.organizations.choices import EntityCode
from apps.workflow.models import InternalTask, StatusTransition
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import AddressFactory, BusinessEntityFactory, ContactFactory, OrganizationFactory


def order_data(entity, **fields):
    contact = ContactFactory(organization__business_entity=entity)
    given = {
        "business_entity": entity,
        "order_type": OrderType.INSTALLATION,
        "customer": contact.organization,
        "contact": contact,
        "installation_address": AddressFactory(),
        "lines": (LineData(description="Laadpunt", quantity=Decimal(2), unit_price=Decimal("599.0000")),),
    }
    return OrderData(**(given | fields))


def assert_nothing_stored():
    assert Order.objects.count() == LineItem.objects.count() == OutboxEvent.objects.count() == 0


def test_an_order_is_stored_whole(entity, boss):
    article = ArticleFactory(list_price=Decimal("799.0000"), vat_rate=Decimal("0.0900"))

    order = create_order(
        data=order_data(
            entity,
            lines=(
                LineData(article=article, quantity=Decimal(1)),
                LineData(description="Meerwerk", quantity=Decimal("1.5"), unit_price=Decimal("65.0050")),
            ),
        ),
        by=boss,
    )

    stored = Order.objects.with_clock().get(pk=order.pk)
    assert stored.order_number.startswith("CC-")
    assert (stored.status, stored.workflow, stored.version) == ("new_lead", "installation", 1)
    assert (stored.total_excl_vat, stored.total_vat, stored.total_incl_vat) == (
        Decimal("896.51"),
        Decimal("71.91") + Decimal("20.48"),
        Decimal("988.90"),
    )
    assert [(line.description, line.total, line.tax_rate) for line in stored.line_items.order_by("line_order")] == [
        (article.name, Decimal("799.00"), Decimal("0.0900")),
        ("Meerwerk", Decimal("97.51"), Decimal("0.2100")),
    ]
    assert StatusTransition.objects.values_list("sequence", "from_status", "to_status").get() == (1, None, "new_lead")
    assert stored.status_since is not None
    assert OutboxEvent.objects.values_list("name", "payload").get() == (
        "orders.order_placed",
        {"order_id": str(order.pk)},
    )
    assert [version.history_type for version in stored.history.all()] == ["+"]
    assert LineItem.history.count() == 2


@pytest.mark.parametrize("number_of_lines", [1, 40])
def test_it_takes_few_statements_however_long_the_order(entity, boss, django_assert_max_num_queries, number_of_lines):
    line = LineData(description="Laadpunt", quantity=Decimal(1), unit_price=Decimal(599))
    data = order_data(entity, lines=(line,) * number_of_lines)

    with django_assert_max_num_queries(20):
        create_order(data=data, by=boss)


@pytest.mark.parametrize(
    ("code", "order_type", "workflow", "status"),
    [
        (EntityCode.CHARGECARS, OrderType.INSTALLATION, "installation", OrderStatus.NEW_LEAD),
        (EntityCode.CHARGECARS, OrderType.SERVICE, "installation", OrderStatus.NEW_LEAD),
        (EntityCode.CHARGECARS, OrderType.WEBSHOP, "wholesale", OrderStatus.NEW),
        (EntityCode.CHARGECARS, OrderType.ACCESSORIES, "wholesale", OrderStatus.NEW),
        (EntityCode.ZAPTECSHOP, OrderType.INSTALLATION, "wholesale", OrderStatus.NEW),
    ],
)
@pytest.mark.django_db
def test_the_workflow_is_chosen_once(code, order_type, workflow, status):
    entity = BusinessEntityFactory(entity_code=code)

    order = create_order(data=order_data(entity, order_type=order_type), by=None)

    assert (order.workflow, order.status) == (workflow, status)


def test_a_test_order_counts_in_its_own_series(entity):
    real = create_order(data=order_data(entity), by=None)
    test = create_order(data=order_data(entity), by=None, is_test=True)

    assert test.is_test
    assert test.order_number == f"TEST-{real.order_number}"


def test_a_refused_order_burns_no_number(entity):
    first = create_order(data=order_data(entity), by=None)
    with pytest.raises(Refused):
        create_order(data=order_data(entity, lines=(LineData(description="", unit_price=Decimal(1)),)), by=None)
    second = create_order(data=order_data(entity), by=None)

    assert int(second.order_number[-5:]) == int(first.order_number[-5:]) + 1


def test_an_order_may_come_without_lines(entity):
    assert create_order(data=order_data(entity, lines=()), by=None).total_incl_vat == Decimal("0.00")


def test_what_differs_of_the_customer_stays_with_the_order_and_makes_a_task(entity):
    differences = {"phone": {"known": "+31612345678", "given": "+31687654321"}}

    order = create_order(data=order_data(entity, customer_differences=differences), by=None)

    assert Order.objects.get(pk=order.pk).customer_differences == differences
    assert InternalTask.objects.values_list("about_type", "about_id").get() == ("order", order.pk)


def foreign(entity):
    contact = ContactFactory(organization__business_entity=BusinessEntityFactory(entity_code=EntityCode.LADERTHUIS))
    return {"customer": contact.organization, "contact": contact}


def inactive(entity):
    contact = ContactFactory(organization__is_active=False)
    return {"customer": contact.organization, "contact": contact}


INCOHERENT = {
    "customer_of_other_entity": foreign,
    "contact_of_other_organization": lambda entity: {"contact": ContactFactory()},
    "not_a_partner": lambda entity: {"partner_organization": OrganizationFactory()},
    "customer_inactive": inactive,
}


@pytest.mark.parametrize("code", INCOHERENT)
def test_what_does_not_belong_together_is_refused(entity, code):
    with pytest.raises(Refused) as refusal:
        create_order(data=order_data(entity, **INCOHERENT[code](entity)), by=None)

    assert refusal.value.code == "order_refused"
    assert [fault.code for fault in refusal.value.fields] == [code]
    assert_nothing_stored()


WRONG_LINES = {
    "quantity": [
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal("1E+9")},
    ],
    "unit_price": [{"unit_price": None}, {"unit_price": Decimal("0.00001")}, {"unit_price": Decimal("Infinity")}],
    "vat_rate": [{"vat_rate": Decimal("0.19")}, {"vat_rate": Decimal(21)}],
    "description": [{"description": ""}, {"description": "x" * 501}],
    "billing_responsibility": [{"billing_responsibility": "nobody"}],
}


@pytest.mark.parametrize(("field", "change"), [(field, change) for field, changes in WRONG_LINES.items() for change in changes])
def test_a_wrong_line_is_named(entity, field, change):
    good = {"description": "Laadpunt", "quantity": Decimal(1), "unit_price": Decimal(599)}

    with pytest.raises(Refused) as refusal:
        create_order(data=order_data(entity, lines=(LineData(**good), LineData(**(good | change)))), by=None)

    assert refusal.value.code == "lines_refused"
    assert [fault.pointer for fault in refusal.value.fields] == [f"/line_items/1/{field}"]
    assert_nothing_stored()


def test_an_article_that_is_not_sold_is_refused(entity):
    with pytest.raises(Refused) as refusal:
        create_order(data=order_data(entity, lines=(LineData(article=ArticleFactory(is_sellable=False)),)), by=None)

    assert [fault.code for fault in refusal.value.fields] == ["article_not_sold"]
    assert_nothing_stored()


def test_a_discount_may_not_exceed_the_order(entity):
    with pytest.raises(Refused) as refusal:
        create_order(data=order_data(entity, lines=(LineData(description="Korting", unit_price=Decimal(-1)),)), by=None)

    assert refusal.value.code == "total_out_of_range"
    assert_nothing_stored()


def test_more_than_a_thousand_lines_are_too_many(entity):
    line = LineData(description="Laadpunt", unit_price=Decimal(1))

    with pytest.raises(Refused) as refusal:
        create_order(data=order_data(entity, lines=(line,) * 1001), by=None)

    assert refusal.value.code == "too_many_lines"
    assert_nothing_stored()


@pytest.mark.parametrize(
    ("article_type", "kind"),
    [
        (ArticleType.CHARGING_STATION, "product"),
        (ArticleType.SERVICE_LABOR, "service"),
        (ArticleType.CONSULTATION, "service"),
        (ArticleType.SHIPPING, "shipping"),
    ],
)
@pytest.mark.django_db
def test_a_line_is_of_the_kind_of_its_article(article_type, kind):
    (line,) = build_lines([LineData(article=ArticleFactory(article_type=article_type))])

    assert line.line_item_type == kind


lines_of_an_order = st.lists(
    st.builds(
        LineData,
        description=st.just("Laadpunt"),
        quantity=st.decimals("0.001", "9999.999", places=3),
        unit_price=st.decimals("0.0000", "9999.9999", places=4),
        vat_rate=st.sampled_from([Decimal("0.21"), Decimal("0.09"), Decimal(0), None]),
    ),
    max_size=30,
)


@given(lines_of_an_order)
def test_totals_are_those_of_the_lines(asked):
    """Each line is rounded once; VAT once per rate; and the three figures of an order always add up."""
    lines = build_lines(asked)
    sums = total_of(lines)

    assert [line.total for line in lines] == [line_total(quantity=line.quantity, unit_price=line.unit_price) for line in asked]
    assert sums == totals((line.total, line.tax_rate) for line in lines)
    assert sums.excl_vat == sum((line.total for line in lines), Decimal(0))
    assert sums.incl_vat == sums.excl_vat + sums.vat
    assert abs(sums.vat - sum((line.total * line.tax_rate for line in lines), Decimal(0))) <= Decimal("0.015")


@given(lines_of_an_order, st.randoms())
def test_totals_do_not_depend_on_the_order_of_lines(asked, shuffler):
    shuffled = list(asked)
    shuffler.shuffle(shuffled)

    assert total_of(build_lines(asked)) == total_of(build_lines(shuffled))
