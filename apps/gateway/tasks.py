from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.gateway import services


@job(
    "gateway.forget_old",
    label=_("Forget old calls"),
    does=_("Removes calls of the API, refused messages and remembered answers that have been kept long enough."),
)
def forget_old() -> int:
    return services.forget_old()
