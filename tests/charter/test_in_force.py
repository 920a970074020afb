"""What is in force is what was agreed on last; without a charter, what is written."""

import json
from dataclasses import replace
from datetime import time, timedelta

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.agreement import is_journey, owners_of
from bot.charter.book import ALARMS, GUARDRAILS, Owner, Subject
from bot.charter.content import (
    agree_goals,
    agree_guardrails,
    agree_offers,
    agree_segments,
    agree_triggers,
    dump_contents,
    dump_segment,
    goes_by,
    name_content,
    offer_subject,
    parse_segment,
    segment_subject,
)
from bot.charter.drafts import make_draft
from bot.charter.kept import AGREED, TOLD, keep_known, propose, read_agreed, read_waiting, settle
from bot.charter.outside import list_rules
from bot.console.charter_watch import note_changes
from bot.console.trail import read_trail
from bot.content.offers import dump_offer
from bot.decision.guardrails import _TABLES, Caps
from bot.decision.pricing import Pricing
from bot.decision.quiet_hours import LawfulQuiet, QuietHours
from bot.decision.triggers import Trigger, name_version
from bot.profile.segments.book import Segment, SegmentBook, names_in
from bot.profile.store.tables import charter_proposals, drafts
from bot.profile.traits import TraitRule, describe


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
    named = sum(map(len, (services.triggers, services.offers, services.goals.goals, services.segments.segments)))
    assert note_changes(services) == named + 3  # caps and quiet hours, the tone, costs and alarms
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


def _with_segments(services: Services, *segments: Segment) -> Services:
    """Over a file that says this of its segments."""
    book = SegmentBook({each.name: each for each in segments}, services.segments.traits)
    return replace(services, segments=book)


def _with_rule(services: Services, name: str, rule: str) -> Services:
    written = {each.name: dump_segment(each) for each in services.segments.segments.values()}
    written[name] = {**written.get(name, written["regulars"]), "rule": rule}
    found: dict[str, Segment] = {}
    for each, content in written.items():  # who names it goes by its rule
        found[each] = parse_segment(each, content, SegmentBook(found, services.segments.traits))
    return _with_segments(services, *found.values())


def test_a_segments_rule_stays_as_agreed_until_the_newest_is_agreed(services: Services) -> None:
    note_changes(services)
    looser = _with_rule(services, "regulars", "bought in 30 days")
    assert note_changes(looser) == 1 and note_changes(looser) == 0
    agreed = InForce(looser)
    assert agreed.read().segments.segments == services.segments.segments
    with services.store.read() as connection:
        assert [each.subject for each in read_waiting(connection)] == ["segment:regulars"]
    _agree(looser)
    found = agreed.read().segments.segments
    assert found == looser.segments.segments and list(found) == list(services.segments.segments)
    assert found["lapsing_regulars"].tree != services.segments.segments["lapsing_regulars"].tree
    assert note_changes(looser) == 0


def test_a_segment_that_was_never_agreed_has_nobody_in_it_and_one_taken_out_ends(services: Services) -> None:
    note_changes(services)
    added = _with_rule(services, "at_noon", "bought in 3 days")
    assert note_changes(added) == 1
    assert "at_noon" not in InForce(added).read().segments.segments
    _agree(added)
    assert "at_noon" in InForce(added).read().segments.segments
    assert note_changes(services) == 0 and "at_noon" not in InForce(services).read().segments.segments


def _renamed(services: Services) -> Services:
    """Over a file that calls the regulars otherwise, and whoever goes by them."""
    found: dict[str, Segment] = {}
    for name, each in services.segments.segments.items():
        content = {**dump_segment(each), "rule": each.rule.replace("'regulars'", "'loyals'")}
        name = "loyals" if name == "regulars" else name
        found[name] = parse_segment(name, content, SegmentBook(found, services.segments.traits))
    return _with_segments(services, *found.values())


def test_a_segment_goes_on_as_agreed_when_the_file_calls_otherwise_what_it_goes_by(services: Services) -> None:
    note_changes(services)
    renamed = _renamed(services)
    before = services.segments.segments["lapsing_regulars"]
    assert note_changes(renamed) == 2
    found = InForce(renamed).read().segments.segments
    assert found["lapsing_regulars"] == before and "loyals" not in found and "regulars" not in found
    _agree(renamed)
    found = InForce(renamed).read().segments.segments
    assert found == renamed.segments.segments and found["lapsing_regulars"].tree == before.tree


