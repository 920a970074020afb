"""`make evaluate-assistant [WORLDS=]`: what the team's assistant proposes in shops whose truth is known.

Three kinds of worlds, each drawn anew: a shop in which people who did one thing (or two) reach the goal more often, one
whose messages bring more by one channel or at one part of the day, and one in which nothing matters. In each it looks
six times, a week apart; a proposal of what brings no more is false, at whatever look.

Peers, on the same worlds: `best_difference` proposes the clause (the arm) with the largest difference; `z_test`
proposes whatever an ordinary test at 5 % shows. Progress on stderr; the last line on stdout is one JSON object.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bot.console.assistant.audiences import find_audiences
from bot.console.assistant.schedules import find_change, find_part, part_of
from bot.console.what_if import Choice
from bot.measure.sequences import MISSES

SEED = 20_261_129
LOOKS = 6
PEOPLE, CLAUSES = 12_000, 40
DECISIONS, ZONE = 4_000, ZoneInfo("Europe/Paris")
BASE, LIFTS = 0.05, (1.5, 2.0, 3.0)  # of a goal; by how much what was planted multiplies it
_POLICIES = ("even", "best", "never:web", "never:email")
_Z = 1.645
TRUE = "true"
_LEAST_TRUE = 1.05  # times the rate of the others
Bools, Floats = NDArray[np.bool_], NDArray[np.float64]
Tell = Callable[[Any], set[str]]  # of a world's look: what is proposed


@dataclass(frozen=True)
class Crowd:
    """A look at people: who fulfils which clause, and who reached the goal."""

    holds: Bools
    chances: Floats  # what nobody but this program knows
    reached: Floats
    is_first: Bools


def main(arguments: Sequence[str]) -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40, help="of each kind and strength")
    chosen = parser.parse_args(arguments)
    figures = evaluate(chosen.worlds)
    print(json.dumps(figures))
    return 0


def evaluate(worlds: int) -> dict[str, Any]:
    """The shares of planted effects found and of worlds with a false proposal, ours and each peer's."""
    audience = _judge("audience", worlds, _draw_crowds, {
        "ours": _tell_audiences, "best_difference": _best_clause, "z_test": _significant_clauses})
    schedule = _judge("schedule", worlds, _draw_logs, {"ours": _tell_schedules, "best_difference": _best_arm})
    ours = [kind["ours"] for kind in (audience, schedule)]
    return {
        "found": {name: kind["ours"]["found"] for name, kind in (("audience", audience), ("schedule", schedule))},
        "false_share": max(each["false_share"] for each in ours),
        "false_share_of": {"audience": ours[0]["false_share"], "schedule": ours[1]["false_share"]},
        "n": worlds * (1 + len(LIFTS)) * 2, "looks": LOOKS,
        "peers": {
            peer: {name: kind[peer] for name, kind in (("audience", audience), ("schedule", schedule)) if peer in kind}
            for peer in ("best_difference", "z_test")
        },
    }


def _judge(
    kind: str, worlds: int, draw: Callable[[np.random.Generator, float], tuple[str, list[Any]]], tells: dict[str, Tell]
) -> dict[str, dict[str, Any]]:
    """By who tells: found at each strength, the share of worlds with something false, at any of their looks."""
    found: dict[str, Counter[float]] = {name: Counter() for name in tells}
    false: Counter[str] = Counter()
    for number in range(worlds):
        for lift in (1.0, *LIFTS):
            planted, looks = draw(np.random.default_rng((SEED, number, int(lift * 10))), lift)
            for name, tell in tells.items():
                told = set().union(*(tell(each) for each in looks))
                found[name][lift] += bool(planted and planted in told)
                false[name] += bool(told - {planted, TRUE})
        print(f"{kind}: {number + 1} of {worlds} worlds", file=sys.stderr, end="\r")
    print(file=sys.stderr)
    return {
        name: {"found": {f"x{lift:g}": round(found[name][lift] / worlds, 3) for lift in LIFTS},
               "false_share": round(false[name] / (worlds * (1 + len(LIFTS))), 4)}
        for name in tells
    }


def _draw_crowds(rng: np.random.Generator, lift: float) -> tuple[str, list[Crowd]]:
    """One crowd that is looked at every week: what they do changes a little, whether they buy is drawn anew."""
    shares = rng.uniform(0.03, 0.3, CLAUSES)
    liking = rng.normal(size=(PEOPLE, 1)) * rng.normal(size=(1, CLAUSES)) * 0.5  # clauses go together
    inclined = rng.normal(size=(PEOPLE, CLAUSES)) + liking
    bars = np.array([np.quantile(inclined[:, n], 1 - share) for n, share in enumerate(shares)])
    is_first, planted = rng.random(PEOPLE) < 0.5, int(rng.integers(CLAUSES))
    looks = []
    for _ in range(LOOKS):
        holds = inclined + 0.3 * rng.normal(size=inclined.shape) > bars
        chance = BASE * np.where(holds[:, planted], lift, 1.0)
        looks.append(Crowd(holds, chance, (rng.random(PEOPLE) < chance).astype(float), is_first))
    return (str(planted) if lift > 1 else ""), looks


