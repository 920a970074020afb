"""An erasure that dies, in a process of its own, when a handler has done its work and nobody has noted it yet."""

import os
import signal
from datetime import timedelta
from typing import Any

from bot.bootstrap import open_services
from bot.privacy import erase
from bot.privacy.handlers.registry import OUTSIDE_HANDLERS, STORE_HANDLERS
from bot.settings import Settings
from tests.conftest import NOW


def run_until_killed(settings: Settings, erasure_id: int, name: str, minutes: int) -> None:
    """Run until the end that was asked for."""
    services = open_services(settings, clock=lambda: NOW + timedelta(minutes=minutes))
    for handler in (*OUTSIDE_HANDLERS, *STORE_HANDLERS):
        if handler.name == name:
            type(handler).erase = _dies_after(type(handler).erase)  # type: ignore[method-assign]  # a test's
    stages = {"sweep": "_sweep", "finish": "_finish", "files": "_empty_files"}
    if name in stages:
        setattr(erase, stages[name], _dies_after(getattr(erase, stages[name])))
    erase.run_erasure(services, erasure_id)


def _dies_after(work: Any) -> Any:
    def work_and_die(*args: Any, **named: Any) -> None:
        work(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return work_and_die
