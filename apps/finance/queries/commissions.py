from apps.accounts.models import User
from apps.finance.models import PartnerCommission
from apps.finance.models.commission import PartnerCommissionQuerySet
from apps.organizations.models import Organization


def commissions_of(user: User) -> PartnerCommissionQuerySet:
    """The commissions that a user works on."""
    found: PartnerCommissionQuerySet = PartnerCommission.objects.handled_by(user).for_page()
    return found


def commissions_at_partner(partner: Organization) -> PartnerCommissionQuerySet:
    """What a partner itself earned; what those below it earn is theirs to know."""
    found: PartnerCommissionQuerySet = PartnerCommission.objects.for_page().filter(beneficiary=partner)
    return found
