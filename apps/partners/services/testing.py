"""A message that means nothing, to see whether a partner's endpoint takes it."""

import json
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.errors import Refused
from apps.core.records import RecordRef
from apps.gateway.choices import Direction
from apps.gateway.services import log_call
from apps.partners.clients import webhooks
from apps.partners.clients.outcome import Outcome
from apps.partners.clients.webhooks import Call
from apps.partners.models import PartnerIntegration
from apps.partners.words import failure_in_words

EVENT = "webhook.test"


@dataclass(frozen=True, kw_only=True)
class TestMessage:
    """What was sent, and what came of it."""

    webhook_id: str
    body: str
    url: str
    outcome: Outcome

    @property
    def in_words(self) -> str:
        """What went wrong; empty when it arrived."""
        return failure_in_words(self.outcome.error_code, self.outcome.error_detail)


def send_test_message(*, integration: PartnerIntegration, by: User | None) -> TestMessage:
    """Call an integration's endpoint with a signed message of no order, and tell what came of it.

    Call it outside a transaction: the call may take ten seconds. Nothing is tried again, no order and no circuit is touched.

    Raises:
        Refused: there is nowhere to send it, or nothing to sign it with.
    """
    if not integration.webhook_url:
        raise Refused(_("This integration has no webhook address."), code="no_endpoint")
    webhook_id, body = f"msg_test_{uuid4().hex}", _body(integration)
    outcome = webhooks.send(Call(webhook_id=webhook_id, url=integration.webhook_url, body=body, secrets=_secrets_of(integration)))
    sent = TestMessage(webhook_id=webhook_id, body=body, url=integration.webhook_url, outcome=outcome)
    _record(integration, sent)
    return sent


def _secrets_of(integration: PartnerIntegration) -> list[str]:
    try:
        secrets = integration.signing_secrets()
    except SecretUnreadable as error:
        raise Refused(_("The webhook secret cannot be read. Make a new one."), code="secret_unreadable") from error
    if not all(secrets):
        raise Refused(_("This integration has no webhook secret. Make one."), code="no_secret")
    return secrets


def _body(integration: PartnerIntegration) -> str:
    return json.dumps(
        {
            "type": EVENT,
            "timestamp": clock.now().isoformat(),
            "data": {
                "integration": integration.integration_name,
                "message": "A test by ChargeCars. It is about no order; answer it with any status from 200 to 299.",
            },
        },
        ensure_ascii=False,
    )


@transaction.atomic
def _record(integration: PartnerIntegration, sent: TestMessage) -> None:
    outcome = sent.outcome
    log_call(
        direction=Direction.OUT,
        integration=integration.integration_name,
        organization_id=integration.partner_organization_id,
        organization_label=str(integration.partner_organization),
        method="POST",
        endpoint=sent.url[:500],
        occurred_at=outcome.started_at,
        response_status=outcome.status,
        response_time_ms=outcome.elapsed_ms,
        request_size_bytes=len(sent.body.encode()),
        response_size_bytes=outcome.answer_size,
        error_code=outcome.error_code,
        error_message=outcome.error_detail,
    )
    log_act(
        AuditAction.TEST,
        RecordRef(entity_type=PartnerIntegration.entity_type, entity_id=integration.pk),
        context={"webhook_id": sent.webhook_id, "url": sent.url, "status": outcome.status, "error_code": outcome.error_code},
    )
