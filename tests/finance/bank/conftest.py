import pytest
from django.utils import translation


@pytest.fixture(autouse=True, scope="package")
def _in_english():
    """What is expected of a file is asserted in the words of the source."""
    with translation.override("en"):
        yield
