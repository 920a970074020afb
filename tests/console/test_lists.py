"""Tables: a number opens to exactly the rows it counts; pages together hold each row once; sorted and filtered."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.bootstrap import Services
from bot.charter.drafts import MOST_OPEN, make_draft
from bot.console import list_sources
from bot.console.deeds.drafts import list_open
from bot.console.figures import count_figures
from bot.console.lists import LISTS
from bot.console.paging import ROWS, Page, Part, Shown, Source, Wanted, arrange, merge
from bot.console.trail import write_trail
from bot.console.words import Words
from bot.decision.pauses import pause_journey
from bot.intake.recording import Reject, record_rejects
from bot.profile.handoffs import TAKEN_OVER, add_handoff
from bot.profile.store.tables import decisions, import_runs, inbox, link_reviews, outbox
from tests.conftest import NOW

WORDS = Words("en", "Europe/Paris")
BY_NAME = {each.name: each for each in LISTS}
LONG_AGO = NOW - timedelta(days=20)


class Told(NamedTuple):
    """A row as a source gives it."""

    page_key: int
    page_at: datetime


def _message(n: int, at: datetime, state: str, **more: object) -> dict[str, object]:
    return {
        "idempotency_key": f"{state}:{at}:{n}", "kind": "nudge", "customer_id": "c", "channel": "email", "address": "x",
        "purpose": "marketing", "nudge": "cart_left", "facts": {}, "payload": {"text": "x"}, "state": state,
        "reason": "", "not_before": at, "created_at": at, **more,
    }


def _decision(at: datetime, reason: str, journey: str = "cart_left") -> dict[str, object]:
    return {
        "customer_id": "c", "trigger": journey, "subject": "s", "probability": 1.0, "decided_at": at, "chosen": "",
        "candidates": [{"channel": "email", "variant": "warm", "held": [reason, "paused"]}],
    }


@pytest.fixture
def busy(services: Services) -> Services:
    """What Today counts, of this week and of long ago."""
    with services.store.write() as connection:
        for at, count in ((LONG_AGO, 3), (NOW, 60)):
            moments = [at + timedelta(seconds=n) for n in range(count)]
            connection.execute(sa.insert(outbox), [_message(n, at, "sent") for n, at in enumerate(moments)])
            connection.execute(sa.insert(outbox), [
                _message(n, at, "held", reason="out_of_stock,expired", nudge="winter_offers:X")
                for n, at in enumerate(moments)])
            connection.execute(sa.insert(outbox), [
                _message(n, at, "failed", kind="reply") for n, at in enumerate(moments)])
            connection.execute(sa.insert(decisions), [_decision(at, "cap_week") for at in moments])
            for n, moment in enumerate(moments):
                for turn in range(2):  # the same person twice on a day is one who asked
                    add_handoff(
                        connection, turn_key=f"{moment}{turn}", reference=f"R{n}-{turn}", sender_id=f"s{at}{n}",
                        customer_id="c", channel="web", language="en", about="an order", order_number="", email="",
                        summary="", now=moment + timedelta(minutes=turn),
                    )
        add_handoff(
            connection, turn_key="t", reference="T", sender_id="t", customer_id="c", channel="web", language="en",
            about=TAKEN_OVER, order_number="", email="", summary="", now=NOW,
        )
    count_figures(services)
    return services


def _read(services: Services, name: str, wanted: Wanted) -> Page:
    with services.store.read() as connection:
        return BY_NAME[name].read(connection, services, WORDS, wanted)


def _read_all(services: Services, name: str, wanted: Wanted) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for _ in range(40):
        page = _read(services, name, wanted)
        assert len(page.rows) <= ROWS
        rows += page.rows
        if not page.after:
            return rows
        wanted = replace(wanted, after=page.after)
    raise AssertionError("never ends")


@pytest.mark.parametrize("days", [1, 7, 30])
def test_each_number_of_today_opens_to_exactly_the_rows_it_counts(busy: Services, sign_in, days: int) -> None:
    html = sign_in("admin").client.get(f"/console?days={days}").text
    tiles = dict(re.findall(rf'href="/console/lists/(\w+)\?days={days}"><span class="label">[^<]+</span>'
                            r'<span class="figure">([^<]+)<', html))
    assert int(tiles["sent"]) == len(_read_all(busy, "sent", Wanted(days)))
    held = _read_all(busy, "held", Wanted(days))
    assert int(tiles["held"]) == len(held) == len(set(held))
    asked = re.search(r"(\d+) asked for a person", html)
    assert asked and int(asked[1]) == len(_read_all(busy, "asked", Wanted(days)))
    for name, what, count in re.findall(
        rf'href="/console/lists/(\w+)\?days={days}&amp;(\w+=[^"]+)">[^<]+</a><span class="count">(\d+)<', html
    ):
        key, _, value = unquote(what).partition("=")
        assert int(count) == len(_read_all(busy, name, Wanted(days, by={key: value}))), what
    assert 'because=cap_week' in html and "journey=cart_left" in html


@pytest.mark.parametrize("name", ["sent", "held", "asked", "handoffs", "letters"])
@pytest.mark.parametrize("sort", ["when", "-when"])
def test_pages_hold_each_row_once_in_the_order_of_time(
    busy: Services, monkeypatch: pytest.MonkeyPatch, name: str, sort: str
) -> None:
    whole = _read_all(busy, name, Wanted(sort=sort))
    assert len(whole) == len(set(whole)) == {"sent": 63, "held": 126, "asked": 63, "handoffs": 127, "letters": 63}[name]
    monkeypatch.setattr(list_sources, "Source", lambda *told, **more: replace(Source(*told, **more), looked=7))
    assert _read_all(busy, name, Wanted(sort=sort)) == whole
    other = _read_all(busy, name, Wanted(sort="when" if sort == "-when" else "-when"))
    assert sorted(other) == sorted(whole) and other != whole


@pytest.mark.parametrize(("name", "index"), [
    ("sent", "ix_outbox_nudges"), ("held", "ix_outbox_held"), ("letters", "ix_outbox_dead"),
    ("unanswered", "ix_inbox_state"), ("reviews", "ix_link_reviews_state"),
])
def test_a_large_table_is_read_along_an_index_and_never_sorted(
    busy: Services, name: str, index: str
) -> None:
    wanted = Wanted(by={"channel": "email"})
    with busy.store.read() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("the plan is told in SQLite's words")
        asked: list[tuple[str, object]] = []
        sa.event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        for sort in ("", "when", "chance"):
            BY_NAME[name].read(connection, busy, WORDS, replace(wanted, sort=sort))
        plans = [
            " | ".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", told))
            for statement, told in [*asked]
        ]
    assert any(index in each for each in plans), plans
    assert not [each for each in plans if "TEMP B-TREE" in each]
    assert not [each for each in plans if "SCAN outbox" in each and "USING" not in each]


def test_a_filter_lets_through_what_it_says(busy: Services) -> None:
    assert _read_all(busy, "sent", Wanted(by={"channel": "sms"})) == []
    assert _read_all(busy, "sent", Wanted(by={"journey": "cart"})) == []
    assert len(_read_all(busy, "held", Wanted(by={"journey": "winter_offers"}))) == 63
    assert len(_read_all(busy, "held", Wanted(by={"because": "cap_week"}))) == 63
    assert len(_read_all(busy, "held", Wanted(by={"because": "out_of_stock"}))) == 63
    assert _read_all(busy, "held", Wanted(by={"because": "expired"})) == []  # the first of its reasons counts


def test_what_was_not_answered_and_reviews_page_too(services: Services) -> None:
    with services.store.write() as connection:
        connection.execute(sa.insert(inbox), [
            {"channel": "web", "message_id": f"m{n}", "sender_id": "s", "payload": {}, "state": "failed",
             "attempts": 5, "received_at": NOW} for n in range(70)])
        connection.execute(sa.insert(link_reviews), [
            {"left_id": f"a{n}", "right_id": "b", "chance": n % 7 / 10, "evidence": {}, "state": "waiting",
             "proposed_at": NOW} for n in range(120)])
    assert len(set(_read_all(services, "unanswered", Wanted()))) == 70
    falling, rising = (_read_all(services, "reviews", Wanted(sort=sort)) for sort in ("", "chance"))
    assert len({row[0] for row in falling}) == len({row[0] for row in rising}) == 120
    chances = [float(row[1].rstrip("%")) for row in rising]
    assert chances == sorted(chances)
    assert [row[1] for row in falling] == [row[1] for row in rising][::-1]


def test_a_head_sorts_and_the_page_leads_on_without_script(busy: Services, sign_in) -> None:
    visitor = sign_in("admin")
    html = visitor.client.get("/console/lists/sent?days=30&journey=cart_left").text
    assert 'aria-sort="descending"><a class="sort" href="/console/lists/sent?days=30&amp;sort=when&amp;journey=' in html
    assert '<option value="cart_left" selected>' in html and "<script" not in html
    following = re.search(r'href="([^"]+)" rel="next"', html)
    assert following
    second = visitor.client.get(following[1].replace("&amp;", "&")).text
    assert second.count("<tr>") == 14 and "First page" in second and 'rel="next"' not in second
    assert "There is nothing of the kind" in visitor.client.get("/console/lists/sent?channel=sms").text
    assert visitor.client.get("/console/lists/sent?after=x").status_code == 422


def test_a_small_table_is_sorted_by_any_column_and_searched() -> None:
    rows = [("b", Shown("2", 2)), ("a", Shown("10", 10)), ("C", Shown("1", 1))]
    columns = ("name", "how many")
    assert [row[0] for row in arrange(rows, columns, Wanted(sort="how_many")).rows] == ["C", "b", "a"]
    assert [row[0] for row in arrange(rows, columns, Wanted(sort="-name")).rows] == ["C", "b", "a"]
    assert [row[0] for row in arrange(rows, columns, Wanted(sort="nothing", by={"text": "c"})).rows] == ["C"]
    many = [(str(n),) for n in range(120)]
    assert arrange(many, ("n",), Wanted(after="100")) == Page([(str(n),) for n in range(100, 120)])


def test_journeys_are_sorted_and_filtered_by_their_heads(services: Services, sign_in) -> None:
    client = sign_in("analyst").client
    names = re.compile(r'<th scope="row"><a href="/console/journeys/(\w+)"')
    every = names.findall(client.get("/console/journeys").text)
    assert 'href="/console/journeys?sort=on_the_way"' in client.get("/console/journeys").text
    rising, falling = (client.get(f"/console/journeys?sort={sort}").text for sort in ("journey", "-journey"))
    assert names.findall(rising) == names.findall(falling)[::-1] and sorted(every) == sorted(names.findall(rising))
    assert 'aria-sort="ascending"' in rising and 'aria-sort="descending"' in falling
    with services.store.write() as connection:
        pause_journey(connection, "cart_left", reason="by_hand", by="x", now=NOW)
    assert names.findall(client.get("/console/journeys?state=rests").text) == ["cart_left"]
    assert names.findall(client.get("/console/journeys?text=BASKET").text) == ["cart_left"]
    assert "There is nothing of the kind" in client.get("/console/journeys?text=nothing+so").text


def test_offers_are_sorted_and_filtered_by_their_heads(services: Services, sign_in) -> None:
    client = sign_in("analyst").client
    codes = re.compile(r"<code>(\w+)</code></a></th>|<code>(\w+)</code></th>")
    pages = (client.get(f"/console/content/offers?sort={sort}").text for sort in ("code", "-code"))
    rising, falling = (codes.findall(each) for each in pages)
    assert rising and rising == falling[::-1]
    assert len(codes.findall(client.get("/console/content/offers?text=maille15").text)) == 1


def test_drafts_are_all_listed_sorted_and_filtered(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        for n in range(MOST_OPEN):
            make_draft(connection, "goal", f"aim_{n:03}", {}, base="", why=f"For {n:03}.", by="ada",
                       now=NOW + timedelta(minutes=n))
    client, why = sign_in("marketing").client, re.compile(r"<td>For (\d+)\.</td>")
    assert len(list_open(services)) == MOST_OPEN
    newest = client.get("/console/drafts").text
    assert why.findall(newest) == [f"{MOST_OPEN - 1 - n:03}" for n in range(ROWS)]
    later = re.search(r'href="([^"]+)" rel="next"', newest)
    assert later and why.findall(client.get(later[1]).text)[0] == f"{MOST_OPEN - 1 - ROWS:03}"
    assert why.findall(client.get("/console/drafts?sort=changed").text)[0] == "000"
    assert why.findall(client.get("/console/drafts?text=FOR+123").text) == ["123"]
    assert not why.findall(client.get("/console/drafts?state=proposed").text)


def test_segments_are_sorted_and_filtered_by_their_heads(services: Services, sign_in) -> None:
    client, names = sign_in("analyst").client, re.compile(r'<th scope="row">([^<]+)<br>')
    rising, falling = (names.findall(client.get(f"/console/segments?sort={sort}").text)
                       for sort in ("segment", "-segment"))
    assert len(rising) > 3 and rising == falling[::-1]
    assert names.findall(client.get("/console/segments?text=STAY+away").text) == ["Regulars who stay away"]


def test_silos_and_their_refused_rows_are_sorted_and_filtered(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        for silo in ("crm", "tills"):
            record_rejects(connection, [
                Reject(silo, n, f"mail: odd {n % 2}", {"n": f"{silo}-{n}."}, NOW) for n in range(ROWS + 5)])
        connection.execute(sa.insert(import_runs), [
            {"silo": silo, "source": "x.csv", "state": "done", "position": 1, "counts": {}, "started_at": NOW}
            for silo in ("tills", "crm")
        ])
    client, names = sign_in("it").client, re.compile(r'<th scope="row"><a href="/console/data/(\w+)">')
    rising, falling = (names.findall(client.get(f"/console/data?sort={sort}").text) for sort in ("silo", "-silo"))
    assert rising == ["crm", "tills"] and falling == rising[::-1]
    assert names.findall(client.get("/console/data?text=TILL").text) == ["tills"]
    rows = re.compile(r"crm-(\d+)\.")
    oldest, newest = (client.get(f"/console/data/crm{sort}").text for sort in ("", "?sort=-when"))
    assert rows.findall(oldest) == [str(n) for n in range(ROWS)]
    assert rows.findall(newest)[:2] == [str(ROWS + 4), str(ROWS + 3)]
    later = re.search(r'href="([^"]+)" rel="next"', newest)
    assert later and rows.findall(client.get(later[1].replace("&amp;", "&")).text) == ["4", "3", "2", "1", "0"]
    assert rows.findall(client.get("/console/data/crm?text=ODD+1").text)[:2] == ["1", "3"]


def test_messages_are_sorted_by_what_they_did_and_filtered(services: Services, sign_in) -> None:
    client, names = sign_in("marketing").client, re.compile(r'<a href="/console/content/journeys/(\w+)">')
    rising, falling = (names.findall(client.get(f"/console/content?sort={sort}").text)
                       for sort in ("message", "-message"))
    assert rising == sorted(rising, key=lambda each: Words("en", "UTC").journey(each).casefold())
    assert falling[0] == rising[-1] or len(rising) == ROWS
    assert set(names.findall(client.get("/console/content?journey=review&channel=email").text)) == {"review"}
    assert "?sort=Were_sent" in client.get("/console/content").text
    assert "There is nothing of the kind" in client.get("/console/content?text=nothing+so").text


def test_the_trail_is_read_from_either_end_by_deed_and_by_person(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        for n in range(70):
            write_trail(connection, f"p{n % 2}", "paused" if n % 10 else "resumed", about=f"journey:j{n}", now=NOW)
    client = sign_in("admin").client
    first = client.get("/console/audit?sort=when&person=p1").text
    following = re.search(r'href="([^"]+)" rel="next"', client.get("/console/audit?sort=when").text)
    assert "j1<" in first and "j2<" not in first and following
    assert "j50<" in client.get(following[1].replace("&amp;", "&")).text
    resumed = client.get("/console/audit?deed=resumed").text
    assert [f"j{n}<" in resumed for n in (0, 10, 60, 61)] == [True, True, True, False]


@given(
    one=st.lists(st.integers(0, 40), max_size=40), other=st.lists(st.integers(0, 40), max_size=40),
    looked=st.integers(1, 9), is_rising=st.booleans(),
)
def test_two_sources_come_together_whole(one: list[int], other: list[int], looked: int, is_rising: bool) -> None:
    """However far each is looked at: nothing is lost, nothing doubled, and every page goes on."""
    sources = [[Told(key, NOW + timedelta(minutes=at)) for key, at in enumerate(sorted(each), 1)]
               for each in (one, other)]
    found: list[tuple[int, int]] = []
    afters: list[int | None] = [None, None]
    for _ in range(200):
        taken, after = merge([_look(rows, at, looked, is_rising) for rows, at in zip(sources, afters, strict=True)],
                             is_rising)
        found += [(place, row.page_key) for place, row in taken]
        if not after:
            break
        afters = [*Wanted(after=after).cursors(2)]
    assert sorted(found) == sorted((place, row.page_key) for place, rows in enumerate(sources) for row in rows)


def _look(rows: list[Told], after: int | None, looked: int, is_rising: bool) -> Part:
    """As far as one page looks."""
    along = rows if is_rising else rows[::-1]
    beyond = [row for row in along if after is None or (row.page_key > after if is_rising else row.page_key < after)]
    edge = beyond[looked - 1] if len(beyond) >= looked else None
    return Part(after, beyond[:looked], (edge.page_key, edge.page_at) if edge else None)


@pytest.mark.parametrize(("about", "said"), [("track_order", "suivre une commande"), ("", "–")])
def test_says_in_the_readers_language_what_a_person_is_asked_about(about: str, said: str) -> None:
    row = SimpleNamespace(reference="R", page_at=NOW, about=about, channel="web", state="open")
    assert list_sources._request(row, Words("fr", "Europe/Paris"))[2] == said
