"""Results that add up: a line of JSON each, of runs that played different slices.

`python -m benchmarks.simulate.parts file...` prints their sum. It refuses two runs of one seed, on whichever store: the
plan is the same, and tells little that is new. Ends with 1 when anything is wrong, lost or doubled.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SUMMED = ("customer_days", "sent_days", "sent", "wrong", "lost", "doubled", "unknown", "kills", "rounds", "seconds")
COUNTED = ("wrong_by", "lost_by", "fates", "held_by")
BAD = ("wrong", "lost", "doubled")


def main(arguments: Sequence[str]) -> int:
    """Print the sum of the files."""
    if not arguments:
        sys.exit("say which files: python -m benchmarks.simulate.parts simulate.jsonl ...")
    try:
        total = add_up(part for name in arguments for part in read_parts(Path(name)))
    except ValueError as error:
        sys.exit(str(error))
    print(json.dumps(total))
    return 1 if any(total[each] for each in BAD) else 0


def append_part(file: Path, part: Mapping[str, Any]) -> None:
    """One line more, whole or not at all for whoever reads meanwhile. Writes."""
    with file.open("ab", buffering=0) as out:
        out.write((json.dumps(part) + "\n").encode())


def read_parts(file: Path) -> list[dict[str, Any]]:
    """The runs of a file. ValueError with the line that is none."""
    parts = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        try:
            part = json.loads(line)
            missing = {"seeds", "store", *SUMMED, *COUNTED} - part.keys()
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{file}, line {number}: not a result of `make simulate`: {error}") from error
        if missing:
            raise ValueError(f"{file}, line {number}: lacks {', '.join(sorted(missing))}")
        parts.append(part)
    return parts


def add_up(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The sum of runs. ValueError where two played the same seed, or there is none. Pure."""
    total: dict[str, Any] = dict.fromkeys(SUMMED, 0) | {name: Counter[str]() for name in COUNTED}
    played, commits, stores = Counter[int](), set[str](), set[str]()
    for part in parts:
        for name in SUMMED:
            total[name] += part[name]
        for name in COUNTED:
            total[name].update(part[name])
        played.update(part["seeds"])
        stores.add(part["store"])
        commits.add(part.get("commit", ""))
    twice = sorted(seed for seed, times in played.items() if times > 1)
    if twice:
        raise ValueError(f"played twice, and so not to be added: seeds {', '.join(map(str, twice))}")
    if not played:
        raise ValueError("no run to add up")
    share = round(total["sent_days"] / max(total["customer_days"], 1), 4)
    return {**total, "seconds": round(total["seconds"], 1), "share_of_days_sent": share, "slices": len(played),
            "stores": sorted(stores), "commits": sorted(commits)}


def find_commit() -> str:
    """The commit of what is played, with "+" when files differ from it; "" outside of a repository."""
    try:
        said = subprocess.run(["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
                              capture_output=True, text=True, check=True, cwd=Path(__file__).parent)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
