"""Two versions of a journey side by side: what differs, word by word, and what came of each; nothing of a few."""

from dataclasses import replace

import pytest

from bot.bootstrap import Services
from bot.charter.content import journey_subject
from bot.charter.kept import propose
from bot.console.content_figures import CONTENT
from bot.console.deeds.journey_versions import compare_versions, list_known
from bot.console.version_changes import Stretch, compare_words, list_changes
from bot.decision.triggers import Trigger, name_version
from bot.decision.versions import dump_trigger, keep_versions
from bot.errors import NotFound
from bot.profile.store.tables import console_figures
from bot.profile.store.upsert import insert_or_update
from tests.conftest import NOW

PAGE = "/console/journeys/cart_left/versions"
_SUMS = ("sent", "arrived", "seen", "clicked", "replied", "bought", "opted_out", "complained", "liked", "value_minor")


def _named(trigger: Trigger) -> Trigger:
    return replace(trigger, version=name_version(trigger))


@pytest.fixture
def now_said(services: Services) -> Trigger:
    """As the shop's file has it."""
    return next(each for each in services.triggers if each.name == "cart_left")


@pytest.fixture
def before(services: Services, now_said: Trigger) -> Trigger:
    """What it said before: it waited longer, greeted otherwise, and had no message of its last variant."""
    first, *others = now_said.messages
    old = replace(first, texts={**first.texts, "en": f"Hello <there>, {first.texts['en']}"})
    made = _named(replace(now_said, wait_seconds=86_400.0, messages=(old, *others[:-1]), audience="regulars"))
    with services.store.write() as connection:
        keep_versions(connection, [made], NOW)
    return made


def _count(services: Services, *rows: tuple[str, int, int]) -> None:
    """The worker's figures of a day: version, sent, clicked."""
    named = {"nudge": ["cart_left"] * len(rows), "version": [each[0] for each in rows],
             "variant": ["plain"] * len(rows), "channel": ["email"] * len(rows), "language": ["fr"] * len(rows)}
    sums = {**{name: [0] * len(rows) for name in _SUMS}, "sent": [each[1] for each in rows],
            "clicked": [each[2] for each in rows]}
    value = {"messages": {**named, **sums}, "trials": {}}
    with services.store.write() as connection:
        row = {"name": f"{CONTENT}:{NOW.date()}", "value": value, "counted_at": NOW}
        insert_or_update(connection, console_figures, [row], ("name",), ("value", "counted_at"))


def _measure(services: Services, lifts: dict) -> None:
    with services.store.write() as connection:
        row = {"name": "lift_versions", "value": {"cart_left": lifts}, "counted_at": NOW}
        insert_or_update(connection, console_figures, [row], ("name",), ("value", "counted_at"))


def test_says_nothing_of_what_is_alike(now_said: Trigger) -> None:
    found = list_changes(now_said, now_said)
    assert (found.settings, found.messages) == ([], [])
    assert {each.kind for each in compare_words("The same {product}.", "The same {product}.")} == {"same"}


def test_tells_texts_apart_word_by_word() -> None:
    found = compare_words("Your {product} waits for you.", "Your {product} still waits.")
    assert found == [
        Stretch("same", "Your {product} "), Stretch("new", "still "), Stretch("same", "waits"),
        Stretch("gone", "for you"), Stretch("same", "."),
    ]
    assert compare_words("", "Two words") == [Stretch("new", "Two words")]
    assert compare_words("one\ntwo", "one two")[0] == Stretch("gone", "one\n")


@pytest.mark.parametrize(("old", "new"), [
    ("L’offre expire demain : {code}", "L’offre {code} expire ce soir"), ("", "Bonjour"), ("Bonjour", ""), ("a b", "c"),
])
def test_both_texts_can_be_read_out_of_what_differs(old: str, new: str) -> None:
    found = compare_words(old, new)
    assert "".join(each.text for each in found if each.kind != "gone") == new
    assert "".join(each.text for each in found if each.kind != "new").split() == old.split()


