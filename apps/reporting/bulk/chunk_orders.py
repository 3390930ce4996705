"""The orders with their lines, the steps they have taken, and their holds."""

from apps.orders.choices import ESCALATES_AFTER, FOLLOW_UP_AFTER, CancellationCode, HoldReason, OrderSource
from apps.orders.models import LineItem, Order, OrderHold
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.names import NOTES, REASONS
from apps.reporting.bulk.plan import VARIANTS, WORKING_MINUTES
from apps.reporting.bulk.tables import creation, fill_draft, literal, log_rows, with_maker, write_history
from apps.workflow.models import EntityCurrentStatus, StatusTransition

MODELS = (Order, LineItem, OrderHold, StatusTransition, EntityCurrentStatus)
AMSTERDAM = "'Europe/Amsterdam'"
CATEGORIES = tuple(HoldReason.values)
DAYS = ", ".join(str(ESCALATES_AFTER[category].days) for category in CATEGORIES)

LINE = {
    "order_id": "bulk_chunk.id",
    "line_order": "slot",
    "article_id": "article.id",
    "description": "article.name",
    "line_item_type": "article.line_item_type",
    "quantity": "quantity",
    "unit_price_customer": "article.price",
    "tax_rate": "article.vat_rate",
    "total": "round(quantity * article.price, 2)",
    "created_at": "placed_at",
    "updated_at": "placed_at",
}
SUMS = """
    INSERT INTO bulk_sum
    WITH rate AS (
        SELECT order_id, tax_rate, sum(total) AS taxable FROM new_line_item GROUP BY order_id, tax_rate
    ), summed AS (
        SELECT order_id, sum(taxable) AS excl_vat, sum(round(taxable * tax_rate, 2)) AS vat FROM rate GROUP BY order_id
    )
    SELECT id, excl_vat, vat, CASE WHEN workflow = 'installation' THEN CASE WHEN integration_id IS NULL THEN 'own' ELSE 'partner' END
        WHEN excl_vat > threshold THEN 'wholesale_big' ELSE 'wholesale' END
    FROM bulk_chunk JOIN summed ON summed.order_id = bulk_chunk.id
"""
# When each step was taken, on working days alone; then what the clock and the calendar said there.
STEPS = """
    INSERT INTO bulk_step
    WITH going AS (
        SELECT n, id AS order_id, bulk_chunk.entity_id, workflow, placed_at, maker, path.*,
            work + sum(minutes * (0.15 - 0.85 * ln(1 - {length}))) OVER (PARTITION BY n ORDER BY path.sequence) AS work
        FROM bulk_chunk JOIN bulk_sum USING (id)
        JOIN bulk_path AS path ON path.kind = bulk_sum.kind AND path.variant = {variant}
    ), timed AS (
        SELECT *, CASE WHEN sequence = 1 THEN placed_at ELSE ({moment}) AT TIME ZONE {amsterdam} END AS at FROM going
    ), known AS (
        SELECT *, array_agg(at) OVER (
            PARTITION BY n ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS moments FROM timed
    ), clocked AS (
        SELECT known.*, policy.hours * interval '1 hour' AS allowed, policy.milestone,
            (moments[day_of] AT TIME ZONE {amsterdam})::date + day_plus AS planned,
            CASE WHEN resumes THEN moments[sequence - 2] ELSE at END AS since,
            moments[sequence + 1] AS next_at
        FROM known LEFT JOIN bulk_policy AS policy ON policy.entity_id = known.entity_id AND policy.workflow = known.workflow
            AND policy.status = CASE WHEN known.to_status = 'on_hold' THEN known.from_status ELSE known.to_status END
        WHERE at < {now}
    ), due AS (
        SELECT *, CASE WHEN to_status = 'on_hold' THEN NULL
                WHEN resumes THEN since + allowed + (at - moments[sequence - 1]) ELSE at + allowed END AS deadline,
            CASE WHEN to_status = 'on_hold' THEN coalesce(moments[sequence - 1] + allowed < at, false)
                WHEN resumes THEN coalesce(since + allowed < moments[sequence - 1], false) ELSE false END AS late
        FROM clocked
    )
    SELECT n, order_id, {key}, workflow, sequence, from_status, to_status, held_from, resumes, at, since, deadline, allowed, late,
        coalesce(milestone, false), planned, next_at < {now} IS NOT TRUE,
        CASE WHEN sequence = 1 THEN maker ELSE {actor} END, {reason},
        lag(since) OVER path, lag(deadline) OVER path, coalesce(lag(late) OVER path OR lag(deadline) OVER path < at, false),
        lag(planned) OVER path, coalesce(lag(held_from) OVER path, ''),
        (ARRAY[{categories}])[1 + {category}], (ARRAY[{days}])[1 + {category}],
        CASE WHEN to_status = 'on_hold' THEN (next_at AT TIME ZONE {amsterdam})::date END, next_at, {code}
    FROM due WINDOW path AS (PARTITION BY n ORDER BY sequence)
"""
# From eight o'clock on the first Monday: five days of so many minutes, and two without.
MOMENT = (
    f"date '2024-12-30' + (floor(work / {WORKING_MINUTES})::integer / 5 * 7 + floor(work / {WORKING_MINUTES})::integer % 5)"
    f" + time '08:00' + (work - floor(work / {WORKING_MINUTES}) * {WORKING_MINUTES}) * interval '1 minute'"
)
STEP_CONTEXT = """jsonb_strip_nulls(jsonb_build_object(
    'hold_reason_category', CASE WHEN to_status = 'on_hold' THEN category END,
    'estimated_resume_date', CASE WHEN to_status = 'on_hold' THEN resume_on END,
    'planned_start_date', CASE WHEN to_status = 'scheduled' THEN step.planned END,
    'cancellation_code', CASE WHEN to_status = 'cancelled' THEN code END))"""
