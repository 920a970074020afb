"""`.env`: settings that the command `prevenant` starts with; what `connect` writes there, and takes back."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values, load_dotenv, set_key, unset_key

from bot.bootstrap import PROJECT

PATH = PROJECT / ".env"


def load_env_file(path: Path = PATH) -> None:
    """Complete this process's environment with the file's settings; what is set already stands."""
    load_dotenv(path, override=False, interpolate=False)


def read_env_file(path: Path = PATH) -> dict[str, str]:
    """What the file sets; {} where there is none."""
    return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}


def write_env_file(values: Mapping[str, str], path: Path = PATH) -> None:
    """Set these and leave every other line as it is, all at once; what they were is kept for `undo_env_file`.

    Both files are for this user's eyes only.
    """
    before = read_env_file(path)
    _replace(_undo_of(path), json.dumps({name: before.get(name) for name in values}))
    _change(path, values)


def undo_env_file(path: Path = PATH) -> list[str]:
    """Put back what the last `write_env_file` changed, once; the names, [] where there is nothing to undo."""
    undo = _undo_of(path)
    if not undo.is_file():
        return []
    before: dict[str, str | None] = json.loads(undo.read_text())
    _change(path, before)
    undo.unlink()
    return list(before)


def _undo_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.undo")


def _change(path: Path, values: Mapping[str, str | None]) -> None:
    draft = path.with_name(f"{path.name}.draft")
    _replace(draft, "")
    if path.is_file():
        shutil.copyfile(path, draft)
    for name, value in values.items():
        if value is not None:
            set_key(draft, name, value)
        elif name in read_env_file(draft):
            unset_key(draft, name)
    draft.replace(path)


def _replace(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
