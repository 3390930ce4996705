"""A test message leaves the building while no transaction is open, or a slow endpoint would hold our locks."""

from django.test import Client

from apps.accounts.choices import Scope
from apps.audit.models import AuditLog
from apps.partners.simulator import Answer, Received, Receiver
from tests.factories.partners import SECRET, PartnerIntegrationFactory
from tests.partners.desk import as_user, manager_of, page

OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""


def test_no_transaction_is_open_while_the_endpoint_is_called(real_commits, as_owner):
    open_transactions: list[int] = []

    def look(received: Received) -> Answer:
        open_transactions.extend(as_owner.execute(OPEN).fetchone())
        return Answer()

    with Receiver({"zon": SECRET}, answer=look) as receiver:
        integration = PartnerIntegrationFactory(webhook_url=receiver.url("zon"))
        client: Client = as_user(manager_of(integration, Scope.ADMIN_INTEGRATIONS))

        client.post(page(integration, "button", "test-message"))

    assert open_transactions == [0]
    assert AuditLog.objects.get(action="test").record_id == str(integration.pk)
