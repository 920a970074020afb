"""No page of the console shows whoever reads French a sentence or a label of ours in English."""

import re
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import PROJECT, Services
from bot.console import words
from bot.console.figures import count_figures
from bot.console.result_figures import count_results
from bot.console.roles import RIGHTS
from bot.console.trail import write_trail
from bot.decision.explain import SENTENCES
from bot.nudges.trial_words import REASONS
from bot.profile.resolution.records import COLUMNS
from bot.profile.store.tables import outbox
from bot.texts.catalogue import load_catalogue, translate
from tests.conftest import NOW
from tests.console.drafted import add_version
from tests.console.past import fill_past, measured
from tests.console.test_assistant import keep_every_kind
from tests.console.test_customers import TALK, add_camille
from tests.console.test_data import bring_in
from tests.console.test_misunderstood import add_lines

_BESIDE = {"/console/results/export"}  # a table
_NOT_THERE = {each.removeprefix("GET ") for each in RIGHTS if re.search(r"\{(draft|picture|record)\}", each)}
_ASKED = {
    "/console/results/question": "?q=profit+by+channel", "/console/results/what-if": "?journey=cart_left&policy=best",
    "/console/misunderstood": "?language=fr", "/console/segments": "?one=regulars&other=big_spenders",
    "/console/data/{silo}": "?run=4",
}
_SHOPS = {"goal", "offer", "trait", "silo"}  # what a shop calls by its own names
_MARKUP = re.compile(r"<(code|pre)\b.*?</\1>|\{% macro.*?endmacro %\}|"
                     r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", re.DOTALL)
_SAYING = re.compile(r"""\b(?:aria-label|alt|placeholder|title)="([^"]*)\"""")
_KEPT = {
    each.replace("_", separator).casefold()
    for kept in (words._WORDS["event"], words._WORDS["case"], REASONS, SENTENCES) for each in kept
    for separator in ("_", " ") if re.search("[ _]", each)
} - {"add_back", "add back"}  # as systems say it, unless a shop calls a variant so: nobody reads that on a page
_HOLDS_KEPT = re.compile("|".join(rf"(?<!')\b{re.escape(each)}\b" for each in sorted(_KEPT)))
_CODE = re.compile(r"<(code|pre|script|style|datalist)\b.*?</\1>", re.DOTALL)
_IN_ENGLISH = re.compile(r'(<figure class="seen \w+" lang="en">.*?</figcaption>).*?</figure>', re.DOTALL)  # a preview
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def nodes_of(html: str) -> set[str]:
    """What stands between tags."""
    return {unescape(each).strip().casefold() for each in re.findall(r">([^<>]+)<", html)}


def test_templates_hold_no_words_but_through_the_catalogue() -> None:
    found: list[tuple[str, str]] = []
    name = {"Prévenant", "Pré", "venant", "px"}  # it may change its colour in the middle
    for path in sorted((PROJECT / "bot" / "console" / "templates").glob("*.html")):
        html = _MARKUP.sub(" ", path.read_text(encoding="utf-8"))
        said = [re.sub(r"<[^>]*>", " ", html), *_SAYING.findall(html)]
        found += [(path.name, each) for one in said for each in _LETTERS.findall(unescape(one)) if each not in name]
    assert not found, "\n".join(map(str, found))


def test_every_column_that_is_compared_has_its_word() -> None:
    assert {each.name for each in COLUMNS} <= words._FIELDS.keys()


@pytest.fixture
def customer(services: Services) -> str:
    """Something is there to be seen on every page."""
    small = measured(services)
    fill_past(small, people=60, days=3)
    count_figures(small)
    count_results(small)
    bring_in(services)
    add_lines(services)
    keep_every_kind(services)
    add_version(services)
    with services.store.write() as connection:
        for place in words._PLACES:
            write_trail(connection, "ada", "looked", about=place, now=NOW)
    camille = add_camille(services)
    with services.store.write() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.idempotency_key == "n").values(
            state="held", reason="cap_week,cooldown"))
    return camille


def test_no_page_in_french_says_anything_in_english(
    services: Services, sign_in, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed: set[str] = set()
    found: list[tuple[str, str]] = []
    name, why_held, catalogue = words.Words.name, words.Words.why_held, load_catalogue("fr")

    def note(language: str, sentence: str, **values: object) -> str:
        if sentence not in catalogue:
            missed.add(sentence)
        return translate(language, sentence, **values)

    def note_name(self: words.Words, kind: str, word: str) -> str:
        if word and word not in words._WORDS[kind] and kind not in _SHOPS:
            missed.add(f"{kind}:{word}")
        return name(self, kind, word)

    monkeypatch.setattr(words, "translate", note)
    def note_why(self: words.Words, reason: str, *more: Any) -> str:
        if reason not in REASONS.keys() | SENTENCES.keys():
            missed.add(f"why:{reason}")
        return why_held(self, reason, *more)

    monkeypatch.setattr(words.Words, "name", note_name)
    monkeypatch.setattr(words.Words, "why_held", note_why)
    client = sign_in("admin", language="fr").client
    english = {each.casefold() for each, said in catalogue.items() if each.casefold() != said.casefold()}
    english -= {said.casefold() for said in catalogue.values()}
    sentences = {each for each in english if " " in each}  # a word alone may be a value, or a shop's own name
    pages = [(each.removeprefix("GET "), "cart_left") for each in RIGHTS if each.startswith("GET")]
    late = [(each, "amends_late") for each, _ in pages if each.startswith("/console/journeys/{journey}")]
    for page, journey in [*pages, *late]:
        if page in _BESIDE:
            continue
        path = page.format(journey=journey, customer=customer, merge=1, silo="crm", talk=TALK, draft=1,
                           picture="autumn", record=1, offer="maille15", kind="offer", subject="journey:cart_left")
        answer = client.get(path + _ASKED.get(page, ""))
        assert answer.status_code == (404 if page in _NOT_THERE else 200), path
        nodes = nodes_of(_IN_ENGLISH.sub(r"\1", answer.text))
        nodes |= {unescape(each).strip().casefold() for each in _SAYING.findall(answer.text)}
        kept = {each for each in nodes_of(_CODE.sub(" ", answer.text)) if _HOLDS_KEPT.search(each)}
        found += [(path, each) for each in sorted(nodes & sentences | missed | kept)]
        missed.clear()
    assert not found, "\n".join(map(str, found))
