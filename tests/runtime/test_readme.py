"""The table of settings in the README is what the code reads: no name more, none less."""

import ast
import re
from collections import defaultdict
from typing import Any

from chargecars.environment import BASE_DIR

READERS = {"text", "required", "listing", "number", "flag"}
NOT_FOR_PEOPLE = {
    "DJANGO_SETTINGS_MODULE": "always the same",
    "PROMETHEUS_MULTIPROC_DIR": "the supervisor makes the folder and says where",
}


def settings_table() -> dict[str, list[str]]:
    """Per name its meaning, defaults in development and production, and example."""
    text = (BASE_DIR / "README.md").read_text().partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[1:] for cells in rows}


def readings() -> dict[str, list[tuple[str, Any]]]:
    """Per name how it is read and, where that is a constant, its default."""
    found: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for path in (BASE_DIR / "chargecars").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                how, about = node.func.attr, ast.unparse(node.func.value)
                names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                reads = how in READERS if about in ("env", "Environment()") else about == "os.environ" and how == "get"
                if reads and names:
                    found[str(names[0])].append((how, names[1] if len(names) > 1 else None))
    return {name: how for name, how in found.items() if name not in NOT_FOR_PEOPLE}


def test_every_setting_that_is_read_is_explained_and_the_other_way_round() -> None:
    assert sorted(settings_table()) == sorted(readings())


def test_each_has_a_meaning_both_defaults_and_an_example() -> None:
    assert [name for name, cells in settings_table().items() if len(cells) != 4 or not all(cells)] == []


def test_what_production_requires_is_said_to_be_required() -> None:
    said = {name for name, (_meaning, _development, production, _example) in settings_table().items() if production == "required"}

    assert said == {name for name, how in readings().items() if any(way == "required" for way, _default in how)}


def test_numbers_have_the_default_that_is_told() -> None:
    told = settings_table()
    numbers = {
        name: default for name, how in readings().items() for way, default in how if way == "number" and default is not None
    }

    assert numbers
    assert {name: str(default) for name, default in numbers.items()} == {name: told[name][1] for name in numbers}


def test_no_app_reads_the_environment_itself() -> None:
    found = [
        path
        for path in (BASE_DIR / "apps").rglob("*.py")
        if re.search(r"os\.environ\.get|os\.getenv|os\.environ\[", path.read_text())
    ]

    assert found == []


def test_the_commands_and_metrics_that_are_named_exist() -> None:
    text = (BASE_DIR / "README.md").read_text()
    source = "".join(path.read_text() for path in (BASE_DIR / "chargecars").glob("*.py"))
    commands = {path.stem for path in (BASE_DIR / "apps").glob("*/management/commands/*.py")}

    assert [
        name
        for name in re.findall(r"`(chargecars_[a-z_]+)", text)
        if name not in source and not name.endswith(("_app", "_owner"))
    ] == []
    assert {"verify", "backup", "restore", "resume_sending", "apply_grants", "check_grants", "reencrypt_secrets"} <= commands
