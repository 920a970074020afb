"""How fast each channel takes messages: counted over all workers, so that the vendor need not refuse."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.outbox import OutboxRow
from bot.channels.pacing import PACES, find_waits
from bot.contracts.messages import OutboundMessage, Template
from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.channels.rows import make_row

SETTINGS = Settings(whatsapp_recipients_a_day=3)
TEMPLATE = OutboundMessage("Late", template=Template("late", "fr"))


def _row(**changes: Any) -> OutboxRow:
    return make_row(**{"channel": "whatsapp", "address": "33600000000", **changes})


def _waits(store: Store, now: datetime, *rows: OutboxRow) -> list[float]:
    with store.write() as connection:
        return find_waits(connection, rows, SETTINGS, now)


@pytest.mark.parametrize("channel", ["web", "email", "sms"])
def test_keeps_no_pace_where_there_is_none(store: Store, now: datetime, channel: str) -> None:
    assert set(_waits(store, now, *[_row(channel=channel)] * 500)) == {0.0}


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
def test_lets_so_many_leave_a_second(store: Store, now: datetime, channel: str) -> None:
    most = PACES[channel].a_second
    rows = [_row(channel=channel, address=f"336{number:08}") for number in range(most + 2)]
    assert _waits(store, now, *rows) == [0.0] * most + [1.0, 1.0]
    assert _waits(store, now + timedelta(seconds=1), rows[0]) == [0.0]


def test_writes_to_one_person_no_faster_than_one_in_six_seconds_for_long(store: Store, now: datetime) -> None:
    """Meta bears 45 at once, then one in 6 s: whenever we look back, no more have left."""
    left: list[float] = []
    for second in range(1_200):
        moment = now + timedelta(seconds=second)
        while not _waits(store, moment, _row())[0]:
            left.append(second)
    assert _waits(store, now + timedelta(seconds=1_200), _row(address="33611111111")) == [0.0]
    for start in (0, 60, 100, 119, 120, 500):
        for length in (1, 60, 120, 600):
            within = sum(start <= each < start + length for each in left)
            assert within <= 45 + length / 6
    assert len(left) >= 1_200 / 6 * 0.9


def test_writes_templates_to_no_more_people_a_day_than_whatsapp_takes(store: Store, now: datetime) -> None:
    people = [_row(address=f"3360000000{number}", payload=TEMPLATE) for number in range(4)]
    assert [each > 0 for each in _waits(store, now, *people)] == [False, False, False, True]
    again, another, free = people[0], people[3], _row(address=people[3].address)
    assert [each > 0 for each in _waits(store, now + timedelta(hours=23), again, another, free)] == [False, True, False]
    assert _waits(store, now + timedelta(hours=24), another) == [0.0]
