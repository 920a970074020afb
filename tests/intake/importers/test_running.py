"""Imports as people run them: what is stored, what is told, what is tried again."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from bot.commands.imports import MAPPINGS
from bot.errors import FixConfiguration, FixInput, NotFound, Unavailable
from bot.intake.importers.base import list_rejects
from bot.intake.importers.mapping import load_mapping, parse_mapping
from bot.intake.importers.preview import guess_mapping, preview, sniff_csv
from bot.intake.importers.quality import measure_quality
from bot.intake.importers.quality_page import draw_report
from bot.intake.importers.running import replay_rejects, run_import
from bot.intake.silos.csv_file import CsvFile
from bot.intake.silos.jsonl_file import JsonLinesFile
from bot.intake.silos.sql import SqlTable, open_read_only
from bot.intake.silos.table_file import ExcelFile, ParquetFile
from bot.profile.consent import consent_state, record_consent
from bot.profile.customers import find_customer, identities_of
from bot.profile.events import events_of
from bot.profile.store.tables import consents, events, import_runs, purchases, rejects
from bot.profile.traits import chosen_traits
from tests.contracts.silos import everything
from tests.intake.silos.workbook import write_workbook

SALT = "salt-for-tests-0123"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PEOPLE = parse_mapping('''
records = "people"
[identities]
customer_id = "id"
email = "mail"
[traits]
first_name = "first"
spend_minor = { column = "spend", type = "money" }
''', "people.toml")
ORDERS = '''
records = "orders"
[identities]
customer_id = "client"
[event]
name = "Order Completed"
time = "at"
key = ["id"]
[properties]
order_id = "id"
total_minor = { column = "total", type = "money" }
products = { column = "lines", type = "json" }
'''


def _import(store, silo, mapping, name="crm", now=NOW, **more):
    return run_import(store, silo, mapping, name, now=now, salt=SALT, **more)


def _csv(tmp_path, text, name="file.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CsvFile(path, **options)


@pytest.mark.parametrize("name", ["web", "prevenant", "two words", "", "x" * 40])
def test_stores_nothing_under_a_name_that_is_taken_or_none(store, tmp_path, name):
    with pytest.raises(FixInput, match="silo"):
        _import(store, _csv(tmp_path, "id,mail,first,spend\n"), PEOPLE, name)


def test_stores_nothing_when_the_mapping_names_a_column_that_is_not_there(store, tmp_path):
    with pytest.raises(FixInput, match=r"spend.*no such column; it has id, mail, first"):
        _import(store, _csv(tmp_path, "id,mail,first\n1,a@b.fr,Ada\n"), PEOPLE)


def test_reads_nothing_of_a_file_that_is_none(store, tmp_path):
    (tmp_path / "x.parquet").write_text("no")
    (tmp_path / "x.xlsx").write_text("no")
    for silo in (ParquetFile(tmp_path / "x.parquet"), ExcelFile(tmp_path / "x.xlsx")):
        with pytest.raises(FixInput):
            _import(store, silo, PEOPLE)
    with pytest.raises(NotFound):
        _import(store, CsvFile(tmp_path / "absent.csv"), PEOPLE)


def test_keeps_people_as_traits_with_their_silo_and_the_later_file_wins(store, tmp_path):
    _import(store, _csv(tmp_path, "id,mail,first,spend\n1,A@b.fr,Ada,10.50\n2,,Bob,\n"), PEOPLE)
    later = NOW.replace(day=25)
    _import(store, _csv(tmp_path, "id,mail,first,spend\n1,a@b.fr,Adèle,12\n"), PEOPLE, now=later)
    with store.read() as connection:
        ada = find_customer(connection, "email", "a@b.fr")
        assert find_customer(connection, "customer_id", "crm:1") == ada
        chosen = chosen_traits(connection, ada, {})
        assert [(each.kind, each.is_verified) for each in identities_of(connection, ada)] == [
            ("customer_id", True), ("email", False)]
        assert {each.name for each in events_of(connection, ada)} == {"Identified"}
    assert (chosen["first_name"].value, chosen["first_name"].silo) == ("Adèle", "crm")
    assert chosen["spend_minor"].value == 1200
    assert chosen["first_name"].set_at == later


def test_does_not_fuse_two_accounts_that_share_an_address(store, tmp_path):
    _import(store, _csv(tmp_path, "id,mail,first,spend\n1,us@b.fr,Ada,\n2,us@b.fr,Bob,\n"), PEOPLE)
    with store.read() as connection:
        assert find_customer(connection, "customer_id", "crm:1") != find_customer(connection, "customer_id", "crm:2")
        assert find_customer(connection, "email", "us@b.fr") == find_customer(connection, "customer_id", "crm:1")


def test_bad_lines_spoil_no_others(store, tmp_path):
    text = (b'id,mail,first,spend\n1,a@b.fr,Ada,1\n2,b@b.fr,"Bob, the\nsecond",2,3,4\n3,c@b.fr,\xff\xfe,3\n'
            b'4,d@b.fr,"D ""q""",4\n\n5,e@b.fr\n')
    report = _import(store, _csv(tmp_path, text), PEOPLE)
    assert (report.rows, report.used) == (5, 3)
    assert report.rejected == {"line: 6 fields instead of 4": 1, "line: is not in the file's encoding": 1}
    assert "\\xff" in list_rejects(store, "crm")[1].payload["line"]


