"""The console: a journey's past decisions and a changed policy -> what the change would have brought, honestly.

Newest decisions first, at most `SAMPLE` whose outcome is known; what each brought is counted as learning counts it
(`bot/decision/rewards.py`), and weighed by the chance under which it was taken (`bot/measure/off_policy.py`). Of what
the log never tried it can say nothing, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from math import inf
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.bootstrap import Services
from bot.decision.choose import weigh_candidates
from bot.decision.learning_rules import Rewards
from bot.decision.outcomes import read_answers, read_deeds
from bot.decision.person_queries import GONE_STATES
from bot.decision.rewards import Happening, reward_of
from bot.decision.triggers import Trigger
from bot.measure.off_policy import Estimate, estimate_policy
from bot.profile.candidate_sets import candidates_of
from bot.profile.customers import roots_of
from bot.profile.store.tables import customers, decisions, outbox

SAMPLE, READ_AT_MOST = 2_000, 50_000
LEAST_EFFECTIVE = 50  # decisions that an estimate must rest on
LEAST = 100
_SEED = 1  # the same log gives the same answer
Floats = NDArray[np.float64]
# A policy -> its English sentence; `always:` and `never:` go on with a candidate or a channel.
POLICIES = {
    "even": "everything that is allowed equally often",
    "best": "always what was thought best",
    "sharp": "three times as sharply for what was thought best",
    "always": "always {what}, where it is allowed",
    "never": "never by {what}",
}
_GAMMAS = {"even": 0.0, "best": inf}
_SHARPER = 3.0


@dataclass(frozen=True)
class Choice:
    """A decision of the log."""

    customer_id: str
    names: tuple[str, ...]  # candidates that were allowed
    values: tuple[float, ...]
    chances: tuple[float, ...]
    chosen: int
    reward: float
    at: datetime | None = None  # when it left, or was decided where that is not known


@dataclass(frozen=True)
class WhatIf:
    """What the change would have brought a decision, in the value of the goal."""

    sampled: int  # decisions whose outcome is known
    left_out: int  # in which the change leaves nothing to say: silence was never tried
    since: datetime | None
    is_known: bool
    mean: float = 0.0  # as it was
    estimate: Estimate | None = None  # of the changed policy
    difference: tuple[float, float, float] = (0.0, 0.0, 0.0)  # by DR, with its interval
    effective: float = 0.0

    @property
    def verdict(self) -> str:
        """`more`, `less`, `unclear`, or `early` where it rests on too little."""
        if not self.is_known:
            return "early"
        _, low, high = self.difference
        return "more" if low > 0 else "less" if high < 0 else "unclear"


def try_policy(connection: sa.Connection, services: Services, journey: str, policy: str, now: datetime) -> WhatIf:
    """What a policy would have brought on a sample of a journey's decisions. Reads a bounded number of rows."""
    choices, since = read_choices(connection, services, journey, now)
    return judge(choices, policy, since)


def judge(choices: Sequence[Choice], policy: str, since: datetime | None = None) -> WhatIf:
    """The estimate over so many decisions. Pure."""
    told = [(each, chances) for each in choices if (chances := apply_policy(each, policy)) is not None]
    left_out = len(choices) - len(told)
    if len(told) < LEAST:
        return WhatIf(len(choices), left_out, since, False)
    rewards = np.array([each.reward for each, _ in told])
    logged = np.array([each.chances[each.chosen] for each, _ in told])
    new = np.array([chances[each.chosen] for each, chances in told])
    of_arm, of_policy = _expect([each for each, _ in told], [chances for _, chances in told], rewards)
    estimate = estimate_policy(rewards, logged, new, of_arm, of_policy, np.random.default_rng(_SEED))
    # What a decision brought is taken off each round, so that the estimate and its interval are of the difference.
    apart = estimate_policy(rewards, logged, new, of_arm, of_policy - rewards, np.random.default_rng(_SEED))
    return WhatIf(
        len(choices), left_out, since, estimate.effective_n >= LEAST_EFFECTIVE, float(rewards.mean()), estimate,
        (apart.dr, apart.dr_low, apart.dr_high), estimate.effective_n,
    )


def apply_policy(choice: Choice, policy: str) -> tuple[float, ...] | None:
    """The chance of each candidate under a policy; None where nothing is left to be sent."""
    kind, _, what = policy.partition(":")
    if kind == "always":
        if what not in choice.names:
            return choice.chances
        return tuple(float(each == what) for each in choice.names)
    if kind == "never":
        left = [0.0 if each.partition(":")[0] == what else chance
                for each, chance in zip(choice.names, choice.chances, strict=True)]
        return tuple(each / sum(left) for each in left) if sum(left) > 0 else None
    if kind == "sharp":
        powers = [chance**_SHARPER for chance in choice.chances]
        return tuple(each / sum(powers) for each in powers)
    values = np.array([choice.values])
    weights = weigh_candidates(values, np.ones(values.shape, dtype=np.bool_), _GAMMAS[kind])
    return tuple(float(each) for each in weights[0])


