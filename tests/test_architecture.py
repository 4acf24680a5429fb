"""The rules of architecture.md that a reader of one file would not notice; ruff and import-linter hold the others."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent.name for path in CHECKOUT.glob("*/apps.py"))
SOURCES = sorted(
    path for name in PACKAGES for path in (CHECKOUT / name).rglob("*.py") if "migrations" not in path.parts
)
TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
TEXTS = [
    path
    for path in [*CHECKOUT.glob("*"), *(CHECKOUT / ".ci").glob("*"), *(CHECKOUT / "docs").rglob("*.md"), *SOURCES]
    if path.is_file() and path.suffix in {"", ".py", ".md", ".toml", ".yml", ".lock"} and path.name != ".env"
]
EMPTY_NAMES = {"utils", "helpers", "common", "core", "managers", "selectors", "services", "misc", "signals"}
EXACT = ["ledger", "orders", "payments", "suppliers", "events", "trade_assurance/money.py"]  # where money is counted


def where(path, node):
    return f"{path.relative_to(CHECKOUT)}:{node.lineno}"


def nodes(kind, within=""):
    for path in SOURCES:
        if path.relative_to(CHECKOUT).as_posix().startswith(within):
            for node in ast.walk(ast.parse(path.read_text(), path)):
                if isinstance(node, kind):
                    yield path, node


def assigned(body, name):
    return [
        line.value
        for line in body
        if isinstance(line, ast.Assign) and any(getattr(target, "id", None) == name for target in line.targets)
    ]


def test_no_model_has_an_ordering_or_is_a_base():
    found = [
        f"{where(path, node)} {option}"
        for path, node in nodes(ast.ClassDef)
        if node.name == "Meta"
        for option in ("ordering", "abstract")
        if assigned(node.body, option)
    ]
    assert found == []


def test_querysets_and_no_managers():
    found = [
        where(path, node)
        for path, node in nodes(ast.ClassDef)
        if any(ast.unparse(base).endswith("Manager") for base in node.bases)
        and not any(ast.unparse(base).endswith("BaseUserManager") for base in node.bases)
    ]
    assert found == []


def test_tasks_have_no_eta_or_countdown():
    found = [where(path, node) for path, node in nodes(ast.keyword) if node.arg in ("eta", "countdown")]
    assert found == []


@pytest.mark.parametrize("within", EXACT)
def test_money_is_never_a_float(within):
    found = [where(path, node) for path, node in nodes(ast.Constant, within) if isinstance(node.value, float)]
    found += [where(path, node) for path, node in nodes(ast.Name, within) if node.id == "float"]
    assert found == []


def test_names_say_something():
    assert [str(path) for path in SOURCES if path.stem in EMPTY_NAMES or EMPTY_NAMES & set(path.parts)] == []


def test_modules_stay_short_enough_to_read():
    long = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_writes_happen_in_actions():
    """Views, forms, API, tasks and the admin open no transaction and take no lock of their own."""
    doors = {"views", "forms", "api", "tasks", "admin"}
    found = [
        where(path, node)
        for path, node in nodes(ast.Attribute)
        if path.stem in doors and (node.attr == "select_for_update" or ast.unparse(node) == "transaction.atomic")
    ]
    assert found == []


def test_pages_hold_no_inline_script_or_style():
    """The content policy would refuse them anyway."""
    script = r"<script(?![^>]*\bsrc=)(?![^>]*application/json)"
    inline = re.compile(rf"<style|\sstyle=|{script}|\son[a-z]+=\"|javascript:", re.IGNORECASE)
    mail = {"email"}
    found = [
        f"{path.relative_to(CHECKOUT)}: {match.group()}"
        for path in TEMPLATES
        if not mail & set(path.parts)
        for match in inline.finditer(path.read_text())
    ]
    assert found == []


def test_nothing_tracked_names_a_package_registry_or_a_machine():
    hosts = re.compile("|".join(["py" + "pi\\.org", "python" + "hosted", r"(?<![\w.])/(work|root|farm)/\w"]))
    found = [f"{path.relative_to(CHECKOUT)}: {m.group()}" for path in TEXTS for m in hosts.finditer(path.read_text())]
    assert found == []


def test_the_checkout_is_what_these_rules_look_at():
    assert {"accounts", "events", "ledger", "orders", "payments", "suppliers", "trade_assurance"} <= set(PACKAGES)
    assert len(SOURCES) > 30