def test_a_message_put_first_moves_no_other(now_said: Trigger) -> None:
    added = replace(now_said.messages[0], variant="brand_new")
    found = list_changes(now_said, replace(now_said, messages=(added, *now_said.messages)))
    assert [(each.state, each.message.variant) for each in found.messages] == [("new", "brand_new")]


def test_settings_of_the_journey_and_of_what_follows_are_named(now_said: Trigger) -> None:
    follows = replace(now_said.follow_ups[0], wait_seconds=5.0)
    after = replace(now_said, channels=("email",), follow_ups=(follows, *now_said.follow_ups[1:]))
    places = {each.place: (each.before, each.after) for each in list_changes(now_said, after).settings}
    assert places["channels"] == (now_said.channels, ("email",))
    assert places[f"follow_ups.{follows.name}.wait_seconds"][1] == ("5.0",)
    assert set(places) == {"channels", f"follow_ups.{follows.name}.wait_seconds"}


def test_one_version_is_compared_with_nothing(services: Services, sign_in, now_said: Trigger) -> None:
    assert compare_versions(services, now_said, "", "") is None
    visitor = sign_in("analyst")
    assert "There is only one version" in visitor.client.get(PAGE).text
    assert "/versions" not in visitor.client.get("/console/journeys/cart_left").text
    assert visitor.client.get(f"{PAGE}?one=nothing").status_code == 404
    with pytest.raises(NotFound):
        compare_versions(services, now_said, "", "nothing")


def test_the_page_shows_what_changed_in_both_languages(services: Services, sign_in, before: Trigger) -> None:
    visitor = sign_in("analyst")
    assert f'href="{PAGE}"' in visitor.client.get("/console/journeys/cart_left").text
    html = visitor.client.get(PAGE).text
    assert "<del>Hello &lt;there&gt;, </del>" in html and "<there>" not in html
    assert "new message" in html and "1 day" in html and "regulars" in html
    turned = visitor.client.get(f"{PAGE}?other={before.version}").text
    assert "<ins>Hello &lt;there&gt;, </ins>" in turned and "message taken out" in turned


def test_what_waits_for_agreement_stands_beside_what_is_in_force(services: Services, now_said: Trigger) -> None:
    later = _named(replace(now_said, wait_seconds=7_200.0))
    with services.store.write() as connection:
        propose(connection, journey_subject("cart_left"), dump_trigger(later), by="ada", reason="", now=NOW, due_at=NOW)
    known = list_known(services, now_said)
    assert [(each.name, each.is_proposed, each.is_in_force) for each in known] == [
        (later.version, True, False), (now_said.version, False, True),
    ]
    found = compare_versions(services, now_said, "", "")
    assert found and (found.before.name, found.after.name) == (now_said.version, later.version)


def test_tells_no_number_of_fewer_than_ten(
    services: Services, sign_in, now_said: Trigger, before: Trigger
) -> None:
    _count(services, (before.version, 137, 7), (now_said.version, 6, 5), ("another", 98_765, 98_765))
    few = {"effect": None, "verdict": "early", "nudged": 6, "held_out": 3}
    known = {"effect": [0.0432, 0.0123, 0.0741], "verdict": "more", "nudged": 900, "held_out": 100}
    _measure(services, {"order": {before.version: known, now_said.version: few}})
    found = compare_versions(services, now_said, "", "")
    assert found and found.outcomes[0].counts["sent"] == 137 and found.outcomes[0].counts["clicked"] is None
    assert set(found.outcomes[1].counts.values()) == {None}
    assert (found.outcomes[0].lifts["order"], found.outcomes[1].lifts["order"]) == (known, None)
    visitor = sign_in("analyst")
    html = visitor.client.get(PAGE).text
    assert "137" in html and "98,765" not in html and "+4.3" in html and "1,000 people" in html
    told = visitor.client.get("/console/api/v1/journeys/cart_left/versions").json()
    assert [each["counts"]["sent"] for each in told["outcomes"]] == [137, None]
    assert [len(each["lifts"]) for each in told["outcomes"]] == [1, 0]
    assert (told["before"], told["after"]) == (before.version, now_said.version)
    stretches = [each for one in told["messages"] for text in one["texts"] for each in text["stretches"]]
    assert any(each["kind"] == "gone" for each in stretches)
