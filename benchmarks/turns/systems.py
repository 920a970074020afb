"""What is loaded: the four processes as `prevenant run` starts them, and Rasa as `rasa init` and its page leave it."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.turns.widgets import Accounts, OurWidget, StockWidget, Widget
from bot.bootstrap import PROJECT, open_services
from bot.prepare import (
    MODEL,
    RASA_PYTHON,
    VAR,
    complete_environment,
    export_vocabulary,
    is_model_current,
    prepare_data,
    rasa_environment,
    train_model,
)
from bot.processes import Process, list_processes, wait_until_ready
from bot.settings import Settings
from tests.servers.ports import find_free_port

PEER_MODEL = VAR / "bench" / "rasa-default.tar.gz"
_START_SECONDS = 600
_LEARNT_FROM = ("data/nlu/*.yml", "data/rules/*.yml", "data/stories/*.yml", "domain.yml")


@dataclass(frozen=True)
class System:
    """Processes, and how to open a widget at them."""

    processes: list[Process]
    make_widget: Callable[[random.Random], Widget]


def prepare_ours(folder: Path) -> System:
    """An installation of its own: free ports, fresh databases, random secrets. Trains a model that is not current."""
    if not is_model_current():
        say("training our model …")
        train_model()
    site, rasa, actions, smtp = (find_free_port() for _ in range(4))
    ours = {
        "SITE_PORT": site, "PUBLIC_URL": f"http://127.0.0.1:{site}", "SITE_INTERNAL_URL": f"http://127.0.0.1:{site}",
        "RASA_URL": f"http://127.0.0.1:{rasa}", "ACTIONS_URL": f"http://127.0.0.1:{actions}", "SMTP_DEMO_PORT": smtp,
        "DATABASE_URL": os.environ.get("TURNS_DATABASE_URL") or f"sqlite:///{folder}/store.sqlite",
        "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite", "VOCABULARY": folder / "vocabulary.json",
        "TRACKER_DATABASE_URL": f"sqlite:///{folder}/trackers.sqlite", "SHOP": "demo",
    }
    environ = complete_environment(
        {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}, folder / "demo.env"
    )
    settings = Settings.from_env(environ)
    services = open_services(settings)
    prepare_data(services)
    export_vocabulary(services, Path(environ["PREVENANT_VOCABULARY"]))
    accounts = Accounts(services.commerce.list_demo_customers())  # type: ignore[attr-defined]  # the demo's engine
    services.close()
    processes = list_processes(settings, environ, model=MODEL)
    return System(processes, lambda rng: OurWidget(settings, accounts, rng))


def prepare_peer(folder: Path, epochs: int) -> System:
    """Rasa's own socketio channel, its default pipeline and policies, its default stores (in memory).

    It learnt from our lines, rules and domain; its action server answers at once.
    """
    train_peer(folder, epochs)
    rasa, actions = find_free_port(), find_free_port()
    (folder / "credentials.json").write_text(json.dumps({"socketio": {"session_persistence": False}}))
    (folder / "endpoints.json").write_text(json.dumps({"action_endpoint": {"url": f"http://127.0.0.1:{actions}/webhook"}}))
    environ = rasa_environment(os.environ)
    command = (
        str(RASA_PYTHON), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(rasa), "--model",
        str(PEER_MODEL), "--credentials", str(folder / "credentials.json"), "--endpoints",
        str(folder / "endpoints.json"), "--log-file", "/dev/null",
    )
    url = f"http://127.0.0.1:{rasa}"
    answering = (sys.executable, "-m", "benchmarks.turns.peer_actions", str(actions))
    processes = [
        Process("rasa", command, environ, f"{url}/"),
        Process("actions", answering, os.environ, f"http://127.0.0.1:{actions}/health"),
    ]
    return System(processes, lambda _rng: StockWidget(url))


def train_peer(folder: Path, epochs: int) -> None:
    """Keep a model in `var/bench` for the next time. Epochs cost time only: neither a turn nor memory knows of them."""
    config = default_config(epochs)
    digest = hashlib.sha256(config.encode())
    for path in sorted(path for pattern in _LEARNT_FROM for path in PROJECT.glob(pattern)):
        digest.update(path.read_bytes())
    stamp = PEER_MODEL.with_suffix(".inputs")
    if PEER_MODEL.is_file() and stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return
    say(f"training Rasa's default pipeline and policies, {epochs} epochs, which takes minutes …")
    (folder / "config.json").write_text(config)
    command = [
        str(RASA_PYTHON), "-m", "rasa", "train", "--force", "--config", str(folder / "config.json"), "--domain",
        "domain.yml", "--data", "data/nlu", "data/rules", "data/stories", "--out", str(PEER_MODEL.parent),
        "--fixed-model-name", PEER_MODEL.name.removesuffix(".tar.gz"),
    ]
    with (folder / "train.log").open("w") as log:
        done = subprocess.run(
            command, cwd=PROJECT, env=rasa_environment(os.environ), stdout=log, stderr=log, check=False
        )
    if done.returncode:
        sys.exit((folder / "train.log").read_text()[-3_000:])
    stamp.write_text(digest.hexdigest())


def default_config(epochs: int) -> str:
    """What `rasa init` writes, but for the epochs (100 there)."""
    trained = {"epochs": epochs, "constrain_similarities": True}
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", **trained},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", **trained},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ]
    policies = [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": epochs},
        {"name": "TEDPolicy", "max_history": 5, **trained},
    ]
    config = {"recipe": "default.v1", "assistant_id": "peer", "language": "fr"}
    return json.dumps({**config, "pipeline": pipeline, "policies": policies})


@contextmanager
def running(system: System, folder: Path) -> Iterator[Mapping[str, int]]:
    """Every process until the block ends; their ids by name."""
    with ExitStack() as stack:
        started = {each.name: stack.enter_context(_running(each, folder)) for each in system.processes}
        for process in system.processes:
            is_ready = wait_until_ready(
                process, _START_SECONDS, is_over=lambda: any(each.poll() is not None for each in started.values())
            )
            if not is_ready:
                sys.exit(f"{process.name} did not start:\n{(folder / process.name).read_text()[-3_000:]}")
        yield {name: each.pid for name, each in started.items()}


@contextmanager
def _running(process: Process, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / process.name).open("w") as log:
        started = subprocess.Popen(process.command, cwd=PROJECT, env=dict(process.environ), stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@dataclass(frozen=True)
class Used:
    """What a process and those it made use: megabytes in memory this moment, seconds of processor since its start."""

    rss_mb: float
    cpu_seconds: float


def read_used(pids: Mapping[str, int]) -> dict[str, Used]:
    """By name. granian serves from a child: whoever asks its parent alone hears nothing of it."""
    told = subprocess.run(["ps", "-ax", "-o", "pid=,ppid=,rss=,time="], capture_output=True, text=True, check=True)
    rows = {int(row[0]): (int(row[1]), int(row[2]), row[3]) for row in map(str.split, told.stdout.splitlines())}
    return {name: _add_up(rows, pid) for name, pid in pids.items()}


def _add_up(rows: Mapping[int, tuple[int, int, str]], pid: int) -> Used:
    _, kilobytes, clock = rows[pid]
    below = [_add_up(rows, child) for child, (parent, _, _) in rows.items() if parent == pid]
    return Used(
        kilobytes / 1024 + sum(each.rss_mb for each in below),
        read_clock(clock) + sum(each.cpu_seconds for each in below),
    )


def read_clock(text: str) -> float:
    """Seconds of `ps`'s [days-][hours:]minutes:seconds."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return 86_400 * int(days or 0) + seconds


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr)
