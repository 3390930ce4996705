"""Which status is told to its customer, in which words and through which channels: one table, to which apps add their rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.communication.choices import ChannelType
from apps.organizations.models import Contact

# By phone one message is enough: WhatsApp for whoever gave a number for it, else SMS.
MAIL, MAIL_AND_TEXT = (ChannelType.EMAIL,), (ChannelType.EMAIL, ChannelType.WHATSAPP, ChannelType.SMS)

Words = Callable[[Any, Contact], dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """That a record which comes into a status is told of.

    Attributes:
        reader: to whom, of the record.
        words: the values for the template, of the record and its reader; None where the app tells it by an event of its own,
            which knows more than the status.
    """

    entity_type: str
    workflows: Sequence[str]
    status: str
    template_code: str
    channels: Sequence[str] = MAIL
    reader: Callable[[Any], Contact] | None = None
    words: Words | None = None


@dataclass
class Notices:
    """All that apps have added; `notices` is the one instance."""

    rows: list[Notice] = field(default_factory=list)

    def add(self, *rows: Notice) -> None:
        self.rows.extend(rows)

    def find(self, entity_type: str, workflow: str, status: str) -> Notice | None:
        """The row of a status; None where nothing is told."""
        wanted = (row for row in self.rows if (row.entity_type, row.status) == (entity_type, status))
        return next((row for row in wanted if workflow in row.workflows), None)


notices = Notices()
