import pytest

from apps.workflow import services

pytestmark = pytest.mark.django_db


def test_smoke(django_assert_max_num_queries):
    task = services.create_task(title="Bel de klant terug")
    done = services.complete_task(task=task, by=None)
    assert done.status == "completed"
