from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


def bounded(field: str, limit: int) -> models.CheckConstraint:
    """A constraint: the text is no longer than this, whoever writes it. One huge text can bring a search down."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_bounded", condition=LessThanOrEqual(Length(field), limit)
    )
