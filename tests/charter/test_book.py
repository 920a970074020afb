"""charter.toml is read whole or refused with its line; a shop without one has none."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.charter.book import Owner, load_charter
from bot.errors import FixConfiguration

EVERYTHING = 'deadline_days = 2\n[everything]\nit = "Ada"\nmarketing = "bo"\ncx = "bo"\n'
KNOWN = {"journeys": {"cart_left"}, "goals": {"order"}, "traits": {"city"}}


def _load(folder: Path, text: str):
    path = folder / "charter.toml"
    path.write_text(text)
    return load_charter(path, KNOWN)


def test_a_shop_without_a_charter_has_none(tmp_path: Path) -> None:
    assert load_charter(tmp_path / "charter.toml", KNOWN) is None


def test_names_are_those_of_the_console(tmp_path: Path) -> None:
    charter = _load(tmp_path, f'{EVERYTHING}[delegates]\nada = "Cy  Lee"\n[silos.crm]\nit = "ADA"\n')
    assert charter.deadline == timedelta(days=2)
    assert charter.everything["it"] == Owner("ada", "cy lee") and charter.everything["cx"] == Owner("bo", "")
    assert charter.owners["silo:crm"] == {"it": Owner("ada", "cy lee")}


@pytest.mark.parametrize(("text", "complaint"), [
    ('deadline_days = 2\n[everything]\nit = "a"\ncx = "a"\n', "line 2: everything.marketing is missing"),
    (EVERYTHING.replace("= 2", "= 0"), "line 1: charter.deadline_days must be more than 0"),
    (f"{EVERYTHING}[journeys.nothing]\n", r"line 6: \[journeys.nothing\] is none of the shop's"),
    (f'{EVERYTHING}[goals.order]\nsales = "a"\n', "line 7: goals.order.sales is not known here"),
    (f"{EVERYTHING}[people]\n", "line 6: people is not known here"),
])
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(FixConfiguration, match=complaint):
        _load(tmp_path, text)
