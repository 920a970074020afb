"""Stage B2: every silo's word about a customer is kept; a rule chooses among them when it is read.

The rules lie in data/shops/<shop>/traits.toml and are read by trait_rules.py; explain.py puts a choice
into words.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Any, Literal

import sqlalchemy as sa

from bot.profile.identities import OF_PERSON, Identity, identities_of, normalise
from bot.profile.store.tables import traits
from bot.profile.store.upsert import insert_or_update

RuleName = Literal["silo", "latest", "earliest", "verified", "longest", "add_counts", "days_between"]
LossName = Literal["silent", "less_trusted", "unproven", "shorter", "older", "newer", "same_moment", "claimed"]
UNITED: tuple[RuleName, ...] = ("add_counts", "days_between")  # nothing is chosen: every part goes in
CLAIM = "_claim"  # ends the silo of what a page says of its visitor, unproven


@dataclass(frozen=True)
class TraitRule:
    """How one trait is chosen among silos and among the customers of a merged person."""

    name: str
    rule: RuleName = "latest"
    silos: tuple[str, ...] = ()  # rule "silo": the most trusted first
    identity: str = ""  # rule "verified": the kind of identity that proves a value


@dataclass(frozen=True)
class TraitValue:
    """What one silo said about one customer, and when."""

    customer_id: str
    value: Any
    silo: str
    set_at: datetime


@dataclass(frozen=True)
class ChosenTrait:
    """The value that counts, where it came from, the rule that chose it, and what it was chosen over.

    Where counts are added up nothing loses: `parts` are what went into the sum.
    """

    value: Any
    silo: str
    set_at: datetime
    rule: str
    losing: tuple[TraitValue, ...] = ()
    parts: tuple[TraitValue, ...] = ()


_TRAITS = (
    sa.select(traits)
    .where(traits.c.customer_id.in_(OF_PERSON))
    .order_by(traits.c.name, traits.c.set_at.desc(), traits.c.silo, traits.c.customer_id)
)
# The name as an expression, so that SQLite goes in by the customer, not by everybody's trait of the name.
_ONE_TRAIT = _TRAITS.where(traits.c.name.concat("") == sa.bindparam("name"))


def set_trait(
    connection: sa.Connection, customer_id: str, name: str, value: Any, *, silo: str, now: datetime
) -> None:
    """Keep a silo's word, over its own older one only. Writes."""
    set_traits(connection, [{"customer_id": customer_id, "name": name, "silo": silo, "value": value, "set_at": now}])


