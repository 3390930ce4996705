"""Who sees which rows: the one place where row-level scope is decided."""

from typing import ClassVar, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, Q
from django.db.models.expressions import RawSQL

from apps.accounts.models import User
from apps.core.scope import sees_the_whole_group

Row = TypeVar("Row", bound=models.Model)

MAX_DEPTH = 5

# A tree that was made circular by hand ends at the depth limit all the same.
ORGANIZATIONS_BELOW = """
    WITH RECURSIVE below (id, depth) AS (
        SELECT organization_id, 1 FROM membership WHERE user_id = %s AND organization_id IS NOT NULL
        UNION
        SELECT child.id, below.depth + 1 FROM organization child
        JOIN below ON child.parent_organization_id = below.id WHERE below.depth < %s
    )
    SELECT id FROM below
"""


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows of which each person and partner sees only their own.

    A subclass says where its rows belong. `entity_path` leads to the business entity; empty, the rows are the whole
    group's. `is_group_wide_without_entity`: a row whose entity is null is the whole group's as well. What is the
    group's is seen by all staff. `organization_paths` lead to the organizations that see the row from outside.
    """

    entity_path: ClassVar[str] = "business_entity"
    is_group_wide_without_entity: ClassVar[bool] = False
    organization_paths: ClassVar[tuple[str, ...]] = ()

    def visible_to(self, user: User | AnonymousUser | None) -> Self:
        """The rows that a user may see.

        All of them for a superuser and for whoever holds multi.entity; for staff those of the business entities of
        their memberships; for a partner those of its organization and the ones below it, five levels deep; for
        anybody else none.
        """
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if sees_the_whole_group(user):
            return self.all()
        return self.filter(self._of_staff(user) | self._of_organizations(user))

    def handled_by(self, user: User | AnonymousUser | None) -> Self:
        """Of the rows that a user may see those that are theirs to work on, with what is said about them inside the house.

        All of them for staff; for a partner or a customer none: a role may give them a scope that colleagues have too.
        """
        rows = self.visible_to(user)
        if not isinstance(user, User) or sees_the_whole_group(user):
            return rows
        return rows.filter(self._of_staff(user))

    def _of_staff(self, user: User) -> Q:
        memberships = user.memberships.filter(business_entity__isnull=False)
        if not self.entity_path:
            return Q(Exists(memberships))
        rows = Q(**{f"{self.entity_path}__in": memberships.values("business_entity")})
        if self.is_group_wide_without_entity:
            rows |= Q(Exists(memberships), **{f"{self.entity_path}__isnull": True})
        return rows

    def _of_organizations(self, user: User) -> Q:
        rows = Q()
        for path in self.organization_paths:
            below = RawSQL(ORGANIZATIONS_BELOW, (user.pk, MAX_DEPTH))  # noqa: S611 - a constant with parameters
            rows |= Q(**{f"{path}__in": below})
        return rows
