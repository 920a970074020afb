"""The data's pages: silos and their rhythm, refused rows by role, trying them again, the engine asked."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console import silo_figures
from bot.console.deeds import data as deeds
from bot.console.deeds import previews
from bot.console.masking import show_received
from bot.console.paging import ROWS
from bot.console.silo_figures import LiveSilo
from bot.console.silos import judge_rhythm, judge_silence, list_silos
from bot.console.trail import read_trail
from bot.errors import Unavailable
from bot.intake.importers.mapping import parse_mapping
from bot.intake.importers.running import run_import
from bot.intake.recording import Reject, record_rejects
from bot.intake.silos.csv_file import CsvFile
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.store.tables import import_runs, rejects
from tests.conftest import NOW
from tests.intake.silos.workbook import write_workbook

SALT = "a salt of sixteen"
MAPPING = '''records = "people"
[identities]
email = "mail"
[traits]
spend = { column = "spend", type = "number" }
'''
MENDED = MAPPING.replace('records = "people"', 'records = "people"\ndecimal = ","')
_ROWS = "mail,spend\n" + "".join(f'"p{n}@example.org","{n},5"\n' for n in range(ROWS + 5))


def bring_in(services: Services) -> int:
    """A silo of files of which the newest was refused, one row but for its decimals; the run of that."""
    with TemporaryDirectory() as folder:
        for n, text in enumerate(("mail,spend\na@example.org,1\n", "mail,spend\nb@example.org,2\n",
                                  "mail,spend\nc@example.org,3\n", _ROWS)):
            path = Path(folder) / f"crm{n}.csv"
            path.write_text(text, encoding="utf-8")
            mapping = parse_mapping(MAPPING, "crm.toml")
            at = NOW - timedelta(days=9 - n)
            done = run_import(services.store, CsvFile(path), mapping, "crm", now=at, salt=SALT)
    return done.run_id


def test_tells_how_old_each_silo_is_and_whether_it_is_late(services: Services, sign_in) -> None:
    bring_in(services)
    with services.store.write() as connection:
        who = create_customer(connection, now=NOW, salt=SALT)
        append_events(connection, [
            Event(f"v{n}", who, "web", "track", "Product Viewed", {}, NOW, NOW - timedelta(hours=9 * n))
            for n in range(9)
        ])
    with services.store.read() as connection:
        crm, web = list_silos(connection, NOW)
    assert (crm.name, crm.kind, crm.rows, crm.used, crm.refused) == ("crm", "import", ROWS + 5, 0, ROWS + 5)
    assert (crm.usual, crm.is_late, crm.last_at) == (timedelta(days=1), True, NOW - timedelta(days=6))
    assert crm.reasons == {"traits.spend: no number": ROWS + 5}
    assert (web.name, web.kind, web.usual, web.is_late) == ("web", "live", timedelta(hours=9), False)
    html = sign_in("analyst").client.get("/console/data").text
    assert ">late<" in html and "traits.spend" in html and "Ask it now" not in html


def test_says_nothing_of_a_rhythm_that_nobody_knows() -> None:
    day, today = timedelta(days=1), NOW.date()
    assert judge_rhythm([NOW, NOW - day], NOW + 9 * day) == (None, False)
    assert judge_rhythm([NOW] * 3, NOW + day)[1] is False
    assert judge_rhythm([NOW, NOW - day, NOW - 2 * day], NOW + 3 * day) == (day, True)
    assert judge_silence(LiveSilo(NOW, today - day, 9, day / 3), NOW + 9 * day) == (None, False)
    assert judge_silence(LiveSilo(NOW, today - 5 * day, 2, day), NOW + 9 * day) == (None, False)
    assert judge_silence(LiveSilo(NOW, today - 5 * day, 9, 4 * day), NOW + 5 * day) == (4 * day, False)
    assert judge_silence(LiveSilo(NOW, today - 5 * day, 9, 2 * day), NOW + 5 * day) == (2 * day, True)


def test_a_quiet_silo_is_late_however_much_others_say(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its events were counted when they came; those of the other are far more than a page looks at."""
    monkeypatch.setattr(silo_figures, "_PAGE", 50)
    monkeypatch.setattr(silo_figures, "_READ_BEHIND", 5)
    with services.store.write() as connection:
        who = create_customer(connection, now=NOW, salt=SALT)
        append_events(connection, [
            Event(f"{silo}{n}", who, silo, "track", "Product Viewed", {}, at, at)
            for n in range(240) for silo, every in (("web", 1), ("till", 24)) if n % every == 0
            if (at := NOW - timedelta(hours=240 - n)) and (silo == "web" or n < 120)
        ])
    while silo_figures.count_silos(services):
        pass
    with services.store.read() as connection:
        till, web = list_silos(connection, NOW)
    assert (till.name, till.usual, till.is_late, till.rows) == ("till", timedelta(days=1), True, 5)
    assert (web.name, web.usual, web.is_late, web.rows) == ("web", timedelta(hours=1), False, 240)