def test_reads_a_french_spreadsheets_export(store, tmp_path):
    mapping = parse_mapping('''
records = "people"
decimal = ","
[identities]
customer_id = "N° client"
[traits]
first_name = "Prénom"
spend_minor = { column = "CA", type = "money" }
''', "p.toml")
    text = "N° client;Prénom;CA\r\n7;Zoé;1 234,50 €\r\n".encode("cp1252")
    silo = _csv(tmp_path, text, separator=";", encoding="cp1252")
    assert _import(store, silo, mapping).used == 1
    with store.read() as connection:
        chosen = chosen_traits(connection, find_customer(connection, "customer_id", "crm:7"), {})
    assert (chosen["first_name"].value, chosen["spend_minor"].value) == ("Zoé", 123450)


def test_keeps_a_row_whose_key_is_stored_with_other_words(store, tmp_path):
    mapping = parse_mapping(ORDERS.replace('products = { column = "lines", type = "json" }', ""), "o.toml")
    _import(store, _csv(tmp_path, "id,client,at,total\n1,7,2026-10-01,5\n2,7,2026-10-01,5\n"), mapping)
    report = _import(store, _csv(tmp_path, "id,client,at,total\n1,7,2026-10-01,6\n2,7,2026-10-01,5\n"), mapping)
    assert (report.events, report.used) == (0, 1)
    assert report.rejected == {"event.key: was stored before with other words": 1}


def test_nested_lines_of_orders_become_what_recommendations_rest_on(store, tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(json.dumps({
        "id": n, "client": 7, "at": "2026-10-01T10:00:00Z", "total": 49.9, **extra,
        "lines": [{"product_id": "dress", "size": "M", "quantity": 2}],
    }) for n, extra in ((1, {}), (2, {"later": [1]}))))
    report = _import(store, JsonLinesFile(path), parse_mapping(ORDERS, "o.toml"), "tills")
    assert report.used == 2
    with store.read() as connection:
        person = find_customer(connection, "customer_id", "tills:7")
        chosen = chosen_traits(connection, person, {})
        order = events_of(connection, person)[0]
    assert chosen["favourite_sizes"].value == {"M": 4}
    assert order.properties["total_minor"] == 4990
    assert order.occurred_at == datetime(2026, 10, 1, 10, tzinfo=UTC)


