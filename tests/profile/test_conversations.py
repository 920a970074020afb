"""One conversation per channel identity, and whom it is verified to be."""

from datetime import timedelta

import pytest

from bot.errors import NotFound
from bot.profile.conversations import (
    conversations_of,
    end_verification,
    get_conversation,
    note_inbound,
    open_conversation,
    verify_conversation,
)
from bot.profile.customers import find_customer, identities_of, merges_of, resolve_identity, root_of, unmerge

SALT = "salt-for-tests-0123"


@pytest.fixture
def verify(store, now):
    """Verify a conversation as a customer of the shop."""

    def run(sender_id, ref, **more):
        with store.write() as connection:
            return verify_conversation(connection, sender_id, customer_ref=ref, by="token",
                                       until=now + timedelta(minutes=5), now=now, salt=SALT, **more)

    return run


def _open(store, now, address="v1", channel="web", **more):
    with store.write() as connection:
        return open_conversation(connection, channel, address, now=now, salt=SALT, **more)


def test_knows_no_conversation_that_was_never_opened(store, verify):
    with store.read() as connection:
        assert get_conversation(connection, "nobody") is None
    with pytest.raises(NotFound):
        verify("nobody", "c1")


def test_opens_one_conversation_per_address_under_an_opaque_id(store, now):
    first, again = _open(store, now, "+33612345678", "sms"), _open(store, now, "+33612345678", "sms")
    assert first == again
    assert "33612345678" not in first.sender_id
    assert _open(store, now, "shell-1", "shell", sender_id="shell-1").sender_id == "shell-1"


def test_is_not_verified_before_a_proof_nor_after_it_ran_out_nor_signed_out(store, now, verify):
    opened = _open(store, now)
    assert not opened.is_verified(now)
    verified = verify(opened.sender_id, "c1")
    assert verified.is_verified(now)
    assert not verified.is_verified(now + timedelta(minutes=5))
    with store.write() as connection:
        end_verification(connection, opened.sender_id)
        ended = get_conversation(connection, opened.sender_id)
    assert (ended.verified_ref, ended.is_verified(now)) == (None, False)


def test_verifying_makes_the_visitor_and_the_account_one_person_and_can_be_undone(store, now, verify):
    opened = _open(store, now)
    verified = verify(opened.sender_id, "c1", email="Ada@Example.org", phone="+33612345678")
    with store.write() as connection:
        person = find_customer(connection, "customer_id", "c1")
        assert verified.customer_id == person == find_customer(connection, "email", "ada@example.org")
        kinds = {each.kind: each.is_verified for each in identities_of(connection, person)}
        assert kinds == {"anonymous_id": False, "customer_id": True, "email": True, "phone": True}
        (merge,) = merges_of(connection, person)
        unmerge(connection, merge, now=now)
        assert get_conversation(connection, opened.sender_id).customer_id != find_customer(
            connection, "customer_id", "c1"
        )


def test_a_second_account_in_one_browser_stays_another_person(store, now, verify):
    opened = _open(store, now)
    first, second = verify(opened.sender_id, "c1"), verify(opened.sender_id, "c2")
    assert first.customer_id != second.customer_id
    with store.read() as connection:
        assert find_customer(connection, "customer_id", "c1") == first.customer_id
        assert [each.sender_id for each in conversations_of(connection, second.customer_id)] == [opened.sender_id]
        assert conversations_of(connection, first.customer_id) == []


def test_a_guest_order_by_email_joins_the_account_that_proves_the_address(store, now, verify):
    with store.write() as connection:
        guest = resolve_identity(connection, "email", "ada@example.org", source="shop", is_verified=False,
                                 now=now - timedelta(days=1), salt=SALT)
    verified = verify(_open(store, now).sender_id, "c1", email="ada@example.org")
    with store.read() as connection:
        assert root_of(connection, guest) == verified.customer_id


def test_an_address_that_another_account_gave_up_moves_and_merges_nobody(store, now, verify):
    first = verify(_open(store, now, "v1").sender_id, "c1", phone="+33612345678")
    second = verify(_open(store, now, "v2").sender_id, "c2", phone="+33612345678")
    assert first.customer_id != second.customer_id
    with store.read() as connection:
        assert find_customer(connection, "phone", "+33612345678") == second.customer_id


def test_lists_a_persons_conversations_of_all_channels_last_used_first(store, now, verify):
    web, mail = _open(store, now), _open(store, now, "ada@example.org", "email")
    verify(web.sender_id, "c1", email="ada@example.org")
    with store.write() as connection:
        note_inbound(connection, mail.sender_id, now=now, language="fr")
        found = conversations_of(connection, find_customer(connection, "customer_id", "c1"))
    assert [(each.channel, each.language) for each in found] == [("email", "fr"), ("web", "")]
