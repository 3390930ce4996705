"""Calls made up from the API's own description: of what it allows, and of what it does not.

None ends in a failure of ours, and none in an answer that the description does not know. Part of what is made up is replaced
by names of things that are there, or all would end at "not found".
"""

import os
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, negative_data_rejection, response_schema_conformance

from chargecars.wsgi import application
from tests.architecture.doors import doors
from tests.doors.world import PARTNER, STRANGER, SUPERUSER, World, one_call

# So many calls of each door; a wider look now and then: CALLS_PER_DOOR=2000 pytest tests/doors/test_made_up_calls.py
CALLS = int(os.environ.get("CALLS_PER_DOOR", "40"))
TOO_LARGE = 413  # a refusal that schemathesis does not count as one
BY_PARTNERS = "/api/v1/partners/"
# What describes the API is no part of its own description.
NOT_DESCRIBED = {"api/v1/schema", "api/v1/docs"}
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = sorted(
    (f"/{door.route}", method)
    for door in doors()
    if door.api_view is not None and door.route.startswith("api/") and door.route not in NOT_DESCRIBED
    for method in METHODS
    if hasattr(door.api_view, method)
)
ALLOWED, NOT_ALLOWED = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
AS_DESCRIBED = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def description() -> Any:
    """Without its credentials: these are the callers' matter here, and made up they would leave little but refusals."""
    described = SchemaGenerator().get_schema(request=None, public=True)
    for methods in described["paths"].values():
        for operation in methods.values():
            operation.pop("security", None)
    return schemathesis.openapi.from_dict(described)


def _templated(route: str) -> str:
    """A route as the description spells it: `<str:identifier>` is `{identifier}`."""
    parts = [f"{{{part[1:-1].rpartition(':')[2]}}}" if part.startswith("<") else part for part in route.split("/")]
    return "/".join(parts)


def test_the_description_has_every_door(description) -> None:
    described = {(each.ok().path, each.ok().method) for each in description.get_all_operations()}

    assert described == {(_templated(route), method) for route, method in OPERATIONS}


@pytest.mark.parametrize("mode", [ALLOWED, NOT_ALLOWED], ids=["allowed", "not allowed"])
@pytest.mark.parametrize(("route", "method"), OPERATIONS)
def test_every_answer_is_one_that_the_description_knows(world: World, description, route: str, method: str, mode) -> None:
    operation = description[_templated(route)][method]
    strategy = operation.as_strategy(mode)
    callers = (*[SUPERUSER] * 4, STRANGER, *([PARTNER] * 8 if route.startswith(BY_PARTNERS) else []))

    @settings(
        max_examples=CALLS,
        database=None,
        derandomize=True,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy, caller=st.sampled_from(callers), choice=st.randoms(use_true_random=False))
    def calls(case: Any, caller: str, choice: Any) -> None:
        _name_what_is_there(case, world.known, choice)
        with one_call():
            answer = case.call(app=application, headers=dict(world.callers[caller]))
        # A form has no types: what was made up to be no file is one when it arrives, and what a file holds is judged later.
        is_form = case.media_type == "multipart/form-data"
        wrong_body = case.meta.is_negative_at(ParameterLocation.BODY) and answer.status_code != TOO_LARGE and not is_form
        case.validate_response(answer, checks=[*AS_DESCRIBED, *([negative_data_rejection] if wrong_body else [])])
        _refused_or_foreseen(answer, operation.definition.raw["responses"])

    try:
        calls()
    except Unsatisfiable:
        assert mode is NOT_ALLOWED
        pytest.skip("this door allows every text in its address, and asks for nothing else")


def _name_what_is_there(case: Any, known: Mapping[str, list[Any]], choice: Any) -> None:
    """Replace a part of what was made up, but nothing in a place that is wrong on purpose."""
    for location in (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY):
        if case.meta.is_negative_at(location):
            continue
        if location is ParameterLocation.BODY:
            if case.body is not NOT_SET:
                case.body = _with_known(case.body, known, choice)
        elif values := case.get_container(location):
            values.update(_with_known(dict(values), known, choice))


def _with_known(value: Any, known: Mapping[str, list[Any]], choice: Any, *, within: str = "") -> Any:
    if isinstance(value, list):
        return [_with_known(each, known, choice, within=within) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _known_or(inner, name, known, choice, within) for name, inner in value.items()}


def _known_or(value: Any, name: str, known: Mapping[str, list[Any]], choice: Any, within: str) -> Any:
    there = known.get(f"{within}.{name}" if within else name) or known.get(name)
    if not there or choice.random() < 0.25:
        return _with_known(value, known, choice, within=name)
    picked = choice.choice(there)
    return [picked] if isinstance(value, list) else picked


def _refused_or_foreseen(answer: Any, responses: Mapping[str, Any]) -> None:
    if answer.status_code < 400:
        assert str(answer.status_code) in responses
        return
    problem = answer.json()
    assert answer.headers["content-type"] == ["application/problem+json"]
    assert problem["status"] == answer.status_code
    assert problem["code"] not in ("value_out_of_range", "unavailable"), "only the database refused it"
    assert all(error["pointer"].startswith(("/", "")) for error in problem.get("errors", []))
