from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    name = "apps.finance"
    label = "finance"
    verbose_name = _("Finance")

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.finance import checks, contributions, subscribers  # noqa: F401  # importing subscribers subscribes them

        self._register_records()
        self._register_acts()
        contributions.register()
        checks.register()

    def _register_records(self) -> None:
        from apps.core.records import register_record
        from apps.finance import models
        from apps.workflow.services import register_machine

        register_machine(models.Invoice)
        register_machine(models.PartnerCommission)
        register_machine(models.PaymentBatch)
        register_record(models.AccountingConnection.entity_type, models.AccountingConnection)
        register_record(models.MollieConnection.entity_type, models.MollieConnection)
        register_record("payment", models.Payment)
        register_record("refund", models.Refund)
        register_record("write_off", models.WriteOff)
        register_record("collection_letter", models.CollectionLetter)
        register_record("bank_file", models.BankFile)
        register_record("bank_transaction", models.BankTransaction)

    def _register_acts(self) -> None:
        from apps.finance import services
        from apps.finance.models import Invoice, PartnerCommission, PaymentBatch
        from apps.finance.services import online_refunds
        from apps.organizations.choices import ApprovalKind
        from apps.organizations.services import two_people_for
        from apps.workflow.services import act

        act(Invoice.entity_type, "approved", services.approve_by_door)
        act(Invoice.entity_type, "sent", services.send_by_door)
        act(PartnerCommission.entity_type, "rejected", services.reject_by_door)
        act(PaymentBatch.entity_type, "executed", services.execute_by_door)
        two_people_for(ApprovalKind.REFUND, services.carry_out_refund)
        two_people_for(ApprovalKind.WRITE_OFF, services.carry_out_write_off)
        online_refunds.register()
