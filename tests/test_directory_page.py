"""docs/directory.md names every folder and top-level file that git tracks, and none that is gone."""

import re
import subprocess

import pytest

from bot.bootstrap import PROJECT

PAGE = PROJECT / "docs" / "directory.md"


def _tracked() -> set[str]:
    if not (PROJECT / ".git").exists():
        pytest.skip("needs the git history")
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True)
    return set(listed.stdout.splitlines())


def _places() -> set[str]:
    """Top-level files and folders, and the folders and files directly in bot/."""
    places = set()
    for path in _tracked():
        first, *rest = path.split("/")
        places.add(f"{first}/" if rest else first)
        if first == "bot" and rest and rest != ["__init__.py"]:
            places.add(f"bot/{rest[0]}" + ("/" if len(rest) > 1 else ""))
    return places - {"bot/", "data/"}


def test_names_every_place() -> None:
    named = set(re.findall(r"`([^`]+)`", PAGE.read_text()))
    assert sorted(_places() - named) == []


def test_names_nothing_that_is_gone() -> None:
    rows = [row.split("|")[1] for row in PAGE.read_text().splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert sorted(name for name in named if not (PROJECT / name).exists()) == []
