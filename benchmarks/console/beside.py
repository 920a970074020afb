"""What pages are opened with besides the month of days: drafts, a picture, a merge, a try-on record, Rasa’s events."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PIL import Image

from benchmarks.console.fill import SAID
from bot.bootstrap import Services
from bot.charter.drafts import MOST_OPEN, make_draft
from bot.console.misunderstood import FALLBACK
from bot.content.picture_files import draw_anew
from bot.content.pictures import keep_picture
from bot.decision.tables import write_table
from bot.privacy.handlers.outside import tracker_events
from bot.profile.customers import CustomerId
from bot.profile.merging import merge_customers
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers
from bot.tryon.record import Record, write_record

PICTURE, RECORD = "autumn", Record("pull-rond", "navy", "top", {}, doubts=("no_picture",))
TOLD = 60_000  # Rasa's events: more than any page looks at
_OF_A_MESSAGE = 10  # events
_PAGE = 5_000
_BY = "bench"


def fill_beside(services: Services, folder: Path) -> None:
    """As many drafts as may be open, and one of everything else. `folder`: of the try-on records. Writes."""
    with services.store.write() as connection:
        now, journeys = services.clock(), services.triggers
        for n in range(MOST_OPEN):
            journey = journeys[n % len(journeys)]
            make_draft(connection, "journey", journey.name, write_table(journey), base="", why=f"Words {n}.", by=_BY,
                       now=now)
        alts = {"fr": "Un manteau", "en": "A coat"}
        keep_picture(connection, PICTURE, draw_anew(_draw()), alts, why="for autumn", by=_BY, now=now)
        first, second = connection.scalars(sa.select(customers.c.customer_id).limit(2))
        merge_customers(connection, CustomerId(first), CustomerId(second), reason="verified by code", now=now)
    folder.mkdir(exist_ok=True)
    (folder / f"{RECORD.name}.png").write_bytes(_draw("PNG"))
    write_record(folder, RECORD)
    _tell_rasa(services)


def _draw(kind: str = "JPEG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (600, 400), "#22304f").save(out, kind)
    return out.getvalue()


def _tell_rasa(services: Services) -> None:
    """A database as Rasa makes it: of each message ten events, of which half were not understood."""
    trackers = Store(services.settings.tracker_database_url)
    with trackers.write() as connection:
        tracker_events.metadata.create_all(connection)
        connection.exec_driver_sql("ALTER TABLE events ADD COLUMN intent_name VARCHAR(255)")
        rows = list(_list_events(services.clock().timestamp()))
        insert = sa.text("INSERT INTO events (sender_id, type_name, timestamp, intent_name, data) "
                         "VALUES (:sender, :type, :at, :intent, :data)")
        for start in range(0, TOLD, _PAGE):
            connection.execute(insert, rows[start:start + _PAGE])
    trackers.close()


def _list_events(now: float) -> Iterator[dict[str, Any]]:
    for n in range(TOLD):
        number, place = divmod(n, _OF_A_MESSAGE)
        is_said = place == 0
        intent = (FALLBACK if number % 2 else "track_order") if is_said else None
        yield {"sender": f"s{number % 1_000:07}", "type": "user" if is_said else "slot", "at": now - TOLD + n,
               "intent": intent, "data": json.dumps(_say(number) if is_said else {"event": "slot", "name": "language"})}


def _say(number: int) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": chance} for name, chance in (
        (FALLBACK, 0.6), ("product_details", 0.3), ("return_item", 0.1))]
    text, language = f"{SAID[number % len(SAID)]} {number}", "en" if number % 4 == 0 else "fr"
    return {"event": "user", "text": text, "metadata": {"language": language, "expects": ""},
            "parse_data": {"intent_ranking": ranking, "entities": []}}
