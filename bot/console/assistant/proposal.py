"""The assistant: what it proposes, as plain data. It never acts: somebody makes a draft of it, or says why not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Literal

Kind = Literal["audience", "journey", "channel", "hour", "mapping", "late"]
_KEY_CHARACTERS = 24
_TWICE = 2


@dataclass(frozen=True)
class Effect:
    """What it would bring, with the ends of its interval, in what `unit` says."""

    value: float
    low: float
    high: float
    unit: Literal["share", "reward", "conversions"]


@dataclass(frozen=True)
class Proposal:
    """One thing to do. `subject` is what it is about, among its kind: a rule, a journey, a silo."""

    kind: Kind
    subject: str
    goal: str  # "" where it serves none in particular
    rests_on: int  # persons, decisions or rows
    evidence: Effect | None = None  # what was found: None where nothing was compared
    expected: Effect | None = None  # what it would bring; None: no evidence yet
    trial: Mapping[str, int] = field(default_factory=dict)  # the dry run: what would happen to how many
    told: Mapping[str, Any] = field(default_factory=dict)  # what its sentences need besides

    @property
    def key(self) -> str:
        """The same proposal has the same key at every look."""
        whole = f"{self.kind}\n{self.goal}\n{self.subject}"
        return sha256(whole.encode()).hexdigest()[:_KEY_CHARACTERS]


def dump_proposal(proposal: Proposal) -> dict[str, Any]:
    """As JSON can hold it."""
    return asdict(proposal)


def parse_proposal(kept: Mapping[str, Any]) -> Proposal:
    """The same again."""
    effects = {name: Effect(**kept[name]) if kept[name] else None for name in ("evidence", "expected")}
    return Proposal(**{**kept, **effects})


def has_changed(before: Proposal, now: Proposal) -> bool:
    """Whether there is another evidence than that which somebody said no to: twice as much, or of something else."""
    if now.rests_on >= _TWICE * max(1, before.rests_on):
        return True
    if before.evidence is None or now.evidence is None:
        return (before.evidence is None) != (now.evidence is None)
    return not before.evidence.low <= now.evidence.value <= before.evidence.high
