"""Every page of every registered model opens, in both languages."""

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from tests.architecture import house

LANGUAGES = ["nl", "en"]
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in REGISTERED if house.is_ours(model)]

pytestmark = pytest.mark.django_db


def label(value: type[models.Model]) -> str:
    return value._meta.label


@pytest.fixture
def staff(client: Client) -> Client:
    user_factory = next(made for model, made in house.factories().items() if model._meta.label == "accounts.User")
    user = user_factory(is_staff=True, is_superuser=True, is_service=False)
    client.force_login(user)
    return client


def page(model: type[models.Model], name: str, *keys: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=keys)


def opens(client: Client, address: str, language: str, allowed: tuple[int, ...] = (200,)) -> None:
    answer = client.get(address, headers={"accept-language": language})

    assert answer.status_code in allowed, f"{address} answers {answer.status_code}"
    if answer.status_code == 200:
        assert answer.headers["Content-Language"] == language


def record(model: type[models.Model]) -> models.Model | None:
    made = house.factories().get(model)
    return made() if made else model._default_manager.first()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_opens(staff: Client, language: str) -> None:
    opens(staff, reverse("admin:index"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_the_list_opens_and_searches(staff: Client, model: type[models.Model], language: str) -> None:
    record(model)

    opens(staff, page(model, "changelist"), language)
    opens(staff, page(model, "changelist") + "?q=a", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", REGISTERED, ids=label)
def test_the_add_page_opens_or_is_refused(staff: Client, model: type[models.Model], language: str) -> None:
    opens(staff, page(model, "add"), language, allowed=(200, 403))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", OURS, ids=label)
def test_the_page_of_a_record_and_its_history_open(staff: Client, model: type[models.Model], language: str) -> None:
    found = record(model)
    if found is None:
        return  # a table that only the database writes, and nothing did yet

    opens(staff, page(model, "change", found.pk), language)
    opens(staff, page(model, "history", found.pk), language)


@pytest.mark.parametrize("model", OURS, ids=label)
def test_a_list_asks_the_same_number_of_questions_for_more_rows(
    staff: Client, model: type[models.Model], django_assert_max_num_queries: object
) -> None:
    made = house.factories().get(model)
    if made is None:
        return
    counts = []
    for _ in range(2):
        made.create_batch(2)
        with django_assert_max_num_queries(100) as asked:
            staff.get(page(model, "changelist"))
        counts.append(len(asked))

    assert counts[1] <= counts[0]