TRANSITION = {
    "id": "step.id",
    "created_at": "at",
    "updated_at": "at",
    "entity_type": "'order'",
    "entity_id": "step.order_id",
    "sequence": "sequence",
    "workflow": "workflow",
    "from_status": "from_status",
    "to_status": "to_status",
    "transition_reason": "reason",
    "business_context": STEP_CONTEXT,
    "occurred_at": "at",
    "actor_kind": "actor.kind",
    "actor_id": "actor.id",
    "actor_label": "actor.label",
    "triggered_by_id": "actor.user_id",
    "status_since": "since",
    "sla_deadline": "deadline",
    "left_since": "left_since",
    "left_deadline": "left_deadline",
    "left_overdue": "left_overdue",
    "is_milestone": "milestone",
}
STANDING = {
    "id": "md5(step.id::text)::uuid",
    "created_at": "placed_at",
    "updated_at": "at",
    "entity_type": "'order'",
    "entity_id": "step.order_id",
    "business_entity_id": "entity_id",
    "workflow": "step.workflow",
    "current_status": "to_status",
    "status_since": "since",
    "sla_deadline": "deadline",
    "reminder_at": "deadline - allowed / 4",
    "warning_at": "deadline - allowed / 10",
    "escalates_at": "deadline + interval '24 hours'",
    "last_transition_id": "step.id",
    "assigned_user_id": "owner_id",
}
# All that was due has been told.
STAGE = (
    "CASE WHEN deadline + interval '24 hours' < {now} THEN 4 WHEN deadline < {now} OR late THEN 3"
    " WHEN deadline - allowed / 10 < {now} THEN 2 WHEN deadline - allowed / 4 < {now} THEN 1 ELSE 0 END"
)
NEXT_STAGE = (
    "CASE WHEN deadline + interval '24 hours' < {now} THEN NULL WHEN deadline < {now} OR late THEN deadline + interval '24 hours'"
    " WHEN deadline - allowed / 10 < {now} THEN deadline WHEN deadline - allowed / 4 < {now} THEN deadline - allowed / 10"
    " ELSE deadline - allowed / 4 END"
)
COMPLETED_ON = f"CASE WHEN to_status = 'completed' THEN (at AT TIME ZONE {AMSTERDAM})::date END"
# Why it was cancelled, in the columns that are empty in every other status.
CANCELLED = {
    "cancellation_code": "CASE WHEN to_status = 'cancelled' THEN code ELSE '' END",
    "cancellation_reason": "CASE WHEN to_status = 'cancelled' THEN reason ELSE '' END",
}
ORDER = {
    **CANCELLED,
    "id": "bulk_chunk.id",
    "created_at": "placed_at",
    "updated_at": "at",
    "order_number": "number",
    "source": (
        f"CASE WHEN integration_id IS NULL THEN {literal(OrderSource.BACK_OFFICE.value)}"
        f" ELSE {literal(OrderSource.PARTNER.value)} END"
    ),
    "business_entity_id": "entity_id",
    "order_type": "order_type",
    "workflow": "bulk_chunk.workflow",
    "status": "to_status",
    "held_from": "step.held_from",
    "version": "sequence",
    "planned_start_date": "step.planned",
    "actual_completion_date": COMPLETED_ON,
    "priority_level": "priority",
    "customer_organization_id": "customer_id",
    "primary_contact_id": "contact_id",
    "partner_organization_id": "partner_id",
    "partner_reference": "partner_order_id",
    "order_owner_id": "owner_id",
    "installation_address_id": "installation_address_id",
    "shipping_address_id": "CASE WHEN bulk_chunk.workflow = 'wholesale' THEN address_id END",
    "requested_date": "requested_date",
    "total_excl_vat": "excl_vat",
    "total_vat": "vat",
    "total_incl_vat": "excl_vat + vat",
    "notes": "notes",
}
HOLD = {
    "id": "md5('hold' || step.id::text)::uuid",
    "created_at": "at",
    "updated_at": "CASE WHEN is_last THEN at ELSE next_at END",
    "order_id": "order_id",
    "hold_reason_category": "category",
    "hold_reason_details": "reason",
    "previous_status": "from_status",
    "held_at": "at",
    "created_by_id": "actor.user_id",
    "estimated_resume_date": "resume_on",
    "escalation_date": f"least((at AT TIME ZONE {AMSTERDAM})::date + escalates_after, resume_on)",
    "automatic_followup_date": f"(at AT TIME ZONE {AMSTERDAM})::date + {FOLLOW_UP_AFTER.days}",
    "is_active": "is_last",
    "resolved_at": "CASE WHEN NOT is_last THEN next_at END",
    "resolved_by_id": "CASE WHEN NOT is_last THEN actor.user_id END",
    "resolution_notes": f"CASE WHEN is_last THEN '' ELSE {literal(REASONS['resumed'][0])} END",
}
# What a row was before its last change, for its first version and the log of its making.
HOLD_AT_FIRST = {
    "updated_at": "made.created_at",
    "is_active": "true",
    "resolved_at": "NULL::timestamptz",
    "resolved_by_id": "NULL::uuid",
    "resolution_notes": "''",
}
ORDER_AT_FIRST = {
    **dict.fromkeys(CANCELLED, "''"),
    "updated_at": "made.created_at",
    "status": "CASE made.workflow WHEN 'wholesale' THEN 'new' ELSE 'new_lead' END",
    "held_from": "''",
    "version": "1",
    "planned_start_date": "NULL::date",
    "actual_completion_date": "NULL::date",
}
ORDER_AT_STEP = {
    **CANCELLED,
    "status": "to_status",
    "held_from": "step.held_from",
    "version": "sequence",
    "planned_start_date": "step.planned",
    "actual_completion_date": COMPLETED_ON,
}
STEP_OLD = """jsonb_build_object('status', from_status, 'version', sequence - 1)
    || CASE WHEN held_before <> held_from THEN jsonb_build_object('held_from', held_before) ELSE '{}' END
    || CASE WHEN planned_before IS DISTINCT FROM planned
        THEN jsonb_build_object('planned_start_date', planned_before) ELSE '{}' END
    || CASE to_status WHEN 'completed' THEN '{"actual_completion_date": null}'::jsonb
        WHEN 'cancelled' THEN '{"cancellation_code": "", "cancellation_reason": ""}'::jsonb ELSE '{}' END"""
