from rest_framework.request import Request

from apps.accounts.services import burn_key_in_address
from apps.core.api.views import ApiView


def refuse_key_in_address(request: Request, view: ApiView) -> None:
    """A key that was put into the query is refused, and burnt."""
    burn_key_in_address(value for values in dict(request.query_params.lists()).values() for value in values)
