"""Of whom a figure is: the companies whose rows one person's question counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core.once import once_a_page
from apps.core.prepared import Prepared
from apps.core.scope import sees_the_whole_group
from apps.organizations.models import BusinessEntity


@dataclass(frozen=True)
class Scope:
    """Who asks, and the companies that count: never more than those of the asker."""

    user: User
    entities: tuple[UUID, ...]

    @classmethod
    def of(cls, user: Any, entity: BusinessEntity | UUID | None = None) -> "Scope":
        """The companies of a colleague, or the one of them that is named."""
        chosen = entity.pk if isinstance(entity, BusinessEntity) else entity
        return cls(user=user, entities=tuple(each.pk for each in entities_of(user) if chosen in (None, each.pk)))

    def narrowed(self, entity: UUID) -> "Scope":
        """The same question about one of the companies."""
        return Scope(user=self.user, entities=tuple(each for each in self.entities if each == entity))


@once_a_page
def entities_of(user: Any) -> Sequence[BusinessEntity]:
    """The companies that a colleague works for: all of them for the whole group's people, none for those outside."""
    if not isinstance(user, User) or not user.is_active:
        return []
    if sees_the_whole_group(user):
        return list(_EVERY.rows())
    theirs = user.memberships.filter(business_entity__isnull=False)
    return list(BusinessEntity.objects.filter(pk__in=theirs.values("business_entity")).order_by("entity_code"))


NO_FIGURES = ("email_config", "document_config", "operational_config")  # large, and asked by no page of figures
_EVERY = Prepared(lambda: BusinessEntity.objects.defer(*NO_FIGURES).order_by("entity_code"), samples=[])
