"""A PostgreSQL server of one test run: found on this machine, started in a temporary folder, stopped at the end."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.ports import find_free_port

_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")


def find_postgres() -> Path | None:
    """The folder of the newest server programs here; None when there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    found = [folder for pattern in _FOLDERS for folder in Path("/").glob(pattern[1:]) if (folder / "initdb").exists()]
    return max(found, key=lambda folder: [int(part) for part in folder.parent.name.split("@")[-1:] if part.isdigit()],
               default=None)


@contextmanager
def run_postgres(programs: Path, *, durable: bool = False) -> Iterator[str]:
    """A server of its own on a free port; gives its SQLAlchemy URL. As root it runs as `postgres`: it insists.

    Only when `durable` does a commit wait for the disk, as in production.
    """
    user = "postgres" if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="prevenant-postgres-", ignore_cleanup_errors=True) as folder:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data, port = Path(folder) / "data", find_free_port()
        _run([programs / "initdb", "-D", data, "-U", "prevenant", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        fsync = "on" if durable else "off"
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync={fsync} -c max_connections=200"
        _run([programs / "pg_ctl", "-D", data, "-w", "-l", Path(folder) / "log", "-o", options, "start"], user)
        try:
            yield f"postgresql+psycopg://prevenant@127.0.0.1:{port}/postgres"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], user)


def _run(command: list[str | Path], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)
