from django.db import models
from django.utils.translation import gettext_lazy as _


class StatusCategory(models.TextChoices):
    PENDING = "pending", _("Pending")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class Severity(models.TextChoices):
    """How bad it is that a deadline has passed: more than a day, more than three days."""

    INFO = "info", _("Overdue")
    WARNING = "warning", _("More than a day overdue")
    CRITICAL = "critical", _("More than three days overdue")


class Stage(models.IntegerChoices):
    """How far a deadline has been told of; each stage of a clock is told once."""

    NONE = 0, _("In time")
    REMINDER_75 = 1, _("Three quarters of the time have passed")
    WARNING_90 = 2, _("Nine tenths of the time have passed")
    BREACHED = 3, _("The deadline has passed")
    ESCALATED = 4, _("The deadline passed a day ago")

    @property
    def code(self) -> str:
        """Its name in events: reminder_75, warning_90, breached, escalated."""
        return self.name.lower()


class Level(models.TextChoices):
    """Who hears of what stays lying: the level above whoever has it, and on."""

    TEAM_LEADER = "team_leader", _("Team leader")
    MANAGER = "manager", _("Manager")
    DIRECTOR = "director", _("Director")


class LiberationDay(models.TextChoices):
    """Whether a business is closed on 5 May, about which agreements differ."""

    NEVER = "never", _("Never")
    LUSTRUM = "lustrum", _("Every fifth year")
    ALWAYS = "always", _("Every year")


class TaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


UNFINISHED = (TaskStatus.OPEN, TaskStatus.IN_PROGRESS, TaskStatus.WAITING)


class TaskType(models.TextChoices):
    FOLLOW_UP = "follow_up", _("Follow up")
    CALLBACK = "callback", _("Call back")
    SEND_EMAIL = "send_email", _("Send an e-mail")
    SCHEDULE_VISIT = "schedule_visit", _("Schedule a visit")
    ESCALATE = "escalate", _("Escalate")
    RESEARCH = "research", _("Find out")
    DOCUMENTATION = "documentation", _("Documentation")
    APPROVAL_REQUEST = "approval_request", _("Approval request")
    OTHER = "other", _("Other")


class TaskPriority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")
    CRITICAL = "critical", _("Critical")
