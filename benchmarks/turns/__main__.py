"""`make bench ONLY=turns`: whole turns at 1, 10, 50 and 200 open widgets, beside Rasa's stock channel and pipeline.

Real socket.io clients at `site`, all four processes running as `prevenant run` starts them; then, in the same run, the
same sentences at Rasa's own socketio channel with its default pipeline. Each widget is a closed loop: it says the next
thing when the last is answered (and after THINK seconds). Prints p50_ms_at_1, p95_ms_at_50, turns_per_second (at 50),
rss_mb (Rasa's process, at its largest), cpu_ms (of all processes together, a turn: what others on the machine cannot
change much) as one JSON line; `by_widgets`, `rss_mb_by_process` and `cpu_ms_by_process` hold the rest.

WIDGETS= (1,10,50,200), SECONDS= of each (20), TIMES= (1; medians), THINK= (0), EPOCHS= of the peer's training (1),
PEERS=0 leaves the peer out.
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.turns.systems import System, prepare_ours, prepare_peer, read_used, running, say
from benchmarks.turns.widgets import Load, load

_WARM_WIDGETS, _WARM_SECONDS = 2, 4.0


def main() -> None:
    """Load one, then the other, TIMES over; print."""
    levels = [int(each) for each in os.environ.get("WIDGETS", "1,10,50,200").split(",")]
    seconds, think = float(os.environ.get("SECONDS", "20")), float(os.environ.get("THINK", "0"))
    prepare: dict[str, Callable[[Path], System]] = {"ours": prepare_ours}
    if os.environ.get("PEERS") != "0":
        prepare["rasa_default"] = lambda folder: prepare_peer(folder, int(os.environ.get("EPOCHS", "1")))
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in prepare}
    for number in range(int(os.environ.get("TIMES", "1"))):
        for name, make in prepare.items():
            with TemporaryDirectory(prefix="prevenant-turns-") as folder:
                rounds[name].append(measure(name, make(Path(folder)), Path(folder), levels, seconds, think, number))
    figures = {name: summarise(found) for name, found in rounds.items()}
    ours = {**figures.pop("ours"), "widgets": levels, "seconds": seconds, "think_seconds": think}
    beside = {"peers": figures, "shares": compare(ours, figures["rasa_default"])} if figures else {}
    print(json.dumps({**ours, **beside}))


def measure(
    name: str, system: System, folder: Path, levels: Sequence[int], seconds: float, think: float, seed: int
) -> dict[str, Any]:
    """One round: every crowd, and the memory after each."""
    say(f"{name}: starting …")
    by_widgets: dict[str, dict[str, float]] = {}
    rss: dict[str, float] = {}
    with running(system, folder) as pids:
        asyncio.run(load(system.make_widget, _WARM_WIDGETS, _WARM_SECONDS, think=0, seed=-1))
        began, turns = read_used(pids), 0
        for widgets in levels:
            found = asyncio.run(load(system.make_widget, widgets, seconds, think=think, seed=seed))
            by_widgets[str(widgets)], turns = describe(found), turns + len(found.turns)
            used = read_used(pids)
            rss = {each: max(used[each].rss_mb, rss.get(each, 0)) for each in pids}
            say(f"{name}: {widgets} widgets {by_widgets[str(widgets)]}")
        keep_logs(folder, name)
    cpu = {each: 1_000 * (used[each].cpu_seconds - began[each].cpu_seconds) / turns for each in pids}
    return {"by_widgets": by_widgets, "rss_mb_by_process": rss, "cpu_ms_a_turn": {**cpu, "all": sum(cpu.values())}}


def describe(found: Load) -> dict[str, float]:
    """The figures of one crowd. A turn without a reply counts with the whole time that it was waited for."""
    spans = [1_000 * each.seconds for each in found.turns]
    in_time = sum(each.ended_at <= found.began_at + found.seconds for each in found.turns)
    return {
        "p50_ms": round(quantile(spans, 0.5), 1), "p95_ms": round(quantile(spans, 0.95), 1),
        "turns_per_second": round(in_time / found.seconds, 2), "turns": len(found.turns),
        "unanswered": sum(not each.replies for each in found.turns),
    }


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many are not above; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def summarise(rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Medians over the rounds, with the keys that everybody asks for in front."""
    by_widgets = _medians([each["by_widgets"] for each in rounds])
    rss = _medians([each["rss_mb_by_process"] for each in rounds])
    cpu = _medians([each["cpu_ms_a_turn"] for each in rounds])
    at_one, at_fifty = by_widgets.get("1"), by_widgets.get("50")
    return {
        "p50_ms_at_1": at_one and at_one["p50_ms"], "p95_ms_at_50": at_fifty and at_fifty["p95_ms"],
        "turns_per_second": (at_fifty or next(reversed(by_widgets.values())))["turns_per_second"],
        "rss_mb": rss["rasa"], "cpu_ms": cpu["all"], "by_widgets": by_widgets, "rss_mb_by_process": rss,
        "cpu_ms_by_process": cpu,
    }


def compare(ours: Mapping[str, Any], peer: Mapping[str, Any]) -> dict[str, float]:
    """Ours as a share of theirs."""
    return {
        name: round(ours[name] / peer[name], 3)
        for name in ("p50_ms_at_1", "p95_ms_at_50", "turns_per_second", "rss_mb", "cpu_ms")
        if ours[name] and peer[name]
    }


def _medians(rounds: Sequence[Any]) -> Any:
    if isinstance(rounds[0], dict):
        return {name: _medians([each[name] for each in rounds]) for name in rounds[0]}
    return round(median(rounds), 2)


def keep_logs(folder: Path, name: str) -> None:
    """With OUT=folder the processes' logs outlive the run."""
    if out := os.environ.get("OUT"):
        for log in folder.iterdir():
            if log.is_file() and not log.suffix:
                kept = Path(out) / f"{name}-{log.name}.log"
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_text(log.read_text())


if __name__ == "__main__":
    main()