def test_uses_rejects_after_the_mapping_was_corrected(store, tmp_path):
    wrong = parse_mapping(ORDERS.replace('products = { column = "lines", type = "json" }', ""), "o.toml")
    text = 'id,client,at,total\n1,7,2026-10-01,"5,50"\n2,7,2026-10-01,7\n3,,,x\n'
    report = _import(store, _csv(tmp_path, text), wrong)
    assert report.used == 1
    right = wrong.model_copy(update={"decimal": ","})
    assert replay_rejects(store, report.run_id, right, now=NOW, salt=SALT) == (1, 1)
    with store.read() as connection:
        run = connection.execute(sa.select(import_runs)).one()
        assert connection.scalars(sa.select(rejects.c.row)).all() == [2]
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 2
    refused = {key: n for key, n in run.counts.items() if key.startswith("rejected:")}
    assert run.counts["used"] + sum(refused.values()) == run.position == 3
    before = everything(store)
    assert replay_rejects(store, report.run_id, right, now=NOW, salt=SALT) == (0, 1)
    assert everything(store) == before
    with pytest.raises(NotFound):
        replay_rejects(store, 99, right, now=NOW, salt=SALT)


def test_a_mailing_tools_withdrawals_hold_here_but_not_over_a_later_yes(store, tmp_path):
    text = ("id,email,event,time,campaign,link,purpose\n1,a@b.fr,sent,2026-11-20,black,,\n"
            "2,a@b.fr,unsubscribed,2026-11-21,black,,\n3,b@b.fr,spam,2026-11-01,,,\n4,b@b.fr,danced,2026-11-01,,,\n")
    report = _import(store, _csv(tmp_path, text), load_mapping(MAPPINGS / "mailing.toml"), "mailing")
    assert (report.used, report.rejected) == (3, {"event.name: is not in [event.names]": 1})
    with store.write() as connection:
        a, b = (find_customer(connection, "email", each) for each in ("a@b.fr", "b@b.fr"))
        record_consent(connection, b, purpose="marketing", channel="email", state="granted", source="chat", wording="",
                       now=NOW.replace(day=2))
        assert consent_state(connection, a, "marketing", "email") == "withdrawn"
        assert consent_state(connection, b, "marketing", "email") == "granted"
    _import(store, _csv(tmp_path, text + "5,a@b.fr,clicked,2026-11-21,,,\n"),
            load_mapping(MAPPINGS / "mailing.toml"), "mailing")
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(consents)) == 3


def test_writes_nothing_into_a_silos_database(store_url):
    engine = open_read_only(store_url)
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.exec_driver_sql("CREATE TABLE mine (x integer)")
    engine.dispose()


def test_reads_nothing_without_the_tls_that_the_url_asks_for(store):
    if store.url.get_backend_name() != "postgresql":
        pytest.skip("SQLite has no server")
    url = store.url.update_query_dict({"sslmode": "require"})
    with store.read() as connection:
        if connection.scalar(sa.text("SHOW ssl")) == "on" or not url.host:
            pytest.skip("the server speaks TLS, or is no server across a network")
    with pytest.raises(Unavailable, match="SSL"):
        list(SqlTable(url.render_as_string(hide_password=False), "customers", "customer_id").read_pages("", 10))


def test_says_no_secret_when_a_database_is_wrong(store, tmp_path):
    for url in ("postgresql+psycopg://u:geheim@127.0.0.1:1/x", "no url: geheim", "oracle://u:geheim@h/x"):
        silo = SqlTable(url, "t", "id")
        with pytest.raises((FixConfiguration, Unavailable)) as caught:
            list(silo.read_pages("", 10))
        assert "geheim" not in f"{caught.value} {silo!r} {caught.value.__cause__}"
    with pytest.raises(NotFound):
        list(SqlTable(f"sqlite:///{tmp_path}/none.sqlite", "t", "id").read_pages("", 10))


