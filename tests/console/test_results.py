"""The pages of results: what was counted is what happened, and of a segment nothing of fewer than ten is told."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.csv_out import write_csv
from bot.console.deeds import results
from bot.console.figures import DayFigures, count_figures
from bot.console.key_times import Rows
from bot.console.lift_figures import measure_lift, read_groups, read_weeks
from bot.console.measures import MEASURES, Question
from bot.console.result_figures import count_again, count_day, count_results, first_counted, read_marked, read_results
from bot.console.result_sums import Counted, Point, answer, count_left_out, funnel
from bot.console.trail import read_trail
from bot.profile.store.tables import customers, outbox, purchases, segment_members
from tests.conftest import NOW
from tests.console.past import fill_past, measured
from tests.measure.conftest import Ledger

TODAY, PARIS = date(2026, 11, 24), ZoneInfo("Europe/Paris")
WINDOW = timedelta(days=3)


def count_all(services: Services, *, weeks: int = 2) -> None:
    """Everything that the worker would, pass after pass."""
    count_figures(services)
    for _ in range(6):
        count_results(services)
    for _ in range(weeks):
        measure_lift(services)


@pytest.fixture
def ledger(services: Services) -> Ledger:
    """Writes rows as the stages before leave them."""
    return Ledger(services.store, NOW)


def _count(services: Services, day: date = TODAY) -> Counted:
    with services.store.read() as connection:
        found = count_day(
            connection, Rows(connection), day, PARIS, read_marked(connection, day, PARIS, WINDOW, "EUR"), "EUR")
    return Counted({day: found}, {}, {day: DayFigures(held=3, held_by={"cart_left": 2}, because={"cap_week": 3})})


def _ask(counted: Counted, measure: str, by: str = "", sizes: dict[str, int] | None = None, **only: str) -> list[Point]:
    since, until = min(counted.results), max(counted.results)
    return answer(Question(measure, since, until, by, only), counted, sizes or {})


def _value(counted: Counted, measure: str, by: str = "", **only: str) -> dict[str, float | None]:
    return {each.key: each.value for each in _ask(counted, measure, by, **only)}


def test_counts_nothing_where_nothing_happened(services: Services) -> None:
    counted = _count(services)
    assert _value(counted, "sent") == {"": 0} and _value(counted, "click_rate") == {"": None}
    assert dict(funnel(counted)) == dict.fromkeys(("sent", "arrived", "seen", "clicked", "replied", "bought"), 0)


def test_a_message_is_told_with_what_followed_within_the_window(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b", "c", "d"])
    ledger.send(["a", "b"], days_ago=5, state="seen")
    ledger.send(["c"], nudge="winter_offers:M", channel="sms", days_ago=5)
    ledger.send(["d"], days_ago=5, state="held")
    ledger.buy(["a"], 5000, days_ago=4)
    ledger.buy(["a"], 2000, days_ago=6)  # before
    ledger.buy(["b"], 7000, days_ago=1.5)  # too late
    ledger.buy(["c"], 900, days_ago=4, silo="web")  # a page claims it
    ledger.happens(["b"], "Email Link Clicked", days_ago=4.5)
    ledger.object(["c"], days_ago=4.9)
    counted = _count(services, TODAY - timedelta(days=5))
    assert _value(counted, "sent", "journey") == {"cart_left": 2, "winter_offers": 1}
    assert _value(counted, "orders", "journey") == {"cart_left": 1, "winter_offers": 0}
    assert _value(counted, "order_value", "channel") == {"email": 5000, "sms": 0}
    assert _value(counted, "click_rate", journey="cart_left") == {"": 0.5}
    assert _value(counted, "opt_outs", "journey") == {"winter_offers": 1, "cart_left": 0}
    assert _value(counted, "seen", "hour")["11"] == 2


def test_what_follows_a_merged_person_counts_for_the_message(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b"])
    ledger.send(["a"], days_ago=2)
    ledger.buy(["b"], 5000, days_ago=1)
    ledger.merge("b", "a")
    assert _value(_count(services, TODAY - timedelta(days=2)), "orders", "journey") == {"cart_left": 1}


def test_what_customers_do_by_themselves_is_told_of_its_day(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b"])
    ledger.buy(["a", "b"], 4000, days_ago=0.1)
    ledger.buy(["a"], -1500, days_ago=0.1)
    ledger.object(["a"], days_ago=0.1)
    ledger.object(["a"], purpose="personalisation", days_ago=0.1)
    ledger.happens(["b"], "Complaint Received", days_ago=0.1)
    counted = _count(services)
    assert _value(counted, "orders") == {"": 2} and _value(counted, "order_value") == {"": 6500}
    assert _value(counted, "average_order") == {"": 3250} and _value(counted, "complaints") == {"": 1}
    assert _value(counted, "opt_outs", "channel") == {"*": 1}  # one goodbye, however many purposes
    assert _value(counted, "held", "reason") == {"cap_week": 3}
    assert _value(counted, "held", "journey") == {"cart_left": 2}


def test_counts_who_came_back_within_thirty_days(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b", "c"])
    ledger.buy(["a", "b", "c"], 4000, days_ago=40)
    ledger.buy(["a"], 4000, days_ago=30)
    ledger.buy(["b"], 4000, days_ago=5)  # later than thirty days
    with services.store.read() as connection:
        assert count_again(connection, TODAY - timedelta(days=40), PARIS) == {"buyers": 3, "again": 1}


def test_who_came_back_is_the_merged_person(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b", "c"])
    ledger.buy(["a", "b"], 4000, days_ago=40)
    ledger.buy(["c"], 4000, days_ago=30)
    ledger.merge("b", "a")
    ledger.merge("c", "a")
    with services.store.read() as connection:
        assert count_again(connection, TODAY - timedelta(days=40), PARIS) == {"buyers": 1, "again": 1}


def test_an_order_known_by_its_total_alone_is_one(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b"])
    ledger.send(["a"], days_ago=2)
    ledger.buy(["a"], 4000, days_ago=1.9)
    ledger.buy(["b"], -4000, days_ago=1.9)
    with services.store.write() as connection:
        connection.execute(sa.update(purchases).values(quantity=0))
    counted = _count(services, TODAY - timedelta(days=2))
    assert _value(counted, "orders") == {"": 1} and _value(counted, "orders", "journey") == {"cart_left": 1}


def test_an_order_of_which_every_piece_came_back_is_none(services: Services, ledger: Ledger) -> None:
    ledger.people(["a", "b"])
    ledger.send(["a"], days_ago=2)
    ledger.buy(["a", "b"], 4000, days_ago=1.9)
    ledger.buy(["b"], 4000, days_ago=0.9)
    nothing = sa.update(purchases).values(quantity=0, amount_minor=0, returned=1)
    with services.store.write() as connection:
        connection.execute(nothing.where(purchases.c.sold_at < NOW - timedelta(days=1)))
    day = TODAY - timedelta(days=2)
    counted = _count(services, day)
    assert not any(_value(counted, "orders").values()) and not any(_value(counted, "orders", "journey").values())
    with services.store.read() as connection:
        assert count_again(connection, day, PARIS) == {"buyers": 0, "again": 0}


def test_orders_in_another_currency_are_left_out_and_told_of(services: Services, ledger: Ledger, sign_in) -> None:
    ledger.people(["a", "b"])
    ledger.send(["a", "b"], days_ago=2)
    ledger.buy(["a"], 4000, days_ago=1.9)
    ledger.buy(["b"], 500_000, days_ago=1.9)
    with services.store.write() as connection:
        connection.execute(sa.update(purchases).where(purchases.c.customer_id == "b").values(currency="JPY"))
    day = TODAY - timedelta(days=2)
    counted = _count(services, day)
    assert _value(counted, "order_value") == _value(counted, "average_order") == {"": 4000}
    assert _value(counted, "order_value", "journey") == {"cart_left": 4000} and count_left_out(counted, day, day) == 1
    count_results(services)
    client = sign_in("marketing").client
    said = "Orders in another currency than EUR, which are in none of these numbers: 1."
    asked = f"/console/results/question?measure=average_order&since={day}&until={day}"
    assert said in client.get("/console/results").text and said in client.get(asked).text
    assert said not in client.get(asked.replace("average_order", "sent")).text


def test_of_a_segment_nothing_of_fewer_than_ten_people_is_told(services: Services, ledger: Ledger) -> None:
    people = [f"p{n}" for n in range(12)]
    ledger.people(people)
    ledger.insert(segment_members, [
        {"segment": segment, "customer_id": each, "entered_at": NOW - timedelta(days=9), "left_at": None}
        for segment, some in (("regulars", people), ("big_spenders", people[:9])) for each in some
    ])
    ledger.send(people, days_ago=2)
    ledger.buy(people[:3], 5000, days_ago=1)
    counted, sizes = _count(services, TODAY - timedelta(days=2)), {"regulars": 12, "big_spenders": 9}
    shown = {each.key: (each.value, each.is_hidden) for each in _ask(counted, "sent", "segment", sizes)}
    assert shown == {"regulars": (12, False), "big_spenders": (None, True)}
    assert [each.is_hidden for each in _ask(_count(services, TODAY - timedelta(days=1)), "orders", "segment", sizes)] \
        == [True, True]


def test_days_are_counted_until_what_follows_their_messages_is_known(services: Services, ledger: Ledger) -> None:
    ledger.people(["a"])
    ledger.send(["a"], days_ago=2)
    count_results(services)
    with services.store.read() as connection:
        assert first_counted(connection) == TODAY - timedelta(days=2)
        known = read_results(connection, TODAY - timedelta(days=2), TODAY)
    assert len(known) == 3
    ledger.buy(["a"], 5000, days_ago=1)
    later = NOW + timedelta(hours=7)
    count_results(replace(services, clock=lambda: later))
    with services.store.read() as connection:
        found = read_results(connection, TODAY - timedelta(days=2), TODAY)
    assert sum(found[TODAY - timedelta(days=2)]["sent"]["bought"]) == 1


@pytest.fixture
def past(services: Services) -> Services:
    """Some weeks of a shop, counted."""
    full = measured(services)
    fill_past(full)
    count_all(full)
    return full


def test_results_say_what_the_store_holds(past: Services, sign_in) -> None:
    with past.store.read() as connection:
        weeks, groups = read_weeks(connection, TODAY), read_groups(connection)
        sent = connection.scalar(sa.select(sa.func.count()).select_from(outbox))
        held = connection.scalar(sa.select(sa.func.count()).select_from(customers).where(customers.c.is_holdout))
        results = read_results(connection, TODAY - timedelta(days=60), TODAY)
    assert sum(sum(each["sent"]["sent"]) for each in results.values()) == sent
    assert groups and len(weeks) == 2
    newest = weeks[max(weeks)]["*"]["goals"]["order"]["lift"]
    assert newest["verdict"] == "more" and newest["effect"][1] > 0 and newest["held_out"] <= held
    by_channel = groups[0]["order"]["channel"]
    assert sum(each["held_out"] for each in by_channel.values()) <= held and set(by_channel) == {"web", "email"}
    client = sign_in("analyst").client
    page = client.get("/console/results?days=90").text
    assert "What messages bring, week by week" in page and "Nobody is held out" not in page
    assert 'role="img"' in page and "<script" not in page
    for measure in MEASURES:
        for by in ("", "journey", "channel", "segment", "reason", "day", "week", "month", "weekday", "hour"):
            assert client.get(f"/console/results/question?measure={measure}&by={by}").status_code == 200
    asked = client.get("/console/results/question", params={"q": "opt-outs by channel last month"}).text
    assert "Opt-outs by channel, 1 – 31 October 2026" in asked
    refused = client.get("/console/results/question", params={"q": "profit by <b>shoe</b>"}).text
    assert "These words are not understood: profit by b shoe b." in refused and "<b>shoe" not in refused
    tried = client.get("/console/results/what-if?journey=cart_left&policy=always:email:remind").text
    assert "with what each candidate usually brings (DR)" in tried


def test_an_empty_shop_is_taught_what_the_page_will_show(services: Services, sign_in) -> None:
    client = sign_in("marketing").client
    page = client.get("/console/results").text
    assert "Nothing is counted yet." in page and "Nobody is held out" in page
    assert "Nothing is counted yet." in client.get("/console/results/question?q=orders").text
    assert "That cannot be told yet" in client.get("/console/results/what-if?journey=cart_left&policy=best").text


def test_a_csv_is_what_the_page_says_and_leaves_a_line_in_the_trail(services: Services, sign_in, ledger) -> None:
    ledger.people(["a"])
    ledger.send(["a"], days_ago=1)
    count_results(services)
    client = sign_in("cx").client
    given = client.get("/console/results/export?measure=sent&by=journey&since=2026-11-20&until=2026-11-24")
    rows = list(csv.reader(StringIO(given.text.removeprefix("\ufeff"))))
    assert rows[0] == ["journey", "name", "sent", "currency", "out_of", "hidden"]
    assert rows[1:] == [["cart_left", "A basket left behind", "1.0", "", "", ""]]
    with services.store.read() as connection:
        entry = read_trail(connection)[0]
    assert (entry.deed, entry.about, entry.note) == ("exported", "results", "sent by=journey 2026-11-20..2026-11-24")
    assert client.get("/console/results/export?q=profit").status_code == 400
    assert client.get("/console/results/export?measure=nothing").status_code == 404


def test_a_csv_has_money_in_units_as_a_spreadsheet_of_the_language_reads_it(
    services: Services, sign_in, ledger
) -> None:
    ledger.people(["a", "b"])
    ledger.buy(["a"], 4990, days_ago=0.1)
    ledger.buy(["b"], 120_000, days_ago=0.1)
    ledger.insert(segment_members, [
        {"segment": "regulars", "customer_id": "a", "entered_at": NOW - timedelta(days=9), "left_at": None}])
    count_results(services)
    asked = "/console/results/export?since=2026-11-24&until=2026-11-24&measure="
    english, french = (sign_in(role, language=language).client
                       for role, language in (("marketing", "en"), ("cx", "fr")))
    assert "key,name,order_value,currency,out_of,hidden\r\n,all together,1249.90,EUR,," in english.get(
        f"{asked}order_value").text
    assert ";1249,90;EUR;;\r\n" in french.get(f"{asked}order_value").text
    assert ";624,95;EUR;2,0;\r\n" in french.get(f"{asked}average_order").text
    assert french.get(f"{asked}orders&by=segment").text.endswith(";;;;moins de dix personnes\r\n")


def test_no_cell_begins_a_formula() -> None:
    written = write_csv(["a"], [["=1+1"], ["-2"], [-2.5], [None]], "en")
    assert written.split("\r\n") == ["a", "'=1+1", "'-2", "-2.5", '""', ""]


def test_another_way_may_be_tried_so_often(services: Services, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(results, "TRIES", 1)
    client, path = sign_in("it").client, "/console/results/what-if?journey=cart_left&policy=even"
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]
    assert client.get("/console/results/what-if?journey=cart_left&policy=always:<b>").status_code == 200
    with services.store.read() as connection:
        assert [each.deed for each in read_trail(connection)] == ["tried_change"]
