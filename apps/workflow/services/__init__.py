"""Writes of the engine, and the doors through which other apps plug into it."""

from apps.workflow.services.arranging import delete_calendar, delete_policy, save_calendar, save_policy
from apps.workflow.services.change import change_entity_status, change_status, record_creation
from apps.workflow.services.change_many import Move, change_statuses, record_creations
from apps.workflow.services.monitoring import process_deadlines
from apps.workflow.services.options import Reason, TransitionOption, allowed_transitions
from apps.workflow.services.overdue import close_overdue_task, see_to_overdue
from apps.workflow.services.recomputing import Affected, recompute, recompute_all
from apps.workflow.services.registration import act, register_machine, require
from apps.workflow.services.tasks import assign_task, cancel_task, complete_task, create_task, edit_task, take_task

__all__ = [
    "Affected",
    "Move",
    "Reason",
    "TransitionOption",
    "act",
    "allowed_transitions",
    "assign_task",
    "cancel_task",
    "change_entity_status",
    "change_status",
    "change_statuses",
    "close_overdue_task",
    "complete_task",
    "create_task",
    "delete_calendar",
    "delete_policy",
    "edit_task",
    "process_deadlines",
    "recompute",
    "recompute_all",
    "record_creation",
    "record_creations",
    "register_machine",
    "require",
    "save_calendar",
    "save_policy",
    "see_to_overdue",
    "take_task",
]
