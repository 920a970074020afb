"""Which answer a message is to the open question, in both languages."""

import pytest

from bot.profile.state import OpenQuestion
from bot.service.answers import (
    find_code,
    find_email,
    find_order_number,
    find_postcode,
    interpret,
)

YES_NO = OpenQuestion("yes_no", "request:x", "2026-11-24T10:00:00+00:00")
CHOICE = OpenQuestion(
    "choice", "choice:order", "2026-11-24T10:00:00+00:00", (("MP1001", "MP1001 · lundi"), ("MP1002", "MP1002 · mardi"))
)


def _read(question: OpenQuestion, text: str, intent: str = "", **entities: tuple[str, ...]):
    return interpret(question, intent=intent, text=text, entities=entities)


@pytest.mark.parametrize("text", ["", "peut-être", "maybe", "où est ma commande ?", "hmm"])
def test_reads_no_answer_where_there_is_none(text: str) -> None:
    assert _read(YES_NO, text).kind == "unclear"


@pytest.mark.parametrize(
    "text", ["non", "Non merci", "no", "nope", "pas maintenant", "je ne veux pas", "No, not that one", "don't do it"]
)
def test_reads_a_no(text: str) -> None:
    assert _read(YES_NO, text).kind == "no"


@pytest.mark.parametrize(
    "text", ["oui", "Oui, ajoute-la", "ok", "d’accord", "vas-y", "pourquoi pas", "yes please", "go ahead", "no problem"]
)
def test_reads_a_yes(text: str) -> None:
    assert _read(YES_NO, text).kind == "yes"


@pytest.mark.parametrize("text", ["laisse tomber", "never mind", "cancel", "oubliez", "changed my mind"])
def test_reads_that_it_is_dropped(text: str) -> None:
    assert _read(YES_NO, text).kind == "cancel"


@pytest.mark.parametrize("text", ["3", "MP1003", "the fifth one"])
def test_chooses_nothing_that_was_not_offered(text: str) -> None:
    assert _read(CHOICE, text).option == ""


@pytest.mark.parametrize(
    "text", ["la deuxième", "the second one", "2", "n° 2", "MP1002", "1002", "le dernier", "mardi"]
)
def test_chooses_by_ordinal_number_and_name(text: str) -> None:
    assert _read(CHOICE, text).option == "MP1002"


def test_a_button_chooses_only_among_the_options() -> None:
    assert _read(CHOICE, "", "affirm", option=("MP1001",)).option == "MP1001"
    assert _read(CHOICE, "", "affirm", option=("MP9999",)).option == ""


def test_finds_what_was_asked_for_in_words() -> None:
    assert find_code("c'est le 123 456, merci") == "123456" and not find_code("1234567")
    assert find_order_number("ma commande #W2611340 svp") == "#W2611340"
    assert find_postcode("75011 Paris") == "75011" and find_postcode("Dublin D04 X2K8") == "D04 X2K8"
    assert find_email("mon mail : jean.dupont@ex.fr.") == "jean.dupont@ex.fr"
