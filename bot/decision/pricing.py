"""Stage 3: a shop's `[worth]` in guardrails.toml -> what a purchase leaves, what messages cost, what they tire."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.decision.triggers import CHANNELS
from bot.toml_file import Table, TomlFile

_KEYS = frozenset({"purchase_minor", "fatigue", "thousand_cost_minor"})
_THOUSAND = 1_000


@dataclass(frozen=True)
class Pricing:
    """What net worth is made of. Without a purchase's worth nothing is weighed."""

    purchase_minor: int = 0  # what the goal's value 1 leaves the shop
    thousand_cost_minor: Mapping[str, int] = field(default_factory=dict)  # channel -> what 1,000 messages cost
    fatigue: float = 0.0  # in the value of the goal: taken off for each message heard in a week around

    @property
    def is_on(self) -> bool:
        """Whether the shop weighs at all."""
        return self.purchase_minor > 0

    def cost_of(self, channel: str) -> float:
        """What a message costs there, in the value of the goal; nothing where the shop says nothing."""
        return self.thousand_cost_minor.get(channel, 0) / (_THOUSAND * self.purchase_minor)


def read_pricing(file: TomlFile) -> Pricing:
    """The tables `[worth]` and `[worth.thousand_cost_minor]`; FixConfiguration names file, line and key."""
    table = file.table("worth")
    table.refuse_unknown(_KEYS)
    if not table.values:
        return Pricing()
    costs = file.table("worth.thousand_cost_minor")
    costs.refuse_unknown(frozenset(CHANNELS))
    purchase_minor = _whole(table, "purchase_minor")
    if not purchase_minor:
        raise table.fail("purchase_minor", "must be above 0; without [worth] nothing is weighed")
    fatigue = table.number("fatigue", Pricing.fatigue)
    if not fatigue <= 1:
        raise table.fail("fatigue", "must be a share of a purchase, 1 at most")
    return Pricing(purchase_minor, {each: _whole(costs, each) for each in costs.values}, fatigue)


def _whole(table: Table, key: str) -> int:
    value = table.number(key)
    if not value.is_integer():
        raise table.fail(key, "must be a whole number of minor units, as 4000 for 40.00")
    return int(value)
