"""`.venv-peers`: the libraries that ours is measured beside, asked line by line in a process of their own.

Nothing of ours runs there; what is asked and answered is JSON, one line each.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from bot.bootstrap import PROJECT

PYTHON = PROJECT / ".venv-peers" / "bin" / "python"
MISSING = "is not installed (scripts/setup.sh peers)"


class Ask(Protocol):
    """Sends a question, and waits for its answer."""

    def __call__(self, **question: Any) -> Any:
        """Whatever the module there answers; `left_out` with a reason where it cannot."""


@contextmanager
def ask_peers(module: str) -> Iterator[Ask | None]:
    """The module's `answer` in the peers' environment; None where that is not made."""
    if not PYTHON.exists():
        print(f"✗ .venv-peers {MISSING}", file=sys.stderr)
        yield None
        return
    command = [str(PYTHON), "-W", "ignore", "-m", module]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask(**question: Any) -> Any:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            line = stdout.readline()
            return json.loads(line) if line else {"left_out": "its process ended"}

        yield ask
        stdin.close()
