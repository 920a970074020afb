"""Merges in bulk come to what merges one by one come to: the same persons, rows, states, and the same undoing."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.profile.bulk_merging import MergeRequest, Outcome, merge_many
from bot.profile.consent import consent_state, record_consent
from bot.profile.customers import could_be_one_person, members_of, merge_customers, merges_of, root_of, unmerge
from bot.profile.events import Event, append_events, events_of
from bot.profile.identities import link_identity
from bot.profile.link_reviews import Review, propose_reviews, refuse_review
from bot.profile.state import ConversationState, read_state, write_state
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversation_states, customers, merges

SALT = "salt-for-tests-0123"


def _people(connection, number, now):
    """So many, each a second younger than the one before; ids do not follow age."""
    names = [f"{(7 * at) % 32:02x}{at:030x}" for at in range(number)]
    connection.execute(sa.insert(customers), [
        {"customer_id": name, "root_id": name, "is_holdout": False, "created_at": now - timedelta(days=1, seconds=-at)}
        for at, name in enumerate(names)
    ])
    return names


def _request(a, b):
    return MergeRequest(a, b, "linked:0.990")


def _everything(store):
    """What merges come to, without their numbers: those differ by what was rolled back."""
    columns = [each for each in merges.c if each.name != "merge_id"]
    with store.read() as connection:
        return (
            [tuple(row) for row in connection.execute(sa.select(customers).order_by(customers.c.customer_id))],
            [tuple(row) for row in connection.execute(sa.select(*columns).order_by(merges.c.merge_id))],
            [tuple(row) for row in connection.execute(
                sa.select(conversation_states).order_by(conversation_states.c.customer_id))],
        )


def test_does_nothing_without_a_request_and_for_who_is_one_already(store, now):
    with store.write() as connection:
        a, b = _people(connection, 2, now)
        assert merge_many(connection, [], now=now) == Outcome(0)
        assert merge_many(connection, [_request(a, b), _request(b, a), _request(a, a)], now=now) == Outcome(1)
        assert merge_many(connection, [_request(b, a)], now=now) == Outcome(0)
        assert len(merges_of(connection, a)) == 1


def test_holds_who_was_erased_meanwhile_and_goes_on_with_the_others(store, now):
    with store.write() as connection:
        a, b = _people(connection, 2, now)
        wanted = [_request(a, "erased"), _request(a, b)]
        assert merge_many(connection, wanted, now=now) == Outcome(1, (wanted[0],))


def test_holds_two_accounts_of_one_shop_through_a_third_too(store, now):
    with store.write() as connection:
        a, b, third = _people(connection, 3, now)
        link_identity(connection, a, "customer_id", "crm:1", source="test", now=now)
        link_identity(connection, b, "customer_id", "crm:2", source="test", now=now)
        wanted = [_request(a, b), _request(a, third), _request(third, b)]
        assert merge_many(connection, wanted, now=now) == Outcome(1, (wanted[0], wanted[2]))


def test_holds_what_somebody_undid_or_refused_between_whatever_the_two_have_become(store, now):
    with store.write() as connection:
        a, b, c, d = _people(connection, 4, now)
        unmerge(connection, merge_customers(connection, a, b, reason="test", now=now), now=now)
        one, other = sorted((c, d))
        propose_reviews(connection, [Review(one, other, 0.9, {})], now=now)
        refuse_review(connection, 1, by="ines", now=now)
        wanted = [_request(b, a), _request(a, c), _request(b, c), _request(b, d), _request(d, a)]
        assert merge_many(connection, wanted, now=now) == Outcome(2, (wanted[0], wanted[2], wanted[4]))


@pytest.mark.parametrize("seed", range(12))
def test_agrees_with_one_by_one(fresh_url, now, seed):
    """Random worlds with accounts, states and undone merges; then random undoings, in both."""
    ends = []
    for in_bulk in (True, False):
        store, chance = Store(fresh_url("store")), random.Random(seed)
        with store.write() as connection:
            people = _people(connection, 24, now)
            _tell(connection, people, chance, now)
        wanted = [_request(*chance.sample(people, 2)) for _ in range(40)]
        merged = 0
        for start in (0, 25):
            with store.write() as connection:
                some = wanted[start : start + 25]
                merged += _in_bulk(connection, some, now) if in_bulk else _one_by_one(connection, some, now)
        whole = _everything(store)
        later = now + timedelta(hours=1)
        with store.write() as connection:
            numbers = list(connection.scalars(
                sa.select(merges.c.merge_id).where(merges.c.undone_at.is_(None)).order_by(merges.c.merge_id)))
            for number in chance.sample(numbers, len(numbers) // 2):
                unmerge(connection, number, now=later)
            said = [consent_state(connection, each, "marketing", "email") for each in people]
        ends.append((merged, whole, _everything(store), said))
        store.close()
    assert ends[0] == ends[1]
    assert ends[0][0] > 5


def _tell(connection, people, chance, now):
    for at, each in enumerate(people):
        if chance.random() < 0.4:
            account = f"{chance.choice(('crm', 'tills'))}:{at}"
            link_identity(connection, each, "customer_id", account, source="test", now=now)
        if chance.random() < 0.5:
            style = chance.choice(({}, {"avoid_materials": ["wool"]}, {"colours": ["blue"], "materials": ["wool"]}))
            state = ConversationState(
                language=chance.choice(("fr", "en")), cart_ref=chance.choice(("", f"cart-{at}")), style=style)
            write_state(connection, each, state, now - timedelta(minutes=at))
        if chance.random() < 0.5:
            record_consent(connection, each, purpose="marketing", channel="email", source="test", wording="",
                           state=chance.choice(("granted", "withdrawn")), now=now - timedelta(hours=1))
    for _ in range(4):
        merge = merge_customers(connection, *chance.sample(people, 2), reason="test", now=now)
        if merge and chance.random() < 0.5:
            unmerge(connection, merge, now=now)


def _in_bulk(connection, wanted, now):
    return merge_many(connection, wanted, now=now).merged


def _one_by_one(connection, wanted, now):
    merged = 0
    for each in wanted:
        if could_be_one_person(connection, each.left_id, each.right_id):
            merged += bool(merge_customers(connection, each.left_id, each.right_id, reason=each.reason, now=now))
    return merged


def test_gives_back_events_since_and_states_when_one_of_a_batch_is_undone(store, now):
    with store.write() as connection:
        a, b, c = _people(connection, 3, now)
        write_state(connection, a, ConversationState(language="fr"), now - timedelta(hours=2))
        write_state(connection, c, ConversationState(cart_ref="cart-c"), now - timedelta(hours=1))
        assert merge_many(connection, [_request(c, b), _request(b, a)], now=now) == Outcome(2)
        assert members_of(connection, c) == [a, b, c]
        assert (read_state(connection, a).language, read_state(connection, a).cart_ref) == ("fr", "cart-c")
        later = now + timedelta(minutes=1)
        append_events(connection, [Event("since", c, "web", "track", "Product Viewed", {}, later, later)])
        unmerge(connection, merges_of(connection, a)[0], now=later)
        assert [root_of(connection, each) for each in (a, b, c)] == [a, a, c]
        assert [each.message_id for each in events_of(connection, c)] == ["since"]
        assert read_state(connection, c).cart_ref == "cart-c"
