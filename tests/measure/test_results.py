"""What the store says a journey brought, on SQLite and PostgreSQL alike."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bot.commands import measure as measure_command
from bot.decision.guardrails import Guardrails
from bot.decision.holdouts import draw
from bot.decision.triggers import load_triggers
from bot.measure import differences, words
from bot.measure.goals import Goal, GoalBook
from bot.measure.read import NOT_ASKED, read_entries
from bot.measure.results import EVERYTHING, NONE, OWN, PROGRAMME, JourneyResult, measure_journeys
from bot.measure.words import say_journey
from bot.profile.store.tables import purchases
from bot.texts.catalogue import load_catalogue
from tests.nudges.world import TRIGGERS

ORDER = Goal(
    "order", {"fr": "commande", "en": "order"}, "crm", "orders", timedelta(days=7), timedelta(days=180), ("*",),
    margin_percent=40,
)
REVIEW = replace(ORDER, key="review", counts="Product Reviewed", margin_percent=0, value_minor=150)
BOOK = GoalBook("EUR", (ORDER,), {"email": 40, "sms": 6_500})
RULES = Guardrails(caps={}, quiet_hours={}, quiet_channels={})
MARKETING = tuple(each for each in load_triggers(TRIGGERS) if each.name == "cart_left")


KINDS = [JourneyResult(name, kind, 0, 0, ()) for name in (EVERYTHING, "j") for kind in (OWN, PROGRAMME, NONE)]


def ids(number, prefix="p"):
    return [f"{prefix}{each:05d}" for each in range(number)]


def measure(ledger, *, book=BOOK, rules=RULES, triggers=MARKETING, days=90):
    with ledger.store.read() as connection:
        found = measure_journeys(
            connection, book, triggers, rules, since=ledger.now - timedelta(days=days), now=ledger.now
        )
    return {each.journey: each for each in found}


def entries(ledger, journeys=("cart_left",), **options):
    with ledger.store.read() as connection:
        return read_entries(
            connection, journeys, since=ledger.now - timedelta(days=90), until=ledger.now, **options
        ).to_dicts()


def test_measures_nobody_where_nothing_was_decided(ledger):
    found = measure(ledger)
    assert found[EVERYTHING].goals[0].people == 0
    assert found["cart_left"].goals[0].conversions.verdict == "early"


@pytest.mark.parametrize("word", ["consent_unknown", "consent_withdrawn", "unreachable", "cart_empty", "expired"])
def test_leaves_out_whom_something_else_would_have_kept_at_home(ledger, word):
    ledger.people(ids(2), held={"p00001"})
    ledger.decide(ids(2), word, "holdout")
    assert entries(ledger) == []


@pytest.mark.parametrize("word", NOT_ASKED)
def test_counts_whom_only_nudges_or_the_holdout_held(ledger, word):
    ledger.people(ids(1))
    ledger.decide(ids(1), word)
    assert len(entries(ledger)) == 1


def test_a_person_enters_once_at_the_first_occasion_with_the_parts_of_that_moment(ledger):
    ledger.people(["a", "b"], days_ago=60)
    ledger.people(["later"], held={"later"}, days_ago=5)
    ledger.merge("b", "a")
    ledger.merge("later", "a", days_ago=4)
    ledger.decide(["b"], chosen="email:a", days_ago=20)
    ledger.decide(["a"], chosen="email:a", days_ago=30)
    ledger.decide(["a"], "holdout", days_ago=2)
    (row,) = entries(ledger)
    assert (row["root"], row["parts"], row["is_holdout"]) == ("a", 2, False)
    assert row["entered_at"] == ledger.now - timedelta(days=30)


def test_a_later_merge_changes_nobodys_arm_though_the_other_part_is_older_and_held_out(ledger):
    ledger.people(["account"], held={"account"}, days_ago=300)
    ledger.people(["visitor"], days_ago=31)
    ledger.decide(["visitor"], chosen="email:a", days_ago=30)
    ledger.merge("visitor", "account", days_ago=29)
    ledger.decide(["account"], "holdout", days_ago=10)
    (row,) = entries(ledger)
    assert (row["root"], row["parts"], row["is_holdout"]) == ("account", 1, False)


def test_of_two_whom_one_launch_spoke_to_and_who_were_merged_since_the_first_counts(ledger):
    ledger.people(["a", "b"], held={"b"})
    ledger.decide(["a"], chosen="email:a", days_ago=30)
    ledger.decide(["b"], "holdout", days_ago=30)
    ledger.merge("b", "a", days_ago=20)
    (row,) = entries(ledger)
    assert (row["parts"], row["is_holdout"]) == (1, False)


@pytest.mark.parametrize(("merged", "undone", "parts", "is_holdout"), [
    (40, None, 3, True), (40, 20, 3, True), (40, 35, 2, False), (20, None, 2, False),
])
def test_the_parts_are_those_of_the_merges_that_held_at_the_occasion(ledger, merged, undone, parts, is_holdout):
    ledger.people(["a", "b", "c"], held={"c"})
    ledger.merge("c", "b", days_ago=merged, undone_days_ago=undone)
    ledger.merge("b", "a")
    ledger.decide(["a"], chosen="email:a", days_ago=30)
    (row,) = entries(ledger)
    assert (row["parts"], row["is_holdout"]) == (parts, is_holdout)


def test_a_step_of_a_campaign_is_the_campaigns_and_no_name_is_taken_for_another(ledger):
    ledger.people(["a", "b"])
    ledger.decide(["a"], trigger="winter_offers:MAILLE15", chosen="email:a")
    ledger.decide(["b"], trigger="winterXoffers:MAILLE15", chosen="email:a")
    assert [row["root"] for row in entries(ledger, ("winter_offers",))] == ["a"]


def test_counts_what_was_bought_within_the_window_and_sent_back_and_nothing_a_page_claims(ledger):
    ledger.people(ids(6))
    ledger.decide(ids(6), chosen="email:a", days_ago=20)
    ledger.buy(["p00000"], 10_000, days_ago=19)
    ledger.buy(["p00000"], -4_000, days_ago=18)
    ledger.buy(["p00001"], 10_000, days_ago=12)  # too late
    ledger.buy(["p00002"], 10_000, days_ago=21)  # before
    ledger.buy(["p00003"], 10_000, silo="web")
    found = measure(ledger)["cart_left"].goals[0]
    assert found.conversions.mean_nudged == pytest.approx(1 / 6)
    assert found.margin.mean_nudged == pytest.approx(0.4 * 6_000 / 6)


def test_what_came_back_of_an_order_by_its_own_word_is_no_order(ledger):
    ledger.people(ids(6))
    ledger.decide(ids(6), chosen="email:a", days_ago=20)
    ledger.buy(ids(2), 10_000, days_ago=19)
    with ledger.store.write() as connection:
        connection.execute(sa.update(purchases).where(purchases.c.customer_id == "p00001").values(
            quantity=0, amount_minor=0, returned=1))
    assert measure(ledger)["cart_left"].goals[0].conversions.mean_nudged == pytest.approx(1 / 6)


def test_waits_for_windows_to_close(ledger):
    ledger.people(ids(3))
    ledger.decide(ids(2), chosen="email:a", days_ago=20)
    ledger.decide(["p00002"], chosen="email:a", days_ago=3)
    found = measure(ledger)["cart_left"].goals[0]
    assert (found.people, found.in_window) == (2, 1)


def test_counts_events_and_their_value(ledger):
    ledger.people(ids(4))
    ledger.decide(ids(4), chosen="email:a")
    ledger.happens(["p00000", "p00000"], "Product Reviewed")
    found = measure(ledger, book=replace(BOOK, goals=(REVIEW,)))["cart_left"].goals[0]
    assert (found.conversions.mean_nudged, found.margin.mean_nudged) == (0.25, 75.0)


def test_finds_what_nudging_brought_and_for_each_euro(ledger):
    rng = np.random.default_rng(1)
    everybody = ids(4_000)
    held = {each for each in everybody if rng.random() < 0.1}
    free = [each for each in everybody if each not in held]
    ledger.people(everybody, held=held)
    ledger.decide(free, chosen="email:a")
    ledger.decide(sorted(held), "holdout")
    ledger.send(free)
    ledger.buy([each for each in free if rng.random() < 0.25], 5_000)
    ledger.buy([each for each in sorted(held) if rng.random() < 0.10], 5_000)
    for journey in (EVERYTHING, "cart_left"):
        result = measure(ledger)[journey]
        found = result.goals[0]
        assert (result.holdout, result.sent, result.reached) == (PROGRAMME, len(free), len(free))
        assert found.conversions.verdict == "more"
        assert found.conversions.low < 0.15 < found.conversions.high
        assert found.margin.low < 0.15 * 2_000 < found.margin.high
        assert found.cost_minor == round(len(free) * 0.04)
        assert found.per_euro.low < 0.15 * 2_000 / 0.04 < found.per_euro.high
    assert any("Nudging brings more" in each for each in say_journey("en", result, "EUR"))
    assert any("La relance rapporte" in each for each in say_journey("fr", result, "EUR"))


def test_a_journeys_own_holdout_is_told_from_the_programmes(ledger):
    everybody = ids(500)
    draws = dict(zip(everybody, draw("cart_left", everybody), strict=True))
    held = set(everybody[:50])
    ledger.people(everybody, held=held)
    ledger.decide(everybody, "holdout")
    rules = replace(RULES, journey_holdouts={"cart_left": 0.3})
    result = measure(ledger, rules=rules)["cart_left"]
    apart = [each for each in everybody if each not in held and draws[each] < 0.3]
    assert result.holdout == OWN
    assert result.goals[0].people == 450
    assert result.goals[0].conversions.held_out == len(apart)


def test_says_that_it_cannot_tell_where_nobody_is_held_out(ledger):
    result = measure(ledger, rules=replace(RULES, holdout_purposes=frozenset()))["cart_left"]
    assert result.holdout == NONE and result.goals == ()
    assert any("cannot be told" in each for each in say_journey("en", result, "EUR"))


@pytest.mark.parametrize("module", [words, differences, measure_command])
def test_every_sentence_is_there_in_french(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    said = [each.value for each in ast.walk(ast.parse(source))
            if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    translated = set(load_catalogue("fr"))
    calls = {argument.value for each in ast.walk(ast.parse(source))
             if isinstance(each, ast.Call) and getattr(each.func, "id", "") == "translate"
             for argument in each.args if isinstance(argument, ast.Constant)}
    told = {*words._VERDICTS.values(), *words._REASONS.values(), *words._METRICS.values(), *words._DRIFTS.values()}
    sentences = {each for each in said if "{what}" in each} | {words._compared_with(each) for each in KINDS}
    assert (calls | told | sentences) - translated == set()


@pytest.mark.parametrize(("effect", "says", "dit"), [
    (0.0018, "personal targeting does not beat mailing everyone (+0.0018 ± 0.0047).", "ne fait pas mieux"),
    (0.0100, "personal targeting beats mailing everyone (+0.0100 ± 0.0047).", "fait mieux"),
    (-0.0100, "personal targeting does worse than mailing everyone (-0.0100 ± 0.0047).", "fait moins bien"),
])
def test_says_when_one_way_does_not_beat_another(effect, says, dit):
    assert differences.say_difference("en", "personal targeting", "mailing everyone", effect, 0.0047) == says
    assert dit in differences.say_difference("fr", "cibler", "écrire à tous", effect, 0.0047)
