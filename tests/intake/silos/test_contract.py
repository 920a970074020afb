"""Every silo keeps the contract."""

import json
import sqlite3
from datetime import UTC, datetime
from itertools import count

import polars as pl
import pytest
import sqlalchemy as sa
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.intake.importers.mapping import parse_mapping
from bot.intake.silos.chatwoot import Chatwoot, chatwoot_mapping
from bot.intake.silos.csv_file import CsvFile
from bot.intake.silos.jsonl_file import JsonLinesFile
from bot.intake.silos.rasa import NAME, RasaEvents, rasa_mapping
from bot.intake.silos.sql import SqlTable
from bot.intake.silos.table_file import ExcelFile, ParquetFile
from bot.intake.silos.whole import WholeOrders
from bot.profile.conversations import open_conversation
from tests.contracts.silos import NOW, SALT, SiloContract, Stage
from tests.intake.silos.workbook import write_workbook

MAPPING = parse_mapping('''
records = "orders"
[identities]
customer_id = "client"
email = "mail"
[event]
name = "Order Completed"
time = "at"
key = ["id"]
[properties]
order_id = "id"
total_minor = { column = "total", type = "money" }
[traits]
city = "city"
''', "orders.toml")
GOOD = [
    {"id": f"o{n}", "client": f"c{n % 3}", "mail": f"C{n % 3}@Example.com", "at": f"2026-10-{n + 1:02} 09:00:00",
     "total": f"{n}9.90", "city": "Lyon; \"la belle\"\nFrance"}
    for n in range(5)
]
BAD = {"id": "o9", "client": "c1", "mail": "", "at": "2026-10-09 09:00:00", "total": "free", "city": ""}


class TestCsv(SiloContract):
    @pytest.fixture
    def stage(self, tmp_path):
        path = tmp_path / "orders.csv"
        pl.DataFrame([*GOOD, BAD]).write_csv(path)
        return Stage(lambda: CsvFile(path), MAPPING, 5, 1)

    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "empty.csv"
        path.write_text("id,client,mail,at,total,city\n")
        return Stage(lambda: CsvFile(path), MAPPING, 0, 0)


class TestOrderLines(SiloContract):
    """Several rows make one order: `good` counts rows here, as the report does."""

    mapping = parse_mapping('''
records = "orders"
[identities]
customer_id = "client"
[event]
name = "Order Completed"
time = "at"
key = ["id"]
[properties]
order_id = "id"
[lines]
product_id = "sku"
price_minor = { column = "price", type = "money" }
''', "lines.toml")

    @pytest.fixture
    def stage(self, tmp_path):
        path = tmp_path / "lines.csv"
        heads = [f"o{n},c{n % 3},2026-10-0{n + 1} 09:00:00,s{n},9.90\no{n},,,t{n},1.00" for n in range(4)]
        path.write_text("\n".join(["id,client,at,sku,price", *heads, "o9,c1,2026-10-09 09:00:00,s9,free"]))
        return Stage(lambda: WholeOrders(CsvFile(path), ("id",)), self.mapping, 8, 1, rows_an_event=2)

    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "empty.csv"
        path.write_text("id,client,at,sku,price\n")
        return Stage(lambda: WholeOrders(CsvFile(path), ("id",)), self.mapping, 0, 0)


class TestJsonLines(SiloContract):
    @pytest.fixture
    def stage(self, tmp_path):
        path = tmp_path / "orders.jsonl"
        lines = [json.dumps(row) for row in GOOD]
        path.write_text("\n".join([*lines[:2], '{"id": "cut', "", *lines[2:], json.dumps(BAD), "[1]"]))
        return Stage(lambda: JsonLinesFile(path), MAPPING, 5, 3)

    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "empty.jsonl"
        path.touch()
        return Stage(lambda: JsonLinesFile(path), MAPPING, 0, 0)


class TestParquet(SiloContract):
    @pytest.fixture
    def stage(self, tmp_path):
        path = tmp_path / "orders.parquet"
        pl.DataFrame([*GOOD, BAD]).write_parquet(path)
        return Stage(lambda: ParquetFile(path), MAPPING, 5, 1)

    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "empty.parquet"
        pl.DataFrame([BAD]).clear().write_parquet(path)
        return Stage(lambda: ParquetFile(path), MAPPING, 0, 0)


class TestExcel(SiloContract):
    @pytest.fixture
    def stage(self, tmp_path):
        path = tmp_path / "commandes.xlsx"
        write_workbook(path, [list(BAD), *(list(row.values()) for row in (*GOOD, BAD))])
        return Stage(lambda: ExcelFile(path), MAPPING, 5, 1)

    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "vide.xlsx"
        write_workbook(path, [list(BAD)])
        return Stage(lambda: ExcelFile(path), MAPPING, 0, 0)


