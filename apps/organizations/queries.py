"""What is read across organizations' tables."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.errors import FieldError, Malformed, Text
from apps.core.scope import sees_the_whole_group
from apps.organizations.models import BusinessEntity, Membership


def business_entity_named(code: str, *, by: User) -> BusinessEntity:
    """The company that a body names at `/business_entity`.

    Raises:
        Malformed: unknown_business_entity, when there is none, or not for them.
    """
    entity: BusinessEntity | None = BusinessEntity.objects.visible_to(by).filter(entity_code=code).first()
    if entity is None:
        detail = _("There is no such company, or not for you.")
        raise Malformed(fields=[FieldError(pointer="/business_entity", code="unknown_business_entity", detail=detail)])
    return entity


def visible_users(rows: QuerySet[User], user: Any) -> QuerySet[User]:
    """The people of `rows` that a user may see: all of them for whoever sees the whole group, for others themselves.

    Staff also see who works for a company of theirs or for an organization that they see, and the group's own people.
    """
    if sees_the_whole_group(user):
        return rows
    if not isinstance(user, User) or not user.is_active:
        return rows.none()
    known = Q(pk=user.pk) | Q(pk__in=Membership.objects.handled_by(user).values("user"))
    if user.memberships.filter(business_entity__isnull=False).exists():
        known |= Q(pk__in=people_of_the_group().values("pk"))
    return rows.filter(known)


def people_of_the_group() -> QuerySet[User]:
    """Who sees the whole group."""
    switch = Scope.MULTI_ENTITY.codename
    granted = Q(user_permissions__codename=switch) | Q(groups__permissions__codename=switch)
    return User.objects.filter(Q(is_superuser=True) | granted, is_active=True).distinct()


def colleagues_of(user: User) -> QuerySet[User]:
    """Whom a user may give work to."""
    return visible_users(User.objects.filter(is_staff=True, is_active=True, is_service=False), user)


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """How far a company's set-up is: a score from 0 to 100 and what is missing."""

    score: int
    issues: tuple[Text, ...]


def completeness(entity: BusinessEntity) -> Completeness:
    """Whether a company has what its documents, messages and planning need."""
    branding, mail = entity.branding_config, entity.email_config
    documents, operations = entity.document_config, entity.operational_config
    needed = (
        (_("legal name"), entity.legal_name),
        (_("KvK number"), entity.kvk_number),
        (_("BTW number"), entity.btw_number),
        (_("logo"), branding.get("logo_url")),
        (_("primary colour"), branding.get("primary_color")),
        (_("sender's address"), mail.get("from_email")),
        (_("sender's name"), mail.get("from_name")),
        (_("invoice template"), documents.get("invoice_template_id")),
        (_("document footer"), documents.get("footer_text")),
        (_("payment term"), entity.payment_term_days is not None),
        (_("time zone"), operations.get("timezone")),
    )
    issues = tuple(name for name, value in needed if not value)
    return Completeness(score=round(100 * (len(needed) - len(issues)) / len(needed)), issues=issues)