def test_guesses_a_mapping_in_french_that_reads_what_it_saw(store, tmp_path):
    path = tmp_path / "Commandes été.xlsx"
    rows = [["N° commande", "Date", "E-mail", "Téléphone", "Montant TTC", "Qté", "Magasin", "Vide"]]
    rows += [[f"C{n}", f"{n + 1:02}/10/2026 10:0{n}", f"p{n}@exemple.fr", "06 12 34 56 7" + str(n), f"1 0{n}9,90 €", n,
              "Lyon", ""] for n in range(6)]
    write_workbook(path, rows)
    page = next(ExcelFile(path).read_pages("", 100))
    text = guess_mapping(page.rows, "commandes")
    seen = preview(page.rows, text, "guess.toml", "tills", NOW)
    assert len(seen.rows) == 5 and not any(row["refused"] for row in seen.rows)
    assert seen.rows[0]["who"] == "email p0@exemple.fr"
    assert seen.rows[0]["what"] == "Order Completed"
    assert seen.rows[0]["when (UTC)"] == "2026-10-01 08:00:00"
    told = json.loads(seen.rows[1]["properties"])
    assert (told["order_id"], told["total_minor"]) == ("C1", 101990)
    assert _import(store, ExcelFile(path), parse_mapping(text, "guess.toml"), "tills").used == 6
    with store.read() as connection:
        bought = connection.execute(sa.select(purchases.c.order_id, purchases.c.amount_minor)).all()
    assert sorted(bought)[1] == ("C1", 101990) and len(bought) == 6


def test_guesses_customers_in_english_by_content_too(tmp_path):
    silo = _csv(tmp_path, "Customer ID;First name;Contact;City;Birth date\n1;Ada;ada@x.org;Paris;1990-12-01\n"
                          "2;Bob;bob@x.org;Lyon;1991-01-02\n", separator=";")
    assert sniff_csv(silo.path) == (";", "utf-8")
    page = next(silo.read_pages("", 10))
    seen = preview(page.rows, guess_mapping(page.rows, "people"), "g.toml", "crm", NOW)
    assert seen.rows[0]["who"] == "customer_id crm:1"
    assert json.loads(seen.rows[0]["traits"]) == {"first_name": "Ada", "city": "Paris", "birthday": "1990-12-01"}
    assert 'email = "Contact"' in seen.text


def test_reports_quality_per_silo_and_field_in_both_languages(store, tmp_path):
    assert measure_quality(store, NOW)["silos"] == []
    _import(store, _csv(tmp_path, "id,mail,first,spend\n1,a@b.fr,Ada,1\n1,a@b.fr,Ada,1\n2,no,,\n3,,,much\n"), PEOPLE)
    (silo,) = measure_quality(store, NOW.replace(day=26))["silos"]
    fields = {each["field"]: each for each in silo["fields"]}
    assert (silo["rows"], silo["used"], silo["validity"], silo["duplicates"]) == (4, 2, 0.5, 1)
    assert fields["identities.email"]["completeness"] == 0.75
    assert fields["identities.email"]["validity"] == pytest.approx(2 / 3, abs=1e-3)
    assert silo["age_hours"] == 48
    for language, word in (("fr", "Complétude"), ("en", "Completeness")):
        page = draw_report(measure_quality(store, NOW), language, "Europe/Paris")
        assert ("no email" in page) == (language == "en")
        assert word in page and "<svg" in page and 'lang="' + language in page
        assert "http" not in page.replace("http-equiv", "")
    assert "&lt;" in draw_report({"measured_at": NOW.isoformat(), "silos": [{**silo, "silo": "<b>"}]}, "fr", "UTC")


def test_reports_a_silo_that_is_no_import_by_its_events(store, collector):
    collector.post("/v1/track", {"anonymousId": "v", "event": "Product Viewed", "properties": {"product_id": "p"}})
    collector.post("/v1/track", {"anonymousId": "v", "event": ""})
    (silo,) = measure_quality(store, collector.now)["silos"]
    assert (silo["silo"], silo["rows"], silo["used"]) == ("web", 2, 1)
    assert silo["fields"][0]["field"] == "Product Viewed: product_id"


def test_reads_every_kind_of_number_a_parquet_file_has(store, tmp_path):
    path = tmp_path / "people.parquet"
    people = {"id": [1, 2], "mail": [None, "b@b.fr"], "first": ["A", "B"], "spend": [10.25, None]}
    pl.DataFrame(people).write_parquet(path)
    assert _import(store, ParquetFile(path), PEOPLE).used == 2
    with store.read() as connection:
        chosen = chosen_traits(connection, find_customer(connection, "customer_id", "crm:1"), {})
    assert chosen["spend_minor"].value == 1025
