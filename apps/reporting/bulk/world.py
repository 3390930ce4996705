"""What the load finds and plans: companies, partners, articles, people, policies, and who orders what, when and where."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import psycopg

from apps.accounts.models import ApiKey, User
from apps.catalog.choices import ArticleType
from apps.catalog.models import Article
from apps.communication.choices import ChannelType
from apps.communication.queries import sending_channel, wording
from apps.core.errors import Refused
from apps.orders.choices import STATUSES, LineItemType, OrderType, Priority
from apps.orders.models import Order
from apps.organizations.choices import DocumentType
from apps.organizations.models import BusinessEntity, NumberSequence
from apps.partners.choices import DeliveryChannel
from apps.partners.models import PartnerIntegration
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.plan import WORKING_MINUTES, PathStep, Plan, paths
from apps.workflow.queries import policy_book

OF_PARTNERS = 0.6
PARTNER_VOLUMES = {"groendus": 275, "essent": 175, "eneco": 125, "alva": 88, "50five": 63}
OTHER_VOLUME = 50
OWN_SHARES = {"chargecars": 0.04, "laderthuis": 0.14, "meterkastthuis": 0.08, "zaptecshop": 0.08, "ratioshop": 0.06}
ORDERS_OF_A_SHOP = 30
COMES_BACK = 0.12  # of private customers
ROLES = {
    ArticleType.CHARGING_STATION: "goods",
    ArticleType.PACKAGE: "goods",
    ArticleType.SERVICE_LABOR: "work",
    ArticleType.CONSULTATION: "work",
}
TABLES = """
    CREATE TEMP TABLE bulk_actor (number integer, kind text, id text, label text, user_id uuid, is_staff boolean);
    CREATE TEMP TABLE bulk_share (number integer, company bigint, entity_id uuid, prefix text, length integer, installs boolean, threshold numeric,
        integration_id uuid, partner_id uuid, tag text, maker integer, shops integer);
    CREATE TEMP TABLE bulk_day (day date, first_order bigint, orders integer);
    CREATE TEMP TABLE bulk_path (kind text, variant integer, sequence integer, from_status text, to_status text,
        minutes float8, held_from text, resumes boolean, day_of integer, day_plus integer);
    CREATE TEMP TABLE bulk_policy (entity_id uuid, workflow text, status text, hours integer, milestone boolean);
    CREATE TEMP TABLE bulk_word (integration_id uuid, status text, word text);
    CREATE TEMP TABLE bulk_channel (integration_id uuid, channel text, url text);
    CREATE TEMP TABLE bulk_series (entity_id uuid, year integer, given bigint);
    CREATE TEMP TABLE bulk_article (role text, place integer, id uuid, name text, price numeric, vat_rate numeric,
        line_item_type text);
    CREATE TEMP TABLE bulk_mailbox (entity_id uuid, channel_id uuid, channel_type text, sender text, template_id uuid,
        template_version integer);
"""
ORDERS = """
    CREATE TEMP TABLE bulk_order AS
    WITH came AS (
        SELECT first_order + place AS n, day, (place + {jitter}) / orders AS part
        FROM bulk_day, generate_series(0, orders - 1) AS place
    ), placed AS (
        SELECT n, day, CASE WHEN part < 0.85 THEN 480 + part / 0.85 * 600 ELSE 1080 + (part - 0.85) / 0.15 * 300 END AS minute,
            {share} AS share
        FROM came
    ), counted AS (
        SELECT placed.n, day, minute, share, bulk_share.*, day - date '2024-12-30' AS days,
            row_number() OVER (PARTITION BY entity_id ORDER BY n) AS place,
            row_number() OVER (PARTITION BY entity_id, extract(year FROM day) ORDER BY n) AS in_year,
            CASE WHEN integration_id IS NOT NULL THEN '{installation}' WHEN installs THEN {own_type} ELSE {shop_type} END AS order_type
        FROM placed JOIN bulk_share ON bulk_share.number = share
    ), known AS (
        SELECT *, extract(year FROM day)::integer AS year,
            CASE WHEN installs AND order_type NOT IN ('webshop', 'accessories') THEN 'installation' ELSE 'wholesale' END AS workflow,
            (CASE WHEN NOT installs THEN floor(shops * {earlier} * {earlier}) + 1
                WHEN {back} < {comes_back} THEN floor({earlier} * place) + 1 ELSE place END)::bigint AS buyer
        FROM counted
    ), numbered AS (
        SELECT known.*, company * 1000000000 + buyer AS customer,
            row_number() OVER (PARTITION BY known.entity_id, buyer ORDER BY n) = 1 AS is_first,
            (in_year + coalesce(given, 0))::text AS value
        FROM known LEFT JOIN bulk_series ON bulk_series.entity_id = known.entity_id AND bulk_series.year = known.year
    )
    SELECT n, {order_key} AS id, (day + minute * interval '1 minute') AT TIME ZONE 'Europe/Amsterdam' AS placed_at,
        CASE WHEN days % 7 < 5 THEN (days / 7 * 5 + days % 7) * {minutes} + least(greatest(minute - 480, 0), {minutes})
            ELSE (days / 7 * 5 + 5) * {minutes} END AS work,
        numbered.entity_id, year, value::bigint AS value, installs, threshold, numbered.integration_id, partner_id,
        coalesce(maker, 1 + {maker} % {staff}) AS maker, workflow, order_type, customer, is_first,
        concat(prefix, '-', year, '-', lpad(value, greatest(length, length(value)), '0')) AS number,
        CASE WHEN numbered.integration_id IS NULL THEN '' ELSE concat(tag, '-', year, '-', lpad(value, 6, '0')) END
            AS partner_order_id,
        {customer_key} AS customer_id, {contact_key} AS contact_id, {address_key} AS address_id,
        CASE WHEN workflow = 'wholesale' THEN NULL WHEN numbered.integration_id IS NULL THEN {address_key}
            ELSE {place_key} END AS installation_address_id,
        1 + CASE WHEN workflow = 'installation' THEN 1 ELSE 0 END + ({lines} < 0.5)::integer + ({lines} < 0.15)::integer AS lines,
        {priority} AS priority, CASE WHEN {wish} < 0.3 THEN day + 14 + {days_ahead} END AS requested_date,
        CASE WHEN {owned} < 0.7 THEN (SELECT user_id FROM bulk_actor WHERE bulk_actor.number = 1 + {owner} % {staff}) END AS owner_id
    FROM numbered
    ORDER BY n
