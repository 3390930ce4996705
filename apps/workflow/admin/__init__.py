from apps.workflow.admin import calendars, policies, statuses, tasks

__all__ = ["calendars", "policies", "statuses", "tasks"]
