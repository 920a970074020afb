"""Who is waited for, who may answer, and when a change may go live."""

from datetime import timedelta

import pytest

from bot.charter.agreement import (
    Changes,
    Difference,
    Said,
    awaited,
    compare,
    is_agreed,
    list_differences,
    newest_of,
    owners_of,
)
from bot.charter.agreement import parts_of as parts
from bot.charter.book import EVERYTHING, GUARDRAILS, Charter, Owner
from tests.conftest import NOW

ADA, BO, CY = Owner("ada", "dot"), Owner("bo", ""), Owner("cy", "")
CHARTER = Charter(timedelta(days=3), {"it": ADA, "marketing": BO, "cx": CY}, {"journey:cart_left": {"cx": BO}})


OWNERS = CHARTER.everything
LATE = NOW + timedelta(days=3)


def _said(by: str = "", **answers: str) -> list[Said]:
    """What each part's owner said, or somebody else."""
    return [Said(part, answer, by or OWNERS[part].person, "", NOW) for part, answer in answers.items()]


def test_silence_is_no_agreement() -> None:
    assert not is_agreed([], OWNERS)
    assert not is_agreed(_said(it="agree", marketing="agree"), OWNERS)
    assert awaited(_said(it="agree", cx="object"), OWNERS) == ("marketing", "cx")


def test_goes_live_when_the_last_word_of_each_part_is_yes() -> None:
    said = _said(it="agree", marketing="object", cx="agree")
    assert not is_agreed(said, OWNERS)
    assert is_agreed([*said, *_said(marketing="agree")], OWNERS)
    assert not is_agreed([*said, *_said(marketing="agree"), *_said(it="object")], OWNERS)


@pytest.mark.parametrize("answer", ["agree", "object"])
def test_a_delegate_says_nothing_where_the_owner_has_spoken(answer: str) -> None:
    said = _said(it=answer)
    assert parts("dot", OWNERS, NOW, LATE, said) == () and parts("ada", OWNERS, NOW, LATE, said) == ("it",)
    other = "object" if answer == "agree" else "agree"  # as an earlier program let them
    assert newest_of([*said, *_said(by="dot", it=other)], OWNERS)["it"].person == "ada"


def test_an_objection_is_lifted_by_who_made_it_or_by_the_owner() -> None:
    said = _said(by="dot", it="object")
    assert parts("dot", OWNERS, NOW, LATE, said) == ("it",)
    for each in ("dot", "ada"):
        assert newest_of([*said, *_said(by=each, it="agree")], OWNERS)["it"].answer == "agree"
    heir = {**OWNERS, "it": Owner("eve", "ada")}  # who owned the part stands in for its owner now
    assert parts("ada", heir, NOW, LATE, _said(it="object")) == ("it",)
    assert parts("ada", heir, NOW, LATE, _said(by="eve", it="object")) == ()


@pytest.mark.parametrize("answer", ["agree", "object"])
def test_who_answers_for_a_part_no_more_has_said_nothing_of_it(answer: str) -> None:
    said = _said(it=answer, marketing="agree", cx="agree")
    assert awaited(said, {**OWNERS, "it": Owner("eve", "")}) == ("it",)
    assert "it" in newest_of(said, {**OWNERS, "it": Owner("eve", "ada")})
    by_delegate = [*_said(by="dot", it="agree"), *_said(marketing="agree", cx="agree")]
    assert is_agreed(by_delegate, OWNERS)
    assert awaited(by_delegate, {**OWNERS, "it": Owner("ada", "eve")}) == ("it",)


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