def test_a_journey_speaks_to_whom_was_agreed_until_the_files_other_audience_is(services: Services) -> None:
    name, *_ = services.segments.segments
    spoken = replace(services, triggers=tuple(replace(each, audience=name) for each in services.triggers[:1]))
    note_changes(spoken)
    book = {each.name: each for each in services.segments.segments.values() if each.name != name}
    without = {each: one for each, one in book.items() if name not in names_in(one.rule)}
    other = replace(_with_segments(services, *without.values()), triggers=services.triggers[:1])
    assert note_changes(other) == 1
    assert InForce(other).read().segments.segments.keys() == {*without, name}
    _agree(other)
    assert InForce(other).read().segments.segments.keys() == without.keys()


def test_segments_that_go_by_each_other_are_left_out_and_the_others_stay(services: Services) -> None:
    written = {each.name: dump_segment(each) for each in services.segments.segments.values()}
    agreed = {segment_subject(name): content for name, content in written.items()}
    agreed[segment_subject("regulars")] = {**written["regulars"], "rule": "in segment 'lapsing_regulars'"}
    found = agree_segments(agreed, services.segments).segments
    assert found.keys() == services.segments.segments.keys() - {"regulars", "lapsing_regulars"}
    assert goes_by(agreed, "regulars") == {"regulars", "lapsing_regulars"}


def test_a_charter_that_knew_no_segments_agrees_to_them_as_they_are_once(services: Services) -> None:
    note_changes(services)
    with services.store.write() as connection:
        mine = charter_proposals.c.subject.startswith("segment:")
        connection.execute(sa.delete(charter_proposals).where(mine))
        keep_known(connection, ("tone", "offer", "goal"))
    looser = _with_rule(services, "regulars", "bought in 30 days")
    assert InForce(looser).read().segments.segments == looser.segments.segments  # nobody is left out meanwhile
    assert note_changes(looser) == len(services.segments.segments) and note_changes(looser) == 0
    assert InForce(looser).read().segments.segments == looser.segments.segments
    assert note_changes(services) == 1


def test_the_first_segment_of_a_shop_is_agreed_on_too(services: Services) -> None:
    bare = _with_segments(services)
    note_changes(bare)
    first = _with_segments(services, services.segments.segments["regulars"])
    assert note_changes(first) == 1 and InForce(first).read().segments.segments == {}


def test_a_draft_that_the_file_takes_in_goes_as_the_file_goes(services: Services) -> None:
    note_changes(services)
    written = _with_rule(services, "at_noon", "bought in 3 days")
    content = dump_contents(written)[segment_subject("at_noon")]
    now = services.clock()
    with services.store.write() as connection:
        made = propose(connection, segment_subject("at_noon"), content, by="ada", reason="", now=now, due_at=now,
                       state=AGREED)
        draft = make_draft(connection, "segment", "at_noon", content, base="", why="noon", by="ada", now=now)
        connection.execute(sa.update(drafts).where(drafts.c.draft_id == draft.id).values(proposal_id=made))
    assert "at_noon" in InForce(services).read().segments.segments
    assert note_changes(written) == 1 and note_changes(written) == 0
    assert "at_noon" in InForce(written).read().segments.segments
    assert "at_noon" not in InForce(services).read().segments.segments


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


def _told(services: Services) -> list[tuple[str, str, str]]:
    with services.store.read() as connection:
        return [(each.deed, each.about, each.note) for each in read_trail(connection)]


def _with_other_rules(services: Services) -> Services:
    """Over files that say otherwise what nobody agrees on."""
    held = frozenset({"service", "marketing"})
    guardrails = replace(services.guardrails, holdout_purposes=held, open_matter_days=7.0)
    goals = replace(services.goals, currency="CHF")
    rule = TraitRule("first_name", "silo", ("crm", "shop"))
    traits = {**services.segments.traits, "first_name": rule}
    return replace(services, guardrails=guardrails, goals=goals, segments=replace(services.segments, traits=traits))


def test_rules_that_stay_as_they_are_are_told_nobody(services: Services) -> None:
    for _ in range(2):
        note_changes(services)
    assert _told(services) == [("adopted", "charter", "")]


