from django.utils.translation import gettext_lazy as _

from apps.accounts import services
from apps.core.jobs import job


@job(
    "accounts.forget_ended_sessions",
    label=_("Forget ended logins"),
    does=_("Removes logins of front ends whose last token has run out."),
    essential=False,
)
def forget_ended_sessions() -> int:
    return services.forget_ended_sessions()
