"""`make simulate`, small: nothing wrong leaves; and with any one guardrail switched off, the checker sees it.

Workers are forked, so what is patched here is patched in them.
"""

import time
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.simulate import vendor, workers
from benchmarks.simulate.checker import Checker
from benchmarks.simulate.plan import make_plan
from benchmarks.simulate.run import Figures, Slice
from bot.channels import outbox as outbox_module
from bot.decision import decide as deciding
from bot.decision import facts_for
from bot.decision import plan as planning
from bot.decision.guardrails import Held
from bot.errors import NotAllowed
from bot.nudges import checking, dispatch, schedule
from bot.nudges.facts import FactReader
from bot.profile import merging
from bot.profile.store.tables import outbox

NIGHTS = ("plain", "night")


@pytest.fixture
def play(fresh_url, tmp_path):
    """Play scenes on a store of their own; what came of it."""

    def run(scenes: tuple[str, ...] = (), *, seed: int = 1, customers: int = 60, days: int = 6, share: float = 0.25,
            is_calm: bool = True, count: int = 0, until: str = "") -> Figures:
        plan = make_plan(seed, customers=customers, days=days, scenes=scenes, share=share)
        return Slice(
            fresh_url("store"), plan, tmp_path / "journal", seed, workers=count, is_calm=is_calm,
            has_enough=partial(has_seen, until),
        ).run()

    return run


def has_seen(word: str, checker: Checker) -> bool:
    """Whether the checker saw that already."""
    if word == "doubled":
        return max(checker.taken.values(), default=0) > 1
    return checker.wrong.total() > 0 if word == "any" else checker.wrong[word] > 0


def test_nothing_wrong_leaves_while_workers_race_and_are_killed(play):
    figures = play(customers=100, days=12, share=0.03, is_calm=False, count=2)
    assert (dict(+figures.wrong), dict(figures.lost), figures.doubled) == ({}, {}, 0), figures.examples
    assert figures.sent_days / figures.customer_days > 0.01


def test_a_refusal_that_dies_with_its_worker_is_known_only_when_it_is_told_again(play, monkeypatch):
    send = vendor.Vendor._send

    def die_of_it(self, row):
        try:
            return send(self, row)
        except NotAllowed:
            if self.is_calm:  # this process
                raise
            vendor.die()

    monkeypatch.setattr(vendor.Vendor, "_send", die_of_it)
    monkeypatch.setattr(vendor, "is_dead", lambda address: address.startswith("c") and address < "c2")
    figures = play(customers=40, days=10, share=0.3, is_calm=False, count=2)
    assert figures.fates["refused"] and figures.kills
    assert dict(+figures.wrong) == {}, figures.examples


SCENES: dict[Held, tuple[str, ...]] = {
    Held.CONSENT_UNKNOWN: NIGHTS, Held.CONSENT_WITHDRAWN: NIGHTS, Held.HOLDOUT: NIGHTS,
    Held.CAP_DAY: ("burst",), Held.CAP_WEEK: ("burst",), Held.QUIET_HOURS: NIGHTS, Held.OPEN_QUESTION: ("ask",),
    Held.IN_CONVERSATION: ("talk",), Held.HANDOFF: ("hand_over",), Held.UNVERIFIED: ("leave",),
    Held.COOLDOWN: ("again",), Held.ALREADY_TAKEN: ("campaign",),
    Held.EXPIRED: ("plain", "outage"), Held.WINDOW_CLOSED: NIGHTS, Held.PAUSED: ("plain", "rest"),
    Held.NOT_WORTH_IT: NIGHTS, Held.YIELDS_TO: ("burst",),
    Held.OPEN_MATTER: ("return",), Held.MINOR: NIGHTS,
}

OPTIONS: dict[Held, dict[str, Any]] = {
    Held.CAP_DAY: {"customers": 30, "share": 0.1}, Held.CAP_WEEK: {"customers": 30, "share": 0.1},
    Held.EXPIRED: {"customers": 80, "days": 6, "share": 0.4}, Held.QUIET_HOURS: {"customers": 200},
    Held.MINOR: {"customers": 200},
}


@pytest.mark.slow
@pytest.mark.parametrize("bit", SCENES, ids=lambda bit: bit.name)
def test_the_checker_sees_when_one_guardrail_is_off(play, monkeypatch, bit):
    switch_off(monkeypatch, bit)
    word = str(bit.name).lower()
    assert play(SCENES[bit], until=word, **OPTIONS.get(bit, {})).wrong[word], word


def switch_off(monkeypatch: pytest.MonkeyPatch, bits: Held) -> None:
    """Judge without these bits."""
    for name in ("find_held", "hold_unworthy"):
        real = getattr(deciding, name)

        def without(*arguments: Any, real: Any = real, **options: Any) -> Any:
            return real(*arguments, **options) & ~int(bits)

        for module in (deciding, planning):
            monkeypatch.setattr(module, name, without)


