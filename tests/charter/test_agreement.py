"""Who is waited for, who may answer, and when a change may go live."""

from datetime import timedelta

import pytest

from bot.charter.agreement import Changes, Difference, Said, awaited, compare, is_agreed, list_differences, owners_of
from bot.charter.agreement import parts_of as parts
from bot.charter.book import EVERYTHING, GUARDRAILS, Charter, Owner
from tests.conftest import NOW

ADA, BO, CY = Owner("ada", "dot"), Owner("bo", ""), Owner("cy", "")
CHARTER = Charter(timedelta(days=3), {"it": ADA, "marketing": BO, "cx": CY}, {"journey:cart_left": {"cx": BO}})


def _said(**answers: str) -> list[Said]:
    return [Said(part, answer, "somebody", "", NOW) for part, answer in answers.items()]


def test_silence_is_no_agreement() -> None:
    assert not is_agreed([])
    assert not is_agreed(_said(it="agree", marketing="agree"))
    assert awaited(_said(it="agree", cx="object")) == ("marketing", "cx")


def test_goes_live_when_the_last_word_of_each_part_is_yes() -> None:
    said = _said(it="agree", marketing="object", cx="agree")
    assert not is_agreed(said)
    assert is_agreed([*said, *_said(marketing="agree")])
    assert not is_agreed([*said, *_said(marketing="agree"), *_said(it="object")])


def test_nearer_owners_come_first() -> None:
    assert owners_of(CHARTER, {}, GUARDRAILS) == {"it": ADA, "marketing": BO, "cx": CY}
    assert owners_of(CHARTER, {}, "resume:cart_left") == {"it": ADA, "marketing": BO, "cx": BO}
    changed = {("journey:cart_left", "cx"): ADA}
    assert owners_of(CHARTER, changed, "journey:cart_left") == {"it": ADA, "marketing": BO, "cx": ADA}
    changed = {(EVERYTHING, "cx"): ADA, (EVERYTHING, "it"): CY}
    assert owners_of(CHARTER, changed, GUARDRAILS) == {"it": CY, "marketing": BO, "cx": ADA}
    assert owners_of(CHARTER, changed, "journey:cart_left") == {"it": CY, "marketing": BO, "cx": BO}


@pytest.mark.parametrize(("person", "is_late", "expected"), [
    ("eve", True, ()), ("dot", False, ()), ("dot", True, ("it",)), ("ada", True, ("it",)),
    ("bo", False, ("marketing", "cx")),
])
def test_delegates_answer_once_the_deadline_is_over(person: str, is_late: bool, expected: tuple[str, ...]) -> None:
    owners = owners_of(CHARTER, {}, "journey:cart_left")
    assert parts(person, owners, NOW, NOW if is_late else NOW - timedelta(seconds=1)) == expected


def test_proposes_nothing_that_is_agreed_or_waits_already() -> None:
    assert compare({"a": "1", "b": "2"}, {"a": "1"}, {"b": "2"}) == Changes((), ())


def test_proposes_what_differs_and_withdraws_what_the_files_say_no_more() -> None:
    assert compare({"a": "3"}, {"a": "1"}, {"a": "2", "gone": "1"}) == Changes(("a",), ("a", "gone"))
    assert compare({"a": "1"}, {"a": "1"}, {"a": "2"}) == Changes((), ("a",))


def test_tells_each_place_that_changes() -> None:
    before = {"messages": [{"fr": "a", "en": "b"}], "wait": 20, "gone": 1}
    after = {"messages": [{"fr": "a", "en": "c"}], "wait": 30}
    assert list_differences(before, after) == [
        Difference("messages.1.en", "b", "c"), Difference("wait", "20", "30"), Difference("gone", "1", ""),
    ]


def test_what_is_empty_is_no_difference_to_what_an_older_content_did_not_have() -> None:
    assert list_differences({"wait": 20}, {"wait": 20, "picture": "", "subject": None}) == []
