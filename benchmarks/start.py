"""How long a stranger waits: `make run` on a fresh clone to a first answer, and again the second time.

Prints second_start_seconds, first_start_seconds and model_seconds as one JSON line. The peer trains
Rasa's default pipeline on the same data in the same run; `PEERS=0` leaves it out.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import requests

PROJECT = Path(__file__).parent.parent
DEADLINE_SECONDS = 1_200
PORTS = {"SITE_PORT": "18000", "SMTP_DEMO_PORT": "18025"}
URLS = {
    "PUBLIC_URL": "http://localhost:18000", "SITE_INTERNAL_URL": "http://127.0.0.1:18000",
    "RASA_URL": "http://127.0.0.1:15005", "ACTIONS_URL": "http://127.0.0.1:15055",
}


def main() -> None:
    """Clone, start, ask, stop; start, ask, stop; train; print."""
    with TemporaryDirectory(prefix="prevenant-start-") as folder:
        clone = Path(folder) / "prevenant"
        subprocess.run(["git", "clone", "-q", str(PROJECT), str(clone)], check=True)
        figures: dict[str, object] = {
            "first_start_seconds": time_start(clone, "first start"),
            "second_start_seconds": time_start(clone, "second start"),
            "model_seconds": time_training(clone, "config.yml"),
        }
        if os.environ.get("PEERS") != "0":
            default = write_default_config(clone)
            figures["peers"] = {"rasa_default": {"model_seconds": time_training(clone, default)}}
    print(json.dumps(figures))


def time_start(clone: Path, what: str) -> float:
    """Seconds from `make run` to the first answer."""
    say(f"{what} …")
    environ = {**os.environ, **{f"PREVENANT_{name}": value for name, value in (PORTS | URLS).items()}}
    started = time.monotonic()
    with (clone / "run.log").open("w") as log:
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environ, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for_answer(process, clone / "run.log")
            seconds = round(time.monotonic() - started, 1)
        finally:
            stop(process)
    say(f"{what}: {seconds} s")
    return seconds


def wait_for_answer(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until Rasa's REST channel answers with an action's words."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"make run stopped:\n{log.read_text()[-2000:]}")
        if first_answer():
            return
        time.sleep(0.2)
    sys.exit("make run gave no answer in time")


def first_answer() -> bool:
    """Whether somebody says hello back."""
    try:
        body = {"sender": "stranger", "message": "bonjour"}
        said = requests.post(f"{URLS['RASA_URL']}/webhooks/rest/webhook", json=body, timeout=20).json()
    except (requests.RequestException, ValueError):
        return False
    return bool(said) and "Prévenant" in said[0].get("text", "")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """As Ctrl-C does."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def time_training(clone: Path, config: str) -> float:
    """Seconds of `rasa train` with a configuration."""
    say(f"training with {config} …")
    environ = {
        **os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PREVENANT_ACTIONS_URL": "unused",
        "PREVENANT_INTERNAL_SECRET": "unused-while-training",
    }
    command = [
        ".venv-rasa/bin/python", "-m", "rasa", "train", "--force", "--config", config, "--out", "var/bench-models",
    ]
    started = time.monotonic()
    with (clone / "train.log").open("w") as log:
        run(command, clone, environ, log)
    seconds = round(time.monotonic() - started, 1)
    say(f"training with {config}: {seconds} s")
    return seconds


def run(command: list[str], folder: Path, environ: dict[str, str], log: IO[str]) -> None:
    """Run it; what it prints goes to the log."""
    subprocess.run(command, cwd=folder, env=environ, stdout=log, stderr=log, check=True)


def write_default_config(clone: Path) -> str:
    """What `rasa init` gives: its default pipeline and policies."""
    config = {"recipe": "default.v1", "assistant_id": "peer", "language": "fr", "pipeline": None, "policies": None}
    (clone / "config-default.yml").write_text(json.dumps(config))  # JSON is YAML
    return "config-default.yml"


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
