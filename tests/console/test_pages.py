"""Pages as a browser gets them: the numbers, the lists behind them, and that nothing shown becomes markup."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.book import Subject
from bot.charter.kept import propose
from bot.console.figures import count_figures
from bot.console.lists import LISTS
from bot.console.trail import PAGE, read_trail, write_trail
from bot.decision.pauses import pause_journey
from bot.profile.handoffs import add_handoff
from bot.profile.store.tables import console_figures, import_runs, inbox, link_reviews, outbox
from tests.conftest import NOW

XSS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "{{7*7}}",
    "javascript:alert(1)", "</td></table><h1>x", "&lt;b&gt;", "\u202e\u0000x".replace("\u0000", ""),
)


@pytest.fixture
def troubles(services: Services) -> None:
    """One of each that needs somebody, each with words that want to be markup."""
    with services.store.write() as connection:
        for n, words in enumerate(XSS):
            add_handoff(
                connection, turn_key=f"k{n}", reference=words[:16], sender_id=f"s{n}", customer_id="c", channel="web",
                language="en", about=words, order_number="", email="secret@example.org", summary="a secret", now=NOW,
            )
            connection.execute(sa.insert(outbox).values(
                idempotency_key=f"o{n}", kind="nudge", customer_id="c", channel="email", address="secret@example.org",
                purpose="marketing", nudge=words, facts={}, payload={"text": "a secret"}, state="failed", reason=words,
                not_before=NOW, created_at=NOW,
            ))
            pause_journey(connection, words, reason=words, by=words, now=NOW, details={"why": words})
            write_trail(connection, words, words[:32], about=words, note=words, now=NOW)
            connection.execute(sa.insert(import_runs).values(
                silo=words, source=words, position=9, counts={"used": 4, "rejected:x": 5}, state="done", started_at=NOW,
            ))
            propose(connection, Subject(words), {words: words}, by=words, reason=words, now=NOW, due_at=NOW)
        connection.execute(sa.insert(console_figures).values(  # the shop gives nothing by a code
            name="shop_offers", value={"offers": []}, counted_at=NOW,
        ))
        connection.execute(sa.insert(link_reviews).values(
            left_id="a", right_id="b", chance=0.9, evidence={"email": "same", **dict.fromkeys(XSS, "alike")},
            state="waiting", proposed_at=NOW,
        ))
        connection.execute(sa.insert(inbox).values(
            channel="web", message_id="m", sender_id="s", payload={"text": "a secret"}, state="failed", attempts=5,
            received_at=NOW,
        ))


def test_says_that_nothing_is_counted_before_the_worker_counted(sign_in) -> None:
    html = sign_in("marketing").client.get("/console").text
    assert "Tuesday 24 November" in html
    assert "Nothing is counted yet" in html and "Nothing waits for you." in html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_number_that_needs_somebody_opens_the_list_behind_it(
    services: Services, sign_in, troubles, language: str
) -> None:
    count_figures(services)
    visitor = sign_in("admin", language=language)
    html = visitor.client.get("/console").text
    needing = [each.name for each in LISTS if each.count and each.name != "late"]  # that one below
    for name in needing:
        number = re.search(rf'href="/console/lists/{name}"><b>(\d+)</b>', html)
        assert number, name
        rows = visitor.client.get(f"/console/lists/{name}").text.count("<tr>") - 1
        assert rows == int(number[1]), name


def test_a_silo_that_is_late_needs_somebody(services: Services, sign_in) -> None:
    visitor = sign_in("it")
    assert "/console/lists/late" not in visitor.client.get("/console").text
    with services.store.write() as connection:
        for silo, days in (("crm", (9, 8, 7)), ("desk", (2, 1, 0))):
            connection.execute(sa.insert(import_runs), [
                {"silo": silo, "source": f"{day}.csv", "position": 9, "counts": {"used": 9}, "state": "done",
                 "started_at": NOW - timedelta(days=day), "finished_at": NOW - timedelta(days=day)} for day in days])
    html = visitor.client.get("/console").text
    assert re.search(r'href="/console/lists/late"><b>1</b> <span>Data that is late', html)
    rows = visitor.client.get("/console/lists/late").text
    assert rows.count("<tr>") == 2 and "<td>crm</td><td>files</td>" in rows and "<td>7 days</td>" in rows


def test_shows_nobody_numbers_of_pages_that_are_closed_to_them(services: Services, sign_in, troubles) -> None:
    count_figures(services)
    html = sign_in("marketing").client.get("/console").text
    assert "/console/lists/paused" in html
    assert "/console/lists/reviews" not in html and "/console/audit" not in html


def test_names_no_address_and_no_words_of_a_customer(services: Services, sign_in, troubles) -> None:
    visitor = sign_in("admin")
    for path in ["/console", *(f"/console/lists/{each.name}" for each in LISTS)]:
        assert "secret" not in visitor.client.get(path).text, path


def test_nothing_that_is_shown_becomes_markup(services: Services, sign_in, troubles) -> None:
    count_figures(services)
    visitor = sign_in("admin")
    paths = ["/console", "/console/audit", "/console/charter", "/console/journeys", "/console/drafts",
             *(f"/console/lists/{each.name}" for each in LISTS)]
    shown = {path: visitor.client.get(path).text for path in paths}
    shown |= {words: visitor.client.get("/console/audit", params={"person": words}).text for words in XSS}
    for path, html in shown.items():
        assert "<script" not in html and "<img" not in html and "<svg onload" not in html, path
        assert "49" not in re.findall(r"<td>(49)</td>", html), path
        bare = re.sub(r'="[^"<>]*"', '=""', html)  # what stands within a value's quotes is no attribute
        assert not re.search(r"<[^>]+\son\w+=", bare), path
        assert 'href="javascript:' not in html, path
    for path in ("/console/audit", "/console/charter"):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown[path], path


def test_every_answer_forbids_scripts_and_frames_and_is_kept_nowhere(sign_in) -> None:
    visitor = sign_in("admin")
    for path in ("/console", "/console/audit", "/console/lists/days", "/console/sign-in"):
        headers = visitor.client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"


def test_the_trail_is_paged_by_its_key_and_says_who_looked(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        for n in range(PAGE + 5):
            write_trail(connection, f"p{n}", "signed_in", now=NOW + timedelta(seconds=n))
    visitor = sign_in("it")
    first = visitor.client.get("/console/audit").text
    earlier = re.search(r"/console/audit\?before=\d+", first)
    assert earlier and f"person=p{PAGE + 4}" in first
    second = visitor.client.get(earlier[0]).text
    assert "person=p0" in second and f"person=p{PAGE + 4}" not in second
    with services.store.read() as connection:
        newest = read_trail(connection, limit=1)[0]
    assert (newest.person, newest.deed, newest.about) == ("une-it", "looked", "audit")


def test_changes_the_language_and_comes_back_to_the_page(sign_in) -> None:
    visitor = sign_in("it", language="fr")
    assert 'lang="fr"' in visitor.client.get("/console").text
    answer = visitor.post("/console/language", language="en", back="/console/lists/days")
    assert answer.headers["location"] == "/console/lists/days"
    assert "Day by day" in visitor.client.get("/console/lists/days").text
    for elsewhere in ("https://evil.example", "//evil.example", "/console//evil.example", "/console/\\evil", ""):
        assert visitor.post("/console/language", language="en", back=elsewhere).headers["location"] == "/console"
