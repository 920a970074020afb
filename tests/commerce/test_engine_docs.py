"""docs/engine.md names what is there."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOC = (PROJECT / "docs" / "engine.md").read_text(encoding="utf-8")


def test_names_only_files_that_exist() -> None:
    named = set(re.findall(r"`((?:bot|tests|data)/[\w./]+\.\w+)`", DOC))
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_describes_every_module_of_the_demo_engine() -> None:
    quiet = {"__init__.py", "carriers.py", "changes.py", "folding.py"}
    modules = {path.name for path in (PROJECT / "bot" / "commerce" / "demo").glob("*.py")} - quiet
    assert [name for name in sorted(modules) if f"`{name}`" not in DOC] == []


def test_says_how_many_cases_the_suite_has() -> None:
    suite = (PROJECT / "tests" / "contracts" / "commerce.py").read_text(encoding="utf-8")
    assert f'"cases": {len(re.findall(r"    def test_", suite))},' in DOC