STEP_NEW = f"""jsonb_build_object('status', to_status, 'version', sequence)
    || CASE WHEN held_before <> held_from THEN jsonb_build_object('held_from', held_from) ELSE '{{}}' END
    || CASE WHEN planned_before IS DISTINCT FROM planned
        THEN jsonb_build_object('planned_start_date', planned) ELSE '{{}}' END
    || CASE to_status WHEN 'completed' THEN jsonb_build_object('actual_completion_date', (at AT TIME ZONE {AMSTERDAM})::date)
        WHEN 'cancelled' THEN jsonb_build_object('cancellation_code', code, 'cancellation_reason', reason) ELSE '{{}}' END"""


def statements(chance: Chance, now: str) -> list[str]:
    """What makes the rows of this chunk ready, for `store_draft`; `now` is a literal."""
    step = "(n * 64 + sequence)"
    actor = "JOIN bulk_actor AS actor ON actor.number = step.actor"
    steps = STEPS.format(
        now=now,
        amsterdam=AMSTERDAM,
        moment=MOMENT,
        length=chance.share(60, "(n * 64 + path.sequence)"),
        variant=chance.below(VARIANTS, 61),
        key=chance.key("step", "n", "sequence"),
        actor=f"1 + {chance.below(1_000_000, 62, step)} % (SELECT count(*) FROM bulk_actor WHERE is_staff)::integer",
        reason=_reason(chance, step),
        categories=", ".join(literal(category) for category in CATEGORIES),
        days=DAYS,
        category=chance.below(len(CATEGORIES), 63, step),
        code=chance.one_of(tuple(CancellationCode.values), 66, step),
    )
    return [
        _lines(chance),
        SUMS,
        steps,
        fill_draft(StatusTransition, TRANSITION, "actor", f"bulk_step AS step {actor}"),
        fill_draft(
            EntityCurrentStatus,
            _standing(now),
            "actor",
            "bulk_step AS step JOIN bulk_chunk ON bulk_chunk.n = step.n WHERE is_last",
        ),
        fill_draft(
            Order,
            ORDER | {"notes": chance.one_of(NOTES, 64, "bulk_chunk.n")},
            "maker",
            "bulk_chunk JOIN bulk_sum USING (id) JOIN bulk_step AS step ON step.n = bulk_chunk.n AND is_last",
        ),
        fill_draft(OrderHold, HOLD, "step.actor", f"bulk_step AS step {actor} WHERE to_status = 'on_hold'"),
    ]


