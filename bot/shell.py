"""The bot in a terminal: `rasa shell`, with the action server behind it and nudges shown as they come."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import IO
from urllib.parse import urlsplit
from uuid import uuid4

import typer

from bot.bootstrap import PROJECT, Services
from bot.channels.calls import OneByOne
from bot.channels.outbox import OutboxRow
from bot.commerce.demo.engine import DemoEngine
from bot.contracts.messages import render_plain
from bot.logs import set_up_logs
from bot.prepare import MODEL, RASA_PYTHON, rasa_environment
from bot.processes import LOGS, Process, actions_process, require_free_ports, wait_until_ready, with_addresses
from bot.profile.conversations import open_conversation, verify_conversation
from bot.settings import Settings
from bot.worker import build_loops, run_loops

SIGNED_IN_FOR = timedelta(hours=12)
_PROACTIVE = ("replies", "shop-changes", "traits", "deciding", "nudges-0")  # Rasa's shell answers by itself


class TerminalSender(OneByOne):
    """Every channel of somebody who sits at a terminal: what leaves is printed where they read."""

    def send(self, row: OutboxRow) -> str:
        """Print it; the id under which it was printed."""
        where = "" if row.channel == "web" else f" · {row.channel}"
        sys.stderr.write(f"\n\033[35m⟶ {row.kind}{where}\n{render_plain(row.payload)}\033[0m\n\n")
        sys.stderr.flush()
        return f"terminal-{row.outbox_id}"


def talk(services: Services, environ: Mapping[str, str], customer: str) -> int:
    """Talk until /stop; the shell's exit code. BadParameter for a customer whom the demo does not have."""
    set_up_logs("error")  # the terminal is for the conversation
    sender_id = open_terminal(services, customer)
    actions = actions_process(services.settings, environ)
    require_free_ports([actions])
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "actions.log").open("w") as log, _running(actions, log) as server:
        wait_until_ready(actions, 60, is_over=lambda: server.poll() is not None)
        with _speaking_first(services), (LOGS / "rasa.log").open("w") as rasa_log:
            return subprocess.run(
                _shell_command(services.settings, sender_id), cwd=PROJECT, stderr=rasa_log, check=False,
                env=rasa_environment(with_addresses(services.settings, environ)),
            ).returncode


def open_terminal(services: Services, customer: str) -> str:
    """A new conversation for this terminal, the demo customer's when one is named. Writes. BadParameter."""
    now, salt = services.clock(), services.settings.holdout_salt
    if customer:
        _require_customer(services, customer)
    with services.store.write() as connection:
        opened = open_conversation(connection, "web", f"terminal-{uuid4().hex}", now=now, salt=salt)
        if customer:
            verify_conversation(
                connection, opened.sender_id, customer_ref=customer, by="terminal", until=now + SIGNED_IN_FOR, now=now,
                salt=salt,
            )
    return opened.sender_id


def _shell_command(settings: Settings, sender_id: str) -> list[str]:
    port = str(urlsplit(settings.rasa_url).port or 5005)
    return [
        str(RASA_PYTHON), "-m", "rasa", "shell", "--model", str(MODEL), "--conversation-id", sender_id, "--port", port,
        "--log-file", str(LOGS / "rasa-shell.log"),
    ]


def _require_customer(services: Services, customer: str) -> None:
    if not services.settings.is_demo or not isinstance(services.commerce, DemoEngine):
        raise typer.BadParameter("only the demo lets anybody be a customer")
    known = [str(each["ref"]) for each in services.commerce.list_demo_customers()]
    if customer not in known:
        raise typer.BadParameter(f"{customer!r} is none of the demo's customers: {', '.join(known)}")


@contextmanager
def _speaking_first(services: Services) -> Iterator[None]:
    """The worker's loops, but for the inbox, in threads of this process."""
    stop = Event()
    loops = [each for each in build_loops(services, TerminalSender()) if each.name in _PROACTIVE]
    thread = Thread(target=run_loops, args=(loops, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _running(process: Process, log: IO[str]) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(process.command, cwd=PROJECT, env=dict(process.environ), stdout=log, stderr=log)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(10)
