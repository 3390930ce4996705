from apps.workflow.admin import policies, statuses, tasks

__all__ = ["policies", "statuses", "tasks"]
