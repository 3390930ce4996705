"""Whether every status that is to be told can be: in the words, language and channels of every company."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.accounts.choices import Language
from apps.communication.choices import ChannelType
from apps.communication.models import CommunicationChannel, CommunicationTemplate
from apps.communication.notices import Notice, notices
from apps.organizations.models import BusinessEntity
from apps.workflow.models import StatusPolicy


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A status that is to be told and, to some customers of a company, cannot be."""

    entity: BusinessEntity
    policy: StatusPolicy
    what: str

    def __str__(self) -> str:
        return f"{self.entity.entity_code}: {self.policy.entity_type} {self.policy.workflow} {self.policy.status}: {self.what}"


def gaps() -> list[Gap]:
    """Every gap of every company that is in business, by company and status."""
    known = _Known()
    return [
        Gap(entity=entity, policy=policy, what=what)
        for entity in BusinessEntity.objects.filter(is_active=True).order_by("entity_code")
        for policy in _to_be_told(entity)
        for what in _missing(entity, policy, known)
    ]


class _Known:
    """The templates and channels in use, read once."""

    def __init__(self) -> None:
        rows = CommunicationTemplate.objects.in_use()
        self.templates = {(each.template_code, each.channel_type, each.language, each.business_entity_id): each for each in rows}
        self.channels = set(CommunicationChannel.objects.in_use().values_list("business_entity_id", "channel_type"))

    def wording(self, notice: Notice, channel: str, language: str, entity: BusinessEntity) -> CommunicationTemplate | None:
        owners = (entity.pk, None)
        keys = ((notice.template_code, channel, language, owner) for owner in owners)
        return next((self.templates[key] for key in keys if key in self.templates), None)


def _to_be_told(entity: BusinessEntity) -> list[StatusPolicy]:
    """The policies in force for a company that ask for a message; its own stand above the group's."""
    in_force: dict[tuple[str, str, str], StatusPolicy] = {}
    rows = StatusPolicy.objects.filter(business_entity=None) | StatusPolicy.objects.filter(business_entity=entity)
    for policy in sorted(rows, key=lambda each: each.business_entity_id is not None):
        in_force[policy.entity_type, policy.workflow, policy.status] = policy
    told = [policy for policy in in_force.values() if policy.notify]
    return sorted(told, key=lambda policy: (policy.entity_type, policy.workflow, policy.order))


def _missing(entity: BusinessEntity, policy: StatusPolicy, known: _Known) -> Iterator[str]:
    notice = notices.find(policy.entity_type, policy.workflow, policy.status)
    if notice is None:
        yield _("nothing tells it")
        return
    if (entity.pk, ChannelType.EMAIL) not in known.channels:
        yield _("the company has no active mailbox")
    for channel in notice.channels:
        if channel == ChannelType.EMAIL or (entity.pk, channel) in known.channels:
            yield from _missing_words(entity, notice, channel, known)


def _missing_words(entity: BusinessEntity, notice: Notice, channel: str, known: _Known) -> Iterator[str]:
    named = {"code": notice.template_code, "channel": ChannelType(channel).label}
    for language in Language:
        template = known.wording(notice, channel, language, entity)
        if template is None:
            yield _("no template %(code)s for %(channel)s in %(language)s") % {**named, "language": language.label}
        elif channel == ChannelType.WHATSAPP and not template.provider_template:
            words = _("template %(code)s in %(language)s was not approved by WhatsApp")
            yield words % {**named, "language": language.label}
