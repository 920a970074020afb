"""segments.toml is read whole or refused with file, line and column."""

import pytest

from bot.bootstrap import PROJECT, open_services
from bot.errors import FixConfiguration, FixInput, NotFound
from bot.profile.segments.book import SegmentBook, load_segments
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import TraitRule

TITLES = 'en = "x"\nfr = "x"\n'


def _load(tmp_path, text, traits=None):
    path = tmp_path / "segments.toml"
    path.write_text(text, encoding="utf-8")
    return load_segments(path, traits or {})


def test_a_shop_without_the_file_has_no_segments(tmp_path):
    assert load_segments(tmp_path / "segments.toml", {}).segments == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'# a\n[segments.a]\n{TITLES}rule = "bought and"',
         r"segments\.toml, line 5, column 19: segments\.a\.rule: column 11"),
        (f"[segments.a]\n{TITLES}rule = '''\nbought\nand frob'''", r"line 6, column 5"),
        (f"[segments.a]\n{TITLES}", r"line 1: segments\.a\.rule is missing"),
        ('[segments.a]\nrule = "seen"\nen = "x"', r"segments\.a\.fr is missing"),
        (f'[segments.a]\n{TITLES}rule = "seen"\nspeed = 1', r"line 5: segments\.a\.speed is not known"),
        (f'[segments.a]\n{TITLES}rule = "in segment \'b\'"', r"line 4: .* there is no segment 'b' before this one"),
        (f'[segments.a]\n{TITLES}rule = "in segment \'a\'"', r"there is no segment 'a' before"),
        (f'[segments.a]\n{TITLES}rule = "trait sizes is \'M\'"', r"line 4: .*table of counts: ask with has"),
        (f'[segments.a]\n{TITLES}rule = "trait days over 3"', r"line 4: .*days between purchases cannot be asked"),
        (f'[segments."like:a"]\n{TITLES}rule = "seen"', r"line 1: a segment's name"),
        ("# a\n[segment.a]", r"line 2: segment is not known here; known are segments"),
    ],
)
def test_a_mistake_is_refused_with_its_place(tmp_path, text, says):
    traits = {"sizes": TraitRule("sizes", "add_counts"), "days": TraitRule("days", "days_between")}
    with pytest.raises(FixConfiguration, match=says):
        _load(tmp_path, text, traits)


def test_a_rule_may_name_the_segments_above(tmp_path):
    text = f'[segments.a]\n{TITLES}rule = "seen"\n[segments.b]\n{TITLES}rule = "not in segment \'a\'"'
    book = _load(tmp_path, text)
    assert book.get("b").tree == book.read("not seen")


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(NotFound, match=r"there is no segment 'x' .* there are: none"):
        SegmentBook().get("x")
    with pytest.raises(FixInput, match="no segment 'x'"):
        SegmentBook().read("in segment x")


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_the_shops_own_can_be_read(shop):
    folder = PROJECT / "data" / "shops" / shop
    book = load_segments(folder / "segments.toml", load_trait_rules(folder / "traits.toml"))
    assert book.segments["lapsing_regulars"].has_events
    assert all(segment.titles["fr"] and segment.titles["en"] for segment in book.segments.values())


def test_services_open_with_them(settings, now):
    opened = open_services(settings, clock=lambda: now)
    assert "regulars" in opened.segments.segments and opened.segments.traits["spend"].rule == "add_counts"
    opened.close()
