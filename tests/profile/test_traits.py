"""Every silo's word is kept; the chosen one says where it came from and what it was chosen over."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import FixConfiguration
from bot.profile.customers import create_customer, merge_customers
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import TraitRule, chosen_traits, set_trait

SHOPS = Path(__file__).parents[2] / "data" / "shops"


@pytest.fixture
def customer(store, now):
    """Somebody."""
    with store.write() as connection:
        return create_customer(connection, now=now, salt="salt-for-tests-0123")


def test_tells_nothing_of_somebody_nobody_spoke_of(store, customer):
    with store.read() as connection:
        assert chosen_traits(connection, customer, {}) == {}


def test_says_where_a_trait_came_from_when_and_by_which_rule(store, customer, now):
    rules = {"city": TraitRule("city", "silo", ("shop", "crm"))}
    with store.write() as connection:
        set_trait(connection, customer, "city", "Lyon", silo="shop", now=now)
        set_trait(connection, customer, "city", "Nice", silo="crm", now=now + timedelta(days=1))
        set_trait(connection, customer, "city", "Brest", silo="web_claim", now=now + timedelta(days=2))
        chosen = chosen_traits(connection, customer, rules)["city"]
    assert (chosen.value, chosen.silo, chosen.set_at, chosen.rule) == ("Lyon", "shop", now, "silo: shop > crm")
    assert [each.silo for each in chosen.losing] == ["crm", "web_claim"]


@pytest.mark.parametrize(("rule", "value"), [("latest", "new"), ("earliest", "old")])
def test_time_decides_where_the_rule_says_so(store, customer, now, rule, value):
    with store.write() as connection:
        set_trait(connection, customer, "x", "old", silo="a", now=now)
        set_trait(connection, customer, "x", "new", silo="b", now=now + timedelta(days=1))
        assert chosen_traits(connection, customer, {"x": TraitRule("x", rule)})["x"].value == value


def test_a_silo_replaces_only_its_own_word(store, customer, now):
    with store.write() as connection:
        for value in ("one", "two"):
            set_trait(connection, customer, "x", value, silo="a", now=now)
        chosen = chosen_traits(connection, customer, {})["x"]
    assert (chosen.value, chosen.losing) == ("two", ())


def test_counts_of_a_merged_person_are_added_up(store, customer, now):
    rules = {"favourite_sizes": TraitRule("favourite_sizes", "add_counts")}
    with store.write() as connection:
        other = create_customer(connection, now=now, salt="salt-for-tests-0123")
        merge_customers(connection, customer, other, reason="test", now=now)
        set_trait(connection, customer, "favourite_sizes", {"S": 2, "M": 1}, silo="computed:shop", now=now)
        set_trait(connection, other, "favourite_sizes", {"M": 4}, silo="computed:uci", now=now)
        chosen = chosen_traits(connection, other, rules)["favourite_sizes"]
    assert list(chosen.value.items()) == [("M", 5), ("S", 2)]
    assert chosen.silo == "computed:shop, computed:uci"


@pytest.mark.parametrize(
    "text", ["[x]\nrule = 'guess'", "[x]\nrule = 'silo'", "x = 1", "[x", "[x]\nrule='silo'\nsilos='a'"]
)
def test_refuses_a_rules_file_that_is_wrong_and_says_where(tmp_path, text):
    path = tmp_path / "traits.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"traits\.toml"):
        load_trait_rules(path)


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_the_shops_own_rules_can_be_read(shop):
    rules = load_trait_rules(SHOPS / shop / "traits.toml")
    assert rules["favourite_sizes"].rule == "add_counts"
