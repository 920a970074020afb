"""A day that is over is counted anew once something is heard of it: its tills come by file, at night."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console import late
from bot.console.figures import count_figures, read_days
from bot.console.late import reopen_late_days
from bot.console.result_figures import count_results, read_again, read_results
from bot.intake.importers.mapping import parse_mapping
from bot.intake.importers.running import refresh_purchases, run_import
from bot.intake.silos.csv_file import CsvFile
from bot.profile.store.tables import console_figures, cursors, purchases
from tests.conftest import NOW

YESTERDAY, MONTH_AGO = date(2026, 11, 23), date(2026, 10, 20)
LATER = datetime(2026, 11, 24, 3, tzinfo=UTC)  # yesterday is final
TILLS = """
records = "tickets"
timezone = "Europe/Paris"
[identities]
email = "mail"
[event]
name = "Order Completed"
time = "at"
key = ["id"]
[properties]
total_minor = { column = "total", type = "money", currency = "EUR" }
"""


def _import(services: Services, tmp_path, *days: date) -> None:
    path = tmp_path / f"tills_{days[0]}.csv"
    rows = [f"{day}-{n},p@x.fr,{day}T18:00:00,20.00" for day in days for n in range(2)]
    path.write_text("\n".join(["id,mail,at,total", *rows]))
    mapping = parse_mapping(TILLS, "t.toml")
    run_import(services.store, CsvFile(path), mapping, "tills", now=services.clock(), salt="s" * 16)


def _count(services: Services) -> None:
    while reopen_late_days(services):
        pass
    count_figures(services)
    for _ in range(8):
        count_results(services)


@pytest.fixture
def night(services: Services) -> Services:
    """At three, everything counted."""
    at_night = replace(services, clock=lambda: LATER)
    _count(at_night)
    return at_night


def _orders(services: Services, day: date) -> tuple[int, int]:
    """Of Today, and of the results."""
    with services.store.read() as connection:
        counted, results = read_days(connection, day, day), read_results(connection, day, day)
    told = results[day]["did"] if day in results else {"what": [], "times": []}
    orders = [times for what, times in zip(told["what"], told["times"], strict=True) if what == "orders"]
    return counted[day].goals["order"], sum(orders)


def test_a_day_of_which_nothing_is_heard_stays_as_it_was_counted(night: Services) -> None:
    with night.store.write() as connection:
        before = connection.execute(sa.select(console_figures.c.name, console_figures.c.counted_at)).all()
    assert reopen_late_days(night) == 0
    with night.store.read() as connection:
        assert connection.execute(sa.select(console_figures.c.name, console_figures.c.counted_at)).all() == before


def test_yesterdays_tills_count_though_they_come_at_night(night: Services, tmp_path) -> None:
    assert _orders(night, YESTERDAY)[0] == 0
    _import(night, tmp_path, YESTERDAY)
    _count(night)
    assert _orders(night, YESTERDAY) == (2, 2)  # known by their total alone, without a number


def test_what_was_counted_in_every_currency_is_counted_anew_where_it_is_heard_of_anew(
    night: Services, tmp_path
) -> None:
    """As migration 0038 has it heard of."""
    _import(night, tmp_path, MONTH_AGO)
    _count(night)
    with night.store.write() as connection:
        connection.execute(sa.update(purchases).values(currency="CHF"))
    _count(night)
    assert _orders(night, MONTH_AGO) == (2, 2)
    with night.store.write() as connection:
        connection.execute(sa.delete(cursors).where(cursors.c.name == late.CURSOR))
    _count(night)
    assert _orders(night, MONTH_AGO) == (0, 0)


def test_results_that_were_closed_are_opened_once_more(night: Services, tmp_path) -> None:
    _import(night, tmp_path, MONTH_AGO, YESTERDAY)
    _count(night)
    with night.store.read() as connection:
        assert read_again(connection, MONTH_AGO, MONTH_AGO)[MONTH_AGO] == {"buyers": 1, "again": 0}
    again = MONTH_AGO + timedelta(days=2)
    _import(night, tmp_path, again)
    _count(night)
    assert _orders(night, again) == (2, 2)
    with night.store.read() as connection:
        assert read_again(connection, MONTH_AGO, MONTH_AGO)[MONTH_AGO] == {"buyers": 1, "again": 1}


def test_a_day_of_which_something_was_deleted_stays_as_it_was_counted(
    night: Services, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = night.privacy.retention.model_copy(update={"messages": 10})
    short = replace(night, privacy=night.privacy.model_copy(update={"retention": kept}))
    _import(short, tmp_path, MONTH_AGO, YESTERDAY)
    monkeypatch.setattr(late, "_AT_ONCE", 1)
    _count(short)
    assert _orders(short, MONTH_AGO)[0] == 0 and _orders(short, YESTERDAY)[0] == 2


def test_no_day_is_opened_of_which_rows_are_deleted(night: Services, tmp_path) -> None:
    """Its sale may have followed messages of days before, and somebody's purchase a month ago: those rows are gone."""
    first = date(2026, 10, 12)
    _import(night, tmp_path, date(2026, 9, 20))
    _count(night)
    kept = night.privacy.retention.model_copy(update={"messages": 45})
    short = replace(night, privacy=night.privacy.model_copy(update={"retention": kept}))
    _import(short, tmp_path, first - timedelta(days=2), first)
    while reopen_late_days(short):
        pass
    with short.store.read() as connection:
        table = console_figures.c
        opened = set(connection.scalars(sa.select(table.name).where(table.counted_at < NOW - timedelta(days=400))))
    assert opened == {f"day:{first}", f"results:{first}", f"again:{first}"}


def test_what_waits_to_be_read_as_an_order_is_not_passed_over(night: Services, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("bot.intake.importers.running.refresh_purchases", lambda store, now: None)
    _import(night, tmp_path, YESTERDAY)
    assert reopen_late_days(night) == 0
    refresh_purchases(night.store, NOW)
    assert reopen_late_days(night) > 0
