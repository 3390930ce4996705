"""Writes of the engine, and the doors through which other apps plug into it."""

from apps.workflow.services.change import change_entity_status, change_status, record_creation
from apps.workflow.services.change_many import Move, change_statuses, record_creations
from apps.workflow.services.monitoring import process_deadlines
from apps.workflow.services.options import Reason, TransitionOption, allowed_transitions
from apps.workflow.services.recomputing import recompute_clocks, save_policy
from apps.workflow.services.registration import act, register_machine, require
from apps.workflow.services.tasks import assign_task, cancel_task, complete_task, create_task, edit_task, take_task

__all__ = [
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
    "complete_task",
    "create_task",
    "edit_task",
    "process_deadlines",
    "recompute_clocks",
    "record_creation",
    "record_creations",
    "register_machine",
    "require",
    "save_policy",
    "take_task",
]
