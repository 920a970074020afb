"""A goal's target: Today says how far it is, and the number opens to the days that come to it."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.bootstrap import Services
from bot.console.figures import DayFigures, count_figures, read_days
from bot.console.overview import track_target
from bot.measure.goals import Target
from bot.profile.identities import create_customer
from bot.profile.store.tables import purchases
from bot.profile.store.upsert import insert_many
from tests.conftest import NOW

TODAY = date(2026, 11, 24)


def _aim(services: Services, target: Target) -> Services:
    order, *others = services.goals.goals
    aimed = replace(services.goals, goals=(replace(order, target=target), *others))
    return replace(services, goals=aimed, charter=None)


def _sell(services: Services, days_ago: int) -> None:
    at = NOW - timedelta(days=days_ago)
    with services.store.write() as connection:
        customer = create_customer(connection, now=at, salt="s" * 16)
        insert_many(connection, purchases, [{
            "customer_id": customer, "silo": "shop", "order_id": f"o{days_ago}", "line": 0, "sold_at": at,
            "quantity": 1, "amount_minor": 100, "currency": "EUR", **dict.fromkeys(
                ("product_id", "variant_id", "product_type", "brand", "colour", "size"), ""),
        }])


def test_says_nothing_of_a_target_before_its_first_day(services: Services) -> None:
    goal = replace(services.goals.goals[0], target=Target(5, TODAY + timedelta(days=1), date(2026, 12, 31)))
    assert track_target({}, goal, TODAY) is None and track_target({}, services.goals.goals[0], TODAY) is None


@pytest.mark.parametrize(("times", "by", "standing"), [
    (10, TODAY, "behind"), (4, TODAY + timedelta(days=90), "ahead"), (2, TODAY, "reached"),
    (3, TODAY - timedelta(days=1), "missed"),
])
def test_stands_by_what_was_reached_beside_its_days(services: Services, times: int, by: date, standing: str) -> None:
    goal = replace(services.goals.goals[0], target=Target(times, TODAY - timedelta(days=9), by))
    counted = {TODAY - timedelta(days=2): DayFigures(goals={goal.key: 2}),
               TODAY - timedelta(days=30): DayFigures(goals={goal.key: 50})}
    found = track_target(counted, goal, TODAY)
    assert found and (found.reached, found.standing) == (2, standing)


def test_days_are_read_however_many_lie_between(services: Services) -> None:
    count_figures(services)
    with services.store.read() as connection:
        found = read_days(connection, date(1, 1, 1), TODAY)
        assert found == read_days(connection, TODAY - timedelta(days=59), TODAY) and len(found) == 60
        assert read_days(connection, TODAY + timedelta(days=1), date(9999, 12, 31)) == {}


def test_today_shows_the_way_and_its_number_opens_to_its_days(services: Services, open_browser, sign_in) -> None:
    shop = _aim(services, Target(4, TODAY - timedelta(days=70), date(2026, 12, 31)))
    for days_ago in (0, 3, 68, 80):
        _sell(services, days_ago)
    count_figures(shop)
    count_figures(shop)  # days before those that every page shows are caught up with, a few at a time
    browser = open_browser(shop)
    browser.client.cookies = sign_in("analyst").client.cookies
    html = browser.client.get("/console").text
    assert re.search(r'href="/console/lists/reached\?goal=order">3 of 4</a> by 31 December 2026', html)
    assert '<progress max="4" value="3" aria-labelledby="target-order">75%</progress>' in html
    rows = browser.client.get("/console/lists/reached?goal=order").text
    assert rows.count("<tr>") == 51 and "Next page" in rows
    newest = re.search(r"<tbody>\s*<tr><td>Tuesday 24 November</td><td>1</td><td>3</td>", rows)
    assert newest, rows
    week = browser.client.get("/console/lists/reached?goal=order&days=7").text
    assert week.count("<tr>") == 8 and "<td>1</td><td>2</td>" in week


def test_a_goal_that_is_newer_than_its_days_is_counted_on_them(services: Services) -> None:
    count_figures(services)
    _sell(services, 40)
    shop = _aim(services, Target(4, TODAY - timedelta(days=50), date(2026, 12, 31)))
    renamed = replace(shop.goals.goals[0], key="sale")
    shop = replace(shop, goals=replace(shop.goals, goals=(renamed, *shop.goals.goals[1:])))
    for _ in range(3):
        count_figures(shop)
    with services.store.read() as connection:
        counted = read_days(connection, TODAY - timedelta(days=50), TODAY)
    assert sum(each.goals["sale"] for each in counted.values()) == 1
