"""Many slices of the simulation, each on a database of its own, and their sum."""

import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from benchmarks.simulate.plan import EVERY_SCENE, make_plan
from benchmarks.simulate.run import Figures, Slice
from bot.logs import set_up_logs
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate

DAYS_OF_SLICE = 25
CAMPAIGN_EVERY = 8  # slices: it reaches half of all customers at once


def name_file(folder: Path, name: str) -> str:
    """The URL of a SQLite database."""
    return f"sqlite:///{folder}/{name}.sqlite"


def play(fresh: Callable[[str], str], folder: Path, customers: int, ends_at: float, seed: int) -> Figures:
    """One slice on a database and in a process of its own; cut short at `ends_at` of the machine's monotonic clock."""
    set_up_logs("error")
    url, journal = fresh(f"slice{seed}"), folder / f"journal{seed}"
    store = Store(url)
    migrate(store)
    store.close()
    scenes = tuple(each for each in EVERY_SCENE if each != "campaign" or seed % CAMPAIGN_EVERY == 0)
    plan = make_plan(seed, customers=customers, days=DAYS_OF_SLICE, scenes=scenes)
    figures = Slice(url, plan, journal, seed, ends_at=ends_at).run()
    for left in (journal, *folder.glob(f"slice{seed}.sqlite*")):
        left.unlink(missing_ok=True)
    return figures


def run_slices(
    seeds: Sequence[int], jobs: int, ends_at: float, play_one: Callable[[int], Figures],
    keep: Callable[[int, Figures, float], object],
) -> tuple[Figures, float]:
    """The sum of all slices, so many at a time, and the seconds they took. Tells each on stderr, and `keep` with the
    seconds it took.
    """
    total, began, waiting = Figures(), time.monotonic(), list(seeds)
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, mp_context=context, max_tasks_per_child=1) as pool:
        running: dict[Future[Figures], tuple[int, float]] = {}
        while True:
            while waiting and len(running) < jobs and time.monotonic() < ends_at:
                seed = waiting.pop(0)
                running[pool.submit(play_one, seed)] = seed, time.monotonic()
            if not running:
                return total, time.monotonic() - began
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                (seed, since), figures = running.pop(done), done.result()
                keep(seed, figures, time.monotonic() - since)
                total.add(figures)
                tell(seed, figures, total, time.monotonic() - began)


def tell(seed: int, figures: Figures, total: Figures, seconds: float) -> None:
    """Progress, and examples of what is wrong, on stderr."""
    print(f"seed {seed}: {figures.sent} sent, wrong {dict(figures.wrong)}, lost {dict(figures.lost)}, "
          f"doubled {figures.doubled}; in all {total.customer_days} customer-days, "
          f"{total.customer_days / seconds:,.0f} a second", file=sys.stderr, flush=True)
    for each in figures.examples:
        print(f"    {each}", file=sys.stderr, flush=True)


def report(total: Figures, seconds: float) -> dict[str, object]:
    """The keys that are promised, and what stands behind them."""
    return {
        "customer_days": total.customer_days, "sent": total.sent, "sent_days": total.sent_days,
        "wrong": total.wrong.total(), "lost": total.lost.total(), "doubled": total.doubled, "unknown": total.unknown,
        "share_of_days_sent": round(total.sent_days / max(total.customer_days, 1), 4),
        "wrong_by": dict(+total.wrong), "lost_by": dict(+total.lost), "kills": total.kills, "rounds": total.rounds,
        "fates": dict(total.fates), "held_by": dict(total.held.most_common(20)), "seconds": round(seconds, 1),
        "customer_days_per_second": round(total.customer_days / seconds),
    }
