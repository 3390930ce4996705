import uuid

import factory

from apps.files.models import Attachment


class AttachmentFactory(factory.django.DjangoModelFactory[Attachment]):
    """A row alone; tests that need content store it with the service."""

    class Meta:
        model = Attachment

    about_type = "order"
    about_id = factory.LazyFunction(uuid.uuid4)
    document_name = factory.Sequence(lambda number: f"photo-{number}.png")
    file = factory.LazyAttribute(lambda row: f"attachments/00/{row.about_id.hex}")
    size_bytes = 1
    media_type = "image/png"
    extension = "png"
    checksum = "0" * 64
