"""Whatever a form is refused for is said in the reader's language, with its values."""

import ast
import re
from collections.abc import Iterator
from html import unescape

import pytest

from bot.bootstrap import PROJECT, Services
from bot.errors import Conflict, FixInput, Said
from bot.intake.importers.mapping import WrongMapping, parse_mapping
from bot.invalid import SENTENCES
from bot.texts.catalogue import load_catalogue
from tests.console.drafted import add_draft
from tests.console.test_data import bring_in
from tests.content.pictures import keep, write_picture

_RULES, _TONE, _PICTURES = "/console/segments", "/console/content/tone", "/console/content/pictures"
_WHY, _FILE = {"why": "To try it."}, ("file", ("crm.csv", b"mail,spend\na@example.org,12\n", "text/csv"))
_DRAFT = {"rule": "seen in 7 days", "name": "here", "en": "Here", "fr": "Venus", **_WHY}
_PICTURE = {"name": "winter", "alt_fr": "Un manteau", "alt_en": "A coat", **_WHY}
_REFUSED = [  # form, what it holds, what is said of it
    (_RULES, {"rule": "bought in"}, "Règle : colonne 10 : attendu : un nombre de jours ; trouvé : la fin"),
    (_RULES, {"rule": "seen '"}, "Règle : colonne 6 : attendu : son guillemet fermant"),
    (_RULES, {"rule": "in segment nobody"}, "Règle : il n’y a pas de segment 'nobody' avant celui-ci"),
    (_RULES, {"kind": "seen", "days": "0"}, "Jours : doit être un nombre de 1 à "),
    (f"{_RULES}/draft", {**_DRAFT, "name": "regulars"}, "Nom : est déjà celui d’un segment : choisissez-en un autre"),
    (f"{_RULES}/draft", {**_DRAFT, "name": "Here"}, "Nom : doit avoir de 2 à 48 minuscules"),
    (f"{_RULES}/draft", {**_DRAFT, "why": "x"}, "Pourquoi : doit avoir 3 caractères ou plus"),
    (f"{_RULES}/draft", {**_DRAFT, "en": ""}, "Nom en anglais : manque"),
    (f"{_RULES}/alike", {"segment": "regulars", "size": "x"}, "Combien de personnes : doit être un nombre entier"),
    (f"{_RULES}/alike", {"segment": "regulars", "size": "3"}, "Combien de personnes : doit être 10 ou plus"),
    ("/console/data/preview", {"mapping": "records = ]"}, "Correspondance : ligne 1, colonne "),
    ("/console/data/preview", {"mapping": "records = 'x'"}, "Correspondance : ligne 1, identities : manque"),
    ("/console/data/crm/replay", {"run": "1", "mapping": "records = 'x"}, "Correspondance : "),
    (_TONE, {"address": "vous", "longest_sentence_words": "x", **_WHY}, "Phrase la plus longue : doit être un nombre"),
    (_TONE, {"address": "vous", "signature_fr": "{x}", **_WHY}, "Signature en français : doit être du texte simple"),
    (_PICTURES, {**_PICTURE, "name": "Winter Coat"}, "Nom : n’est pas écrit comme il le faut"),
    (_PICTURES, {**_PICTURE, "alt_fr": ""}, "Ce qu’elle montre, en français : doit avoir "),
]


@pytest.mark.parametrize(("path", "form", "says"), _REFUSED)
def test_a_form_is_refused_in_french(services: Services, sign_in, path: str, form: dict[str, str], says: str) -> None:
    bring_in(services)
    keep(services)
    visitor = sign_in("admin", language="fr")
    files = {"/console/data/preview": _FILE, _PICTURES: ("file", ("coat.png", write_picture(), "image/png"))}
    sent = {"form_token": visitor.token(), **form}
    answer = visitor.client.post(path, data=sent, files=[files[path]] if path in files else None)
    assert answer.status_code in (400, 409), answer.text
    told = [unescape(re.sub("<[^>]+>", "", each)) for each in re.findall(r'role="alert">(.*?)</p>', answer.text)]
    assert len(told) == 1 and says in told[0], told
    assert not re.search(r"\b(must|expected|found|is|the|has)\b", told[0]), told


def test_a_draft_of_what_has_ended_is_refused_in_french(
    services: Services, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_draft(services)
    monkeypatch.setattr("bot.console.deeds.drafts.list_ended", lambda agreed: {"journey:cart_left"})
    answer = sign_in("admin", language="fr").post("/console/drafts/1/propose", revision="1")
    assert answer.status_code == 409 and "Il est terminé : demandez d’abord qu’il recommence" in answer.text


def test_a_refusal_says_the_same_in_english_as_before() -> None:
    with pytest.raises(WrongMapping) as refused:
        parse_mapping("records = 'x'\nfrom = 1\n[identities]\nnobody = 'A'", "crm.toml")
    assert str(refused.value).startswith("crm.toml, line ")
    error = FixInput("days", "must be a number from 1 to {most}", most=9)
    assert (str(error), error.message) == ("days: must be a number from 1 to 9", "must be a number from 1 to 9")
    assert str(FixInput("x", "holds {braces}")) == "x: holds {braces}" and str(Conflict("y")) == "y"


_WHERE = (
    "profile/segments/parser.py", "profile/segments/lexer.py", "profile/segments/book.py", "profile/segments/query.py",
    "console/segments.py", "console/deeds/lookalikes.py", "console/deeds/previews.py", "console/deeds/data.py",
    "console/deeds/drafts.py", "console/deeds/pictures.py", "content/pictures.py", "intake/importers/mapping.py",
)
_CALLED = {"FixInput", "Conflict", "Said", "fail", "expect", "_read_value", "_read_one_of", "ValueError"}
_NEVER_ON_A_PAGE = {"is no base64"}


def _written() -> Iterator[str]:
    """Every sentence that is written out where one of these forms is refused."""
    for path in _WHERE:
        for node in ast.walk(ast.parse((PROJECT / "bot" / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in _CALLED:
                yield from (each.value for each in node.args if isinstance(each, ast.Constant)
                            and isinstance(each.value, str) and " " in each.value)


def test_every_refusal_of_these_forms_has_its_french() -> None:
    assert sorted({*_written(), *SENTENCES.values()} - _NEVER_ON_A_PAGE - load_catalogue("fr").keys()) == []


def test_a_value_that_is_a_sentence_is_said_with_its_own_values() -> None:
    assert str(Said("{what}: {known}", what=Said("a {thing}", thing="channel"), known="web")) == "a channel: web"
