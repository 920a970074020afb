"""What is in force is what was agreed on last; without a charter, what is written."""

import json
from dataclasses import replace
from datetime import time, timedelta

from bot.bootstrap import InForce, Services
from bot.charter.agreement import is_journey
from bot.charter.book import GUARDRAILS, Subject
from bot.charter.content import (
    agree_guardrails,
    agree_offers,
    agree_triggers,
    dump_contents,
    name_content,
    offer_subject,
)
from bot.charter.kept import AGREED, propose, read_agreed, read_waiting, settle
from bot.console.charter_watch import note_changes
from bot.content.offers import dump_offer
from bot.decision.guardrails import Caps
from bot.decision.quiet_hours import LawfulQuiet, QuietHours
from bot.decision.triggers import Trigger, name_version


def _rewrite(services: Services, name: str = "cart_left") -> tuple[Services, Trigger]:
    """The services over a file whose journey waits longer."""
    old = next(each for each in services.triggers if each.name == name)
    longer = replace(old, wait_seconds=old.wait_seconds + 60)
    new = replace(longer, version=name_version(longer))
    return replace(services, triggers=tuple(new if each == old else each for each in services.triggers)), new


def _agree(services: Services) -> None:
    with services.store.write() as connection:
        for each in read_waiting(connection):
            settle(connection, each.id, AGREED, services.clock() + timedelta(seconds=1))


def test_a_shop_without_a_charter_notes_nothing_and_has_its_files_in_force(services: Services) -> None:
    bare = replace(services, charter=None)
    assert note_changes(bare) == 0
    assert InForce(bare).read() is bare


def test_a_charter_begins_with_everything_as_it_is(services: Services) -> None:
    named = len(services.triggers) + len(services.offers) + len(services.goals.goals)
    assert note_changes(services) == named + 2  # caps and quiet hours, the tone
    assert note_changes(services) == 0
    with services.store.read() as connection:
        assert read_waiting(connection) == []
    in_force = InForce(services).read()
    assert in_force.triggers == services.triggers and in_force.guardrails == services.guardrails


def test_a_journey_keeps_its_last_agreed_version_until_the_newest_is_agreed(services: Services) -> None:
    note_changes(services)
    written, new = _rewrite(services)
    assert note_changes(written) == 1 and note_changes(written) == 0
    agreed = InForce(written)
    assert agreed.read().triggers == services.triggers
    _agree(written)
    assert new in agreed.read().triggers  # the same reader hears of it
    assert note_changes(written) == 0


def test_a_journey_that_was_never_agreed_begins_for_nobody(services: Services) -> None:
    without = replace(services, triggers=services.triggers[1:])
    note_changes(without)
    note_changes(services)
    assert InForce(services).read().triggers == services.triggers[1:]


def test_what_the_files_say_no_more_waits_no_more(services: Services) -> None:
    note_changes(services)
    note_changes(_rewrite(services)[0])
    assert note_changes(services) == 1
    with services.store.read() as connection:
        assert read_waiting(connection) == []


def test_caps_and_quiet_hours_stay_as_agreed_and_the_rest_is_the_files(services: Services) -> None:
    note_changes(services)
    looser = replace(services.guardrails, caps={"marketing": Caps(99, 99)}, language="en", quiet_hours={})
    written = replace(services, guardrails=looser)
    assert note_changes(written) == 1
    found = InForce(written).read().guardrails
    assert found.caps == services.guardrails.caps and found.language == "en"
    assert found.quiet_hours["marketing"] == QuietHours(time(21), time(8))
    _agree(written)
    assert InForce(written).read().guardrails == looser


def test_what_the_law_asks_of_advertising_changes_no_hours_of_a_service(services: Services) -> None:
    late, night = QuietHours(time(23), time(5)), QuietHours(time(22), time(8))
    old = replace(services.guardrails, lawful_quiet=None, quiet_hours={"marketing": late, "service": late},
                  quiet_channels={"sms": "free", "web": "free"})
    agreed = {GUARDRAILS: dump_contents(replace(services, guardrails=old))[GUARDRAILS]}
    law = LawfulQuiet(night, ("sms",))
    written = replace(old, quiet_hours={"marketing": night}, quiet_channels={}, lawful_quiet=law)
    found = agree_guardrails(agreed, written)
    assert found.quiet_hours == {"marketing": night, "service": late}
    assert (found.quiet_mode("sms"), found.quiet_mode("web")) == ("hold", "free")


def test_what_is_kept_has_the_name_of_what_was_written(services: Services) -> None:
    note_changes(services)
    contents = dump_contents(services)
    with services.store.read() as connection:
        agreed = read_agreed(connection)
    assert agreed.keys() == contents.keys()
    for each in services.triggers:
        assert name_content(f"journey:{each.name}", agreed[f"journey:{each.name}"]) == each.version
    assert name_content(GUARDRAILS, agreed[GUARDRAILS]) == name_content(GUARDRAILS, contents[GUARDRAILS])
    assert not is_journey(GUARDRAILS)


def test_an_earlier_programs_content_is_the_same_where_it_lacks_a_new_setting(services: Services) -> None:
    contents = json.loads(json.dumps(dump_contents(services)))
    del contents["journey:welcome_back"]["may_move_hours"]
    welcome = next(each for each in services.triggers if each.name == "welcome_back")
    assert welcome.may_move_hours == 0
    assert welcome in agree_triggers(contents, services.triggers)
    assert agree_guardrails({}, services.guardrails) is services.guardrails


def test_a_rest_that_ended_by_agreement_is_no_change_of_the_files(services: Services) -> None:
    note_changes(services)
    now = services.clock()
    with services.store.write() as connection:
        propose(connection, Subject("resume:cart_left"), {}, by="ada", reason="mended", now=now, due_at=now)
    assert note_changes(services) == 0
    _agree(services)
    assert note_changes(services) == 0


def test_of_two_agreed_offers_that_tell_of_one_code_the_first_counts(services: Services) -> None:
    first, *others = services.offers
    twin = replace(first, name="twin", code=first.code.lower())
    agreed = {offer_subject(each.name): dump_offer(each) for each in (first, *others, twin)}
    assert agree_offers(agreed, services.offers, [offer_subject("twin")]) == services.offers
