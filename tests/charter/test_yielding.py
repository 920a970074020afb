"""Who yields is agreed on as any change is, whether a file says it or the console."""

from dataclasses import replace

import pytest

from bot.bootstrap import InForce, Services, to_be_tried
from bot.charter.book import Owner
from bot.charter.kept import AGREED, read_waiting, read_yields, settle
from bot.charter.yielding import agree_yields, pair_of, yield_subject
from bot.console.charter_watch import note_changes
from bot.console.deeds.charter import ChangeAnswered, answer_change
from bot.console.deeds.yields import YieldDecided, decide_yield
from bot.console.people import Person
from bot.errors import FixInput, NotFound

SUBJECT = yield_subject("cart_left", "birthday")


def _says(services: Services, **yields: tuple[str, ...]) -> Services:
    """The services over a file that says so."""
    return replace(services, guardrails=replace(services.guardrails, yields=yields))


def _waiting(services: Services) -> dict[str, object]:
    with services.store.read() as connection:
        return {each.subject: each.content["yields"] for each in read_waiting(connection)}


def _agree(services: Services) -> None:
    with services.store.write() as connection:
        for each in read_waiting(connection):
            settle(connection, each.id, AGREED, services.clock())


def _in_force(services: Services) -> object:
    return InForce(services).read().guardrails.yields


@pytest.fixture
def ada() -> Person:
    """One person who is the whole shop."""
    return Person(1, "ada", "admin", "", False, "en")  # type: ignore[arg-type]


@pytest.fixture
def alone(services: Services) -> Services:
    """A shop of one person, its charter begun."""
    assert services.charter
    everything = dict.fromkeys(("it", "marketing", "cx"), Owner("ada", ""))  # type: ignore[arg-type]
    shop = replace(services, charter=replace(services.charter, everything=everything))  # type: ignore[arg-type]
    note_changes(shop)
    return shop


def _decide(services: Services, person: Person, first: str, second: str, yields: str) -> None:
    decide_yield(services, person, YieldDecided(first=first, second=second, yields=yields, reason="because"))


def test_nothing_is_decided_without_a_charter_or_of_what_is_no_advertising(alone: Services, ada: Person) -> None:
    with pytest.raises(NotFound):
        _decide(replace(alone, charter=None), ada, "birthday", "cart_left", "birthday")
    for wrong in (("birthday", "parcel_stuck", "birthday"), ("nothing", "birthday", "birthday"),
                  ("birthday", "birthday", "birthday"), ("birthday", "cart_left", "review")):
        with pytest.raises(FixInput):
            _decide(alone, ada, *wrong)
    assert _in_force(alone) == {} and _waiting(alone) == {}


def test_a_file_yields_at_once_where_there_is_no_charter(services: Services) -> None:
    bare = replace(_says(services, birthday=("cart_left",)), charter=None)
    assert note_changes(bare) == 0 and _in_force(bare) == {"birthday": ("cart_left",)}


def test_a_charter_begins_with_what_the_file_says(services: Services) -> None:
    written = _says(services, birthday=("cart_left",))
    note_changes(written)
    assert _in_force(written) == {"birthday": ("cart_left",)} and _waiting(written) == {}


def test_what_a_file_says_and_says_no_more_is_agreed_on(services: Services) -> None:
    note_changes(services)
    written = _says(services, birthday=("cart_left",))
    assert note_changes(written) == 1 and note_changes(written) == 0
    assert _in_force(written) == {} and _waiting(written) == {SUBJECT: "birthday"}
    _agree(written)
    assert _in_force(written) == {"birthday": ("cart_left",)} and note_changes(written) == 0
    assert note_changes(services) == 1 and _waiting(services) == {SUBJECT: ""}
    assert _in_force(services) == {"birthday": ("cart_left",)}  # more would be said: that is agreed on, too
    assert note_changes(written) == 1 and _waiting(written) == {}
    assert note_changes(services) == 1
    _agree(services)
    assert _in_force(services) == {} and note_changes(services) == 0


def test_whoever_is_all_three_decides_at_once_turns_it_round_and_takes_it_back(alone: Services, ada: Person) -> None:
    for yields, found in (("birthday", {"birthday": ("cart_left",)}), ("cart_left", {"cart_left": ("birthday",)}),
                          ("", {})):
        _decide(alone, ada, "cart_left", "birthday", yields)
        assert _in_force(alone) == found and to_be_tried(alone).guardrails.yields == found
        assert note_changes(alone) == 0  # no file says it, and none takes it back
    with pytest.raises(FixInput, match="is so already"):
        _decide(alone, ada, "cart_left", "birthday", "")


def test_what_the_console_decided_stays_until_the_file_says_something_new(alone: Services, ada: Person) -> None:
    written = _says(alone, birthday=("cart_left",))
    note_changes(written)
    _agree(written)
    _decide(written, ada, "birthday", "cart_left", "cart_left")
    assert note_changes(written) == 0 and _in_force(written) == {"cart_left": ("birthday",)}
    assert note_changes(alone) == 0  # nor does the file's silence end what it did not say


def test_a_later_word_takes_the_place_of_one_that_waits(services: Services, ada: Person) -> None:
    note_changes(services)
    for yields in ("birthday", "birthday", "cart_left"):
        _decide(services, ada, "birthday", "cart_left", yields)
    assert _waiting(services) == {SUBJECT: "cart_left"}
    with services.store.read() as connection:
        assert read_yields(connection) == {}
    _agree(services)
    _decide(services, ada, "birthday", "cart_left", "")
    _decide(services, ada, "birthday", "cart_left", "cart_left")  # as it is: what waits is taken back
    assert _waiting(services) == {} and _in_force(services) == {"cart_left": ("birthday",)}


def test_no_circle_comes_into_force(alone: Services, ada: Person) -> None:
    _decide(alone, ada, "birthday", "cart_left", "birthday")
    _decide(alone, ada, "cart_left", "review", "cart_left")
    with pytest.raises(FixInput, match=r"closes a circle: .* → .* → .* → "):
        _decide(alone, ada, "review", "birthday", "review")
    # A file knows nothing of what the console decided: the last of the three is told.
    note_changes(_says(alone, review=("birthday",)))
    with alone.store.read() as connection:
        number = read_waiting(connection)[0].id
    with pytest.raises(FixInput, match="would close a circle now"):
        answer_change(alone, ada, ChangeAnswered(proposal=number, answer="agree"))
    assert "review" not in _in_force(alone)  # type: ignore[operator]
    answer_change(alone, ada, ChangeAnswered(proposal=number, answer="object", reason="see above"))


def test_the_pair_is_one_whatever_its_order() -> None:
    assert yield_subject("b", "a") == yield_subject("a", "b") == "yield:a:b"
    assert pair_of(yield_subject("b", "a")) == ("a", "b")
    assert agree_yields({yield_subject("a", "b"): {"yields": "b"}, yield_subject("b", "c"): {"yields": "b"}}) == {
        "b": ("a", "c")}
