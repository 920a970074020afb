"""What the worker counts for the console, day by day, on whatever database the tests run."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bootstrap import Services
from bot.console.figures import DayFigures, count_day, count_figures, read_days, read_worth
from bot.console.key_times import Rows
from bot.console.lists import LISTS
from bot.console.overview import Total, overlook
from bot.console.paging import Wanted
from bot.console.words import Words
from bot.profile.candidate_sets import keep_sets
from bot.profile.handoffs import TAKEN_OVER, add_handoff
from bot.profile.identities import create_customer
from bot.profile.store.tables import console_figures, console_trail, decisions, messages, outbox, purchases
from bot.profile.store.upsert import insert_many
from tests.conftest import NOW

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 24)


def _fill(services: Services, at: datetime, held: Sequence[str] = ("cap_week", "quiet_hours")) -> None:
    key = at.isoformat()
    with services.store.write() as connection:
        customer = create_customer(connection, now=at, salt="s" * 16)
        for n, sender in enumerate(("a", "a", "b")):
            connection.execute(sa.insert(messages).values(
                sender_id=sender, message_id=f"{key}{n}", direction="in", payload={}, at=at))
        add_handoff(
            connection, turn_key=key, reference="R", sender_id="b", customer_id=customer, channel="web", language="en",
            about="x", order_number="", email="", summary="", now=at,
        )
        for state, nudge, reason in (
            ("sent", "cart_left", ""), ("seen", "winter_offers:M", ""), ("held", "cart_left", "out_of_stock,expired"),
            ("pending", "cart_left", ""), ("withdrawn", "cart_left", "order_placed"),
        ):
            connection.execute(sa.insert(outbox).values(
                idempotency_key=f"{key}{state}", kind="nudge", customer_id=customer, channel="web", address="a",
                purpose="marketing", nudge=nudge, facts={}, payload={}, state=state, reason=reason, not_before=at,
                created_at=at,
            ))
        for chosen, words in (("", list(held)), ("", ["cap_week"]), ("web", [])):
            candidates = [{"name": "web", "held": words}, {"name": "email", "held": words}]
            shared = keep_sets(connection, [json.dumps(candidates)], at)[0] if "cap_week" in words else ""
            connection.execute(sa.insert(decisions).values(
                customer_id=customer, trigger="cart_left", subject="s", chosen=chosen, probability=1.0, decided_at=at,
                candidates=[] if shared else candidates, candidate_set=shared,
            ))
        insert_many(connection, purchases, [{
            "customer_id": customer, "silo": "shop", "order_id": order, "line": line, "sold_at": at,
            "quantity": quantity, "amount_minor": 100 * quantity, "currency": "EUR", **dict.fromkeys(
                ("product_id", "variant_id", "product_type", "brand", "colour", "size"), ""),
        } for order, line, quantity in ((key, 0, 1), (key, 1, 1), (key, 2, -1), (f"{key} sent back", 0, 0))])


def test_counts_nothing_where_nothing_happened(services: Services) -> None:
    with services.store.read() as connection:
        found = count_day(connection, Rows(connection), services.goals, TODAY, PARIS)
    assert found == DayFigures(goals={each.key: 0 for each in services.goals.goals})


@pytest.mark.parametrize("at", [
    datetime(2026, 11, 23, 23, 0, tzinfo=UTC), datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC),
])
def test_counts_a_day_of_the_shops_zone(services: Services, at: datetime) -> None:
    for each in (at - timedelta(days=3), at, at + timedelta(days=3)):
        _fill(services, each)
    with services.store.read() as connection:
        found = count_day(connection, Rows(connection), services.goals, TODAY, PARIS)
        before = count_day(connection, Rows(connection), services.goals, TODAY - timedelta(days=1), PARIS)
    assert (found.conversations, found.handed_over) == (2, 1)
    assert found.sent == {"cart_left": 1, "winter_offers": 1}
    assert found.held == 3 and found.because == {"cap_week": 2, "out_of_stock": 1, "quiet_hours": 1}
    assert found.held_by == {"cart_left": 2}
    assert found.goals["order"] == 1
    assert before.conversations == before.held == 0


def test_a_goal_counts_the_orders_that_results_count_and_tells_of_the_others(services: Services, sign_in) -> None:
    for n, (silo, currency) in enumerate((("shop", "EUR"), ("tills", ""), ("shop", "CHF"), ("web", "EUR"))):
        with services.store.write() as connection:
            insert_many(connection, purchases, [{
                "customer_id": create_customer(connection, now=NOW, salt="s" * 16), "silo": silo, "order_id": f"o{n}",
                "line": 0, "sold_at": NOW, "quantity": 1, "amount_minor": 100, "currency": currency, **dict.fromkeys(
                    ("product_id", "variant_id", "product_type", "brand", "colour", "size"), ""),
            }])
    count_figures(services)
    with services.store.read() as connection:
        found = read_days(connection, TODAY, TODAY)[TODAY]
    assert (found.goals["order"], found.left_out) == (2, 1)
    client = sign_in("marketing").client
    html = client.get("/console").text
    assert html.count("Orders in another currency than EUR, which are in none of these numbers: 1.") == 1
    told = {each["key"]: each["left_out"] for each in client.get("/console/api/v1/today").json()["goals"]}
    assert told.pop("order") == 1 and not any(told.values())


def test_whom_the_team_takes_over_asked_for_nobody(services: Services) -> None:
    _fill(services, NOW)
    with services.store.write() as connection:
        customer = create_customer(connection, now=NOW, salt="s" * 16)
        add_handoff(
            connection, turn_key="taken", reference="T", sender_id="a", customer_id=customer, channel="web",
            language="en", about=TAKEN_OVER, order_number="", email="", summary="", now=NOW,
        )
    with services.store.read() as connection:
        found = count_day(connection, Rows(connection), services.goals, TODAY, PARIS)
    assert (found.conversations, found.handed_over) == (2, 1)


def test_no_day_has_fewer_than_no_conversations(services: Services) -> None:
    _fill(services, NOW)
    with services.store.write() as connection:
        connection.execute(sa.delete(messages))  # whoever asks may have written the day before
    count_figures(services)
    listed = next(each for each in LISTS if each.name == "days")
    with services.store.read() as connection:
        newest = listed.read(connection, services, Words("en", "Europe/Paris"), Wanted()).rows[0]
    assert newest[1:3] == ("0", "0")


def test_a_day_that_is_over_is_counted_once_and_today_again_and_again(services: Services) -> None:
    _fill(services, NOW - timedelta(days=2))
    count_figures(services)
    with services.store.write() as connection:
        connection.execute(sa.delete(messages))
    _fill(services, NOW)
    count_figures(services)
    with services.store.read() as connection:
        found = read_days(connection, TODAY - timedelta(days=2), TODAY)
        assert read_worth(connection) is not None
        assert connection.scalar(sa.select(sa.func.count()).select_from(console_figures)) == 62
    assert found[TODAY - timedelta(days=2)].conversations == 2
    assert found[TODAY].conversations == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=12), ask=st.integers(-2, 40))
def test_finds_the_first_row_of_a_time_however_keys_are_spread(services: Services, gaps, ask: int) -> None:
    key, seconds, rows = 0, 0, []
    for gap, later in gaps:
        key, seconds = key + gap, seconds + later
        rows.append({"entry_id": key, "at": NOW + timedelta(seconds=seconds), "person": "", "deed": "", "about": "",
                     "note": ""})
    moment = NOW + timedelta(seconds=ask)
    with services.store.write() as connection:
        connection.execute(sa.delete(console_trail))
        insert_many(connection, console_trail, rows)
        found = Rows(connection).first_key_at(console_trail.c.entry_id, console_trail.c.at, moment)
    after = [each["entry_id"] for each in rows if each["at"] >= moment]
    highest_before = max((each["entry_id"] for each in rows if each["at"] < moment), default=-1)
    assert highest_before < found <= min(after, default=key + 1)


def test_a_period_is_told_beside_the_one_before_it() -> None:
    counted = {
        TODAY: DayFigures(4, 1, {"a": 2}, 3, {}, {"x": 3}),
        TODAY - timedelta(days=6): DayFigures(2, 0, {"a": 1, "b": 1}),
        TODAY - timedelta(days=7): DayFigures(3, 3, {"a": 9}, 1, {}, {"y": 1}),
    }
    week = overlook(counted, TODAY, 7, (), None)
    assert (week.conversations, week.sent, week.held) == (Total(6, 3), Total(4, 9), Total(3, 1))
    assert week.by_journey == (("a", 3), ("b", 1)) and week.because == (("x", 3),)
    assert week.resolved_share == pytest.approx(5 / 6) and week.conversations.change == 1.0
    assert overlook({}, TODAY, 7, (), None).resolved_share is None
