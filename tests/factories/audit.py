import factory

from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.audit.services import log_act


class AuditLogFactory(factory.django.DjangoModelFactory[AuditLog]):
    """A login in the log, written as the application writes it: it may not insert rows itself."""

    class Meta:
        model = AuditLog

    action = AuditAction.LOGIN

    @classmethod
    def _create(cls, model_class: type[AuditLog], *_: object, **fields: AuditAction) -> AuditLog:
        log_act(fields["action"])
        return model_class.objects.latest("id")
