"""Every figure equals what the raw rows say by themselves, and opens exactly the rows that it counts."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db.models import Sum

from apps.core import clock
from apps.organizations.models import BusinessEntity
from apps.reporting import services
from apps.reporting.figures import FIGURES, Period, Scope, Unit, movers, readings
from apps.reporting.figures.lines import lines
from apps.reporting.models import FigureChange, FigureTotal
from tests import ground
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory
from tests.fixtures import a_database_of_its_own
from tests.reporting.figures_month import BEGAN, Month
from tests.reporting.figures_oracle import ANSWERS, Question, Raw
from tests.transactions import undone

LAST = date(2026, 11, 27)
ASKED = 12  # random filters
# Its rows are more than it counts: it is a share of them, or a mean.
WEIGHED = {name for name, figure in FIGURES.items() if figure.unit in (Unit.PERCENT, Unit.DAYS, Unit.HOURS)} | {"orders_average"}


@pytest.fixture(scope="module")
def month(django_db_setup, django_db_blocker):
    """The name of a database in which a month has passed; half of it is added to the totals, half stands as changes."""
    with a_database_of_its_own(django_db_blocker, furnished=True) as database:
        made = Month(7, orders=33, acts=330)
        made.make()
        yield database


@pytest.fixture
def manager(month):
    with undone():
        yield UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def raw(month):
    with ground.owner(month) as connection:
        yield Raw.read(connection, clock.now())


def questions(seed: int = 3):
    """Some companies and some days, many times: whole months, single days, what lies outside the month."""
    chance, entities = Random(seed), list(BusinessEntity.objects.order_by("entity_code").values_list("pk", flat=True))
    yield set(entities), Period(date(2026, 10, 1), LAST)
    for _ in range(ASKED):
        first = BEGAN.date() + timedelta(days=chance.randint(-3, 33))
        yield set(chance.sample(entities, chance.randint(1, 3))), Period(first, first + timedelta(days=chance.randint(0, 20)))


def test_the_month_has_something_of_everything(manager, raw):
    scope, period = Scope.of(manager), Period(date(2026, 10, 1), LAST)

    assert {name for name, figure in FIGURES.items() if not figure.value(scope, period)} == set()


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_what_the_rows_say(manager, raw, name):
    figure = FIGURES[name]
    for entities, period in questions():
        question = Question(raw, entities, period.first, period.last)
        with time_machine.travel(raw.now, tick=False):
            assert figure.value(Scope(user=manager, entities=tuple(entities)), period) == ANSWERS[name](question), (
                entities,
                period,
            )


@pytest.mark.parametrize("name", FIGURES)
def test_the_rows_behind_it_are_those_that_it_counts(manager, raw, name):
    figure = FIGURES[name]
    for entities, period in questions():
        scope = Scope(user=manager, entities=tuple(entities))
        with time_machine.travel(raw.now, tick=False):
            rows, value = figure.rows(scope, period), figure.value(scope, period)
            if figure.column:
                assert (rows.aggregate(total=Sum(figure.column))["total"] or Decimal(0)) == value
            elif name in WEIGHED:
                assert rows.exists() is (value is not None)
            else:
                assert rows.count() == value


def test_every_kind_of_row_is_told_in_words(manager):
    scope, period = Scope.of(manager), Period(date(2026, 10, 1), LAST)
    for name, figure in FIGURES.items():
        told = lines(figure, list(figure.rows(scope, period)[:3]))
        assert told != [], name
        assert all(line.label and line.detail for line in told), name


def test_what_was_added_and_what_was_worked_out_anew_are_the_same(manager, raw):
    scope, period = Scope.of(manager), Period(date(2026, 10, 1), LAST)
    with time_machine.travel(raw.now, tick=False):
        as_changes = [reading.value for reading in readings(FIGURES.values(), scope, period)]
        FigureTotal.objects.all().delete()
        assert FigureChange.objects.exists()
        services.rebuild_figures()
        assert not FigureChange.objects.exists()
        anew = [reading.value for reading in readings(FIGURES.values(), scope, period)]

    assert as_changes == anew


def test_a_colleague_of_one_company_counts_its_rows_alone(month, raw):
    with undone():
        entity = BusinessEntity.objects.get_by_natural_key("laderthuis")
        colleague = MembershipFactory(user=UserFactory(is_staff=True), business_entity=entity).user
        period = Period(date(2026, 10, 1), LAST)

        assert Scope.of(colleague).entities == (entity.pk,)
        assert Scope.of(colleague, BusinessEntity.objects.get_by_natural_key("chargecars")).entities == ()
        assert FIGURES["orders_new"].value(Scope.of(colleague), period) == len(
            Question(raw, {entity.pk}, period.first, period.last).new_orders()
        )
        assert readings(FIGURES.values(), Scope.of(colleague), period) == []  # no right, no figure


def test_movers_are_the_companies_partners_and_orders_that_changed_it(manager, raw):
    scope, period = Scope.of(manager), Period(date(2026, 11, 1), LAST)
    figure, before = FIGURES["orders_value"], period.previous()

    found = movers(figure, scope, period, before)

    companies = {mover.label: mover.change for mover in found if mover.kind == "entity"}
    for entity in BusinessEntity.objects.filter(entity_name__in=companies):
        one = scope.narrowed(entity.pk)
        assert companies[entity.entity_name] == figure.value(one, period) - figure.value(one, before)
    assert {mover.kind for mover in found} == {"entity", "partner", "record"}
    largest = max(
        Question(raw, set(scope.entities), period.first, period.last).new_orders(), key=lambda row: row["total_excl_vat"]
    )
    assert largest["total_excl_vat"] in [mover.change for mover in found if mover.kind == "record"]
    assert [abs(mover.change) for mover in found] == sorted((abs(mover.change) for mover in found), reverse=True)
