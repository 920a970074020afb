"""The arrows between folders go one way, and importing anything opens nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from bot.bootstrap import PROJECT

# What a process would hold open from its import on: connections, listening sockets, files that it writes.
_WATCH = """
import sys
def watch(event, args):
    if event in ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen"):
        raise RuntimeError(f"{event} {args[:1]} at import")
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+") and "pycache" not in str(args[0]):
        raise RuntimeError(f"opens {args[0]} for writing at import")
import importlib
for name in THIRD: importlib.import_module(name)
sys.addaudithook(watch)
for name in NAMES: importlib.import_module(name)
"""
_THIRD = ["polars", "numpy", "fastapi", "socketio", "sqlalchemy", "rasa_sdk", "honcho.manager", "aiosmtpd.controller"]


def _modules() -> list[str]:
    paths = [*(PROJECT / "bot").rglob("*.py"), *(PROJECT / "actions").glob("*.py")]
    ours = [path.relative_to(PROJECT) for path in paths]
    skipped = ("dialogue", "migrations", "node_modules", "__main__.py")
    return sorted(_name(path) for path in ours if not any(part in skipped for part in path.parts))


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def test_imports_run_with_the_arrows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True, verbose=False) == EXIT_STATUS_SUCCESS


def test_importing_opens_nothing() -> None:
    code = f"NAMES = {_modules()!r}; THIRD = {_THIRD!r}\n{_WATCH}"
    command = [sys.executable, "-B", "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=PROJECT, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
