import factory
from factory.django import DjangoModelFactory

from apps.core.clock import now, today
from apps.reporting.models import ReportMail, ReportSubscription
from tests.factories.accounts import UserFactory


class ReportSubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = ReportSubscription

    user = factory.SubFactory(UserFactory, staff=True)
    cadence = "daily"


class ReportMailFactory(DjangoModelFactory):
    """A letter that is still to be written."""

    class Meta:
        model = ReportMail

    user = factory.SubFactory(UserFactory, staff=True)
    cadence = "daily"
    day = factory.LazyFunction(today)
    next_attempt_at = factory.LazyFunction(now)
