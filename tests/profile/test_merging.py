"""Promise 6: a merge of two customers can be undone, with everything that arrived since."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.errors import NotFound
from bot.profile.consent import consent_state, record_consent
from bot.profile.customers import (
    could_be_one_person,
    create_customer,
    find_customer,
    identities_of,
    is_holdout,
    members_of,
    merge_customers,
    merges_of,
    resolve_identity,
    resolve_owners,
    root_of,
    unmerge,
)
from bot.profile.events import Event, append_events, events_of
from bot.profile.identities import create_customers, link_identity
from bot.profile.state import ConversationState, OpenQuestion, read_state, write_state
from bot.profile.traits import chosen_traits, set_trait

SALT = "salt-for-tests-0123"


@contextmanager
def _rolled_back(store):
    with store.engine.connect().execution_options(prevenant_write=True) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def _person(connection, kind, value, now):
    return resolve_identity(connection, kind, value, source="test", is_verified=True, now=now, salt=SALT)


def _event(connection, kind, value, message_id, now):
    key = (kind, value)
    owner = resolve_owners(connection, [key], source="test", is_verified=False, now=now, salt=SALT)[key]
    return Event(message_id, owner, "web", "track", "Product Viewed", {"product_id": message_id}, now, now)


def _two(connection, now):
    older = _person(connection, "customer_id", "c1", now - timedelta(days=2))
    return older, _person(connection, "anonymous_id", "v1", now)


def test_does_nothing_when_both_are_one_person_already(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        assert merge_customers(connection, a, b, reason="test", now=now)
        assert merge_customers(connection, b, a, reason="test", now=now) is None
        assert merge_customers(connection, a, a, reason="test", now=now) is None
        assert len(merges_of(connection, a)) == 1


def test_refuses_to_merge_with_nobody(store, now):
    with store.write() as connection:
        a, _ = _two(connection, now)
        with pytest.raises(NotFound):
            merge_customers(connection, a, "nobody", reason="test", now=now)


def test_refuses_to_undo_a_merge_that_never_was(store, now):
    with store.write() as connection, pytest.raises(NotFound):
        unmerge(connection, 4711, now=now)


def test_the_older_root_wins(store, now):
    with store.write() as connection:
        older, younger = _two(connection, now)
        merge_customers(connection, younger, older, reason="test", now=now)
        assert root_of(connection, younger) == older
        assert members_of(connection, younger) == [older, younger]
        assert find_customer(connection, "anonymous_id", "v1") == older


def test_holdout_holds_for_the_person_when_any_part_is_in_it(store, now):
    with store.write() as connection:
        made = create_customers(connection, 60, now=now, salt=SALT)
        held = [each for each in made if is_holdout(connection, each)]
        free = [each for each in made if each not in held]
        assert 0 < len(held) < 20
        merge = merge_customers(connection, free[0], held[0], reason="test", now=now)
        assert is_holdout(connection, free[0])
        unmerge(connection, merge, now=now)
        assert not is_holdout(connection, free[0])


def test_undoing_gives_back_identities_events_and_traits_that_arrived_since(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        append_events(connection, [_event(connection, "anonymous_id", "v1", "before", now)])
        merge = merge_customers(connection, a, b, reason="test", now=now)
        later = now + timedelta(minutes=1)
        append_events(connection, [_event(connection, "anonymous_id", "v1", "since-visitor", later),
                                   _event(connection, "customer_id", "c1", "since-account", later)])
        set_trait(connection, b, "firstName", "Visitor", silo="web", now=later)
        assert [each.message_id for each in events_of(connection, a)] == ["since-account", "since-visitor", "before"]
        assert len(identities_of(connection, a)) == 2
        unmerge(connection, merge, now=later)
        assert [each.message_id for each in events_of(connection, a)] == ["since-account"]
        assert [each.message_id for each in events_of(connection, b)] == ["since-visitor", "before"]
        assert [each.kind for each in identities_of(connection, b)] == ["anonymous_id"]
        assert chosen_traits(connection, a, {}) == {}
        assert chosen_traits(connection, b, {})["firstName"].value == "Visitor"


def test_undoing_twice_changes_nothing(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        merge = merge_customers(connection, a, b, reason="test", now=now)
        unmerge(connection, merge, now=now)
        merge_customers(connection, a, b, reason="by hand", now=now)
        unmerge(connection, merge, now=now)
        assert root_of(connection, b) == a


def test_no_rule_repeats_what_somebody_undid(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        assert could_be_one_person(connection, a, b)
        unmerge(connection, merge_customers(connection, a, b, reason="test", now=now), now=now)
        assert not could_be_one_person(connection, a, b)


def test_two_accounts_of_one_shop_are_two_people_and_of_two_silos_may_be_one(store, now):
    with store.write() as connection:
        a, b = _two(connection, now)
        link_identity(connection, b, "customer_id", "uci:7", source="test", now=now)
        assert could_be_one_person(connection, a, b)
        link_identity(connection, b, "customer_id", "c2", source="test", now=now)
        assert not could_be_one_person(connection, a, b)


def test_conversation_state_fills_up_and_parts_again(store, now):
    question = OpenQuestion("yes_no", "request:change_email", now.isoformat())
    with store.write() as connection:
        a, b = _two(connection, now)
        write_state(connection, a, ConversationState(language="fr", cart_ref="cart-a"), now - timedelta(hours=1))
        write_state(connection, b, ConversationState(cart_ref="cart-b", open_question=question), now)
        merge = merge_customers(connection, a, b, reason="test", now=now)
        both = read_state(connection, a)
        assert (both.language, both.cart_ref, both.open_question) == ("fr", "cart-b", question)
        unmerge(connection, merge, now=now)
        mine, theirs = read_state(connection, a), read_state(connection, b)
        assert (mine.language, mine.cart_ref, mine.open_question) == ("fr", "cart-a", None)
        assert (theirs.cart_ref, theirs.open_question) == ("cart-b", question)
        assert mine.version > both.version


@pytest.mark.parametrize(("older", "newer", "joined"), [
    ({"avoid_materials": ["wool"]}, {"colours": ["blue"]}, {"avoid_materials": ["wool"], "colours": ["blue"]}),
    ({"avoid_materials": ["wool"]}, {"avoid_materials": ["silk"]}, {"avoid_materials": ["wool", "silk"]}),
    ({"avoid_materials": ["wool"]}, {"materials": ["wool"]}, {"materials": ["wool"]}),
    ({"colours": ["red", "blue"]}, {"avoid_colours": ["red"]}, {"colours": ["blue"], "avoid_colours": ["red"]}),
    ({"known_sizes": {"top": "L"}}, {"known_sizes": {"shoes": "39"}}, {"known_sizes": {"top": "L", "shoes": "39"}}),
    ({"sizes": ["38"]}, {"known_sizes": {"shoes": "40"}}, {"known_sizes": {"numbers": "38", "shoes": "40"}}),
    ({"known_sizes": {"shoes": "40"}}, {"sizes": ["M"]}, {"known_sizes": {"shoes": "40", "letters": "M"}}),
    ({"disliked": ["a"], "price_max_minor": 40}, {"disliked": ["b"]}, {"disliked": ["a", "b"], "price_max_minor": 40}),
])  # fmt: skip
def test_what_either_refused_stays_refused(store, now, older, newer, joined):
    with store.write() as connection:
        a, b = _two(connection, now)
        write_state(connection, a, ConversationState(style=older), now - timedelta(hours=1))
        write_state(connection, b, ConversationState(style=newer), now)
        merge = merge_customers(connection, a, b, reason="test", now=now)
        assert read_state(connection, a).style == joined
        unmerge(connection, merge, now=now)
        assert (read_state(connection, a).style, read_state(connection, b).style) == (older, newer)


@example(steps=[("merge", 0, 1), ("merge", 1, 2), ("undo", 0, 0), ("undo", 1, 0)])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)),
            st.tuples(st.just("undo"), st.integers(0, 12), st.just(0)),
            st.tuples(st.just("event"), st.integers(0, 5), st.just(0)),
        ),
        max_size=18,
    )
)
def test_persons_are_what_the_merges_that_still_hold_connect(store, now, steps):
    with _rolled_back(store) as connection:
        people = [_person(connection, "anonymous_id", f"h{n}", now + timedelta(seconds=n)) for n in range(6)]
        edges, arrived, order = {}, {each: [] for each in people}, []
        for number, (what, one, other) in enumerate(steps):
            if what == "merge":
                merge = merge_customers(connection, people[one], people[other], reason="test", now=now)
                if merge:
                    edges[merge] = (people[one], people[other])
                    order.append(merge)
            elif what == "undo" and order:
                unmerge(connection, order[one % len(order)], now=now)
                edges.pop(order[one % len(order)], None)
            elif what == "event":
                event = _event(connection, "anonymous_id", f"h{one}", f"e{number}", now)
                append_events(connection, [event])
                arrived[people[one]].append(event.message_id)
        for person, connected in _connect(people, edges.values()).items():
            assert members_of(connection, person) == sorted(connected, key=people.index)
            assert root_of(connection, person) == min(connected, key=people.index)
            told = {each.message_id for each in events_of(connection, person)}
            assert told == {message for each in connected for message in arrived[each]}


def _connect(people, edges):
    groups = {each: {each} for each in people}
    for left, right in edges:
        whole = groups[left] | groups[right]
        for each in whole:
            groups[each] = whole
    return groups


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["granted", "withdrawn"])), max_size=4),
    since=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["granted", "withdrawn"])), max_size=4),
)
def test_no_undone_merge_leaves_anybody_with_a_consent_they_had_not_given_themselves(store, now, before, since):
    with _rolled_back(store) as connection:
        people = _two(connection, now)
        moment = now
        for number, (who, state) in enumerate(before):
            moment = now + timedelta(seconds=number)
            _say(connection, people[who], state, moment)
        own = [consent_state(connection, each, "marketing", "web") for each in people]
        merged_at = moment + timedelta(seconds=1)
        merge = merge_customers(connection, *people, reason="test", now=merged_at)
        for number, (who, state) in enumerate(since):
            _say(connection, people[who], state, merged_at + timedelta(seconds=number))
        unmerge(connection, merge, now=merged_at + timedelta(minutes=1))
        after = [consent_state(connection, each, "marketing", "web") for each in people]
        if not since:
            assert after == own
        elif since[-1][1] == "withdrawn":
            assert after == ["withdrawn", "withdrawn"]
        else:
            assert "granted" not in after


def _say(connection, customer, state, moment):
    record_consent(connection, customer, purpose="marketing", channel="web", state=state, source="test", wording="",
                   now=moment)


def test_create_customer_makes_a_person_of_its_own(store, now):
    with store.write() as connection:
        made = create_customer(connection, now=now, salt=SALT)
        assert root_of(connection, made) == made
        assert identities_of(connection, made) == []
