"""Stage 3: a shop's `[learning]` in guardrails.toml -> what outcomes are worth, and how much has to be known."""

from dataclasses import dataclass, field, fields

from bot.toml_file import Table, TomlFile


@dataclass(frozen=True)
class Rewards:
    """What came of a message, in the value of the goal: of the first five the best counts, of the last the cost."""

    seen: float = 0.0
    clicked: float = 0.1
    replied: float = 0.2
    added: float = 0.3
    bought: float = 1.0
    opted_out: float = 5.0  # taken off


@dataclass(frozen=True)
class Learning:
    """Whether and how values are learned. Off, every value is the one of triggers.toml."""

    is_on: bool = False
    window_seconds: float = 259_200  # after a message left: what happens later is not put down to it
    least_outcomes: int = 200  # before the model counts
    refit_seconds: float = 900
    memory_days: float = 90  # outcomes older than that are forgotten
    gamma_scale: float = 1.0  # times what the outcomes known allow: how soon the best is chosen alone
    rewards: Rewards = field(default_factory=Rewards)


_KEYS = frozenset({
    "learns", "window_seconds", "least_outcomes", "refit_seconds", "memory_days", "gamma_scale", "rewards",
})


def read_learning(file: TomlFile) -> Learning:
    """The tables `[learning]` and `[learning.rewards]`; FixConfiguration names file, line and key."""
    table = file.table("learning")
    table.refuse_unknown(_KEYS)
    return Learning(
        is_on=table.truth("learns", default=False),
        window_seconds=table.number("window_seconds", Learning.window_seconds),
        least_outcomes=int(table.number("least_outcomes", Learning.least_outcomes)),
        refit_seconds=table.number("refit_seconds", Learning.refit_seconds),
        memory_days=table.number("memory_days", Learning.memory_days),
        gamma_scale=table.number("gamma_scale", Learning.gamma_scale),
        rewards=_rewards(file.table("learning.rewards")),
    )


def _rewards(table: Table) -> Rewards:
    names = {each.name: getattr(Rewards, each.name) for each in fields(Rewards)}
    table.refuse_unknown(frozenset(names))
    return Rewards(**{name: table.number(name, default) for name, default in names.items()})
