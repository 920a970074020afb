"""The UCI importer: no line vanishes, nothing is stored twice, every reject says why."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from bot.errors import FixInput, NotFound
from bot.intake.importers import uci
from bot.intake.importers.base import list_rejects, show_progress
from bot.intake.importers.uci import import_uci
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.profile.store.tables import customers, events, identities, import_runs, rejects, traits
from bot.profile.traits import TraitRule, chosen_traits

PROJECT = Path(__file__).parents[3]
SHARED = PROJECT.parent / "shared" / "data" / "uci_online_retail"
SALT = "salt-for-tests-0123"
DAY = datetime(2011, 7, 1, 9, 30)  # noqa: DTZ001  # the file writes London's wall clock

needs_the_file = pytest.mark.skipif(
    not (SHARED / uci.FILE).is_file(), reason="the UCI file is not beside the project (../shared)"
)


def _line(invoice="100", code="85123A", quantity=2, price=2.55, customer=7, **more):
    return {"InvoiceNo": invoice, "StockCode": code, "Description": f"{code} ", "Quantity": quantity,
            "InvoiceDate": DAY, "UnitPrice": price, "CustomerID": customer, "Country": "France", **more}


@pytest.fixture
def folder(tmp_path):
    """Writes lines as the file, and gives its folder."""

    def write(lines):
        schema = {"InvoiceNo": pl.String, "StockCode": pl.String, "Description": pl.String, "Quantity": pl.Int64,
                  "InvoiceDate": pl.Datetime("us"), "UnitPrice": pl.Float64, "CustomerID": pl.Int32,
                  "Country": pl.String}
        pl.DataFrame(lines, schema=schema).write_parquet(tmp_path / uci.FILE)
        return tmp_path

    return write


def _import(store, path, now, **more):
    return import_uci(store, path, now=now, salt=SALT, **more)


def _everything(store):
    with store.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in (customers, identities, events, rejects, traits, import_runs)
        }


def test_refuses_a_folder_without_the_file_or_with_other_columns(store, tmp_path, now):
    with pytest.raises(NotFound):
        _import(store, tmp_path, now)
    pl.DataFrame({"InvoiceNo": ["1"]}).write_parquet(tmp_path / uci.FILE)
    with pytest.raises(FixInput, match="Country"):
        _import(store, tmp_path, now)


def test_rejects_lines_with_their_reason_and_keeps_them(store, folder, now):
    lines = [
        _line(), _line(), _line(code="M", quantity=1, price=10.0),
        _line("101", customer=None), _line("102", quantity=-3, price=0.0, customer=None), _line("103", quantity=0),
        _line("A104", price=-11_062.06),
        _line("105", price=0.0),
    ]
    report = _import(store, folder(lines), now)
    assert report.rejected == {"duplicate_line": 1, "missing_customer": 1, "quantity_not_positive": 2,
                               "price_negative": 1}
    assert (report.rows, report.used, report.events, report.customers) == (8, 3, 2, 1)
    kept = list_rejects(store, "uci")
    assert [(each.row, each.reason) for each in kept][:2] == [(1, "duplicate_line"), (3, "missing_customer")]
    (guest,) = list_rejects(store, "uci", reason="missing_customer")
    assert guest.payload["InvoiceNo"] == "101"
    assert guest.payload["InvoiceDate"].startswith("2011-07-01T09:30:00")


def test_makes_one_event_an_invoice_in_the_shops_own_zone_and_minor_units(store, folder, now):
    _import(store, folder([_line(), _line(code="POST", quantity=1, price=18.0), _line("C200", quantity=-1)]), now)
    with store.read() as connection:
        person = find_customer(connection, "customer_id", "uci:7")
        refund, order = sorted(events_of(connection, person), key=lambda each: each.name, reverse=True)
        chosen = chosen_traits(connection, person, {"usual_products": TraitRule("usual_products", "add_counts")})
    assert (order.name, refund.name) == ("Order Completed", "Order Refunded")
    assert order.occurred_at == datetime(2011, 7, 1, 8, 30, tzinfo=UTC)
    assert order.properties["products"] == [
        {"product_id": "85123A", "name": "85123A", "quantity": 2, "price_minor": 255}
    ]
    assert [each["product_id"] for each in order.properties["charges"]] == ["POST"]
    assert order.properties["total_minor"] == 2_310
    assert chosen["usual_products"].value == {"85123A": 1}
    assert (chosen["usual_products"].silo, chosen["country"].silo) == ("computed:uci", "uci")


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_never_cuts_an_invoice_in_two(store, folder, now, batch_rows):
    lines = [_line(str(100 + n // 4), code=f"{n:05}") for n in range(10)]
    report = _import(store, folder(lines), now, batch_rows=batch_rows)
    assert (report.rows, report.used, report.events) == (10, 10, 3)


def test_second_run_changes_nothing(store, folder, now):
    path = folder([_line(), _line("101", customer=None), _line("102")])
    first = _import(store, path, now)
    before = _everything(store)
    again = _import(store, path, now.replace(year=2027))
    assert _everything(store) == before
    assert (again.rows_this_time, again.used, again.rejected) == (0, first.used, first.rejected)


def test_another_file_with_the_same_invoices_adds_only_the_new_ones(store, folder, now):
    _import(store, folder([_line(), _line("101")]), now)
    report = _import(store, folder([_line(), _line("101"), _line("102")]), now)
    assert (report.used, report.events, report.customers) == (3, 1, 0)


def test_a_failure_inside_a_batch_leaves_none_of_it_and_the_next_run_goes_on(store, folder, now, monkeypatch):
    path = folder([_line(str(n), customer=n % 3 or None) for n in range(100, 140)])

    def fail_late(connection, run, silo, found, moment, keep=uci.keep_rejects):
        keep(connection, run, silo, found, moment)
        if run.position >= 20:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(uci, "keep_rejects", fail_late)
        with pytest.raises(KeyboardInterrupt):
            _import(store, path, now, batch_rows=10)
    report = _import(store, path, now, batch_rows=10)
    assert report.rows == 40 == report.used + sum(report.rejected.values())
    assert report.rows_this_time < 40
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == report.used


def test_shows_its_progress(store, folder, now, capsys):
    seen = []
    _import(store, folder([_line(), _line("101")]), now, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 2)
    assert seen[-1] == (2, 2)
    with show_progress("uci") as progress:
        progress(2, 2)
    assert "2/2" in capsys.readouterr().err


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from bot.intake.importers.uci import import_uci
from bot.profile.store.engine import Store

def progress(done, total):
    if done >= int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

import_uci(Store(sys.argv[1]), Path(sys.argv[2]), now=datetime.fromisoformat(sys.argv[4]), salt="salt-for-tests-0123",
           progress=progress, batch_rows=2_000)
"""


@needs_the_file
def test_real_lines_add_up_after_a_kill_and_a_second_run(store, tmp_path, now):
    lines = pl.scan_parquet(SHARED / uci.FILE).head(12_000).collect()
    lines.write_parquet(tmp_path / uci.FILE)
    url = store.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url, str(tmp_path), "5000", now.isoformat()], check=False,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert killed.returncode == -signal.SIGKILL
    report = _import(store, tmp_path, now)
    assert 0 < report.rows_this_time < 12_000
    assert report.rows == 12_000 == report.used + sum(report.rejected.values())
    with store.read() as connection:
        stored = Counter(dict(connection.execute(
            sa.select(rejects.c.reason, sa.func.count()).group_by(rejects.c.reason)
        ).all()))
        listed = connection.scalars(sa.select(events.c.properties)).all()
    assert stored == report.rejected
    assert sum(len(each["products"]) + len(each["charges"]) for each in listed) == report.used
    before = _everything(store)
    assert _import(store, tmp_path, now).rows_this_time == 0
    assert _everything(store) == before
