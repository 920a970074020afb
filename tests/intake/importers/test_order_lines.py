"""Files with a row a line: what follows one another under one key is one order, wherever a page ends."""

from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FixConfiguration, FixInput
from bot.intake.importers.base import list_rejects
from bot.intake.importers.mapping import Mapping, parse_mapping
from bot.intake.importers.preview import guess_mapping, preview
from bot.intake.importers.running import replay_rejects, run_import
from bot.intake.silos import whole
from bot.intake.silos.csv_file import CsvFile
from bot.intake.silos.protocol import ROW, Page
from bot.intake.silos.whole import WholeOrders
from bot.profile.store.tables import events
from bot.profile.traits import trait_values

SALT = "salt-for-tests-0123"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TEXT = '''
records = "orders"
[identities]
email = "Email"
[event]
name = "Order Completed"
time = "Created at"
key = ["Name"]
[lines]
product_id = "Lineitem sku"
quantity = { column = "Lineitem quantity", type = "integer" }
price_minor = { column = "Lineitem price", type = "money" }
[properties]
order_id = "Name"
total_minor = { column = "Total", type = "money" }
'''
MAPPING = parse_mapping(TEXT, "orders.toml")
HEAD = "Name,Email,Created at,Total,Lineitem sku,Lineitem quantity,Lineitem price\n"
# As Shopify writes it: what concerns the order stands on its first line only.
FILE = HEAD + """#1001,ada@example.com,2026-10-01 09:00:00,31.80,coat,1,29.90
#1001,,,,socks,2,0.95
#1002,bob@example.com,2026-10-02 09:00:00,9.90,scarf,1,9.90
"""


def _import(store, tmp_path, text: str, mapping: Mapping = MAPPING):
    path = tmp_path / "orders.csv"
    path.write_text(text)
    return run_import(store, CsvFile(path), mapping, "shop", now=NOW, salt=SALT)


def _orders(store) -> dict[str, dict]:
    with store.read() as connection:
        rows = connection.execute(sa.select(events.c.message_id, events.c.properties)).all()
    return {row.message_id: row.properties for row in rows}


def test_rows_of_one_order_are_one_event(store, tmp_path):
    report = _import(store, tmp_path, FILE)
    assert (report.rows, report.used, report.events, report.rejected) == (3, 3, 2, {})
    assert _orders(store) == {
        "shop:orders:#1001": {"order_id": "#1001", "total_minor": 3180, "products": [
            {"product_id": "coat", "quantity": 1, "price_minor": 2990},
            {"product_id": "socks", "quantity": 2, "price_minor": 95}]},
        "shop:orders:#1002": {"order_id": "#1002", "total_minor": 990, "products": [
            {"product_id": "scarf", "quantity": 1, "price_minor": 990}]},
    }


def test_what_was_bought_is_counted_from_it(store, tmp_path):
    _import(store, tmp_path, FILE)
    with store.read() as connection:
        owner = connection.scalar(sa.select(events.c.customer_id).where(events.c.message_id == "shop:orders:#1001"))
        [counted] = trait_values(connection, owner, "usual_products")["usual_products"]
    assert counted.value == {"coat": 1, "socks": 2}


def test_one_bad_line_refuses_its_order_and_a_replay_takes_it_whole(store, tmp_path):
    report = _import(store, tmp_path, FILE.replace("0.95", "free"))
    assert (report.used, report.rejected) == (1, {"lines.price_minor: no money in EUR": 2})
    assert [each.row for each in list_rejects(store, "shop")] == [0, 1]
    text = TEXT.replace(', type = "money" }\n[properties]', ' }\n[properties]')
    assert replay_rejects(store, report.run_id, parse_mapping(text, "m.toml"), now=NOW, salt=SALT) == (2, 0)
    assert _orders(store)["shop:orders:#1001"]["products"][1]["price_minor"] == "free"


