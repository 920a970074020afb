"""A mapping that is wrong says where; columns are read as silos write them."""

from datetime import UTC, datetime

import polars as pl
import pytest

from bot.commands.imports import MAPPINGS
from bot.errors import FixConfiguration
from bot.intake.importers.checking import check_rows
from bot.intake.importers.mapping import Column, load_mapping, parse_mapping
from bot.intake.importers.values import read_values
from bot.intake.silos.protocol import ROW

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
GOOD = 'records = "orders"\n[identities]\nemail = "mail"\n'


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('records = "orders"\n', 1, "identities"),
        ('records = "orders"\n[identities]\n', 2, "identities"),
        ('records = "Two words"\n[identities]\nemail = "m"\n', 1, "records"),
        (GOOD + 'shoe = "x"\n', 2, "shoe is no kind"),
        (GOOD + '[event]\nname = "X"\n', 4, "event.time"),
        (GOOD + '[event]\ntime = "at"\n', 4, "either name or name_column"),
        (GOOD + '[properties]\n\ntotal = { column = "t", type = "moneys" }\n', 6, "properties.total.type"),
        (GOOD + '[traits]\ncity = { colum = "c" }\n', 5, "traits.city.column"),
        ('timezone = "Paris"\n' + GOOD, 1, "no time zone"),
        (GOOD + '[file]\nencoding = "klingon"\n', 5, "no encoding"),
        (GOOD + "[", 4, ""),
    ],
)
def test_names_file_line_and_key_of_what_is_wrong(text, line, key):
    with pytest.raises(FixConfiguration, match=rf"orders\.toml.*line {line}\b.*{key}" if key else "orders.toml"):
        parse_mapping(text, "orders.toml")


def test_every_bundled_mapping_can_be_read():
    assert {load_mapping(path).records for path in MAPPINGS.glob("*.toml")} == {"emails"}


def _read(values, decimal=".", timezone="UTC", **column):
    read = read_values(pl.Series(values), Column(column="x", **column), decimal=decimal, timezone=timezone, region="FR")
    return read.to_list()


@pytest.mark.parametrize(
    ("written", "decimal", "minor"),
    [
        ("12.50", ".", 1250), ("1,234.5", ".", 123450), ("-3", ".", -300), ("€ 7.00", ".", 700), ("12,50", ".", None),
        ("1 234,50 €", ",", 123450), ("1.234,50", ",", 123450), ("49,9", ",", 4990), ("1 049,00", ",", 104900),
        ("0,005", ",", None), ("12.345,6", ",", 1234560), ("EUR 3,10", ",", 310), ("free", ",", None), ("", ",", None),
        ("9007199254740993.01", ".", 900719925474099301),
    ],
)
def test_reads_money_exactly_or_not_at_all(written, decimal, minor):
    assert _read([written], decimal, type="money") == [minor]


def test_reads_money_of_currencies_with_other_decimals():
    assert _read(["1200", "1200.5"], type="money", currency="JPY") == [1200, None]
    assert _read([12.5, 0.1 + 0.2, 1.005], type="money") == [1250, 30, None]


def test_reads_moments_in_the_silos_zone():
    paris = {"timezone": "Europe/Paris", "type": "time"}
    summer = datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert _read(["2026-07-01 09:30", "2026-07-01T09:30:00", "2026-07-01T07:30:00.000Z", "2026-07-01T08:30:00+01:00"],
                 **paris) == [summer] * 4
    assert _read(["01/07/2026 09:30"], format="%d/%m/%Y %H:%M", **paris) == [summer]
    assert _read([str(int(summer.timestamp()))], format="unix", **paris) == [summer]
    # The hour that does not exist, the one that comes twice, and a day that is none.
    assert _read(["2026-03-29 02:30", "2026-10-25 02:30", "2026-02-30 10:00"], **paris) == [
        None, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None]


def test_reads_the_rest():
    assert _read([" A@B.fr ", "a@b", "no"], type="email") == ["a@b.fr", None, None]
    assert _read(["06 12 34 56 78", "+33 6 12 34 56 78", "12"], type="phone") == ["+33612345678", "+33612345678", None]
    assert _read(["Oui", "non", "0", "peut-être"], type="boolean") == [True, False, False, None]
    assert _read(["1 000", "3,0", "3,5"], ",", type="integer") == [1000, 3, None]
    assert _read(["31/12/1990", "12/31/1990"], type="date", format="%d/%m/%Y") == ["1990-12-31", None]
    assert _read(['{"a": [1]}', "{"], type="json") == ['{"a":[1]}', None]
    assert _read([17850.0, 2.5], type="text") == ["17850", "2.5"]


def _check(rows, extra=""):
    mapping = parse_mapping(
        'records = "orders"\n[identities]\ncustomer_id = "client"\nemail = "mail"\n'
        '[event]\nname = "Order Completed"\ntime = "at"\n' + extra, "m.toml")
    raw = pl.DataFrame(rows).with_row_index(ROW).cast({ROW: pl.Int64})
    return check_rows(raw, mapping, "crm", NOW)


def _row(**changes):
    return {"client": "7", "mail": "a@b.fr", "at": "2026-10-01", "id": "1", "total": "1", **changes}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"client": "", "mail": " "}, "identities: nobody is named"),
        ({"mail": "nonsense"}, "identities.email: no email"),
        ({"at": ""}, "event.time: is empty"),
        ({"at": "soon"}, "event.time: no time"),
        ({"at": "2027-10-01"}, "event.time: lies in the future"),
        ({"at": "1026-10-01"}, "event.time: lies before 1900"),
        ({"total": "much"}, "properties.total: no money in EUR"),
        ({"id": ""}, "event.key: id is empty"),
        ({"client": "x\0y"}, "identities.customer_id: holds U+0000"),
        ({"client": "x" * 400}, "identities.customer_id: longer than 320 characters"),
    ],
)
def test_refuses_a_row_with_the_reason(changes, reason):
    extra = 'key = ["id"]\n[properties]\ntotal = { column = "total", type = "money" }\n'
    checked = _check([_row(), _row(**{"id": "2", **changes})], extra)
    assert checked.rows["row"].to_list() == [0]
    assert checked.rejects.rows() == [(1, reason)]


def test_a_silos_numbers_are_its_own_and_further_identities_are_links():
    checked = _check([_row(), _row(client="")])
    assert checked.rows.select("kind", "value").rows() == [("customer_id", "crm:7"), ("email", "a@b.fr")]
    assert checked.links.select("row", "kind", "value").rows() == [(0, "email", "a@b.fr")]


def test_the_same_row_has_the_same_id_in_whatever_company():
    alone = _check([_row()]).rows["message_id"].to_list()
    together = _check([_row(more=None), _row(more="x")]).rows["message_id"].to_list()
    assert alone[0] == together[0] != together[1]


def test_refuses_a_key_that_comes_twice_with_other_words_and_counts_the_same_row():
    extra = 'key = ["id"]\n[properties]\ntotal = { column = "total", type = "money" }\n'
    checked = _check([_row(), _row(), _row(total="2")], extra)
    assert checked.rejects["row"].to_list() == [2]
    assert checked.counts["repeated"] == 1
