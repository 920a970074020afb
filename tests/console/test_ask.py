"""Questions in plain words: what is understood is exactly what was asked, and what is not is refused by name."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from bot.console.ask import Asked, read_question

FOLDER = Path(__file__).parent / "questions"
TODAY = date(2026, 11, 24)
KINDS = ("known", "held_out")


def _load(kind: str, language: str) -> list[dict[str, str]]:
    return tomllib.loads((FOLDER / f"{kind}_{language}.toml").read_text())["asked"]


def _said(asked: Asked) -> str:
    if asked.problem:
        return f"refused: {asked.problem} {', '.join(asked.words)}"
    by = f" by {asked.by}" if asked.by else ""
    only = "".join(f" {kind}={key}" for kind, key in sorted(asked.only.items()))
    return f"{asked.measure}{by}{only} {asked.since}..{asked.until}"


@pytest.fixture(scope="module")
def names() -> dict[str, dict[str, str]]:
    """The demo's, as `names_of` reads them off its files."""
    return {
        "journey": {"cart_left": "cart_left", "A basket left behind": "cart_left", "Un panier laissé": "cart_left"},
        "segment": {"Regulars": "regulars", "Fidèles": "regulars"},
    }


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_understands_what_was_asked(kind: str, language: str, names) -> None:
    wrong = [
        (each["q"], each["is"], said) for each in _load(kind, language)
        if "is" in each and (said := _said(read_question(each["q"], names, TODAY))) != each["is"]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_refuses_what_it_does_not_know_by_name(kind: str, language: str, names) -> None:
    wrong = [
        (each["q"], each["refuses"], said) for each in _load(kind, language)
        if "refuses" in each and each["refuses"] not in (said := _said(read_question(each["q"], names, TODAY)))
    ]
    assert wrong == []
