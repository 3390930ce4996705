"""Telling a person, once, that a connection needs one."""

from django.utils.translation import gettext as _

from apps.core.records import ref_to
from apps.finance.models import AccountingConnection
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.services import create_task


def tell(connection: AccountingConnection, what: str) -> None:
    """One open task per connection: a system that is down holds up a thousand documents."""
    about = ref_to(connection)
    told = InternalTask.objects.unfinished().filter(
        about_type=about.entity_type, about_id=about.entity_id, task_type=TaskType.RESEARCH
    )
    if told.exists():
        return
    create_task(
        title=_("Accounting needs a look: %(connection)s") % {"connection": connection},
        description=what,
        task_type=TaskType.RESEARCH,
        priority=TaskPriority.HIGH,
        about=about,
        business_entity=connection.business_entity,
    )
