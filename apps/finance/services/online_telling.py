"""Having a person look at an online payment, where the system cannot go on by itself."""

from apps.core.records import ref_to
from apps.finance.models import OnlinePayment
from apps.workflow.services import create_task


def tell(online: OnlinePayment, title: str, description: str) -> None:
    """Make a task of it, with its invoice."""
    create_task(
        title=title[:200],
        description=description,
        task_type="follow_up",
        priority="high",
        about=ref_to(online.invoice),
        business_entity=online.business_entity,
    )
