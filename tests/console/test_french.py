"""No page of the console shows whoever reads French a sentence or a label of ours in English."""

import re
from html import unescape

import pytest

from bot.bootstrap import PROJECT, Services
from bot.console import words
from bot.console.figures import count_figures
from bot.console.result_figures import count_results
from bot.console.roles import RIGHTS
from bot.console.trail import write_trail
from bot.profile.resolution.records import COLUMNS
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
_LETTERS = re.compile(r"[^\W\d_]{2,}")


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
    return add_camille(services)


def test_no_page_in_french_says_anything_in_english(
    services: Services, sign_in, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed: set[str] = set()
    found: list[tuple[str, str]] = []
    name, catalogue = words.Words.name, load_catalogue("fr")

    def note(language: str, sentence: str, **values: object) -> str:
        if sentence not in catalogue:
            missed.add(sentence)
        return translate(language, sentence, **values)

    def note_name(self: words.Words, kind: str, word: str) -> str:
        if word and word not in words._WORDS[kind] and kind not in _SHOPS:
            missed.add(f"{kind}:{word}")
        return name(self, kind, word)

    monkeypatch.setattr(words, "translate", note)
    monkeypatch.setattr(words.Words, "name", note_name)
    client = sign_in("admin", language="fr").client
    english = {each.casefold() for each, said in catalogue.items() if each.casefold() != said.casefold()}
    english -= {said.casefold() for said in catalogue.values()}
    sentences = {each for each in english if " " in each}  # a word alone may be a value, or a shop's own name
    for page in (each.removeprefix("GET ") for each in RIGHTS if each.startswith("GET")):
        if page in _BESIDE:
            continue
        path = page.format(journey="cart_left", customer=customer, merge=1, silo="crm", talk=TALK, draft=1,
                           picture="autumn", record=1, offer="maille15", kind="offer", subject="journey:cart_left")
        answer = client.get(path + _ASKED.get(page, ""))
        assert answer.status_code == (404 if page in _NOT_THERE else 200), path
        nodes = {unescape(each).strip().casefold() for each in re.findall(r">([^<>]+)<", answer.text)}
        nodes |= {unescape(each).strip().casefold() for each in _SAYING.findall(answer.text)}
        found += [(path, each) for each in sorted(nodes & sentences | missed)]
        missed.clear()
    assert not found, "\n".join(map(str, found))
