from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditAction(models.TextChoices):
    """What was done. The first three are writes, which only the trigger logs."""

    CREATE = "create", _("created")
    UPDATE = "update", _("changed")
    DELETE = "delete", _("deleted")
    LOGIN = "login", _("logged in")
    LOGIN_FAILED = "login_failed", _("failed to log in")
    LOGIN_UNLOCKED = "login_unlocked", _("login unlocked")
    LOGOUT = "logout", _("logged out")
    VIEW = "view", _("viewed")
    EXPORT = "export", _("exported")
    IMPORT = "import", _("imported")
    FACTOR_ADDED = "factor_added", _("set up a second factor")
    FACTOR_REMOVED = "factor_removed", _("second factor removed")
    FACTOR_FAILED = "factor_failed", _("second factor not accepted")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended")
    TEST = "test", _("tested")
