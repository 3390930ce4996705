from django.utils.translation import gettext_lazy as _

from apps.audit import services
from apps.core.jobs import job


@job(
    "audit.keep_partitions",
    label=_("Prepare the audit log"),
    does=_("Makes the log's part for each of the next three months, and drops what is past every retention period."),
)
def keep_partitions() -> None:
    services.keep_partitions()
