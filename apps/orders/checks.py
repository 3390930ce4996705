"""What must hold between orders, their lines, their numbers and their holds."""

from collections.abc import Iterator

from apps.core.consistency import Check, Difference, Snapshot, checks
from apps.organizations.checks import numbers_check
from apps.organizations.choices import DocumentType

TOTALS = """
    WITH rate AS (
        SELECT order_id, tax_rate, sum(total) AS taxable FROM line_item GROUP BY order_id, tax_rate
    ), summed AS (
        SELECT order_id, sum(taxable) AS excl_vat, sum(round(taxable * tax_rate, 2)) AS vat FROM rate GROUP BY order_id
    ), compared AS (
        SELECT order_number, total_excl_vat, total_vat, total_incl_vat,
            coalesce(excl_vat, 0) AS excl_vat, coalesce(vat, 0) AS vat
        FROM "order" LEFT JOIN summed ON summed.order_id = "order".id
    )
    SELECT 'order ' || order_number, concat_ws(' + ', excl_vat, vat) || ' = ' || excl_vat + vat,
        concat_ws(' + ', total_excl_vat, total_vat) || ' = ' || total_incl_vat
    FROM compared WHERE (total_excl_vat, total_vat, total_incl_vat) <> (excl_vat, vat, excl_vat + vat)
"""
NUMBERS = 'SELECT business_entity_id AS holder, order_number AS number, is_test FROM "order"'
TEST_SERIES = """
    SELECT 'order ' || order_number, CASE WHEN is_test THEN 'a test number' ELSE 'a number that is no test' END, order_number
    FROM "order" WHERE is_test <> starts_with(order_number, 'TEST-')
"""
HOLDS = """
    WITH active AS (
        SELECT order_id, count(*) AS holds, min(previous_status) AS held_from
        FROM order_hold_details WHERE is_active GROUP BY order_id
    )
    SELECT 'order ' || order_number,
        CASE WHEN status = 'on_hold' THEN 'one active hold, of ' || "order".held_from ELSE 'no active hold in ' || status END,
        concat_ws(' ', coalesce(holds, 0), 'active', 'of ' || active.held_from)
    FROM "order" LEFT JOIN active ON active.order_id = "order".id
    WHERE coalesce(holds, 0) <> (status = 'on_hold')::integer OR active.held_from <> "order".held_from
"""
HELD_BY_THE_LOG = """
    SELECT 'order ' || order_number, 'held in ' || step.from_status, 'held in ' || held_from
    FROM "order"
    JOIN entity_current_status AS standing ON standing.entity_type = 'order' AND standing.entity_id = "order".id
    JOIN status_transitions AS step ON step.id = standing.last_transition_id
    WHERE status = 'on_hold' AND step.to_status = 'on_hold' AND held_from <> step.from_status
"""

# Whoever renames a customer while an order of theirs comes in may leave the old name there: `rebuild_search` mends it.
WORDS = """
    SELECT 'words of order ' || order_id, coalesce(now.text, 'none'), coalesce(kept.text, 'none')
    FROM words_of_order AS now FULL JOIN order_words AS kept USING (order_id)
    WHERE (now.text, now.partner_id) IS DISTINCT FROM (kept.text, kept.partner_id)
"""


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(
        Check(name="order_totals", label="An order's totals are the sums of its lines, VAT rounded per rate", run=totals),
        numbers_check(DocumentType.ORDER, NUMBERS),
        Check(name="test_orders", label="Test orders, and no others, are numbered in the test series", run=test_series),
        Check(name="holds", label="An order is on hold while it has its one active hold", run=holds),
        Check(name="order_words", label="An order is found by the words that stand in it", run=words),
    )


def totals(view: Snapshot) -> Iterator[Difference]:
    """The sum of the lines, and VAT half up per rate over their sum."""
    view.look_at("SELECT count(*) FROM line_item")
    yield from view.differences(TOTALS)


def test_series(view: Snapshot) -> Iterator[Difference]:
    """A test never takes a live number."""
    view.look_at('SELECT count(*) FROM "order"')
    yield from view.differences(TEST_SERIES)


def holds(view: Snapshot) -> Iterator[Difference]:
    """Held once, with the reason on record, and held where the log says."""
    view.look_at("SELECT count(*) FROM order_hold_details")
    yield from view.differences(HOLDS)
    yield from view.differences(HELD_BY_THE_LOG)


def words(view: Snapshot) -> Iterator[Difference]:
    """What the search reads is what the order, its customer, contact and place say."""
    view.look_at("SELECT count(*) FROM order_words")
    yield from view.differences(WORDS)
