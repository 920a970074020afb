"""The lists' deeds: who is one person, what leaves again; whoever may not, and what cannot be, changes nothing."""

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.book import Subject
from bot.charter.kept import propose
from bot.console.trail import read_trail
from bot.decision.pauses import pause_journey
from bot.profile.identities import create_customer
from bot.profile.store.tables import link_reviews, outbox
from tests.conftest import NOW

LISTS = "/console/lists"


@pytest.fixture
def review(services: Services) -> int:
    """Two profiles that may be one person."""
    with services.store.write() as connection:
        left, right = (create_customer(connection, now=NOW, salt="a salt of sixteen") for _ in range(2))
        return connection.scalar(sa.insert(link_reviews).returning(link_reviews.c.review_id).values(
            left_id=left, right_id=right, chance=0.9, evidence={"email": "same"}, state="waiting", proposed_at=NOW,
        ))


@pytest.fixture
def letters(services: Services) -> dict[str, int]:
    """One that was refused, one that may have left, a code."""
    with services.store.write() as connection:
        return {
            name: connection.scalar(sa.insert(outbox).returning(outbox.c.outbox_id).values(
                idempotency_key=name, kind=kind, customer_id="c", channel="email", address="a@example.org",
                purpose="service", nudge="", facts={}, payload={"text": "x"}, state=state, reason="refused",
                attempts=5, not_before=NOW, created_at=NOW,
            ))
            for name, kind, state in (
                ("failed", "nudge", "failed"), ("unknown", "nudge", "unknown"), ("code", "code", "failed"),
            )
        }


def add_tasks(services: Services, customer: str) -> None:
    """One of each that somebody decides in the console."""
    now = services.clock()
    with services.store.write() as connection:
        other = create_customer(connection, now=now, salt="a salt of sixteen")
        connection.execute(sa.insert(link_reviews).values(
            left_id=customer, right_id=other, chance=0.9, evidence={"email": "same"}, state="waiting", proposed_at=now,
        ))
        connection.execute(sa.insert(outbox).values(
            idempotency_key="given-up", kind="nudge", customer_id=customer, channel="email", address="a@example.org",
            purpose="service", nudge="parcel_late", facts={}, payload={"text": "x"}, state="failed", reason="refused",
            attempts=5, not_before=now, created_at=now,
        ))
        pause_journey(connection, "win_back", reason="by_hand", by="Léa", now=now)
        propose(connection, Subject("resume:win_back"), {}, by="Léa", reason="Mended.", now=now, due_at=now)


def _states(services: Services, table: sa.Table) -> list[str]:
    with services.store.read() as connection:
        return list(connection.scalars(sa.select(table.c.state).order_by(*table.primary_key)))


def _deeds(services: Services) -> list[tuple[str, str, str]]:
    with services.store.read() as connection:
        return [(each.person, each.deed, each.about) for each in read_trail(connection)]


def test_whoever_may_not_sees_no_button_and_changes_nothing(
    services: Services, sign_in, letters: dict[str, int]
) -> None:
    visitor = sign_in("cx")
    assert "<form class=\"deed\"" not in visitor.client.get(f"{LISTS}/letters").text
    assert visitor.post(f"{LISTS}/letters/{letters['failed']}", answer="again").status_code == 403
    assert _states(services, outbox) == ["failed", "unknown", "failed"]


@pytest.mark.parametrize(("answer", "state", "deed"), [
    ("accept", "accepted", "joined"), ("refuse", "refused", "kept_apart"),
])
def test_a_review_is_decided_once(
    services: Services, sign_in, review: int, answer: str, state: str, deed: str
) -> None:
    visitor, path = sign_in("cx"), f"{LISTS}/reviews/{review}"
    shown = visitor.client.get(f"{LISTS}/reviews").text
    assert f'action="{path}"' in shown and "One person" in shown and "Two people" in shown
    assert visitor.post(path, answer="perhaps").status_code == 400
    assert visitor.post(path, answer=answer).headers["location"] == f"{LISTS}/reviews"
    assert _states(services, link_reviews) == [state]
    assert _deeds(services) == [("une-cx", deed, f"review:{review}")]
    late = visitor.post(path, answer="accept")
    assert late.status_code == 409 and "Somebody was quicker" in late.text
    assert visitor.post(f"{LISTS}/reviews/{review + 1}", answer="accept").status_code == 404


def test_what_was_given_up_leaves_again(services: Services, sign_in, letters: dict[str, int]) -> None:
    visitor = sign_in("it")
    assert visitor.client.get(f"{LISTS}/letters").text.count('<form class="deed"') == 1
    for name in ("unknown", "code"):
        refused = visitor.post(f"{LISTS}/letters/{letters[name]}", answer="again")
        assert refused.status_code == 409 and "may have left" in refused.text
    path = f"{LISTS}/letters/{letters['failed']}"
    assert visitor.post(path, answer="again").headers["location"] == f"{LISTS}/letters"
    assert _states(services, outbox) == ["pending", "unknown", "failed"]
    assert _deeds(services) == [("une-it", "sent_again", f"letter:{letters['failed']}")]
    assert visitor.post(path, answer="again").status_code == 409
