from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.jobs import job
from apps.support import services


@job(
    "support.watch_promises",
    label=_("Watch promises on tickets"),
    does=_("Tells of answers and solutions that are nearly late or late. Without it nobody is warned."),
)
def watch_promises() -> int:
    return services.watch_promises(clock.now())


@job(
    "support.close_resolved",
    label=_("Close resolved tickets"),
    does=_("Closes tickets that were resolved a week ago. Without it they stay resolved."),
)
def close_resolved() -> int:
    services.forget_presences(clock.now())
    return services.close_resolved()