"""


def fill(connection: "psycopg.Connection[Any]", table: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(f"ANALYZE {table}")


def prepare(connection: "psycopg.Connection[Any]", plan: Plan, chance: Chance) -> None:
    """Make the temporary tables that say what there is and what is to come."""
    connection.execute(TABLES)
    integrations = list(
        PartnerIntegration.objects.filter(is_active=True, takes_orders=True)
        .select_related("partner_organization", "business_entity")
        .order_by("partner_organization__slug")
    )
    entities = list(BusinessEntity.objects.filter(is_active=True).order_by("entity_code"))
    staff = list(User.objects.filter(is_active=True, is_staff=True).order_by("email"))
    sources = [*_partners(integrations), *_companies(entities)]
    fill(connection, "bulk_actor", _actors(staff, integrations))
    fill(connection, "bulk_share", (_source_row(number, source, len(staff), plan) for number, source in enumerate(sources)))
    fill(connection, "bulk_day", plan.days())
    fill(connection, "bulk_path", (_path_row(*path) for path in paths(plan.seed)))
    fill(connection, "bulk_policy", _policies(entities))
    fill(connection, "bulk_word", _words(integrations))
    fill(connection, "bulk_channel", _channels(integrations))
    fill(connection, "bulk_series", _series())
    fill(connection, "bulk_article", _articles())
    fill(connection, "bulk_mailbox", _mailboxes(entities))
    connection.execute("CREATE TEMP TABLE bulk_role AS SELECT role AS name, count(*) AS articles FROM bulk_article GROUP BY role")
    connection.execute(_orders(chance, [source.share for source in sources], max(len(staff), 1)))
    connection.execute("CREATE INDEX ON bulk_order (n)")
    connection.execute("ANALYZE bulk_order")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where orders come from: a company of ours, by itself or through a partner; `share` of all orders."""

    entity: BusinessEntity
    share: float
    integration: PartnerIntegration | None = None
    place: int = 0  # among the integrations


def _partners(integrations: Sequence[PartnerIntegration]) -> Iterator[Source]:
    volumes = [PARTNER_VOLUMES.get(each.partner_organization.slug, OTHER_VOLUME) for each in integrations]
    for place, (integration, volume) in enumerate(zip(integrations, volumes, strict=True)):
        share = OF_PARTNERS * volume / sum(volumes)
        yield Source(entity=integration.business_entity, share=share, integration=integration, place=place)


def _companies(entities: Sequence[BusinessEntity]) -> Iterator[Source]:
    for entity in entities:
        yield Source(entity=entity, share=OWN_SHARES[entity.entity_code])


def _source_row(number: int, source: Source, staff: int, plan: Plan) -> tuple[Any, ...]:
    entity, integration = source.entity, source.integration
    shared = (
        number,
        list(OWN_SHARES).index(entity.entity_code) + 1,
        entity.pk,
        entity.number_prefix,
        entity.sequence_length,
        entity.supports_work_orders,
        entity.order_approval_threshold,
    )
    if integration is None:
        return (*shared, None, None, "", None, max(5, round(source.share * plan.orders / ORDERS_OF_A_SHOP)))
    partner = integration.partner_organization
    return (*shared, integration.pk, partner.pk, partner.slug[:3].upper(), staff + 1 + source.place, 0)


