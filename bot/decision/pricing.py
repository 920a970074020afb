"""Stage 3: `[worth]` of guardrails.toml and `[costs]` of goals.toml -> what a purchase leaves, what messages cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.decision.triggers import CHANNELS
from bot.toml_file import Table, TomlFile, read_toml

_KEYS = frozenset({"purchase_minor", "fatigue"})
_THOUSAND = 1_000


@dataclass(frozen=True)
class Pricing:
    """What net worth is made of. Without a purchase's worth nothing is weighed."""

    purchase_minor: int = 0  # what the goal's value 1 leaves the shop
    costs_per_thousand_minor: Mapping[str, int] = field(default_factory=dict)  # of messages, by channel
    fatigue: float = 0.0  # in the value of the goal: taken off for each message heard in a week around

    @property
    def is_on(self) -> bool:
        """Whether the shop weighs at all."""
        return self.purchase_minor > 0

    def cost_of(self, channel: str) -> float:
        """What a message costs there, in the value of the goal; nothing where the shop says nothing."""
        return self.costs_per_thousand_minor.get(channel, 0) / (_THOUSAND * self.purchase_minor)


def read_pricing(file: TomlFile, goals: Path) -> Pricing:
    """The table `[worth]`, with the costs of the shop's goals; FixConfiguration names file, line and key."""
    table = file.table("worth")
    table.refuse_unknown(_KEYS)
    if not table.values:
        return Pricing()
    purchase_minor = read_minor(table, "purchase_minor")
    if not purchase_minor:
        raise table.fail("purchase_minor", "must be above 0; without [worth] nothing is weighed")
    fatigue = table.number("fatigue", Pricing.fatigue)
    if not fatigue <= 1:
        raise table.fail("fatigue", "must be a share of a purchase, 1 at most")
    return Pricing(purchase_minor, read_costs(read_toml(goals)), fatigue)


def read_costs(goals: TomlFile) -> dict[str, int]:
    """The table `[costs]`: what a thousand messages cost, by channel, in minor units."""
    costs = goals.table("costs")
    costs.refuse_unknown(frozenset(CHANNELS))
    return {each: read_minor(costs, each) for each in costs.values}


def read_minor(table: Table, key: str) -> int:
    """An amount of money."""
    amount = table.number(key)
    if not amount.is_integer():
        raise table.fail(key, "must be a whole number of minor units")
    return int(amount)
