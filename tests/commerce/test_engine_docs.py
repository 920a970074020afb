"""docs/engine.md names what is there."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
TESTS = PROJECT / "tests"
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
    engines, said = _table()
    assert set(engines) == {path.parent.name for path in (PROJECT / "bot" / "commerce").glob("*/engine.py")}
    assert list(said) == list(_methods("bot/commerce/protocol.py", "CommerceEngine"))
    for engine in engines:
        methods = _methods(f"bot/commerce/{engine}/engine.py", f"{engine.capitalize()}Engine")
        unsupported = {name for name, method in methods.items() if _only_refuses(method)}
        assert {name for name, how in said.items() if how[engine] == "unsupported"} == unsupported, engine


def test_says_of_no_method_that_it_was_tried_otherwise_than_it_is() -> None:
    engines, said = _table()
    every = [(how[engine], name, engine) for name, how in said.items() for engine in engines]
    assert [each for each in every if not _is_so(*each)] == []


def _is_so(how: str, method: str, engine: str) -> bool:
    """Whether there is what a word of the table promises."""
    folder = TESTS / "commerce" / engine
    called = f".{method}("
    if how == "live":
        suite, of_all = TESTS / "contracts" / "commerce.py", (TESTS / "commerce").glob("test_*.py")
        plays = [suite, *of_all, *folder.glob("test_*.py")]
        return (folder / "test_contract.py").is_file() and any(called in path.read_text("utf-8") for path in plays)
    if how == "recorded":
        is_kept = (TESTS / "fixtures" / engine).is_dir()
        return is_kept and any(called in path.read_text("utf-8") for path in folder.glob("test_*.py"))
    return how == "unsupported" or (how == "schema-checked" and (folder / "test_documents.py").is_file())


def _table() -> tuple[list[str], dict[str, dict[str, str]]]:
    """The engines of the table's head, and by method the word for each: what stands before a comma or a bracket."""
    head, _, *rows = re.findall(r"^\|.*\|$", DOC[DOC.index("| method |") :].split("\n\n")[0], re.MULTILINE)
    engines = re.findall(r"`(\w+)`", head)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return engines, {
        name.strip("`"): dict(zip(engines, (re.split(r"[,(]", cell)[0].strip() for cell in how), strict=True))
        for name, *how in cells
    }


def _methods(path: str, name: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.lower() == name.lower()]
    return {each.name: each for each in found.body if isinstance(each, ast.FunctionDef) and each.name[0] != "_"}


def _only_refuses(method: ast.FunctionDef) -> bool:
    _, *statements = method.body
    return [ast.unparse(each).partition("(")[0] for each in statements] == ["_refuse"]
