"""Many rows in one lease: each promise holds as for one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from bot.channels.base import Result
from bot.channels.outbox import OutboxRow, enqueue
from bot.contracts.messages import OutboundMessage
from bot.decision.guardrails import Caps
from bot.errors import RateLimited, UnknownFate
from bot.nudges import dispatch, settling
from bot.nudges.campaign import launch_campaign
from bot.nudges.dispatch import dispatch_once
from bot.profile.consent import record_consent
from bot.profile.merging import merge_customers
from bot.profile.store.tables import outbox
from tests.nudges.world import STRICT, World


@dataclass
class Many:
    """A vendor that takes so many calls at once, and what stood in the outbox meanwhile."""

    world: World
    most: int = 100
    ordered: Sequence[str] = ()
    results: dict[int, Result] = field(default_factory=dict)
    waves: list[list[int]] = field(default_factory=list)
    sending: list[list[int]] = field(default_factory=list)

    def at_once(self, channel: str) -> int:
        return self.most

    def in_order(self) -> frozenset[str]:
        return frozenset(self.ordered)

    def send_all(self, rows: Sequence[OutboxRow]) -> list[Result]:
        self.waves.append([row.outbox_id for row in rows])
        self.sending.append([row.outbox_id for row in self.world.rows() if row.state == "sending"])
        return [self.results.get(row.outbox_id, f"vendor-{row.outbox_id}") for row in rows]


def campaign(world: World, people: int) -> list[str]:
    found = [world.person(f"p{number}", has_widget=False, email=f"p{number}@example.org") for number in range(people)]
    world.promote()
    launch_campaign(world, "winter_offers", world.now)
    return found


def replies(world: World, count: int, sender: str = "", channels: Sequence[str] = ("web",)) -> None:
    with world.store.write() as connection:
        for number in range(count):
            enqueue(
                connection, idempotency_key=f"r{sender}{number}", kind="reply", customer_id="",
                sender_id=sender or f"s{number}", channel=channels[number % len(channels)], address="a",
                purpose="service", payload=OutboundMessage(str(number)), now=world.now,
            )


def test_marks_no_more_as_sending_than_are_called_this_moment(world: World) -> None:
    replies(world, 7)
    vendor = Many(world, most=3)
    dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [3, 3, 1]
    assert vendor.sending == vendor.waves
    assert {state for state, _ in world.states()} == {"sent"}


def test_sends_the_answers_to_a_person_together_where_the_channel_keeps_their_order(world: World) -> None:
    replies(world, 3, "camille")
    replies(world, 2, "karim")
    vendor = Many(world, ordered=("web",))
    dispatch_once(world, vendor)
    by_sender = {row.outbox_id: row.sender_id for row in world.rows()}
    (wave,) = vendor.waves
    assert sorted(wave) == sorted(by_sender)
    assert [each for each in wave if by_sender[each] == "camille"] == sorted(
        each for each in wave if by_sender[each] == "camille")


def test_sends_them_one_after_the_other_where_it_does_not(world: World) -> None:
    replies(world, 3, "camille")
    vendor = Many(world)
    dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [1, 1, 1]


def test_goes_no_further_than_the_same_channel(world: World) -> None:
    replies(world, 4, "camille", channels=("web", "web", "email"))
    vendor = Many(world, ordered=("web",))
    dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [2, 1, 1]
    assert [each for wave in vendor.waves for each in wave] == sorted(row.outbox_id for row in world.rows())


def test_lets_nothing_pass_what_did_not_leave(world: World) -> None:
    replies(world, 3, "camille")
    ids = sorted(row.outbox_id for row in world.rows())
    vendor = Many(world, most=1, ordered=("web",), results={ids[0]: RateLimited(retry_after_seconds=9)})
    dispatch_once(world, vendor)
    assert vendor.waves == [ids[:1]]
    vendor.results = {}
    world.now += timedelta(seconds=10)
    dispatch_once(world, vendor)
    assert [each for wave in vendor.waves for each in wave] == [ids[0], *ids]


def test_asks_the_shop_once_for_what_a_batch_shares(world: World) -> None:
    campaign(world, 12)
    asked: list[int] = []
    real = world.commerce.list_offers
    world.commerce.list_offers = lambda **words: asked.append(1) or real(**words)
    vendor = Many(world)
    dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [12]
    assert len(asked) == 1


def test_holds_in_a_batch_who_withdrew_and_sends_the_others(world: World) -> None:
    people = campaign(world, 5)
    with world.store.write() as connection:
        record_consent(connection, people[2], purpose="marketing", channel="email", state="withdrawn", source="chat",
                       wording="", now=world.now)
    dispatch_once(world, Many(world))
    emails = [row for row in world.rows() if row.channel == "email"]
    assert [row.reason for row in emails if row.state == "held"] == ["consent_withdrawn"]
    assert sum(row.state == "sent" for row in emails) == 4


def test_counts_the_first_of_two_for_one_person_in_the_same_batch(world: World) -> None:
    world.guardrails = replace(STRICT, caps={"marketing": Caps(per_day=1)}, nudge_question_seconds=0)
    one, other, third = campaign(world, 3)
    with world.store.write() as connection:
        merge_customers(connection, one, other, reason="test", now=world.now)
    vendor = Many(world)
    dispatch_once(world, vendor)
    emails = {row.customer_id: row for row in world.rows() if row.channel == "email"}
    assert sorted(emails[each].state for each in (one, other)) == ["held", "sent"]
    assert emails[third].state == "sent"


def test_settles_each_row_by_its_own_answer(world: World) -> None:
    replies(world, 4)
    ids = [row.outbox_id for row in world.rows()]
    vendor = Many(world, results={ids[0]: RateLimited(retry_after_seconds=9), ids[1]: UnknownFate(""), ids[2]: "v"})
    dispatch_once(world, vendor)
    rows = world.rows()
    assert [row.state for row in rows] == ["pending", "unknown", "sent", "sent"]
    assert rows[0].not_before == world.now + timedelta(seconds=9)
    assert rows[2].vendor_message_id == "v"


def test_forgets_nothing_that_left_when_a_receipt_is_in_the_way(world: World, monkeypatch: Any) -> None:
    replies(world, 3)
    real, refused = settling.mark_all_sent, []

    def locked(*given: Any) -> None:
        if len(refused) < 2:
            refused.append(1)
            raise sa.exc.OperationalError("UPDATE", None, RuntimeError("deadlock"))
        real(*given)

    monkeypatch.setattr(settling, "mark_all_sent", locked)
    dispatch_once(world, Many(world))
    assert world.states() == [("sent", "")] * 3


def test_gives_back_what_it_had_no_time_for(world: World, monkeypatch: Any) -> None:
    replies(world, 4)
    vendor = Many(world, most=1)
    real = vendor.send_all

    def slow(rows: Sequence[OutboxRow]) -> list[Result]:
        world.later(dispatch.LEASE_SECONDS)
        return real(rows)

    vendor.send_all = slow  # type: ignore[method-assign]
    monkeypatch.setattr(dispatch, "_ROUNDS", 1)
    assert dispatch_once(world, vendor) == 1
    with world.store.read() as connection:
        leased = connection.scalar(sa.select(sa.func.count()).where(outbox.c.lease_until.is_not(None)))
    assert leased == 0
    assert [row.state for row in world.rows()] == ["sent", "pending", "pending", "pending"]


def test_claims_nothing_for_a_channel_that_is_full_this_second(world: World) -> None:
    world.settings = replace(world.settings, whatsapp_messages_a_second=2)
    with world.store.write() as connection:
        for number in range(5):
            enqueue(
                connection, idempotency_key=f"w{number}", kind="reply", customer_id="", sender_id=f"s{number}",
                channel="whatsapp", address=f"3361234567{number}", purpose="service",
                payload=OutboundMessage(str(number)), now=world.now,
            )
    vendor = Many(world)
    dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [2]
    replies(world, 1)
    dispatch_once(world, vendor)  # another channel goes on
    assert [len(wave) for wave in vendor.waves] == [2, 1]
    for _ in range(2):
        world.later(1)
        dispatch_once(world, vendor)
    assert [len(wave) for wave in vendor.waves] == [2, 1, 2, 1]
