"""Keeping the words that messages are made of."""

from django.db import transaction

from apps.accounts.models import User
from apps.communication.models import CommunicationTemplate


@transaction.atomic
def save_template(*, template: CommunicationTemplate, by: User | None) -> CommunicationTemplate:
    """Keep a template's new words. Its version counts up, so that a message can say which words it was made of.

    Raises:
        ValidationError: the words could not be sent.
    """
    stored = CommunicationTemplate.objects.select_for_update(of=("self",)).filter(pk=template.pk).first()
    if stored is not None and stored.texts != template.texts:
        template.version = stored.version + 1
    template.full_clean()
    template.save()
    return template