class TestSql(SiloContract):
    @pytest.fixture
    def empty_stage(self, databases):
        with databases.empty("silo") as url:
            engine = sa.create_engine(url)
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "CREATE TABLE orders (n integer, id text, client text, mail text, at text, total text, city text)")
            numbers = count(1)

            def add(*rows):
                with engine.begin() as connection:
                    for row in rows:
                        connection.execute(sa.text("INSERT INTO orders VALUES (:n, :id, :client, :mail, :at, :total, "
                                                   ":city)"), {**row, "n": next(numbers) // 2})

            new = {**GOOD[0], "id": "o77"}
            stage = Stage(lambda: SqlTable(url, "orders", "n"), MAPPING, 0, 0, grow=lambda: add(new, new))
            stage.add = add
            stage.secret = "@" if "@" in url else ""
            yield stage
            engine.dispose()

    @pytest.fixture
    def stage(self, empty_stage):
        empty_stage.add(*GOOD, BAD)
        empty_stage.good, empty_stage.bad = 5, 1
        return empty_stage


class TestRasa(SiloContract):
    @pytest.fixture
    def empty_stage(self, tmp_path):
        path = tmp_path / "trackers.sqlite"
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE events (id integer primary key, sender_id text, type_name text, timestamp float,"
                         " intent_name text, action_name text, data text)")
        database.commit()

        def add(kind, sender="known"):
            at = NOW.timestamp() - 60
            data = {"text": "my name is Ada", "input_channel": "web", "message_id": "m", "parse_data": {
                "intent": {"name": "greet", "confidence": 0.9}, "entities": [{"entity": "size", "value": "M"}]}}
            statement = "INSERT INTO events (sender_id, type_name, timestamp, intent_name, data) VALUES (?, ?, ?, ?, ?)"
            database.execute(statement, (sender, kind, at, "greet", json.dumps(data)))
            database.commit()

        stage = Stage(lambda: RasaEvents(f"sqlite:///{path}"), rasa_mapping(), 0, 0, silo=NAME, prepare=_talk,
                      grow=lambda: add("user"))
        stage.add = add
        yield stage
        database.close()

    @pytest.fixture
    def stage(self, empty_stage):
        for kind in ("action", "user", "bot", "slot", "user"):
            empty_stage.add(kind)
        empty_stage.add("user", sender="a stranger")
        empty_stage.good, empty_stage.bad = 3, 1
        return empty_stage


def _talk(store):
    with store.write() as connection:
        open_conversation(connection, "web", "visitor-1", now=NOW, salt=SALT, sender_id="known")


class Desk:
    """A support desk's two lists, as Chatwoot pages them."""

    def __init__(self, server: HTTPServer) -> None:
        self.talks, self.messages = [], {}
        self.numbers = count(1)
        server.expect_request("/api/v1/accounts/7/conversations").respond_with_handler(self.list_talks)
        for talk in range(1, 9):
            server.expect_request(f"/api/v1/accounts/7/conversations/{talk}/messages").respond_with_handler(
                lambda request, talk=talk: self.list_messages(request, talk))

    def list_talks(self, request: Request) -> Response:
        assert request.headers["api-access-token"] == "a-secret-token"
        start = (int(request.args["page"]) - 1) * 2
        newest = sorted(self.talks, key=lambda each: -each["last_activity_at"])
        body = {"data": {"meta": {"all_count": len(newest)}, "payload": newest[start : start + 2]}}
        return Response(json.dumps(body), content_type="application/json")

    def list_messages(self, request: Request, talk: int) -> Response:
        before = int(request.args.get("before", 10**9))
        some = [each for each in self.messages[talk] if each["id"] < before][-2:]
        return Response(json.dumps({"meta": {}, "payload": some}), content_type="application/json")

    def add_talk(self, talk, *, at, person, status="open"):
        sender = {"id": person, "name": "Ada", "email": f"p{person}@example.com", "phone_number": "+33612345678"}
        self.talks.append({"id": talk, "inbox_id": 1, "status": status, "labels": [], "created_at": at,
                           "last_activity_at": at, "meta": {"sender": sender if person else {}}})
        self.messages[talk] = []

    def say(self, talk, kind, text, at, *, private=False):
        self.messages[talk].append({"id": next(self.numbers), "message_type": kind, "content": text,
                                    "created_at": at, "private": private})
        next(each for each in self.talks if each["id"] == talk)["last_activity_at"] = at


class TestChatwoot(SiloContract):
    @pytest.fixture
    def empty_stage(self, httpserver: HTTPServer):
        desk = Desk(httpserver)
        stage = Stage(lambda: Chatwoot(httpserver.url_for("/"), 7, "a-secret-token"), chatwoot_mapping(), 0, 0,
                      secret="a-secret-token", silo="support")
        stage.desk = desk
        return stage

    @pytest.fixture
    def stage(self, empty_stage):
        desk, start = empty_stage.desk, int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
        desk.add_talk(1, at=start, person=11)
        for n, (kind, text) in enumerate([(0, "Where is it?"), (1, "On its way."), (0, "Thanks"), (2, "closed")]):
            desk.say(1, kind, text, start + 60 + n)
        desk.say(1, 1, "an angry one", start + 70, private=True)
        desk.add_talk(2, at=start + 100, person=12, status="resolved")
        desk.add_talk(3, at=start + 200, person=0)
        empty_stage.good, empty_stage.bad = 6, 1
        empty_stage.grow = lambda: desk.say(1, 0, "One more thing", start + 900)
        return empty_stage
