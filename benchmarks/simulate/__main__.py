"""`make simulate DAYS=10000000`: nothing wrong ever leaves, over so many simulated customer-days, in slices.

The last line on stdout is one JSON object: sent, wrong, lost, doubled, unknown, and what stands behind them. STORE=
sqlite or postgresql, SEED= the first slice's, JOBS= slices side by side, CUSTOMERS= in a slice. OUT= a file that each
slice's result is appended to, for `benchmarks.simulate.parts` to add up.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.segments import new_database
from benchmarks.simulate.parts import append_part, find_commit
from benchmarks.simulate.run import Figures
from benchmarks.simulate.slices import DAYS_OF_SLICE, name_file, play, report, run_slices
from tests.servers.postgres import find_postgres, run_postgres

MEMORY = Path("/dev/shm")  # a disk of its own would be waited for, and nothing else be tested


def main(arguments: Sequence[str]) -> int:
    """Run the slices and print what came of them; 1 when anything is wrong, lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=200_000, help="customer-days")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--customers", type=int, default=20_000, help="in a slice of 25 days")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after so long, and count what was played")
    parser.add_argument("--out", type=Path, help="a file: a line of JSON more for each slice")
    chosen = parser.parse_args(arguments)
    customers = min(chosen.customers, -(-chosen.days // DAYS_OF_SLICE))
    wanted = -(-chosen.days // (customers * DAYS_OF_SLICE))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(
            prefix="prevenant-simulate-", dir=MEMORY if MEMORY.is_dir() else None, ignore_cleanup_errors=True)))
        fresh: Callable[[str], str] = partial(name_file, folder)
        if chosen.store == "postgresql":
            programs = find_postgres()
            if programs is None:
                sys.exit("needs PostgreSQL's server programs (initdb, pg_ctl)")
            fresh = partial(new_database, stack.enter_context(run_postgres(programs)))
        ends_at = time.monotonic() + chosen.seconds if chosen.seconds else math.inf
        seeds = range(chosen.seed, chosen.seed + wanted)
        keep = partial(keep_slice, chosen.out, chosen.store, find_commit())
        total, seconds = run_slices(seeds, chosen.jobs, ends_at, partial(play, fresh, folder, customers, ends_at), keep)
    print(json.dumps(report(total, seconds) | {"store": chosen.store, "first_seed": chosen.seed}))
    return 1 if total.wrong or total.lost or total.doubled else 0


def keep_slice(out: Path | None, store: str, commit: str, seed: int, figures: Figures, seconds: float) -> None:
    """A slice's result on a line of its own, where a file was named: a run that is stopped keeps what it played."""
    if out:
        of_run = {"store": store, "seeds": [seed], "commit": commit, "examples": figures.examples}
        append_part(out, report(figures, seconds) | of_run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
