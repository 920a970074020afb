"""`make evaluate-service STATE=dir TASKS=file.json.gz`: tau-bench's tasks, played by a scripted customer.

Starts `prevenant serve-tau` on the state, plays each task REPEAT times over Rasa's REST channel, and compares the
shop's end state with what the task's actions give. Progress goes to stderr; the last line on stdout is one JSON object.
"""

import argparse
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import requests

from benchmarks.service.customer import Customer
from benchmarks.service.reference import State, apply_actions
from bot.prepare import complete_environment
from bot.settings import Settings

MOST_TURNS = 60


@dataclass(frozen=True)
class Doors:
    """Where the bot is talked to, and where its shop is told."""

    rasa: str
    site: str


@dataclass(frozen=True)
class Played:
    """How one task went."""

    passed: bool
    failure: str
    turns: int
    seconds: float
    transcript: list[str]


def main(arguments: Sequence[str]) -> int:
    """Play and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", type=Path)
    parser.add_argument("tasks", type=Path)
    parser.add_argument("--n", type=int, default=0, help="only so many tasks, spread over all of them")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a folder for transcripts")
    chosen = parser.parse_args(arguments)
    state = read_state(chosen.state)
    tasks = read_json(chosen.tasks)
    if chosen.n:
        tasks = tasks[:: max(1, len(tasks) // chosen.n)][: chosen.n]
    settings = Settings.from_env(complete_environment(os.environ))
    doors = Doors(settings.rasa_url, f"http://127.0.0.1:{settings.site_port}")
    with serving(chosen.state, doors):
        results = [play_all(task, state, number, chosen, len(tasks), doors) for number, task in enumerate(tasks)]
    print(json.dumps(summarise(results)))
    return 0


def read_json(path: Path) -> Any:
    """A .json.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def read_state(folder: Path) -> State:
    """tau_retail's users, orders and products."""
    return {name: read_json(folder / f"{name}.json.gz") for name in ("users", "orders", "products")}


@contextmanager
def serving(folder: Path, doors: Doors) -> Iterator[None]:
    """The bot on the state, ready to talk to; stopped afterwards."""
    command = [sys.executable, "-m", "bot", "serve-tau", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # our own
    try:
        deadline = time.monotonic() + 600
        while not _is_ready(doors):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("serve-tau did not start; see var/log/")
            time.sleep(1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _is_ready(doors: Doors) -> bool:
    try:
        is_loaded = requests.get(f"{doors.rasa}/webhooks/gateway/ready", timeout=2).ok
        return is_loaded and requests.get(f"{doors.site}/health", timeout=2).ok
    except requests.RequestException:
        return False


def play_all(
    task: Mapping[str, Any], state: State, number: int, chosen: argparse.Namespace, total: int, doors: Doors
) -> list[Played]:
    """Every repetition of a task, each with other words."""
    played = [
        play(task, state, f"{number}-{again}", doors, seed=1000 * again + number) for again in range(chosen.repeat)
    ]
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        for again, each in enumerate(played):
            verdict = "passed" if each.passed else f"failed: {each.failure}"
            lines = [f"# {verdict}", f"# {task['instruction']}", *each.transcript]
            (chosen.out / f"{number:03}-{again}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    marks = "".join("." if each.passed else "F" for each in played)
    print(f"\r{number + 1} of {total} {marks}", end="\n" if number + 1 == total else "", file=sys.stderr)
    return played


def play(task: Mapping[str, Any], state: State, name: str, doors: Doors, *, seed: int) -> Played:
    """One conversation from the beginning of the state, and whether its end is the right one."""
    requests.post(f"{doors.site}/reset", timeout=60).raise_for_status()
    started, sender = time.perf_counter(), f"play-{os.getpid()}-{name}"
    customer = Customer(task, state, seed)
    transcript: list[str] = []
    said: str | None = customer.begin()
    turns = 0
    while said and turns < MOST_TURNS:
        turns += 1
        message = {"sender": sender, "message": said}
        answer = requests.post(f"{doors.rasa}/webhooks/rest/webhook", json=message, timeout=60)
        heard = "\n".join(each.get("text", "") for each in answer.json())
        transcript += [f"customer: {said}", f"bot: {heard}"]
        said = customer.answer(heard)
    seconds = time.perf_counter() - started
    after = requests.get(f"{doors.site}/state", timeout=60).json()
    wanted = apply_actions(state, task["actions"])
    wrong = find_differences(wanted, after)
    is_said = all(_plain(output) in _plain(" ".join(transcript[1::2])) for output in task["outputs"])
    failure = customer.failure or (wrong and f"end state: {wrong[0]}") or ("" if is_said else "an output was not said")
    return Played(not wrong and is_said, failure, turns, seconds, transcript)


def find_differences(wanted: State, found: State) -> list[str]:
    """Where two states differ, by user or order and field."""
    return [
        f"{kind} {key} {name}"
        for kind in ("orders", "users")
        for key, record in wanted[kind].items()
        for name in {**record, **found[kind].get(key, {})}
        if record.get(name) != found[kind].get(key, {}).get(name)
    ]


def _plain(text: str) -> str:
    return text.lower().replace(",", "")


def summarise(results: Sequence[Sequence[Played]]) -> dict[str, Any]:
    """pass^k: the chance that k plays of a task, drawn from those made, all pass; mean over tasks."""
    played = [each for group in results for each in group]
    repeat = len(results[0])
    figures = {f"pass_{k}": _pass_hat(results, k) for k in (1, 4) if k <= repeat}
    return {
        **figures,
        "turns": round(sum(each.turns for each in played) / len(played), 2),
        "seconds_per_task": round(sum(each.seconds for each in played) / len(played), 3),
        "n": len(results),
        "failures": dict(Counter(_cause(each.failure) for each in played if not each.passed).most_common(12)),
    }


def _pass_hat(results: Sequence[Sequence[Played]], k: int) -> float:
    chances = [comb(sum(each.passed for each in group), k) / comb(len(group), k) for group in results]
    return round(sum(chances) / len(chances), 4)


def _cause(failure: str) -> str:
    return " ".join(word for word in failure.split() if not word.startswith("#W"))[:60]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
