"""What an import linter cannot see of the tables."""

import io

import pytest
from django.core.management import call_command
from django.db import models

from tests.architecture import house

# The plan's names; every other table is called as Django would call it, or as its model says.
TABLES = {
    "accounts.User": "user_account",
    "audit.AuditLog": "audit_logs",
    "catalog.Article": "article",
    "catalog.ArticleComponent": "article_component",
    "communication.CommunicationChannel": "communication_channel",
    "communication.CommunicationMessage": "communication_message",
    "communication.CommunicationTemplate": "communication_template",
    "communication.CommunicationThread": "communication_thread",
    "files.Attachment": "attachment",
    "gateway.ApiUsageLog": "api_usage_logs",
    "orders.LineItem": "line_item",
    "finance.FinancialSummary": "financial_summary",
    "finance.Invoice": "invoice",
    "finance.PartnerCommission": "partner_commission",
    "finance.Payment": "payment",
    "orders.Order": "order",
    "orders.OrderHold": "order_hold_details",
    "organizations.Address": "address",
    "organizations.BusinessEntity": "business_entity",
    "organizations.Contact": "contact",
    "organizations.NumberSequence": "number_sequence",
    "organizations.Organization": "organization",
    "partners.PartnerIntegration": "partner_integration",
    "partners.PartnerOrderReference": "partner_order_reference",
    "support.Ticket": "support_ticket",
    "support.TicketComment": "ticket_comment",
    "workflow.EntityCurrentStatus": "entity_current_status",
    "workflow.InternalTask": "internal_task",
    "workflow.StatusTransition": "status_transitions",
}

# Tables without created_at and updated_at, each with its reason.
TECHNICAL = {
    "audit.AuditLog": "append-only proof, written by the database with its own moment",
    "orders.OrderWords": "what an index is made of, written by the database with its order",
    "reporting.FigureTotal": "counters, worked out from rows that know when they were made",
    "reporting.FigureChange": "what is to be added to the counters, gone within a minute",
    "gateway.RateBucket": "a counter that lives for a minute",
    "accounts.User.groups": "a pair of keys",
    "accounts.BrowserSession": "a browser's session, saved whole at each change; began_at and seen_at are what people ask for",
}

NULL_TEXT = {
    "workflow.StatusTransition.from_status": "a creation comes from no status",
}

WITHOUT_FACTORY = {
    "orders.OrderWords": "the database writes it with its order",
    "audit.AuditLog": "only the database's own functions may write it",
    "reporting.FigureTotal": "added up from other rows",
    "reporting.FigureChange": "the database writes it with the rows that it counts",
    "reporting.FigureState": "one row, written with the totals",
    "reporting.Verified": "one row for each check, written by `verify`",
}


def test_core_owns_no_table() -> None:
    assert [model for model in house.our_models() if model._meta.app_label == "core"] == []


def test_foreign_keys_point_down_the_ranks() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in house.our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.OneToOneField | models.ManyToManyField)
        and field.related_model._meta.app_label != model._meta.app_label
        and house.rank(field.related_model) >= house.rank(model)
    ]

    assert wrong == []


def test_the_two_platform_ranks_know_no_person_by_key() -> None:
    """Audit, outbox and usage log outlive the people they name."""
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in house.our_models()
        if house.rank(model) <= 2
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model._meta.app_label != model._meta.app_label
    ]

    assert wrong == []


def test_there_is_no_generic_foreign_key() -> None:
    wrong = [f"{model._meta.label}.{field.name}" for model in house.our_models() for field in model._meta.private_fields]

    assert wrong == []


@pytest.mark.parametrize("label", sorted(TABLES))
def test_tables_keep_the_names_of_the_plan(label: str) -> None:
    found = {model._meta.label: model._meta.db_table for model in house.our_models()}

    assert found.get(label) == TABLES[label]


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_every_table_knows_when_its_rows_were_made_and_changed(model: type[models.Model]) -> None:
    if model._meta.label in TECHNICAL:
        return
    names = {field.name for field in model._meta.get_fields()}

    assert {"created_at", "updated_at"} <= names


TEXT_THAT_MAY_BE_NULL = {
    "workflow.StatusTransition.from_status": "the record was made: it comes from no status",
}


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_text_is_never_null(model: type[models.Model]) -> None:
    """Two ways to say 'nothing' is one too many; null is for a unique column that may be absent."""
    wrong = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and field.null
        and not field.unique
        and str(field) not in TEXT_THAT_MAY_BE_NULL
    ]

    assert wrong == []


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_every_text_column_has_an_upper_bound(model: type[models.Model]) -> None:
    """One text of a megabyte and a search of many words took a whole database down."""
    if not model._meta.managed:
        return
    conditions = [str(constraint.deconstruct()[2].get("condition", "")) for constraint in model._meta.constraints]
    wrong = [
        field.name
        for field in model._meta.concrete_fields
        if field.get_internal_type() == "TextField"
        and not any(field.name in condition and "ength" in condition for condition in conditions)
    ]

    assert wrong == []


@pytest.mark.parametrize("model", house.our_models(), ids=lambda model: model._meta.label)
def test_deleting_is_refused_where_others_depend(model: type[models.Model]) -> None:
    """A cascade across apps would erase what another app must keep."""
    wrong = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label != model._meta.app_label
        and field.remote_field.on_delete is models.CASCADE
    ]

    assert wrong == []


def test_every_model_has_a_factory() -> None:
    made = {model._meta.label for model in house.factories()}
    tables = {model._meta.label for model in house.our_models() if not model._meta.proxy}
    missing = tables - made - set(WITHOUT_FACTORY)

    assert missing == set()


def test_no_migration_is_missing(db: None) -> None:
    told = io.StringIO()

    call_command("makemigrations", dry_run=True, verbosity=1, stdout=told, stderr=told)

    assert told.getvalue() == "No changes detected\n"
