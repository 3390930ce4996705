from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    DUTCH = "nl", _("Dutch")
    ENGLISH = "en", _("English")


class Role(models.TextChoices):
    """The jobs of the group, each a Django group of this name; what each may do is reference data that staff can change."""

    ADMIN = "ADMIN", _("System administrator")
    MANAGER = "MANAGER", _("Operations manager")
    PLANNER = "PLANNER", _("Planner")
    SALES = "SALES", _("Account manager")
    SUPPORT = "SUPPORT", _("Customer service")
    FINANCE = "FINANCE", _("Finance")
    WAREHOUSE = "WAREHOUSE", _("Warehouse")
    TEAM_LEADER = "TEAM_LEADER", _("Team leader")
    TECHNICIAN = "TECHNICIAN", _("Field technician")
    PARTNER = "PARTNER", _("Partner user")
    CUSTOMER = "CUSTOMER", _("End customer")
    AUDITOR = "AUDITOR", _("Auditor")


class Scope(models.TextChoices):
    """What a person or an API key may do, named by area and act."""

    SALES_QUOTES = "sales.quotes", _("Sales: quotes")
    SALES_ORDERS = "sales.orders", _("Sales: orders")
    SALES_PRICING = "sales.pricing", _("Sales: prices")
    SALES_REPORTS = "sales.reports", _("Sales: reports")
    SALES_CUSTOMERS = "sales.customers", _("Sales: customers")
    SUPPORT_TICKETS = "support.tickets", _("Support: tickets")
    SUPPORT_ESCALATE = "support.escalate", _("Support: escalate")
    SUPPORT_COMMUNICATION = "support.communication", _("Support: communication")
    SUPPORT_KNOWLEDGE = "support.knowledge", _("Support: knowledge base")
    SUPPORT_REMOTE = "support.remote", _("Support: remote help")
    FINANCE_INVOICES = "finance.invoices", _("Finance: invoices")
    FINANCE_PAYMENTS = "finance.payments", _("Finance: payments")
    FINANCE_REPORTS = "finance.reports", _("Finance: reports")
    FINANCE_APPROVE = "finance.approve", _("Finance: approve")
    FINANCE_EXPORT = "finance.export", _("Finance: export")
    FINANCE_CREDIT = "finance.credit", _("Finance: credit")
    OPERATIONS_PLANNING = "operations.planning", _("Operations: planning")
    OPERATIONS_DISPATCH = "operations.dispatch", _("Operations: dispatch")
    OPERATIONS_INVENTORY = "operations.inventory", _("Operations: stock")
    OPERATIONS_REPORTS = "operations.reports", _("Operations: reports")
    OPERATIONS_ROUTES = "operations.routes", _("Operations: routes")
    TECHNICAL_INSTALLATIONS = "technical.installations", _("Technical: installations")
    TECHNICAL_MAINTENANCE = "technical.maintenance", _("Technical: maintenance")
    TECHNICAL_PHOTOS = "technical.photos", _("Technical: photos")
    TECHNICAL_CHECKLISTS = "technical.checklists", _("Technical: checklists")
    TECHNICAL_DIAGNOSTICS = "technical.diagnostics", _("Technical: diagnostics")
    ADMIN_USERS = "admin.users", _("Administration: users")
    ADMIN_ORGANIZATIONS = "admin.organizations", _("Administration: organizations")
    ADMIN_SETTINGS = "admin.settings", _("Administration: settings")
    ADMIN_INTEGRATIONS = "admin.integrations", _("Administration: integrations")
    ADMIN_AUDIT = "admin.audit", _("Administration: audit log")
    API_ACCESS = "api.access", _("API: access")
    API_WEBHOOKS = "api.webhooks", _("API: webhooks")
    PARTNER_PORTAL = "partner.portal", _("Partner portal")
    DEALER_OPERATIONS = "dealer.operations", _("Dealer operations")
    MULTI_ENTITY = "multi.entity", _("All business entities")

    @property
    def codename(self) -> str:
        """The name of the permission that grants it."""
        return "scope_" + self.value.replace(".", "_")


# What one scope brings along: who plans the dispatch sees the planning.
INCLUDED: dict[Scope, tuple[Scope, ...]] = {
    Scope.SALES_ORDERS: (Scope.SALES_QUOTES,),
    Scope.FINANCE_APPROVE: (Scope.FINANCE_REPORTS,),
    Scope.OPERATIONS_DISPATCH: (Scope.OPERATIONS_PLANNING,),
}


class BulkOutcome(models.TextChoices):
    """What became of one record of many."""

    WAITING = "waiting", _("To do")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
