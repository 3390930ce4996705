import uuid

import factory
from django.utils import timezone

from apps.accounts.models import ApiKey, BrowserSession, BulkRow, BulkRun, PutOff, SavedFilter, User, UserSession

PASSWORD = "Laadpaal-2026!"


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    first_name = "Sanne"
    last_name = "de Vries"
    language = "nl"
    # A real hash costs a fifth of a second; tests that log in ask for one.
    password = "!"

    class Params:
        service = factory.Trait(is_service=True, email=factory.Sequence(lambda n: f"service{n}@example.org"))
        staff = factory.Trait(is_staff=True)
        superuser = factory.Trait(is_staff=True, is_superuser=True)


def user_with_password(**fields: object) -> User:
    return User.objects.create_user(fields.pop("email", "sanne@example.org"), PASSWORD, **fields)  # type: ignore[arg-type]


class ApiKeyFactory(factory.django.DjangoModelFactory[ApiKey]):
    class Meta:
        model = ApiKey

    user = factory.SubFactory(UserFactory, service=True)
    name = "webshop"
    key_id = factory.Sequence(lambda n: f"k{n:09d}")
    secret_hash = "0" * 64
    scopes = ["api.access"]


class UserSessionFactory(factory.django.DjangoModelFactory[UserSession]):
    class Meta:
        model = UserSession

    user = factory.SubFactory(UserFactory)
    refresh_id = factory.Faker("uuid4", cast_to=None)
    expires_at = factory.LazyFunction(timezone.now)


class SavedFilterFactory(factory.django.DjangoModelFactory[SavedFilter]):
    class Meta:
        model = SavedFilter

    user = factory.SubFactory(UserFactory, staff=True)
    page = "orders.order"
    name = factory.Sequence(lambda n: f"Mijn filter {n}")
    query = "whose=mine"


class BrowserSessionFactory(factory.django.DjangoModelFactory[BrowserSession]):
    class Meta:
        model = BrowserSession

    session_key = factory.Sequence(lambda n: f"k{n:031d}")
    session_data = ""
    expire_date = factory.LazyFunction(timezone.now)
    user = factory.SubFactory(UserFactory)


class BulkRunFactory(factory.django.DjangoModelFactory[BulkRun]):
    class Meta:
        model = BulkRun

    user = factory.SubFactory(UserFactory, staff=True)
    page = "orders.order"
    act = "assign"


class BulkRowFactory(factory.django.DjangoModelFactory[BulkRow]):
    class Meta:
        model = BulkRow

    run = factory.SubFactory(BulkRunFactory)
    record_id = factory.LazyFunction(uuid.uuid4)
    label = factory.Sequence(lambda n: f"CC-2026-{n:05d}")


class PutOffFactory(factory.django.DjangoModelFactory[PutOff]):
    class Meta:
        model = PutOff

    user = factory.SubFactory(UserFactory, staff=True)
    key = factory.Sequence(lambda n: f"task:{n}")
    until = factory.LazyFunction(timezone.now)
