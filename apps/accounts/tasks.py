from django.utils.translation import gettext_lazy as _

from apps.accounts import services
from apps.accounts.services import bulk_runs, put_off
from apps.core.jobs import job


@job(
    "accounts.forget_ended_sessions",
    label=_("Forget ended logins"),
    does=_("Removes logins of front ends whose last token has run out, and what people put off until a moment that has come."),
    essential=False,
)
def forget_ended_sessions() -> int:
    return services.forget_ended_sessions() + put_off.forget_what_came_back()


@job(
    "accounts.forget_old_bulk_runs",
    label=_("Forget old bulk acts"),
    does=_("Removes the results of acts on many records after thirty days; what they did stays in the audit log."),
    essential=False,
)
def forget_old_bulk_runs() -> int:
    return bulk_runs.forget_old_runs()