def _actors(staff: Sequence[User], integrations: Sequence[PartnerIntegration]) -> Iterator[tuple[Any, ...]]:
    """Number 0 is the system; then the staff from 1 on, and the partners' keys."""
    yield 0, "system", "", "load_bulk", None, False
    for number, user in enumerate(staff, start=1):
        yield number, "user", str(user.pk), str(user)[:200], user.pk, True
    if not staff:
        yield 1, "system", "", "load_bulk", None, True
    for number, integration in enumerate(integrations, start=len(staff) + 1):
        partner = integration.partner_organization
        key = ApiKey.objects.filter(user__memberships__organization=partner).order_by("created_at").first()
        yield number, "api_key", str(key.pk) if key else "", str(key or partner)[:200], None, False


def _path_row(kind: str, variant: int, number: int, step: PathStep) -> tuple[Any, ...]:
    return (
        *(kind, variant, number, step.from_status, step.to_status, step.minutes, step.held_from, step.resumes),
        *(step.day_of, step.day_plus),
    )


def _policies(entities: Sequence[BusinessEntity]) -> Iterator[tuple[Any, ...]]:
    for workflow, statuses in STATUSES.items():
        book = policy_book(Order.entity_type, workflow)
        for entity in entities:
            for status in statuses:
                policy = book.find(status, entity.pk)
                if policy:
                    yield entity.pk, workflow, status, policy.sla_hours, policy.milestone


def _words(integrations: Sequence[PartnerIntegration]) -> Iterator[tuple[Any, ...]]:
    for integration in integrations:
        for status in {status for statuses in STATUSES.values() for status in statuses}:
            word = integration.outward_status(status)
            if word is not None and integration.channels:
                yield integration.pk, status, word


def _channels(integrations: Sequence[PartnerIntegration]) -> Iterator[tuple[Any, ...]]:
    for integration in integrations:
        for channel in integration.channels:
            url = integration.webhook_url if channel == DeliveryChannel.WEBHOOK else integration.api_base_url
            yield integration.pk, channel.value, url


def _series() -> Iterator[tuple[Any, ...]]:
    for series in NumberSequence.objects.filter(document_type=DocumentType.ORDER, is_test=False):
        yield series.business_entity_id, series.year, series.current_value


def _articles() -> Iterator[tuple[Any, ...]]:
    places: Counter[str] = Counter()
    for article in Article.objects.sellable().order_by("article_number"):
        role = ROLES.get(ArticleType(article.article_type), "extra")
        kind = LineItemType.SERVICE if role == "work" else LineItemType.PRODUCT
        yield role, places[role], article.pk, article.name, article.list_price, article.vat_rate, kind.value
        places[role] += 1


def _mailboxes(entities: Sequence[BusinessEntity]) -> Iterator[tuple[Any, ...]]:
    """From where a company confirms orders; one that cannot, writes none."""
    for entity in entities:
        with suppress(Refused):
            template = wording("order_confirmation", entity=entity, language="nl", channel_type=ChannelType.EMAIL)
            mailbox = sending_channel(entity, channel_type=ChannelType.EMAIL, channel_code=template.channel_code)
            yield entity.pk, mailbox.pk, mailbox.channel_type, mailbox.sender, template.pk, template.version


def _orders(chance: Chance, shares: Sequence[float], staff: int) -> str:
    ends = [end / sum(shares) for end in accumulate(shares)]
    steps = " ".join(f"WHEN {chance.share(2)} < {end} THEN {number}" for number, end in enumerate(ends[:-1]))
    own = (OrderType.INSTALLATION,) * 12 + (OrderType.SERVICE, OrderType.MAINTENANCE, OrderType.UPGRADE, OrderType.RELOCATION)
    return ORDERS.format(
        jitter=chance.share(1, "(first_order + place)"),
        share=f"CASE {steps} ELSE {len(shares) - 1} END",
        installation=OrderType.INSTALLATION.value,
        own_type=chance.one_of((*own, OrderType.ACCESSORIES), 3),
        shop_type=chance.one_of((OrderType.WEBSHOP, OrderType.WEBSHOP, OrderType.ACCESSORIES), 4),
        back=chance.share(5),
        comes_back=COMES_BACK,
        earlier=chance.share(6),
        minutes=WORKING_MINUTES,
        staff=staff,
        maker=chance.whole(7),
        order_key=chance.key("order", "n"),
        customer_key=chance.key("customer", "customer"),
        contact_key=chance.key("contact", "customer"),
        address_key=chance.key("address", "customer"),
        place_key=chance.key("place", "n"),
        lines=chance.share(8),
        priority=chance.one_of((*(Priority.NORMAL,) * 7, Priority.LOW, Priority.HIGH, Priority.URGENT), 9),
        wish=chance.share(10),
        days_ahead=chance.below(40, 11),
        owned=chance.share(12),
        owner=chance.whole(13),
    )
