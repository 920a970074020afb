"""The segments' page: who is in which, a rule tried by a form, the overlap of two; nothing is kept of a trial."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console import segments
from bot.console.charter_watch import note_changes
from bot.console.deeds import segments as deeds
from bot.console.result_figures import count_results
from bot.console.roles import ROLES
from bot.console.segments import CLAUSES, Overlap, add_clause, find_overlap, list_segments
from bot.errors import FixInput
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.store.tables import segment_members
from tests.conftest import NOW

SALT = "a salt of sixteen"


@pytest.fixture
def people(services: Services) -> list[str]:
    """Three: two are regulars, one of them spends, one left; and each looked at something."""
    with services.store.write() as connection:
        made = [create_customer(connection, now=NOW, salt=SALT) for _ in range(3)]
        rows = [("regulars", 0, 30, None), ("regulars", 1, 1, None), ("big_spenders", 1, 30, None),
                ("regulars", 2, 30, 2)]
        for name, n, came, went in rows:
            connection.execute(sa.insert(segment_members).values(
                segment=name, customer_id=made[n], entered_at=NOW - timedelta(days=came),
                left_at=NOW - timedelta(days=went) if went else None,
            ))
        append_events(connection, [
            Event(f"v{n}", each, "web", "track", "Product Viewed", {}, NOW, NOW) for n, each in enumerate(made)
        ])
    return made


def test_lists_who_is_in_which_and_who_came_and_went(services: Services, people: list[str]) -> None:
    with services.store.read() as connection:
        listed, persons, _ = list_segments(connection, services.segments, NOW)
    rows = {each.name: each for each in listed}
    assert persons == 3
    assert list(rows) == list(services.segments.segments)
    assert (rows["regulars"].persons, rows["regulars"].entered, rows["regulars"].left) == (2, 1, 1)


def test_counts_who_is_in_both(
    services: Services, people: list[str], sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.store.read() as connection:
        assert find_overlap(connection, "regulars", "big_spenders", NOW) == Overlap(2, 1, 1)
    monkeypatch.setattr(deeds, "LEAST_COUNTED", 0)
    client = sign_in("analyst").client
    assert "are in both, of 2 and 1" in client.get("/console/segments?one=regulars&other=big_spenders").text
    assert client.get("/console/segments?one=regulars&other=nobody").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_tells_nobody_how_few_are_in_a_segment_or_in_two(
    services: Services, people: list[str], sign_in, role: str
) -> None:
    with services.store.write() as connection:
        more = [create_customer(connection, now=NOW, salt=SALT) for _ in range(9)]
        connection.execute(sa.insert(segment_members), [
            {"segment": "regulars", "customer_id": each, "entered_at": NOW - timedelta(days=30), "left_at": None}
            for each in more
        ])
    client = sign_in(role).client
    told = client.get("/console/api/v1/segments").json()
    rows = {each["name"]: (each["persons"], each["entered"], each["left"]) for each in told["segments"]}
    assert rows.pop("regulars") == (11, None, None)
    assert set(rows.values()) == {(None, None, None)}
    asked = "?one=regulars&other=big_spenders"
    assert client.get(f"/console/api/v1/segments/overlap{asked}").json() == {"one": 11, "other": None, "both": None}
    html = client.get(f"/console/segments{asked}").text
    assert "<b>under ten</b> are in both, of 11 and under ten" in html
    assert set(re.findall(r'<td class="n">([^<]*)</td>', html)) == {"11", "91.7%", "under ten", "–"}


@pytest.mark.parametrize("role", ROLES)
def test_tells_nobody_how_few_a_rule_finds(people: list[str], sign_in, role: str) -> None:
    html = sign_in(role).post("/console/segments", rule="seen in 7 days").text
    assert "fewer than ten people" in html and "<b>3</b>" not in html and "persons, " not in html


def test_adds_a_clause_and_counts_whom_the_rule_finds(
    people: list[str], sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "LEAST_COUNTED", 0)
    visitor = sign_in("marketing")
    html = visitor.post("/console/segments", kind="did", value="Product Viewed", number="1", days="7").text
    assert "<b>3</b>" in html and "Product Viewed" in html
    html = visitor.post("/console/segments", rule="seen in 7 days", join="and not", kind="segment",
                        value="big_spenders").text
    assert "<b>3</b>" in html


@pytest.mark.parametrize("kind", CLAUSES)
def test_every_clause_is_a_rule(services: Services, kind: str) -> None:
    value = {"consents": "email", "segment": "regulars"}.get(kind, "it's a 'coat'")
    for join in ("and", "or", "and not"):
        for rule in ("", "seen in 7 days"):
            services.segments.read(add_clause(rule, {"kind": kind, "value": value, "join": join}, "EUR"))


@pytest.mark.parametrize("form", [{"kind": "x"}, {"kind": "seen", "days": "0"}, {"kind": "seen", "days": "٣"},
                                  {"kind": "seen", "join": "xor"}])
def test_refuses_what_is_no_clause(form: dict[str, str]) -> None:
    with pytest.raises(FixInput):
        add_clause("", form, "EUR")


def test_says_where_a_rule_is_wrong_and_counts_so_often_and_no_more(
    sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "TRIES", 1)
    visitor = sign_in("marketing")
    answer = visitor.post("/console/segments", rule="<script> bought")
    assert answer.status_code == 400 and "The rule is not understood." in answer.text and "<script" not in answer.text
    assert visitor.post("/console/segments", rule="seen in 7 days").status_code == 429


_CLAUSE = {"rule": "seen in 7 days", "join": "or", "kind": "bought", "value": "dress", "number": "2", "days": "0"}
_DRAFTED = {"rule": "seen in 7 days", "name": "here_lately", "en": "Here", "fr": "Venus", "why": "To try it."}


def _values_of(html: str) -> dict[str, str]:
    """What stands in the fields of the page, and what is chosen there."""
    found = dict(re.findall(r'<input(?: type="hidden")? name="(\w+)"[^>]* value="([^"]*)"', html))
    found |= {name: value for name, told in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', html)
              for value in re.findall(r'<option value="([^"]*)" selected', told)}
    return found | dict(re.findall(r'<textarea name="(\w+)"[^>]*>([^<]*)</textarea>', html))


def test_a_clause_that_is_refused_stays_as_it_was_typed(sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = sign_in("marketing")
    answer = visitor.post("/console/segments", **_CLAUSE)
    assert answer.status_code == 400 and _CLAUSE.items() <= _values_of(answer.text).items()
    monkeypatch.setattr(deeds, "TRIES", 0)
    answer = visitor.post("/console/segments", **_CLAUSE)
    assert answer.status_code == 429 and _CLAUSE.items() <= _values_of(answer.text).items()


@pytest.mark.parametrize(("wrong", "status"), [
    ({"name": "Here Lately"}, 400), ({"name": "regulars"}, 400), ({"why": "x"}, 400), ({"rule": "bought in"}, 400),
    ({}, 409),
])
def test_a_draft_that_is_refused_stays_as_it_was_typed(sign_in, wrong: dict[str, str], status: int) -> None:
    visitor, form = sign_in("marketing"), {**_DRAFTED, **wrong}
    if not wrong:
        assert visitor.post("/console/segments/draft", **form).status_code == 303
    answer = visitor.post("/console/segments/draft", **form)
    assert answer.status_code == status and form.items() <= _values_of(answer.text).items()
    assert "<details open>" in answer.text and 'role="alert"' in answer.text


def test_who_is_like_them_is_refused_on_the_page_with_what_was_asked(sign_in) -> None:
    asked = {"segment": "big_spenders", "size": "3"}
    answer = sign_in("marketing").post("/console/segments/alike", **asked)
    assert answer.status_code == 400 and asked.items() <= _values_of(answer.text).items()
    assert "Who is like them could not be looked for." in answer.text


def test_says_that_the_files_other_word_waits(services: Services, sign_in) -> None:
    note_changes(services)
    rule = "bought in 30 days"
    other = replace(services.segments.segments["regulars"], rule=rule, tree=services.segments.read(rule))
    book = replace(services.segments, segments={**services.segments.segments, "regulars": other})
    note_changes(replace(services, segments=book))
    client = sign_in("analyst").client
    assert "says something else of regulars" in client.get("/console/segments").text
    assert client.get("/console/api/v1/segments").json()["waiting"] == ["regulars"]
    html = client.get("/console/charter").text
    assert "The segment regulars" in html and rule in html


def test_tells_what_the_worker_counted_last(services: Services, people: list[str]) -> None:
    count_results(services)
    with services.store.write() as connection:
        connection.execute(sa.delete(segment_members))
    with services.store.read() as connection:
        rows, _, _ = list_segments(connection, services.segments, NOW)
        assert {each.name: each.persons for each in rows if each.persons} == {"regulars": 2, "big_spenders": 1}
        assert find_overlap(connection, "big_spenders", "regulars", NOW) == Overlap(1, 2, 1)


def test_looks_at_a_sample_of_many_persons(
    services: Services, people: list[str], sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "LEAST_COUNTED", 0)
    monkeypatch.setattr(segments, "COUNTED", 2)
    monkeypatch.setattr(segments, "SAMPLED", 2)
    monkeypatch.setattr(segments, "_AT_ONCE", 1)
    html = sign_in("marketing").post("/console/segments", rule="seen in 7 days").text
    assert "roughly <b>3</b>" in html
    assert "roughly <b>0</b>" in sign_in("admin").post("/console/segments", rule="not seen in 7 days").text