def histories() -> list[str]:
    """The versions of orders and holds beyond their making."""
    return [
        write_history(
            Order,
            source="bulk_step AS step JOIN new_order AS made ON made.id = step.order_id"
            " JOIN bulk_actor AS actor ON actor.number = step.actor",
            at="step.at",
            kind="CASE WHEN sequence = 1 THEN '+' ELSE '~' END",
            changed=ORDER_AT_STEP,
        ),
        write_history(OrderHold, source=with_maker(OrderHold), at="made.created_at", kind="'+'", changed=HOLD_AT_FIRST),
        write_history(OrderHold, source=f"{with_maker(OrderHold)} WHERE NOT is_active", at="made.resolved_at", kind="'~'"),
    ]


def log() -> list[str]:
    """What the log says of orders and holds."""
    return [
        creation(Order, at_first=ORDER_AT_FIRST),
        log_rows(
            Order,
            at="made.at",
            action="update",
            key="order_id",
            old=STEP_OLD,
            new=STEP_NEW,
            actor="made.actor",
            source="bulk_step AS made WHERE sequence > 1",
        ),
        creation(OrderHold, at_first=HOLD_AT_FIRST),
        log_rows(
            OrderHold,
            at="made.resolved_at",
            action="update",
            old="""'{"is_active": true, "resolved_at": null, "resolved_by_id": null, "resolution_notes": ""}'::jsonb""",
            new="jsonb_build_object('is_active', false, 'resolved_at', made.resolved_at, 'resolved_by_id', made.resolved_by_id,"
            " 'resolution_notes', made.resolution_notes)",
            actor="made.made_by",
            source="new_order_hold_details AS made WHERE NOT is_active",
        ),
    ]


def _standing(now: str) -> dict[str, str]:
    return STANDING | {
        "is_overdue": f"late OR coalesce(deadline < {now}, false)",
        "stage": STAGE.format(now=now),
        "next_stage_at": NEXT_STAGE.format(now=now),
    }


def _lines(chance: Chance) -> str:
    of = "(n * 8 + slot)"
    role = (
        "CASE WHEN slot > 2 OR order_type = 'accessories' THEN 'extra'"
        " WHEN slot = 1 AND order_type IN ('installation', 'webshop') THEN 'goods'"
        " WHEN workflow = 'wholesale' THEN 'extra' ELSE 'work' END"
    )
    several = f"CASE WHEN bulk_chunk.workflow = 'wholesale' THEN 1 + {chance.below(12, 50, of)} ELSE 1 END"
    source = f"""
        bulk_chunk CROSS JOIN LATERAL generate_series(1, lines) AS slot
        JOIN bulk_role AS role ON role.name = {role}
        JOIN bulk_article AS article ON article.role = role.name AND article.place = {chance.whole(51, of)} % role.articles
        CROSS JOIN LATERAL (SELECT ({several})::numeric(10, 3) AS quantity) AS amount
    """
    return fill_draft(LineItem, LINE | {"id": chance.key("line", "n", "slot")}, "maker", source)


def _reason(chance: Chance, of: str) -> str:
    said = " ".join(
        f"WHEN {condition} THEN {chance.one_of(REASONS[name], 65, of)}"
        for name, condition in (
            ("resumed", "resumes"),
            *((status, f"to_status = '{status}'") for status in REASONS if status != "resumed"),
        )
    )
    return f"CASE {said} ELSE '' END"