def test_what_is_kept_of_silos_is_the_same_however_often_it_is_counted(services: Services) -> None:
    with services.store.write() as connection:
        who = create_customer(connection, now=NOW, salt=SALT)
    for day in range(20, 0, -1):
        at = NOW - timedelta(days=day)
        with services.store.write() as connection:
            append_events(connection, [Event(f"d{day}", who, "till", "track", "Order Completed", {}, at, at)])
        silo_figures.count_silos(services)
    silo_figures.count_silos(services)
    with services.store.read() as connection:
        told = silo_figures.read_live_silos(connection, NOW)["till"]
    assert (told.events, told.longest, told.last_at) == (14, timedelta(days=1), NOW - timedelta(days=1))


def test_shows_values_to_whoever_mends_them_and_keeps_that(services: Services, sign_in) -> None:
    bring_in(services)
    for role in ("marketing", "cx", "analyst"):
        html = sign_in(role).client.get("/console/data/crm").text
        assert "traits.spend" in html and "example.org" not in html and "Mapping (TOML)" not in html
        assert "example.org" not in str(show_received(role, {"mail": "a@example.org"}))
    with services.store.read() as connection:
        assert not [each for each in read_trail(connection) if each.deed == "saw_rejects"]
    client = sign_in("it").client
    html = client.get("/console/data/crm").text
    assert "p0@example.org" in html and f"p{ROWS}@example.org" not in html
    assert f"p{ROWS}@example.org" in client.get(f"/console/data/crm?after={ROWS}").text
    with services.store.read() as connection:
        seen = [(each.person, each.about) for each in read_trail(connection) if each.deed == "saw_rejects"]
    assert seen == [("une-it", "silo:crm")] * 2


def test_what_a_page_sent_is_escaped_and_holds_no_token(services: Services, sign_in) -> None:
    bad = {"<b>x": "<script>alert(1)</script>", "link": "https://x.example/?token=geheim"}
    with services.store.write() as connection:
        record_rejects(connection, [Reject("web", 0, "batch[0].event: must be <i>a</i> string", bad, NOW),
                                    Reject("web", 1, "{name}: no {kind}", ["a", 1], NOW)])
    html = sign_in("admin").client.get("/console/data/web").text
    assert "<script>" not in html and "<i>" not in html and "geheim" not in html
    assert sign_in("it").client.get("/console/data/nobody").status_code == 404


def test_tries_refused_rows_again_with_a_mended_mapping(services: Services, sign_in) -> None:
    run, visitor = bring_in(services), sign_in("it")
    assert "decimal = &#34;,&#34;" in visitor.client.get(f"/console/data/crm?run={run}").text  # it is guessed
    path = "/console/data/crm/replay"
    html = visitor.post(path, run=str(run), mapping=MAPPING).text
    assert f"Still refused: {ROWS + 5}." in html
    html = visitor.post(path, run=str(run), mapping=MENDED.replace("\n", "\r\n")).text
    assert f"Used now: {ROWS + 5}. Still refused: 0." in html
    with services.store.read() as connection:
        assert not connection.scalar(sa.select(sa.func.count()).select_from(rejects))
        notes = [(each.about, each.note) for each in read_trail(connection) if each.deed == "replayed"]
    assert notes == [("silo:crm", str(run))] * 2


@pytest.mark.parametrize(("mapping", "says"), [
    ("x = ", "mapping"), (MAPPING.replace("people", "orders"), "records must be &#39;people&#39;"),
    ("", "mapping"), (MAPPING + "x" * deeds.MOST_MAPPING, "mapping"),
    (MAPPING.replace('type = "number"', 'type = "date", format = "%Q%"'), ""),
])
def test_says_what_is_wrong_with_a_mapping(services: Services, sign_in, mapping: str, says: str) -> None:
    run = bring_in(services)
    answer = sign_in("admin").post("/console/data/crm/replay", run=str(run), mapping=mapping)
    assert answer.status_code == 400 if says else answer.status_code in (200, 400)
    assert says in answer.text


