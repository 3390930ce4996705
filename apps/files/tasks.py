from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.files import services


@job(
    "files.remove_orphans",
    label=_("Clear up files"),
    does=_("Removes stored files that belong to nothing, because what they were added to was never saved."),
    essential=False,
)
def remove_orphans() -> int:
    return services.remove_orphans()
