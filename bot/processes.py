"""The processes of an installation: how each is started, and when it is ready."""

import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from bot.errors import FixConfiguration
from bot.prepare import MODEL, RASA_PYTHON, VAR, rasa_environment
from bot.settings import Settings

LOGS = VAR / "log"
# A turn's matrices are small. Several threads for each wait for one another in a busy loop, and where other processes
# want the cores too, that made a message cost ten times the processor (2 cores, 2026-11).
_ONE_THREAD_A_MATRIX = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True)
class Process:
    """A command with its environment; `ready_url` answers 2xx once it does its work."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    ready_url: str = ""


def list_processes(settings: Settings, environ: Mapping[str, str], *, model: Path = MODEL) -> list[Process]:
    """`rasa`, `actions`, `site` and `worker`, the slowest to start first; with a broker its workers and beat."""
    return [
        rasa_process(settings, environ, model),
        actions_process(settings, environ),
        site_process(settings, environ),
        *try_on_processes(settings, environ),
        *worker_processes(settings, environ),
    ]


def worker_processes(settings: Settings, environ: Mapping[str, str]) -> list[Process]:
    """What does the passes: one process, or Celery's where there is a broker."""
    if not settings.broker_url:
        return [Process("worker", (sys.executable, "-m", "bot.worker"), environ)]
    return [
        Process(f"worker-{role}" if role != "beat" else role, (sys.executable, "-m", "bot.scaled", role), environ)
        for role in ("answers", "passes", "beat")
    ]


def list_tau_processes(settings: Settings, environ: Mapping[str, str], *, model: Path = MODEL) -> list[Process]:
    """Rasa with its REST channel, the action server, and the two doors of `bot.tau_site`."""
    return [
        rasa_process(settings, environ, model),
        actions_process(settings, environ),
        site_process(settings, environ, "bot.tau_site:create_app"),
    ]


def rasa_process(settings: Settings, environ: Mapping[str, str], model: Path = MODEL) -> Process:
    """Rasa on the loopback."""
    port = str(urlsplit(settings.rasa_url).port or 5005)
    command = (
        str(RASA_PYTHON), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", port, "--model", str(model),
        "--log-file", "/dev/null",
    )
    ready_url = f"{settings.rasa_url}/webhooks/gateway/ready"
    return Process(
        "rasa", command, {**_ONE_THREAD_A_MATRIX, **rasa_environment(with_addresses(settings, environ))}, ready_url
    )


def actions_process(settings: Settings, environ: Mapping[str, str]) -> Process:
    """The action server on the loopback, where rasa-sdk would listen to the world."""
    port = str(urlsplit(settings.actions_url).port or 5055)
    command = (sys.executable, "-m", "bot.action_server", port)
    return Process("actions", command, {**_ONE_THREAD_A_MATRIX, **environ}, f"{settings.actions_url}/health")


def site_process(settings: Settings, environ: Mapping[str, str], app: str = "bot.site:create_app") -> Process:
    """The public face; in the demo it too stays on this machine."""
    command = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory",
        "--log-level", "warning", "--host", "127.0.0.1" if settings.is_demo else "0.0.0.0",  # noqa: S104  # its purpose
        "--port", str(settings.site_port), app,
    )
    return Process("site", command, {**_ONE_THREAD_A_MATRIX, **environ}, f"{settings.site_internal_url}/health")


def try_on_processes(settings: Settings, environ: Mapping[str, str]) -> list[Process]:
    """What works on photos, on the loopback; nothing where it is switched off or listens on another machine."""
    address = urlsplit(settings.try_on_url)
    if address.hostname not in ("127.0.0.1", "localhost"):
        return []
    command = (
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--log-level", "warning",
        "--host", "127.0.0.1", "--port", str(address.port or 5056), "bot.tryon_site:create_app",
    )
    return [Process("tryon", command, environ, f"{settings.try_on_url}/health")]


def with_addresses(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with what Rasa reads of the settings, the defaults included."""
    return {
        **environ,
        "PREVENANT_ACTIONS_URL": settings.actions_url,
        "PREVENANT_INTERNAL_SECRET": settings.internal_secret,
    }


def to_shell(process: Process, folder: Path = LOGS) -> str:
    """The process as a line for a shell; what it prints goes to its own log, begun anew. Makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"exec {shlex.join(process.command)} > {shlex.quote(str(folder / process.name))}.log 2>&1"


def require_free_ports(processes: Iterable[Process]) -> None:
    """FixConfiguration names the process whose port somebody else listens on."""
    for process in processes:
        port = urlsplit(process.ready_url).port
        if port and is_taken(port):
            raise FixConfiguration(
                f"{process.name} needs port {port} and somebody listens there already: is the bot running twice? "
                "Stop the other, or set PREVENANT_SITE_PORT, _RASA_URL or _ACTIONS_URL"
            )


def is_taken(port: int) -> bool:
    """Whether somebody listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until_ready(
    process: Process, deadline_seconds: float, *, is_over: Callable[[], bool] = lambda: False
) -> bool:
    """Whether the process answers within the deadline; gives up when `is_over` says so."""
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline and not is_over():
        if _answers(process):
            return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False


def _answers(process: Process) -> bool:
    if not process.ready_url:
        return True
    try:
        return requests.get(process.ready_url, timeout=2).ok
    except requests.RequestException:
        return False
