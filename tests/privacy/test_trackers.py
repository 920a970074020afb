"""Rasa's trackers, written by Rasa's own tracker store, on the store of the run: shown, kept for their days, erased."""

import os
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import PROJECT, Services
from bot.prepare import RASA_PYTHON
from bot.privacy.export import export_person
from bot.privacy.handlers.outside import TrackersPrivacyHandler, open_trackers, tracker_events
from bot.privacy.retention import apply_retention
from bot.privacy.subject import Subject
from tests.conftest import miss
from tests.privacy.people import WALTER, ZELDA, make_trackers, settle
from tests.privacy.search import search

_WRITE = """
import asyncio, os, sys
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from bot.dialogue.stores import TrackerStore

async def main():
    store = TrackerStore(Domain.empty())
    for sender, text in zip(sys.argv[1::2], sys.argv[2::2]):
        events = [ActionExecuted("action_listen"), UserUttered(text), SlotSet("name", text)]
        tracker = DialogueStateTracker.from_events(sender, events)
        await store.save(tracker)

asyncio.run(main())
"""


def test_before_rasa_ran_there_is_nothing_to_show_or_erase(services: Services) -> None:
    subject = Subject(members=("m",), sender_ids=("s",))
    handler = TrackersPrivacyHandler()
    assert handler.export(services, subject) == {"events": []}
    assert handler.erase(services, subject, keeps_account=False) == 0


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_reaches_them_whichever_driver_the_setting_names(services: Services, driver: str) -> None:
    url = sa.make_url(services.settings.tracker_database_url)
    if url.get_backend_name() != "postgresql":
        pytest.skip("TEST_STORE=postgresql runs it")
    make_trackers(services, [("somebody", "hello")])
    named = url.set(drivername=driver).render_as_string(hide_password=False)
    with open_trackers(replace(services.settings, tracker_database_url=named)) as store:
        assert store
        with store.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(tracker_events)) == 1


@pytest.mark.slow
def test_what_rasa_wrote_is_shown_kept_for_its_days_and_erased(services: Services, clock) -> None:
    """Rasa's own table and rows: this environment and Rasa's agree on them on both stores."""
    _let_rasa_write(services, [(ZELDA.sender, f"Je suis {ZELDA.mark}"), (WALTER.sender, f"Je suis {WALTER.mark}")])
    settle(services, WALTER)
    root = settle(services, ZELDA)
    parts = {each["name"]: each["data"] for each in export_person(services, root, language="fr").document["parts"]}
    said = [each["data"].get("text") for each in parts["trackers"]["events"]]
    assert f"Je suis {ZELDA.mark}" in said and f"Je suis {WALTER.mark}" not in said
    subject = Subject(members=(root,), sender_ids=(ZELDA.sender,), emails=(ZELDA.email,))
    handler = TrackersPrivacyHandler()
    assert handler.erase(services, subject, keeps_account=False) > 3
    assert handler.erase(services, subject, keeps_account=False) == 0
    found = search(services, [ZELDA.mark])
    assert not [place for place in found if "tracker" in place and services.store.is_sqlite is False]
    with open_trackers(services.settings) as store:
        assert store
        with store.read() as connection:
            assert set(connection.scalars(sa.select(tracker_events.c.sender_id))) == {WALTER.sender}
    clock.wait(days=services.privacy.retention.trackers - 1)
    assert apply_retention(services)["trackers"] == 0
    clock.now += timedelta(days=3_650)
    assert apply_retention(services)["trackers"] > 3


def _let_rasa_write(services: Services, said: list[tuple[str, str]]) -> None:
    if not RASA_PYTHON.exists():
        miss("Rasa's environment (scripts/setup.sh)")
    environ = {
        **os.environ, "PREVENANT_TRACKER_DATABASE_URL": services.settings.tracker_database_url,
        "PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore", "RASA_TELEMETRY_ENABLED": "false",
    }
    words = [word for pair in said for word in pair]
    done = subprocess.run([str(RASA_PYTHON), "-c", _WRITE, *words], cwd=PROJECT, env=environ, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr[-1500:]
