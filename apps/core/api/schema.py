"""The API's description: what every endpoint has in common is added here once."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from apps.core.api.problems import CONTENT_TYPE
from apps.core.api.serializers import ProblemOut

IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    required=False,
    type={"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    description="Sent again with the same body, the first answer comes back and nothing happens twice. Kept for 30 days.",
)


class ApiSchema(AutoSchema):
    """Names the problem document as every endpoint's refusal, and the idempotency key of every POST that has one."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        has_key = (
            self.method == "POST"
            and getattr(self.view, "transactional", False)
            and not getattr(self.view, "knows_repeats", False)
        )
        return [*super().get_override_parameters(), *([IDEMPOTENCY_KEY] if has_key else [])]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None:
            problem = self.resolve_serializer(ProblemOut(), "response")
            operation["responses"]["default"] = {
                "description": "Refused; `code` says why.",
                "content": {CONTENT_TYPE: {"schema": problem.ref}},
            }
        return operation
