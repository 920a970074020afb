"""docs/engine.md names what is there."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOC = (PROJECT / "docs" / "engine.md").read_text(encoding="utf-8")


def test_names_only_files_that_exist() -> None:
    named = set(re.findall(r"`((?:bot|tests|data)/[\w./]+\.\w+)`", DOC))
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_describes_every_module_of_the_demo_engine() -> None:
    quiet = {"__init__.py", "carriers.py", "changes.py"}
    modules = {path.name for path in (PROJECT / "bot" / "commerce" / "demo").glob("*.py")} - quiet
    assert [name for name in sorted(modules) if f"`{name}`" not in DOC] == []


def test_says_how_many_cases_the_suite_has() -> None:
    suite = (PROJECT / "tests" / "contracts" / "commerce.py").read_text(encoding="utf-8")
    assert f'"cases": {len(re.findall(r"    def test_", suite))},' in DOC


def test_says_which_engine_can_what() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| ([^|]+) \| ([^|]+) \|$", DOC, re.MULTILINE)
    said = {row[0]: row[1:] for row in rows}
    protocol = _methods("bot/commerce/protocol.py", "CommerceEngine")
    assert list(said) == list(protocol)
    for column, engine in enumerate(("demo", "vendure", "shopify")):
        methods = _methods(f"bot/commerce/{engine}/engine.py", f"{engine.capitalize()}Engine")
        unsupported = {name for name, method in methods.items() if _only_refuses(method)}
        assert {name for name, cells in said.items() if cells[column] == "unsupported"} == unsupported, engine
        assert all(cells[column].startswith(("live", "schema-checked", "unsupported")) for cells in said.values())


def _methods(path: str, name: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return {each.name: each for each in found.body if isinstance(each, ast.FunctionDef) and each.name[0] != "_"}


def _only_refuses(method: ast.FunctionDef) -> bool:
    _, *statements = method.body
    return [ast.unparse(each).partition("(")[0] for each in statements] == ["_refuse"]