def test_an_order_with_a_broken_line_inside_is_not_stored_without_it(store, tmp_path):
    broken = FILE.replace("#1001,,,,socks,2,0.95\n", "#1001,,,,socks,2,0.95,x,y\n#1001,,,,hat,1,9.00\n")
    report = _import(store, tmp_path, broken)
    assert report.rejected == {"lines: one between these is broken": 2, "line: 9 fields instead of 7": 1}
    assert set(_orders(store)) == {"shop:orders:#1002"}


def test_lines_of_an_order_that_stand_apart_are_told(store, tmp_path):
    report = _import(store, tmp_path, FILE + "#1001,ada@example.com,2026-10-01 09:00:00,31.80,hat,1,9.00\n")
    assert report.rejected == {"event.key: was stored before with other words": 1}


def test_lines_without_a_key_are_a_mistake_of_the_mapping():
    with pytest.raises(FixConfiguration, match=r"\[lines\] needs event.key"):
        parse_mapping(TEXT.replace('key = ["Name"]\n', ""), "m.toml")


def test_a_file_of_one_order_without_end_is_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(whole, "MOST_LINES", 3)
    with pytest.raises(FixInput, match="rows are one order"):
        _import(store, tmp_path, HEAD + "#1,a@b.fr,2026-10-01 09:00:00,1,x,1,1\n" * 5)


def test_a_preview_sees_that_rows_are_lines(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(FILE.replace("Name", "Order number"))
    page = next(CsvFile(path).read_pages("", 100))
    text = guess_mapping(page.rows, "orders")
    guessed = parse_mapping(text, "guess.toml")
    assert guessed.event and guessed.event.key == ("Order number",)
    assert [each.column for each in guessed.lines.values()] == ["Lineitem sku", "Lineitem quantity", "Lineitem price"]
    assert {"order_id", "total_minor"} <= guessed.properties.keys()
    seen = preview(page.rows, text, "guess.toml", "shop", NOW).rows
    assert [each["refused"] for each in seen] == ["", ""]


class _Pages:
    """Rows in pages of any size; a cursor is a row's number."""

    is_growing, has_fixed_columns, source = False, True, "pages"

    def __init__(self, keys: list[str | None], ends: list[int]) -> None:
        self.keys, self.ends = keys, ends

    def count_rows(self) -> int | None:
        return len(self.keys)

    def read_pages(self, cursor: str, page_rows: int):
        begin = int(cursor or 0)
        for end in [*(each for each in self.ends if begin < each < len(self.keys)), len(self.keys)]:
            if end > begin:
                part = list(enumerate(self.keys[begin:end]))
                rows = [(place, key) for place, key in part if key is not None]
                frame = pl.DataFrame(rows, schema={ROW: pl.Int64, "key": pl.String}, orient="row")
                yield Page(frame, end - begin, str(end), [(place, "broken", {}) for place, key in part if key is None])
                begin = end


@settings(deadline=None)
@given(
    runs=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.booleans()), max_size=8),
    cuts=st.sets(st.integers(1, 30)), again=st.integers(0, 10),
)
def test_no_order_is_cut_and_no_row_lost_wherever_pages_end_and_a_reader_begins_anew(runs, cuts, again):
    keys = [key for name, number, is_broken in runs for key in [*[name] * number, *[None] * is_broken]]
    silo = WholeOrders(_Pages(keys, sorted(cuts)), ("key",))
    found, at, cursor = [], 0, ""
    for turn in range(40):
        page = next(silo.read_pages(cursor, 1), None)
        if page is None:
            break
        places = [*page.rows[ROW], *(place for place, _, _ in page.broken)]
        assert sorted(places) == list(range(page.size))
        found += [(at + place, key) for place, key in page.rows.rows()]
        at, cursor = at + page.size, page.cursor
        if turn < again:
            continue
        for rest in silo.read_pages(cursor, 1):
            found += [(at + place, key) for place, key in rest.rows.rows()]
            at, cursor = at + rest.size, rest.cursor
        break
    assert at == len(keys)
    assert found == [(place, key) for place, key in enumerate(keys) if key is not None]
