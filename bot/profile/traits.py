"""Stage B2: every silo's word about a customer is kept; a rule chooses among them when it is read.

Rules lie in data/shops/<shop>/traits.toml, one table a trait:

    [first_name]
    rule = "silo"              # silo | latest | earliest | add_counts
    silos = ["shop", "crm"]    # rule "silo": the first of these that said anything wins
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

import sqlalchemy as sa

from bot.errors import FixConfiguration
from bot.profile.identities import members_of
from bot.profile.store.tables import traits
from bot.profile.store.upsert import insert_or_update

RuleName = Literal["silo", "latest", "earliest", "add_counts"]


@dataclass(frozen=True)
class TraitRule:
    """How one trait is chosen among silos and among the customers of a merged person."""

    name: str
    rule: RuleName = "latest"
    silos: tuple[str, ...] = ()


@dataclass(frozen=True)
class TraitValue:
    """What one silo said about one customer, and when."""

    customer_id: str
    value: Any
    silo: str
    set_at: datetime


@dataclass(frozen=True)
class ChosenTrait:
    """The value that counts, where it came from, the rule that chose it, and what it was chosen over."""

    value: Any
    silo: str
    set_at: datetime
    rule: str
    losing: tuple[TraitValue, ...] = ()


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
    rows = connection.execute(
        sa.select(traits)
        .where(traits.c.customer_id.in_(members_of(connection, customer_id)))
        .order_by(traits.c.name, traits.c.set_at.desc(), traits.c.silo, traits.c.customer_id)
    )
    said: dict[str, list[TraitValue]] = {}
    for row in rows:
        said.setdefault(row.name, []).append(TraitValue(row.customer_id, row.value, row.silo, row.set_at))
    return {name: choose_trait(values, rules.get(name) or TraitRule(name)) for name, values in said.items()}


def choose_trait(values: Sequence[TraitValue], rule: TraitRule) -> ChosenTrait:
    """The value that a rule picks; `values` are newest first and not empty."""
    if rule.rule == "add_counts":
        return _add_counts(values)
    ranked = sorted(values, key=lambda each: each.set_at, reverse=rule.rule != "earliest")
    if rule.rule == "silo":
        ranked = sorted(ranked, key=lambda each: _rank(rule.silos, each.silo))
    best, *losing = ranked
    return ChosenTrait(best.value, best.silo, best.set_at, _describe(rule), tuple(losing))


def load_trait_rules(path: Path) -> dict[str, TraitRule]:
    """The rules of a traits.toml by trait name. FixConfiguration naming the file and trait that is wrong."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise FixConfiguration(f"{path.name}: {error}") from error
    return {name: _read_rule(path, name, table) for name, table in tables.items()}


def _read_rule(path: Path, name: str, table: Any) -> TraitRule:
    if not isinstance(table, dict) or table.get("rule") not in get_args(RuleName):
        raise FixConfiguration(f"{path.name}: [{name}] rule must be one of {', '.join(get_args(RuleName))}")
    silos = table.get("silos", [])
    if not isinstance(silos, list) or not all(isinstance(silo, str) for silo in silos):
        raise FixConfiguration(f"{path.name}: [{name}] silos must be a list of silo names")
    if table["rule"] == "silo" and not silos:
        raise FixConfiguration(f'{path.name}: [{name}] rule "silo" needs a list of silos, the most trusted first')
    return TraitRule(name, table["rule"], tuple(silos))


def _add_counts(values: Sequence[TraitValue]) -> ChosenTrait:
    """Counts of every customer and silo, added up, the greatest first; nothing loses."""
    total: dict[str, float] = {}
    for counts in (each.value for each in values):
        for key, count in _counts(counts):
            total[key] = total.get(key, 0) + count
    ordered = dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
    silos = ", ".join(sorted({each.silo for each in values}))
    return ChosenTrait(ordered, silos, max(each.set_at for each in values), "add_counts")


def _counts(value: Any) -> Iterable[tuple[str, float]]:
    return value.items() if isinstance(value, dict) else ()


def _rank(silos: Sequence[str], silo: str) -> int:
    return silos.index(silo) if silo in silos else len(silos)


def _describe(rule: TraitRule) -> str:
    return f"silo: {' > '.join(rule.silos)}" if rule.rule == "silo" else rule.rule
