"""kill -9 at random points of ingest and of merging, `TIMES=` each. Nothing lost, nothing doubled, no half merge.

`ONLY=file,http,merge` leaves the rest out; STORE= is the URL of an empty PostgreSQL database for the merges.
Prints one JSON line: kills, lost, doubled and wrong_profiles for `file` and `http`; for `merge` (crash_merging.py)
also `half` and `not_restored`. A file's import is
killed and begun again until it is through; then its profile must be that of an import that nobody
disturbed. Of HTTP every event that was answered 200 must be there, once.
"""

import json
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
import sqlalchemy as sa

from benchmarks.crash_merging import kill_merges
from benchmarks.ingest import SALT, mapping, write_views
from benchmarks.ingest_http import KEY, run_collector
from benchmarks.killing import run_and_kill
from bot.intake.importers.running import run_import
from bot.intake.silos.csv_file import CsvFile
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import customers, events, identities, import_runs, rejects

PAGE_ROWS = 500
IMPORT = """
import sys
from datetime import datetime
from pathlib import Path
from benchmarks.crash import PAGE_ROWS, import_views
from bot.profile.store.engine import Store
print("ready", flush=True)
sys.stdin.readline()
import_views(Store(sys.argv[1]), Path(sys.argv[2]))
"""


def main() -> None:
    """Kill, look, print; 1 when anything was lost or doubled."""
    times, events_of_file = int(os.environ.get("TIMES", "200")), int(os.environ.get("EVENTS", "40000"))
    wanted = os.environ.get("ONLY", "file,http,merge").split(",")
    with TemporaryDirectory(prefix="prevenant-crash-") as folder:
        path = Path(folder)
        kinds: dict[str, Callable[[], dict[str, int]]] = {
            "merge": lambda: kill_merges(open_store(os.environ.get("STORE") or f"sqlite:///{path}/merge.sqlite"), path,
                                         times=times, customers_each=6_000, say=say),
            "file": lambda: kill_imports(f"sqlite:///{path}/file.sqlite", f"sqlite:///{path}/calm.sqlite", path,
                                         times=times, number=events_of_file),
            "http": lambda: kill_collectors(f"sqlite:///{path}/http.sqlite", times=times),
        }
        figures = {name: kill() for name, kill in kinds.items() if name in wanted}
    print(json.dumps(figures))
    bad = ("lost", "doubled", "wrong_profiles", "half", "not_restored")
    sys.exit(any(each.get(name) for each in figures.values() for name in bad))


def import_views(store: Store, file: Path) -> None:
    """The import that is killed."""
    from benchmarks.ingest import NOW  # here: the killed process imports this module before it is timed

    run_import(store, CsvFile(file), mapping(), "tills", now=NOW, salt=SALT, page_rows=PAGE_ROWS)


def kill_imports(url: str, calm_url: str, folder: Path, *, times: int, number: int, seed: int = 7) -> dict[str, int]:
    """Kill imports of files until so many were killed; then compare with undisturbed ones. Needs two empty stores."""
    store, calm, chance = open_store(url), open_store(calm_url), random.Random(seed)
    kills, file_number = 0, 0
    while kills < times:
        file_number += 1
        file = folder / f"views-{file_number}.csv"
        write_views(file, number)
        file.write_text(file.read_text().replace("\ne", f"\ne{file_number}-").replace(",sku-1,", ",sku-1,,,,"))
        seconds = time.monotonic()
        import_views(calm, file)
        seconds = time.monotonic() - seconds
        while not is_done(store, file_number):
            wait = chance.random() * seconds * 1.1 if kills < times else None
            kills += run_and_kill(IMPORT, url, str(file), after_seconds=wait) < 0
            say(f"files: {kills} of {times} killed")
    found, wanted = profile(store), profile(calm)
    stored = Counter(message_ids(store))
    figures = {
        "kills": kills,
        "lost": len(set(message_ids(calm)) - set(stored)) + max(wanted["rejects"] - found["rejects"], 0),
        "doubled": sum(n - 1 for n in stored.values()) + max(found["rejects"] - wanted["rejects"], 0),
        "wrong_profiles": len(found["people"].items() ^ wanted["people"].items()),
        "events": sum(stored.values()),
    }
    store.close()
    calm.close()
    return figures


def kill_collectors(url: str, *, times: int, seed: int = 7) -> dict[str, int]:
    """Kill collectors under load; every event answered 200 must be there, once. Needs an empty store."""
    store, chance = open_store(url), random.Random(seed)
    said: list[tuple[str, bool]] = []
    for kill in range(times):
        with run_collector(url) as running:  # killed at its end
            senders = [threading.Thread(target=send_until_it_dies, args=(running.port, said)) for _ in range(4)]
            for sender in senders:
                sender.start()
            time.sleep(0.05 + chance.random() * 0.5)
        for sender in senders:
            sender.join(20)
        say(f"HTTP: {kill + 1} of {times} killed, {len(said)} events sent")
    stored = Counter(message_ids(store))
    promised = {f"web:{each}" for each, answered in said if answered}
    store.close()
    return {
        "kills": times, "lost": len(promised - set(stored)), "doubled": sum(n - 1 for n in stored.values()),
        "wrong_profiles": 0, "events": sum(stored.values()), "answered": len(promised),
    }


def send_until_it_dies(port: int, said: list[tuple[str, bool]]) -> None:
    """Post batches, each twice now and then, noting each message id and whether it was answered 200."""
    chance = random.Random()
    with requests.Session() as session:
        while True:
            ids = [uuid.uuid4().hex for _ in range(chance.randint(1, 20))]
            batch = [{"type": "track", "event": "Product Viewed", "anonymousId": each[:2], "messageId": each}
                     for each in ids]
            try:
                for _ in range(chance.choice((1, 1, 2))):
                    answer = session.post(f"http://127.0.0.1:{port}/v1/b", json={"writeKey": KEY, "batch": batch},
                                          timeout=10)
                    said.extend((each, answer.status_code == 200) for each in ids)
            except requests.RequestException:
                return


def open_store(url: str) -> Store:
    """A migrated store."""
    store = Store(url)
    migrate(store)
    return store


def is_done(store: Store, runs: int) -> bool:
    """Whether so many imports are through."""
    with store.read() as connection:
        done = sa.select(sa.func.count()).select_from(import_runs).where(import_runs.c.state == "done")
        return connection.scalar(done) == runs


def message_ids(store: Store) -> list[str]:
    """Of every event."""
    with store.read() as connection:
        return list(connection.scalars(sa.select(events.c.message_id)))


def profile(store: Store) -> dict[str, Any]:
    """Each identity with what happened to its customer, whatever the customers' ids are; and how much was rejected."""
    query = (
        sa.select(identities.c.value, sa.func.count(events.c.event_id), sa.func.max(events.c.occurred_at))
        .join(events, events.c.customer_id == identities.c.customer_id).group_by(identities.c.value)
    )
    with store.read() as connection:
        people = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
        people["customers"] = (connection.scalar(sa.select(sa.func.count()).select_from(customers)), None)
        refused = connection.scalar(sa.select(sa.func.count()).select_from(rejects)) or 0
        runs = {row.source: row.counts for row in connection.execute(sa.select(import_runs))}
    return {"people": {**people, **{name: json.dumps(each, sort_keys=True) for name, each in runs.items()}},
            "rejects": refused}


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
