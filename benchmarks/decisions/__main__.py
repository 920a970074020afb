"""Decisions judged: from logs of others' decisions, and in simulated shops whose truth is known.

`make evaluate-decisions` reads the Open Bandit sample of the obp package (six logs of 10,000 rounds from a fashion
shop) and plays SEEDS= (5) seeds of ROUNDS= (5,000) in two simulated shops beside MABWiser and obp;
`DATA=file.csv` reads anyone's log instead (arm, reward, propensity, context columns). Prints one JSON line.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.decisions.logs import find_open_bandit, read_csv, read_open_bandit
from benchmarks.decisions.replay import estimate_all
from benchmarks.decisions.simulate import simulate
from benchmarks.peers import MISSING, PYTHON
from bot.errors import FixConfiguration, FixInput

REMARK = (
    "38 to 69 clicks a log: this tests estimators and proves no policy. Where an interval of ours holds uniform's "
    "estimate, nothing was shown."
)
KEYS = ("dr", "dr_low", "dr_high", "snips", "n")
Figures = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Print the figures; 2 for a file that cannot be used."""
    try:
        told = evaluate_file(Path(arguments[0])) if arguments else evaluate_sample()
    except (FixConfiguration, FixInput) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 2
    print(json.dumps(told))
    return 0


def evaluate_file(path: Path) -> Figures:
    """One log of anyone's."""
    return head(estimate_all([read_csv(path)]))


def evaluate_sample() -> Figures:
    """The six logs, and the simulated shops."""
    folder = find_open_bandit(PYTHON.parents[1])
    if folder is None:
        raise FixConfiguration(f".venv-peers {MISSING}; or name a log of your own: DATA=file.csv")
    told = head(estimate_all(read_open_bandit(folder)))
    print(REMARK, file=sys.stderr)
    rounds, seeds = int(os.environ.get("ROUNDS", "5000")), int(os.environ.get("SEEDS", "5"))
    return {**told, "remark": REMARK, "simulated": simulate(seeds, rounds), "rounds": rounds, "seeds": seeds}


def head(estimates: dict[str, dict[str, Any]]) -> Figures:
    """Ours over all rounds first, the other policies as peers; then log by log."""
    together = estimates.pop("together")
    for name, each in {**estimates, "together": together}.items():
        words = "; ".join(
            f"{policy} dr {found['dr']:.5f} [{found['dr_low']:.5f}, {found['dr_high']:.5f}] snips {found['snips']:.5f}"
            for policy, found in each.items() if policy != "rewards"
        )
        print(f"{name}: {words}", file=sys.stderr)
    return {
        **{key: together["ours"][key] for key in KEYS}, "effective_n": together["ours"]["effective_n"],
        "peers": {name: together[name] for name in ("uniform", "logged")}, "logs": estimates,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
