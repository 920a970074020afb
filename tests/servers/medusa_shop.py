"""A live Medusa shop: installed with npm under var/, seeded once from the demo's shop folder, started on PostgreSQL.

`python -m tests.servers.medusa_shop COMMAND...` runs a command beside it, with the settings that point there.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from bot.bootstrap import PROJECT
from bot.commerce.demo.catalogue import load_shop_folder
from tests.servers.ports import find_free_port
from tests.servers.postgres import find_postgres, run_postgres
from tests.servers.vendure_shop import read_content

FOLDER = PROJECT / "var" / "medusa"
SUBSCRIBER = PROJECT / "bot" / "commerce" / "medusa" / "plugin" / "prevenant-changes.js"
_SOURCE = Path(__file__).parent / "medusa"
_SHOP = PROJECT / "data" / "shops" / "demo"
_INSTALL_SECONDS, _PREPARE_SECONDS, _START_SECONDS = 900, 300, 180
_MEDUSA = FOLDER / "node_modules" / "@medusajs" / "cli" / "cli.js"


class CannotRun(Exception):
    """Why there is no Medusa on this machine."""


@dataclass(frozen=True)
class MedusaShop:
    """A shop that runs, with what Prévenant's settings need of it; `places` are locations by the demo's names."""

    url: str
    secret_key: str
    publishable_key: str
    webhook_secret: str
    places: Mapping[str, str]
    log: Path

    def admin(self, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """What the shop's own people do, as they would: read without a body, else write."""
        answer = requests.request(
            "GET" if body is None else "POST", f"{self.url}/admin/{path}", json=body, params=query, timeout=60,
            auth=(self.secret_key, ""),
        )
        assert answer.ok, answer.text
        said: dict[str, Any] = answer.json()
        return said

    def settings(self) -> dict[str, str]:
        """The environment that points Prévenant here."""
        return {
            "PREVENANT_ENGINE": "medusa", "PREVENANT_MEDUSA_URL": self.url,
            "PREVENANT_MEDUSA_SECRET_KEY": self.secret_key, "PREVENANT_MEDUSA_PUBLISHABLE_KEY": self.publishable_key,
            "PREVENANT_MEDUSA_COUNTRY": "fr", "PREVENANT_ENGINE_WEBHOOK_SECRET": self.webhook_secret,
        }


@contextmanager
def run_medusa(*, webhook_url: str = "", is_kept: bool = False) -> Iterator[MedusaShop]:
    """A shop on the loopback until this is left, fresh unless its database is kept. CannotRun says why not."""
    programs = find_postgres()
    if not programs:
        raise CannotRun("PostgreSQL's server, for a live Medusa")
    with _alone():
        _install()
        with run_postgres(programs) as server:
            seeded, keys = _seeded(server)
    kept = FOLDER / seeded.name.replace("seeded", "shop")
    with run_postgres(programs) as server:
        database = _restore(server, kept if is_kept and kept.exists() else seeded, "shop")
        with _started(database, webhook_url, keys) as shop:
            yield shop
        if is_kept:
            _dump(database, kept)


@contextmanager
def _started(database: str, webhook_url: str, keys: Mapping[str, Any]) -> Iterator[MedusaShop]:
    port, log = find_free_port(), FOLDER / f"run-{secrets.token_hex(6)}.log"
    webhook_secret = secrets.token_urlsafe(24)
    environ = _environment(database) | {
        "PREVENANT_WEBHOOK_URL": webhook_url, "PREVENANT_WEBHOOK_SECRET": webhook_secret,
    }
    shop = MedusaShop(
        f"http://127.0.0.1:{port}", keys["secret"], keys["publishable"], webhook_secret, keys["places"], log)
    with log.open("w") as file:
        process = subprocess.Popen(
            ["node", str(_MEDUSA), "start", "--port", str(port), "--host", "127.0.0.1"], cwd=FOLDER, env=environ,
            stdout=file, stderr=file, start_new_session=True)
    try:
        _wait_until_ready(process, shop.url, log)
        yield shop
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """While another run beside this one installs or seeds, wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install() -> None:
    """Medusa's packages, installed when package.json has changed, with the shop's own files beside them."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise CannotRun("Node and npm, for a live Medusa")
    wanted, stamp = (_SOURCE / "package.json").read_bytes(), FOLDER / "package.stamp"
    if not _MEDUSA.exists() or not stamp.exists() or stamp.read_bytes() != wanted:
        (FOLDER / "package.json").write_bytes(wanted)
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock",
                   "--prefer-offline"]
        _run(command, dict(os.environ), _INSTALL_SECONDS, "npm's packages of a live Medusa")
        stamp.write_bytes(wanted)
    subscribers = FOLDER / "src" / "subscribers"
    subscribers.mkdir(parents=True, exist_ok=True)
    for path in _SOURCE.glob("*.js"):
        shutil.copy(path, FOLDER / path.name)
    shutil.copy(SUBSCRIBER, subscribers / SUBSCRIBER.name)