def set_traits(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep many (customer_id, name, silo, value, set_at) in one statement. Writes."""
    insert_or_update(connection, traits, rows, ("customer_id", "name", "silo"), ("value", "set_at"))


def chosen_traits(
    connection: sa.Connection, customer_id: str, rules: Mapping[str, TraitRule]
) -> dict[str, ChosenTrait]:
    """Every trait of the merged person by name; one without a rule goes to the latest word."""
    said = trait_values(connection, customer_id)
    proven = identities_of(connection, customer_id) if any(each.rule == "verified" for each in rules.values()) else ()
    return {
        name: choose_trait(values, rule, proven_values(proven, rule))
        for name, values in said.items()
        if (rule := rules.get(name) or TraitRule(name))
    }


def trait_values(connection: sa.Connection, customer_id: str, name: str = "") -> dict[str, list[TraitValue]]:
    """Every silo's word about the merged person, newest first, by trait; of one trait when named."""
    query = _ONE_TRAIT if name else _TRAITS
    said: dict[str, list[TraitValue]] = {}
    for row in connection.execute(query, {"customer": customer_id, **({"name": name} if name else {})}):
        said.setdefault(row.name, []).append(TraitValue(row.customer_id, row.value, row.silo, row.set_at))
    return said


def proven_values(proven: Iterable[Identity], rule: TraitRule) -> frozenset[str]:
    """The values that a verified identity of the person speaks for."""
    return frozenset(each.value for each in proven if each.is_verified and each.kind == rule.identity)


def choose_trait(
    values: Sequence[TraitValue], rule: TraitRule, proven: AbstractSet[str] = frozenset()
) -> ChosenTrait:
    """The value that a rule picks out of some, at least one; `proven` are values of verified identities."""
    if rule.rule in UNITED:
        return _unite(values, rule)
    best, *losing = sorted(values, key=lambda each: [key for _, key in _rank(each, rule, proven)])
    return ChosenTrait(best.value, best.silo, best.set_at, describe(rule), tuple(losing))


def why_lost(
    best: TraitValue, loser: TraitValue, rule: TraitRule, proven: AbstractSet[str] = frozenset()
) -> LossName:
    """The first thing in which a losing value is behind the chosen one."""
    if rule.rule in UNITED:
        return "claimed"
    pairs = zip(_rank(best, rule, proven), _rank(loser, rule, proven), strict=True)
    return next((name for (name, mine), (_, theirs) in pairs if mine != theirs), "same_moment")


def is_blank(value: Any) -> bool:
    """Whether a silo said nothing with it: that never wins over a word."""
    return value is None or value == ""


def size_of(value: Any) -> int:
    """How long a value is: a text by its characters, lists and tables by their entries, anything else 0."""
    return len(value) if isinstance(value, str | list | dict) else 0


def describe(rule: TraitRule) -> str:
    """The rule in one word, with what it goes by."""
    details = {"silo": " > ".join(rule.silos), "verified": rule.identity}.get(rule.rule)
    return f"{rule.rule}: {details}" if details else rule.rule


def _rank(value: TraitValue, rule: TraitRule, proven: AbstractSet[str]) -> list[tuple[LossName, Any]]:
    """What is compared, in order; the least wins. segments/chosen.py says the same to a database."""
    age = value.set_at.timestamp()
    ranked: list[tuple[LossName, Any]] = [("silent", is_blank(value.value))]
    match rule.rule:
        case "silo":
            ranked.append(("less_trusted", _trust(rule.silos, value.silo)))
        case "verified":
            ranked.append(("unproven", normalise(rule.identity, str(value.value))[1] not in proven))
        case "longest":
            ranked.append(("shorter", -size_of(value.value)))
    ranked.append(("newer", age) if rule.rule == "earliest" else ("older", -age))
    return [*ranked, ("same_moment", (value.silo, value.customer_id))]


def _unite(values: Sequence[TraitValue], rule: TraitRule) -> ChosenTrait:
    """Nothing wins: every part goes in, but for what a page said of its visitor, which anybody can say."""
    parts = tuple(each for each in values if not each.silo.endswith(CLAIM))
    value = _add_counts(parts) if rule.rule == "add_counts" else _days_between(parts)
    silos = ", ".join(sorted({each.silo for each in parts}))
    said_nothing = tuple(each for each in values if each not in parts)
    return ChosenTrait(value, silos, max(each.set_at for each in values), describe(rule), said_nothing, parts)


def _entries(values: Sequence[TraitValue]) -> Iterable[tuple[str, Any]]:
    return (entry for each in values if isinstance(each.value, dict) for entry in each.value.items())


def _add_counts(values: Sequence[TraitValue]) -> dict[str, float]:
    """Counts of every customer and silo, added up, the greatest first; what is no number is none."""
    total: dict[str, float] = {}
    for key, count in _entries(values):
        if isinstance(count, int | float) and not isinstance(count, bool):
            total[key] = total.get(key, 0) + count
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _days_between(values: Sequence[TraitValue]) -> dict[str, float]:
    """The median of the days from one to the next, by key, over the days that all parts name; 2 days at least."""
    days: dict[str, set[date]] = {}
    for key, named in _entries(values):
        read = (_day(each) for each in named) if isinstance(named, list) else ()
        days.setdefault(key, set()).update(day for day in read if day)
    gaps = {key: [(later - earlier).days for earlier, later in pairwise(sorted(some))] for key, some in days.items()}
    return {key: float(median(some)) for key, some in sorted(gaps.items()) if some}


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None


def _trust(silos: Sequence[str], silo: str) -> int:
    return silos.index(silo) if silo in silos else len(silos)
