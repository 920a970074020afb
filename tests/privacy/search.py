"""Looks for texts in everything that is kept: every byte of SQLite, every row of PostgreSQL, every other file."""

import shutil
import subprocess
from collections.abc import Sequence

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.profile.store.compact import list_files
from bot.profile.store.engine import Store


def search(services: Services, texts: Sequence[str]) -> dict[str, list[str]]:
    """Where each text was found: file or table -> texts. Empty when nowhere."""
    found: dict[str, list[str]] = {}
    settings = services.settings
    for url in (settings.database_url, settings.shop_database_url, settings.tracker_database_url):
        for place, content in _contents(url):
            if hits := _hits(content, texts):
                found[place] = hits
    for path in services.log_folder.glob("*"):
        if hits := _hits(path.read_bytes(), texts):
            found[path.name] = hits
    return found


def _hits(content: bytes, texts: Sequence[str]) -> list[str]:
    return [each for each in texts if each.encode() in content or each.encode("utf-16-le") in content]


def _contents(url: str) -> list[tuple[str, bytes]]:
    store = Store(url)
    try:
        if store.is_sqlite:
            return [(path.name, path.read_bytes()) for path in list_files(store)]
        program = shutil.which("pg_dump")
        found = [*_rows(store), *([("dump", _dump(store, program))] if program else [])]
        return [(f"{store.url.database} {name}", content) for name, content in found]
    finally:
        store.close()


def _dump(store: Store, program: str) -> bytes:
    url = store.url
    command = [program, "-h", str(url.host), "-p", str(url.port), "-U", str(url.username), str(url.database)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _rows(store: Store) -> list[tuple[str, bytes]]:
    with store.read() as connection:
        names = sa.inspect(connection).get_table_names()
        return [
            (name, "\n".join(connection.scalars(sa.text(f"SELECT CAST(t.* AS TEXT) FROM {name} t"))).encode())
            for name in names
        ]


def tables_with_rows(store: Store) -> set[str]:
    """Tables that hold anything."""
    with store.read() as connection:
        return {
            name for name in sa.inspect(connection).get_table_names()
            if connection.scalar(sa.text(f"SELECT COUNT(*) FROM {name}"))
        }