@pytest.mark.slow
def test_the_checker_sees_when_facts_that_hold_no_more_are_told(play, monkeypatch):
    # Two stand guard here: the bit, and that no sentence is said of which a fact is empty.
    switch_off(monkeypatch, Held.FACT_FALSE)
    monkeypatch.setattr("bot.nudges.compose._refuse_empty", lambda *_: None)
    assert play(("settle",), until="fact_false").wrong["fact_false"]


@pytest.mark.slow
def test_the_checker_sees_when_unreachable_addresses_are_written_to(play, monkeypatch):
    # Three stand guard here: the bit, the row's own address, and the suppressions.
    switch_off(monkeypatch, Held.UNREACHABLE)
    monkeypatch.setattr(checking, "_address_bit", lambda *_: 0)
    monkeypatch.setattr(checking, "find_reasons", lambda _connection, leaving, _now: [""] * len(leaving))
    monkeypatch.setattr("bot.decision.persons.find_unreachable", lambda *_, **__: set())
    assert play(("complain",), until="unreachable").wrong["unreachable"]


def test_the_checker_sees_when_what_belongs_to_an_undone_merge_stays_there(play, monkeypatch):
    monkeypatch.setattr(merging, "give_back", lambda *_, **__: None)
    monkeypatch.setattr(checking, "_address_bit", lambda *_: 0)
    assert play(("pair",), days=14, until="any").wrong.total()


@pytest.mark.slow
def test_the_checker_sees_when_consent_is_not_read_again_at_the_last_moment(play, monkeypatch):
    real = checking.judge

    def trusting(*arguments: Any) -> Any:
        scene, held = real(*arguments)
        return scene, held & ~int(Held.CONSENT_WITHDRAWN | Held.CONSENT_UNKNOWN)

    monkeypatch.setattr(checking, "judge", trusting)
    assert play(("withdraw",), until="consent_withdrawn").wrong["consent_withdrawn"]


@pytest.mark.slow
def test_the_checker_sees_when_facts_are_not_read_again_at_the_last_moment(play, monkeypatch):
    known: dict[Any, Any] = {}
    real = FactReader.read

    def remember(reader: FactReader, kind: str, refs: Any) -> Any:
        key = kind, refs.get("order_ref"), refs.get("cart_ref"), refs.get("variant_ref")
        return known.setdefault(key, real(reader, kind, refs))

    monkeypatch.setattr(FactReader, "read", remember)
    monkeypatch.setattr(checking, "_is_fresh", lambda *_: True)
    assert play(("settle",), until="fact_false").wrong["fact_false"]


@pytest.mark.slow
def test_the_checker_sees_when_facts_grow_too_old_on_the_way(play, monkeypatch):
    monkeypatch.setattr(workers, "SLOW_SHARE", 0.5)
    monkeypatch.setattr(vendor, "FATES", ())
    assert not play(("flicker",), is_calm=False, count=1).wrong["fact_false"]
    monkeypatch.setattr(checking, "_is_fresh", lambda *_: True)
    assert play(("flicker",), is_calm=False, count=1, until="fact_false").wrong["fact_false"]


@pytest.mark.slow
def test_the_checker_sees_when_the_hour_is_the_shops_and_not_the_persons(play, monkeypatch):
    real = facts_for.quiet_until
    monkeypatch.setattr(facts_for, "quiet_until", lambda hours, at, _zones: real(hours, at, ["Europe/Paris"]))
    assert play(NIGHTS, until="quiet_hours").wrong["quiet_hours"]


def test_the_checker_sees_when_what_a_crash_left_is_sent_again(play, monkeypatch):
    def put_back(connection: sa.Connection, now: Any) -> int:
        lapsed = sa.and_(outbox.c.state == "sending", outbox.c.lease_until < now)
        return connection.execute(sa.update(outbox).where(lapsed).values(state="pending", lease_until=None)).rowcount

    monkeypatch.setattr(vendor, "FATES", (("killed", 100),))
    monkeypatch.setattr(outbox_module, "settle_lapsed", put_back)
    assert play(("plain",), is_calm=False, count=1, until="doubled").doubled


def test_the_checker_sees_when_two_workers_take_the_same_message(play, monkeypatch):
    claim, mark = dispatch.claim_due, checking.mark_all_sending

    def share(*some: Any, **more: Any) -> Any:
        rows = claim(*some, **{**more, "lease_seconds": -60.0})
        time.sleep(0.1 if rows else 0)  # long enough for the other to claim them too
        return rows

    # The first one's message would hold the other's.
    switch_off(monkeypatch, Held.COOLDOWN | Held.OPEN_QUESTION | Held.CAP_DAY | Held.CAP_WEEK)
    monkeypatch.setattr(dispatch, "claim_due", share)
    monkeypatch.setattr(checking, "mark_all_sending", lambda _, ids, now: mark(_, ids, now) | set(ids))
    assert play(("plain",), customers=200, count=2, until="doubled").doubled


def test_what_is_lost_is_counted(play, monkeypatch):
    monkeypatch.setattr(schedule, "enqueue", lambda *_, **__: None)
    assert play(("calm",), share=0.4).lost["expected"]