def test_each_rule_that_nobody_agrees_on_is_told_once_when_it_changes(services: Services) -> None:
    note_changes(services)
    other = _with_other_rules(services)
    assert note_changes(other) == note_changes(other) == 0
    was = describe(services.segments.traits["first_name"])
    held = ", ".join(sorted(services.guardrails.holdout_purposes)) or "–"
    assert set(_told(services)[:-1]) == {
        ("rule", "guardrails.toml", f"holdout.purposes: {held} → marketing, service"),
        ("rule", "guardrails.toml", f"open_matters.days: {services.guardrails.open_matter_days} → 7.0"),
        ("rule", "goals.toml", "currency: EUR → CHF"),
        ("rule", "traits.toml", f"first_name: {was} → silo: crm > shop"),
    }
    note_changes(services)
    assert len(_told(services)) == 9  # back again is told, too
    assert InForce(other).read().guardrails.open_matter_days == 7


def test_a_charter_that_began_before_rules_were_told_takes_them_as_they_are_once(services: Services) -> None:
    note_changes(services)
    with services.store.write() as connection:
        connection.execute(sa.delete(charter_proposals).where(charter_proposals.c.state == TOLD))
    for _ in range(2):
        note_changes(_with_other_rules(services))
    files = {each[1] for each in _told(services) if each[0] == "adopted"}
    assert files == {"charter", "guardrails.toml", "goals.toml", "traits.toml"} and len(_told(services)) == 4


def _with_costs_and_alarms(services: Services) -> Services:
    """Over a file by which text messages cost next to nothing, and half of all people may mind."""
    goals = replace(services.goals, lines=tuple(replace(each, at_most=0.5) for each in services.goals.lines),
                    costs_per_thousand_minor={**services.goals.costs_per_thousand_minor, "sms": 1})
    pricing = replace(services.guardrails.pricing, costs_per_thousand_minor=goals.costs_per_thousand_minor)
    return replace(services, goals=goals, guardrails=replace(services.guardrails, pricing=pricing))


def test_costs_and_alarms_stay_as_agreed_until_the_newest_are(services: Services) -> None:
    note_changes(services)
    looser = _with_costs_and_alarms(services)
    assert note_changes(looser) == 1 and note_changes(looser) == 0
    agreed = InForce(looser)
    assert agreed.read().goals == services.goals and agreed.read().guardrails == services.guardrails
    with services.store.read() as connection:
        assert [each.subject for each in read_waiting(connection)] == [ALARMS]
    _agree(looser)
    assert agreed.read().goals == looser.goals and agreed.read().guardrails == looser.guardrails
    assert note_changes(looser) == 0 and note_changes(services) == 1


def test_a_charter_that_knew_no_alarms_agrees_to_them_as_they_are_once(services: Services) -> None:
    note_changes(services)
    with services.store.write() as connection:
        connection.execute(sa.delete(charter_proposals).where(charter_proposals.c.subject == ALARMS))
        keep_known(connection, ("tone", "offer", "goal", "segment"))
    looser = _with_costs_and_alarms(services)
    assert InForce(looser).read().goals == looser.goals
    assert note_changes(looser) == 1 and note_changes(looser) == 0
    assert _told(services)[0] == ("adopted", ALARMS, "")
    assert InForce(looser).read().goals == looser.goals and note_changes(services) == 1


def test_a_shop_that_weighs_nothing_takes_no_costs(services: Services) -> None:
    bare = replace(services.guardrails, pricing=Pricing())
    agreed = {ALARMS: dump_contents(services)[ALARMS]}
    assert agree_guardrails(agreed, bare) is bare
    assert agree_goals(agreed, _with_costs_and_alarms(services).goals) == services.goals


def test_who_answers_for_the_guardrails_answers_for_alarms(services: Services) -> None:
    assert services.charter
    owners = {"it": Owner("ada", ""), "marketing": Owner("bo", ""), "cx": Owner("cy", "")}
    charter = replace(services.charter, owners={GUARDRAILS: owners})
    assert owners_of(charter, {}, ALARMS) == owners


def test_no_table_of_the_guardrails_is_neither_agreed_on_nor_told(services: Services) -> None:
    told = {each.partition(".")[0] for each in list_rules(services)["guardrails.toml"]}
    agreed = {"caps", "quiet_hours", "quiet_channels", "yields"}
    assert set(_TABLES) - agreed == told


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