def _seeded(server: str) -> tuple[Path, dict[str, Any]]:
    """The database as it is on the first day and its keys, made when what it is made from has changed."""
    content = json.dumps(read_content(load_shop_folder(_SHOP)), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode())
    for path in sorted(_SOURCE.iterdir()):
        digest.update(path.read_bytes())
    seeded = FOLDER / f"seeded-{digest.hexdigest()[:16]}.sql"
    keys = seeded.with_suffix(".json")
    if not seeded.exists() or not keys.exists():
        for old in FOLDER.glob("seeded-*"):
            old.unlink()
        told = FOLDER / "content.json"
        told.write_text(content)
        database = _create(server, "seed")
        environ = _environment(database)
        _run(["node", str(_MEDUSA), "db:migrate", "--skip-scripts"], environ, _PREPARE_SECONDS, "Medusa's tables")
        command = ["node", str(_MEDUSA), "exec", "./seed.js", str(told), str(keys)]
        _run(command, environ, _PREPARE_SECONDS, "Medusa could not be seeded")
        _dump(database, seeded)
    return seeded, json.loads(keys.read_text())


def _create(server: str, name: str) -> str:
    """An empty database; its address as Node and PostgreSQL's programs take it."""
    base = server.replace("postgresql+psycopg://", "postgresql://")
    _run(["psql", base, "-qc", f"create database {name}"], dict(os.environ), 60, "a database for Medusa")
    return base.rpartition("/")[0] + f"/{name}"


def _restore(server: str, dump: Path, name: str) -> str:
    database = _create(server, name)
    _run(["psql", database, "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump)], dict(os.environ), 120, "Medusa's data")
    return database


def _dump(database: str, path: Path) -> None:
    draft = path.with_suffix(".draft")
    command = ["pg_dump", "--no-owner", "-f", str(draft), database]
    _run(command, dict(os.environ), 120, "Medusa's data")
    draft.replace(path)


def _run(command: Sequence[str], environ: Mapping[str, str], seconds: float, what: str) -> None:
    log = FOLDER / f"{Path(command[0]).name}.log"
    with log.open("w") as file:
        try:
            done = subprocess.run(command, cwd=FOLDER, env=environ, stdout=file, stderr=file, check=False,
                                  timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise CannotRun(f"{what}: it took more than {seconds} s; {log} says how far it came") from error
    if done.returncode:
        raise CannotRun(f"{what}: {log.read_text()[-1500:]}")


def _environment(database: str) -> dict[str, str]:
    return {
        **os.environ, "DATABASE_URL": database, "NODE_ENV": "production", "MEDUSA_DISABLE_TELEMETRY": "1",
        "MEDUSA_SECRET": secrets.token_urlsafe(24),
    }


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.3)
    raise CannotRun(f"Medusa did not start: {log.read_text()[-1500:]}")


def _own_data() -> dict[str, str]:
    """The bot's own data beside this shop's, apart from what the embedded shop's customers said."""
    return {
        "PREVENANT_DATABASE_URL": f"sqlite:///{FOLDER / 'prevenant.sqlite'}",
        "PREVENANT_TRACKER_DATABASE_URL": f"sqlite:///{FOLDER / 'trackers.sqlite'}",
        "PREVENANT_VOCABULARY": str(FOLDER / "vocabulary.json"),
    }


def main(command: Sequence[str]) -> int:
    """Run a command beside the shop, whose database is kept for the next time; its exit code."""
    site = os.environ.get("PREVENANT_SITE_PORT", "8000")
    print("… Medusa starts (some minutes the first time)", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with run_medusa(webhook_url=f"http://127.0.0.1:{site}/webhooks/shop", is_kept=True) as shop:
            print(f"✓ Medusa {shop.url}, its log {shop.log}", file=sys.stderr)
            process = subprocess.Popen(command, env={**os.environ, **_own_data(), **shop.settings()})
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the command itself
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            return process.wait()
    except CannotRun as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