def list_policies(trigger: Trigger) -> list[str]:
    """What may be tried of a journey: ways of choosing, a channel or a variant always, a channel never."""
    pairs = [f"{channel}:{message.variant}" for message in trigger.messages for channel in trigger.channels]
    return ["even", "best", "sharp", *(f"never:{each}" for each in trigger.channels if len(trigger.channels) > 1),
            *(f"always:{each}" for each in dict.fromkeys(pairs))]


def read_choices(
    connection: sa.Connection, services: Services, journey: str, now: datetime, sample: int = SAMPLE
) -> tuple[list[Choice], datetime | None]:
    """The newest decisions that chose something and whose window has closed, and since when they are."""
    learning = services.guardrails.learning
    window = timedelta(seconds=learning.window_seconds)
    newest = sa.select(decisions).order_by(decisions.c.decision_id.desc()).limit(READ_AT_MOST).subquery()
    is_of = sa.or_(newest.c.trigger == journey, newest.c.trigger.startswith(f"{journey}:", autoescape=True))
    rows = connection.execute(
        sa.select(newest.c.customer_id, candidates_of(newest), newest.c.chosen, newest.c.decided_at, newest.c.trigger,
                  newest.c.subject)
        .where(is_of, newest.c.chosen != "", newest.c.decided_at < now - window)
        .order_by(newest.c.decision_id.desc()).limit(sample)
    ).all()
    choices: list[Choice] = []
    for some in batched(rows, 400):
        choices.extend(_read_rewards(connection, some, window, learning.rewards))
    return choices, rows[-1].decided_at if rows else None


def _read_rewards(
    connection: sa.Connection, rows: Sequence[Any], window: timedelta, rewards: Rewards
) -> list[Choice]:
    asked = sorted({each.customer_id for each in rows})
    since, until = min(each.decided_at for each in rows), max(each.decided_at for each in rows) + 2 * window
    roots = roots_of(connection, asked)
    members: dict[str, list[str]] = {}
    for customer, root in connection.execute(
        sa.select(customers.c.customer_id, customers.c.root_id).where(customers.c.root_id.in_(sorted(roots.values())))
    ):
        members.setdefault(root, []).append(customer)
    left = {
        (each.customer_id, each.nudge, each.about, each.created_at): each for each in connection.execute(
            sa.select(outbox.c.customer_id, outbox.c.nudge, outbox.c.about, outbox.c.created_at, outbox.c.not_before,
                      outbox.c.sender_id, outbox.c.state)
            .where(outbox.c.customer_id.in_(asked), outbox.c.kind == "nudge", outbox.c.created_at >= since,
                   outbox.c.created_at <= until)
        )
    }
    deeds = read_deeds(connection, sorted({each for group in members.values() for each in group}), since, until)
    talks = sorted({each.sender_id for each in left.values() if each.sender_id})
    answers = read_answers(connection, talks, since, until)
    choices = []
    for row in rows:
        message = left.get((row.customer_id, row.trigger, row.subject, row.decided_at))
        happened: list[Happening] = [
            deed for member in members.get(roots.get(row.customer_id, ""), [row.customer_id])
            for deed in deeds.get(member, ())
        ]
        begins = row.decided_at
        if message is not None and message.state in GONE_STATES:
            begins = message.not_before
            happened += answers.get(message.sender_id, ()) if message.sender_id else ()
            happened += [Happening("seen", begins)] if message.state == "seen" else []
        reward = reward_of(happened, begins, window.total_seconds(), rewards)
        if choice := _choice(row, reward, begins):
            choices.append(choice)
    return choices


def _choice(row: Any, reward: float, at: datetime) -> Choice | None:
    allowed = [each for each in row.candidates if not each["held"] and each.get("probability", 0) > 0]
    names = tuple(str(each["name"]) for each in allowed)
    if row.chosen not in names:
        return None
    return Choice(
        row.customer_id, names, tuple(float(each.get("net_minor", each.get("value", 0.0))) for each in allowed),
        tuple(float(each["probability"]) for each in allowed), names.index(row.chosen), reward, at,
    )


def _expect(
    choices: Sequence[Choice], chances: Sequence[tuple[float, ...]], rewards: Floats
) -> tuple[Floats, Floats]:
    """What each candidate brings on average, learned on the other half: of what was done, and of the policy."""
    of_arm, of_policy = np.zeros(len(choices)), np.zeros(len(choices))
    for half in (0, 1):
        means = _means([(each.names[each.chosen], reward) for n, (each, reward) in
                        enumerate(zip(choices, rewards, strict=True)) if n % 2 != half])
        usual = means.pop("", 0.0)
        for n in range(half, len(choices), 2):
            expected = [means.get(name, usual) for name in choices[n].names]
            of_arm[n] = expected[choices[n].chosen]
            of_policy[n] = sum(chance * each for chance, each in zip(chances[n], expected, strict=True))
    return of_arm, of_policy


def _means(told: Sequence[tuple[str, float]]) -> dict[str, float]:
    """By candidate, drawn towards the mean of all, which stands under ""."""
    usual = sum(each for _, each in told) / max(1, len(told))
    sums: dict[str, list[float]] = {}
    for name, reward in told:
        sums.setdefault(name, []).append(reward)
    return {"": usual, **{name: (sum(each) + 5 * usual) / (len(each) + 5) for name, each in sums.items()}}
