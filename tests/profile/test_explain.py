"""Why a trait is what it is, in one call and in both languages."""

from datetime import timedelta

import pytest

from bot.errors import FixConfiguration
from bot.profile.customers import create_customer, link_identity, merge_customers
from bot.profile.explain import _LOSSES, _RULES, explain_trait
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import TraitRule, chosen_traits, set_trait
from bot.texts.catalogue import load_catalogue

SALT = "salt-for-tests-0123"


@pytest.fixture
def customer(store, now):
    """Somebody with a proven e-mail address."""
    with store.write() as connection:
        made = create_customer(connection, now=now, salt=SALT)
        link_identity(connection, made, "email", "Camille@shop.example", source="shop", now=now)
        return made


def _say(store, customer, now, *words):
    """(silo, value) pairs, a day apart, oldest first."""
    with store.write() as connection:
        for days, (silo, value) in enumerate(words):
            set_trait(connection, customer, "x", value, silo=silo, now=now + timedelta(days=days))


def _explain(store, customer, rule):
    with store.read() as connection:
        return explain_trait(connection, customer, "x", {"x": rule})


def test_explains_nothing_that_nobody_said(store, customer):
    assert _explain(store, customer, TraitRule("x")) is None


@pytest.mark.parametrize(
    ("rule", "words", "winner", "losses"),
    [
        (TraitRule("x", "silo", ("shop", "crm")), [("crm", "a"), ("shop", "b"), ("web", "c"), ("shop2", "")],
         "shop", [("crm", "less_trusted"), ("web", "less_trusted"), ("shop2", "silent")]),
        (TraitRule("x", "silo", ("shop", "crm")), [("shop", ""), ("crm", "a")], "crm", [("shop", "silent")]),
        (TraitRule("x", "latest"), [("a", 1), ("b", 2), ("c", None)], "b", [("a", "older"), ("c", "silent")]),
        (TraitRule("x", "earliest"), [("a", 1), ("b", 2)], "a", [("b", "newer")]),
        (TraitRule("x", "longest"), [("a", "Lyon 3e"), ("b", "Lyon"), ("c", "Paris 9")],
         "c", [("a", "older"), ("b", "shorter")]),
        (TraitRule("x", "verified", identity="email"),
         [("crm", " camille@SHOP.example"), ("web_claim", "other@shop.example")], "crm", [("web_claim", "unproven")]),
        (TraitRule("x", "add_counts"), [("a", {"M": 1}), ("b", {"M": 2}), ("web_claim", {"M": 900})],
         "a, b", [("web_claim", "claimed")]),
    ],
    ids=lambda each: each.rule if isinstance(each, TraitRule) else "",
)
def test_says_who_won_by_which_rule_and_why_the_others_lost(store, customer, now, rule, words, winner, losses):
    _say(store, customer, now, *words)
    told = _explain(store, customer, rule)
    assert told.silo == winner
    assert sorted((loss.value.silo, loss.name) for loss in told.losses) == sorted(losses)
    for language in ("fr", "en"):
        assert told.rule[language] and all(loss.why[language] and "{" not in loss.why[language] for loss in told.losses)


def test_the_same_moment_is_decided_by_name_and_said_so(store, customer, now):
    with store.write() as connection:
        for silo in ("b", "a"):
            set_trait(connection, customer, "x", silo, silo=silo, now=now)
    told = _explain(store, customer, TraitRule("x"))
    assert (told.value, [loss.name for loss in told.losses]) == ("a", ["same_moment"])


def test_speaks_of_every_part_of_a_merged_person(store, customer, now):
    with store.write() as connection:
        other = create_customer(connection, now=now, salt=SALT)
        merge_customers(connection, customer, other, reason="test", now=now)
        set_trait(connection, other, "x", "Lyon", silo="crm", now=now)
    told = _explain(store, customer, TraitRule("x", "silo", ("shop",)))
    assert told.rule == {"en": "The most trusted source that said something counts: shop.",
                         "fr": "La source la plus fiable qui a dit quelque chose compte : shop."}
    assert (told.value, told.set_at, told.losses) == ("Lyon", now, ())


@pytest.mark.parametrize(
    "value", [{"M": "many"}, {"M": True}, {"M": None}, "M", 3, [1], {"any": ["never", 7]}, {"any": 3}]
)
@pytest.mark.parametrize("rule", ["add_counts", "days_between"])
def test_what_is_no_count_is_not_counted(store, customer, now, value, rule):
    _say(store, customer, now, ("crm", value))
    with store.read() as connection:
        counted = chosen_traits(connection, customer, {"x": TraitRule("x", rule)})["x"].value
    assert counted in ({}, {"any": 3} if rule == "add_counts" else {})


def test_every_sentence_is_translated():
    assert {*_RULES.values(), *_LOSSES.values()} <= set(load_catalogue("fr"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[a]\nrule = "latest"\n[b]\nrule = "guess"', r"traits\.toml, line 4: b\.rule is 'guess'"),
        ("[a]\n\nrule = 'silo'", r"line 1: a\.silos is what rule"),
        ("[a]\nrule = 'latest'\nsilos = ['crm']", r"line 3: a\.silos has no effect"),
        ("[a]\nrule = 'silo'\nsilos = ['crm', 'crm']", r"line 3: a\.silos names a silo twice"),
        ("[a]\nrule = 'latest'\nidentity = 'email'", r"line 3: a\.identity has no effect"),
        ("[a]\nrule = 'latest'\ntrust = 1", r"line 3: a\.trust is not known here"),
        (f"[{'a' * 65}]\nrule = 'latest'", "line 1: a trait's name"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_line(tmp_path, text, says):
    path = tmp_path / "traits.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration, match=says):
        load_trait_rules(path)
