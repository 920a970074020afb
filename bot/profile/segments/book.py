"""data/shops/<shop>/segments.toml -> the shop's segments, checked when they are read. One table a segment:

    [segments.loyal]
    rule = "bought at least 3 times in 365 days"   # docs/segments.md has the grammar
    en = "Regulars"
    fr = "Les fidèles"
    events = true      # entering and leaving are events, which a trigger may begin on
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import FixConfiguration, FixInput, NotFound
from bot.profile.segments.parser import parse_rule
from bot.profile.segments.query import check_rule
from bot.profile.segments.tree import InSegment, Tree, conditions_of, put_in
from bot.profile.traits import TraitRule
from bot.toml_file import Table, read_toml

LOOKALIKE = "like:"  # begins the name of a segment that has members and no rule
MAX_NAME = 58  # with LOOKALIKE before it, it fits its column
_KEYS = frozenset({"rule", "en", "fr", "events"})


@dataclass(frozen=True)
class Segment:
    """A named rule over customers. `tree` names no other declared segment any more: their rules stand in it."""

    name: str
    rule: str  # as it was written
    tree: Tree
    titles: Mapping[str, str] = field(default_factory=dict)  # language -> what people call it
    has_events: bool = False


@dataclass(frozen=True)
class SegmentBook:
    """A shop's segments by name, and the rules its traits go by."""

    segments: Mapping[str, Segment] = field(default_factory=dict)
    traits: Mapping[str, TraitRule] = field(default_factory=dict)

    def get(self, name: str) -> Segment:
        """A segment by its name. NotFound without one."""
        if name not in self.segments:
            known = ", ".join(self.segments) or "none"
            raise NotFound(f"there is no segment {name!r} in segments.toml; there are: {known}")
        return self.segments[name]

    def read(self, rule: str) -> Tree:
        """A rule's tree, with the rules of the segments that it names in their place. FixInput."""
        tree = parse_rule(rule)
        check_rule(tree, self.traits)
        for each in conditions_of(tree):
            if isinstance(each, InSegment) and each.name not in self.segments and not is_lookalike(each.name):
                raise FixInput("rule", "there is no segment {name} before this one", name=repr(each.name))
        return put_in(tree, {name: segment.tree for name, segment in self.segments.items()})


def names_in(rule: str) -> tuple[str, ...]:
    """The segments that a rule goes by, as it is written. FixInput for what is no rule."""
    return tuple(each.name for each in conditions_of(parse_rule(rule)) if isinstance(each, InSegment))


def is_lookalike(name: str) -> bool:
    """Whether a segment is one that was found beside a seed, and has no rule."""
    return name.startswith(LOOKALIKE)


def load_segments(path: Path, traits: Mapping[str, TraitRule]) -> SegmentBook:
    """A shop's segments; none without the file. FixConfiguration names file, line and column.

    A rule may name the segments above it, so none can name itself.
    """
    if not path.exists():
        return SegmentBook({}, traits)
    file = read_toml(path)
    file.refuse_unknown(frozenset({"segments"}))
    segments: dict[str, Segment] = {}
    for name, table in file.tables("segments"):
        segments[name] = read_segment(name, table, SegmentBook(segments, traits))
    return SegmentBook(segments, traits)


def read_segment(name: str, table: Table, above: SegmentBook) -> Segment:
    """A segment's table; its rule may name those above it. FixConfiguration names file, line and column."""
    table.refuse_unknown(_KEYS)
    if len(name) > MAX_NAME or is_lookalike(name):
        raise FixConfiguration(
            f"{table.file.name}, line {table.line}: a segment's name has at most {MAX_NAME} letters, and no "
            f"{LOOKALIKE!r} before it"
        )
    rule = table.text("rule")
    titles = {language: table.text(language) for language in ("en", "fr")}
    try:
        return Segment(name, rule, above.read(rule), titles, table.truth("events", False))
    except FixInput as error:
        place = _place_of(table, rule, error.message)
        raise FixConfiguration(f"{table.file.name}, {place}: segments.{name}.rule: {error.message}") from error


def _place_of(table: Table, rule: str, message: str) -> str:
    """A complaint's line and column in the file, from its column in the rule, where the rule stands there as it is."""
    line = table.line_of("rule")
    text = "\n".join(table.file.lines[line - 1 :])
    start = text.find(rule)
    words = message.split(":")[0].split()
    if start < 0 or len(words) != 2 or words[0] != "column":
        return f"line {line}"
    before = text[: start + int(words[1]) - 1].split("\n")
    return f"line {line + len(before) - 1}, column {len(before[-1]) + 1}"