def test_a_replay_is_bounded(services: Services, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    run, visitor = bring_in(services), sign_in("it")
    assert visitor.post("/console/data/other/replay", run=str(run), mapping=MAPPING).status_code == 404
    monkeypatch.setattr(deeds, "REPLAYS", 1)
    assert visitor.post("/console/data/crm/replay", run=str(run), mapping=MAPPING).status_code == 200
    assert visitor.post("/console/data/crm/replay", run=str(run), mapping=MAPPING).status_code == 429
    monkeypatch.setattr(deeds, "MOST_REPLAYED", 3)
    html = visitor.post("/console/data/crm/replay", run=str(run), mapping=MAPPING).text
    assert f"prevenant import replay {run} --mapping FILE" in html
    with services.store.write() as connection:
        connection.execute(sa.update(import_runs).where(import_runs.c.run_id == run)
                           .values(source="online_retail.parquet@0"))
    html = visitor.post("/console/data/crm/replay", run=str(run), mapping=MAPPING).text
    assert "this import has no mapping" in html


def test_asks_the_engine_and_says_what_it_cannot_do(
    services: Services, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = sign_in("it")
    html = visitor.post("/console/data/engine").text
    assert html.count('badge good">answers') >= 5 and "does not answer" not in html

    def be_silent(*_args, **_more):
        raise Unavailable("the shop did not answer")

    monkeypatch.setattr(type(services.commerce), "list_offers", be_silent)
    monkeypatch.setattr(type(services.commerce), "capabilities", lambda _: frozenset({"offers"}))
    html = visitor.post("/console/data/engine").text
    assert "does not answer" in html and "the shop did not answer" in html and "Cancel an order" in html
    monkeypatch.setattr(deeds, "CHECKS", 2)
    assert visitor.post("/console/data/engine").status_code == 429
    with services.store.read() as connection:
        assert [each.deed for each in read_trail(connection)].count("asked_engine") == 2


def _look(visitor, name: str, content: bytes, mapping: str = ""):
    data = {"form_token": visitor.token(), "mapping": mapping}
    return visitor.client.post("/console/data/preview", data=data, files={"file": (name, content)})


def test_looks_at_a_file_and_keeps_nothing(services: Services, sign_in, tmp_path: Path) -> None:
    visitor, book = sign_in("it"), tmp_path / "clients.xlsx"
    write_workbook(book, [["E-mail", "Prénom"], ["a@example.org", "Ada"], ["no address", "<b>Bo</b>"]])
    for name, content in (("clients.csv", "E-mail;Prénom\na@example.org;Ada\nno address;Bo\n".encode()),
                          ("Clients.XLSX", book.read_bytes()),
                          ("c.jsonl", b'{"E-mail": "a@example.org"}\n{"E-mail": "no address"}\n')):
        html = _look(visitor, name, content).text
        assert "email a@example.org" in html and ">refused<" in html and "<b>Bo" not in html, name
        assert "records = &#34;" in html and "email = &#34;E-mail&#34;" in html
    mapping = 'records = "people"\n[identities]\nemail = "E-mail"\n[traits]\nnick = "Prénom"\n'
    assert "nick" in _look(visitor, "clients.csv", "E-mail,Prénom\na@example.org,Ada\n".encode(), mapping).text
    with services.store.read() as connection:
        assert not connection.scalar(sa.select(sa.func.count()).select_from(import_runs))


def test_says_what_is_wrong_with_a_file(sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor, packed = sign_in("it"), BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 30_000_000)
    for name, content, mapping in (
        ("x.exe", b"a", ""), ("", b"", ""), ("x.csv", b"", ""), ("x.csv", b"a\n\x00\xff\n", "x ="),
        ("x.xlsx", b"no zip", ""), ("x.xlsx", packed.getvalue(), ""), ("x.jsonl", b"{", ""), ("x.csv", b"a;b\n", ""),
        ("x.csv", b"a,b\n1,2\n", MAPPING), ("x.csv", b"", MAPPING), ("x.csv", b"\xff\xfe\x00", ""),
    ):
        answer = _look(visitor, name, content, mapping)
        assert answer.status_code == 400 and "The file is not understood." in answer.text, (name, content[:9])
    assert _look(visitor, "x.csv", b"a" * 1_100_000).status_code == 413
    assert _look(sign_in("cx"), "x.csv", b"a\n1\n").status_code == 403
    monkeypatch.setattr(previews, "PREVIEWS", 1)
    assert _look(visitor, "x.csv", b"a\n1\n").status_code == 429