def _tell_audiences(crowd: Crowd) -> set[str]:
    return {_name(each.clauses, crowd) for each in find_audiences(crowd.holds, crowd.reached, crowd.is_first)}


def _name(clauses: Sequence[int], crowd: Crowd) -> str:
    """What was planted, alone or in a pair, by its number; TRUE for other people who do reach the goal more often, as
    who does one thing does another; "false ..." for whoever does not.
    """
    inside = crowd.holds[:, list(clauses)].all(axis=1)
    if crowd.chances[inside].mean() < _LEAST_TRUE * crowd.chances[~inside].mean():
        return f"false {clauses}"
    planted = crowd.chances > BASE
    same = [n for n in clauses if (crowd.holds[:, n] == planted).all()]
    return str(same[0]) if same else TRUE


def _difference(crowd: Crowd, clause: int) -> tuple[float, float]:
    inside = crowd.holds[:, clause]
    one, other = crowd.reached[inside], crowd.reached[~inside]
    error = float(np.sqrt(one.var() / max(1, len(one)) + other.var() / max(1, len(other))))
    return float(one.mean() - other.mean()) if len(one) and len(other) else 0.0, error


def _best_clause(crowd: Crowd) -> set[str]:
    gaps = [_difference(crowd, n)[0] for n in range(CLAUSES)]
    return {_name([int(np.argmax(gaps))], crowd)}


def _significant_clauses(crowd: Crowd) -> set[str]:
    found = {n: _difference(crowd, n) for n in range(CLAUSES)}
    return {_name([n], crowd) for n, (gap, error) in found.items() if gap > _Z * error}


def _draw_logs(rng: np.random.Generator, lift: float) -> tuple[str, list[list[Choice]]]:
    """A journey's decisions by chance between two channels, at all hours; every week two in five are new."""
    by_channel = bool(rng.random() < 0.5)
    owners = [rng.bytes(16).hex() for _ in range(DECISIONS // 2)]
    begins = datetime(2026, 9, 1, tzinfo=UTC)

    def decide(week: int) -> Choice:
        at = begins + timedelta(weeks=week, hours=float(rng.random() * 24 * 7))
        channel = int(rng.random() < 0.4)
        is_better = channel == 1 if by_channel else part_of(at, ZONE) == "evening"
        reward = float(rng.random() < 0.08 * (lift if is_better else 1.0))
        return Choice(owners[int(rng.integers(len(owners)))], ("web:a", "email:a"), (1.0, 0.5), (0.6, 0.4), channel,
                      reward, at)

    log = [decide(-int(rng.integers(1, 9))) for _ in range(DECISIONS)]
    looks = []
    for week in range(LOOKS):
        log = [*log[DECISIONS // LOOKS:], *(decide(week) for _ in range(DECISIONS // LOOKS))]
        looks.append(log)
    return ("" if lift <= 1 else "never:web" if by_channel else "part:evening"), looks


def _tell_schedules(log: list[Choice]) -> set[str]:
    """`even` gives the better channel more than it has: no false word where that one was planted."""
    told = {each.policy for each in (find_change(log, _POLICIES, misses=MISSES / 2),
                                     find_part(log, ZONE, misses=MISSES / 2)) if each}
    return {TRUE if each == "even" and _is_planted(log) else each for each in told}


def _is_planted(log: list[Choice]) -> bool:
    """Whether e-mail brings more in this log's world: far beyond what chance does there."""
    return _mean(log, 1) > 1.25 * _mean(log, 0)


def _leans_to_email(log: list[Choice]) -> bool:
    return _mean(log, 1) > _mean(log, 0)


def _best_arm(log: list[Choice]) -> set[str]:
    parts = {part: [each.reward for each in log if each.at and part_of(each.at, ZONE) == part]
             for part in ("morning", "noon", "afternoon", "evening")}
    best = max(parts, key=lambda part: float(np.mean(parts[part])))
    return {f"part:{best}", "never:web" if _leans_to_email(log) else "never:email"}


def _mean(log: list[Choice], channel: int) -> float:
    return float(np.mean([each.reward for each in log if each.chosen == channel]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
