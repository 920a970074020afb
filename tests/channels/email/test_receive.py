"""The way out of every marketing letter: it asks, then it does it, for whoever holds the signed link."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.email.receive import build_unsubscribe_router
from bot.channels.unsubscribe import make_link
from bot.profile.customers import resolve_identity
from bot.profile.store.engine import Store
from bot.profile.store.tables import consents, outbox
from bot.settings import Settings
from tests.channels.rows import make_row

FRENCH, ENGLISH = {"Accept-Language": "fr"}, {"Accept-Language": "en-GB"}


@pytest.fixture
def client(store: Store, settings: Settings, now: datetime) -> TestClient:
    app = FastAPI()
    app.include_router(build_unsubscribe_router(store, settings, lambda: now))
    return TestClient(app)


@pytest.fixture
def customer(store: Store, settings: Settings, now: datetime) -> str:
    with store.write() as connection:
        return resolve_identity(
            connection, "email", "a@example.com", source="shop", is_verified=True, now=now, salt=settings.holdout_salt
        )


@pytest.fixture
def way_out(settings: Settings, customer: str) -> str:
    return make_link(settings, customer, "email").removeprefix(settings.public_url)


def wait_in_outbox(store: Store, customer: str, **changes: str) -> int:
    row = vars(make_row(customer_id=customer, kind="nudge", state="pending", **changes))
    values = {**row, "idempotency_key": str(changes), "payload": row["payload"].to_json()}
    values.pop("outbox_id")
    with store.write() as connection:
        return int(connection.execute(sa.insert(outbox).values(values)).inserted_primary_key[0])


def states(store: Store) -> dict[int, str]:
    with store.read() as connection:
        return {row.outbox_id: row.state for row in connection.execute(sa.select(outbox.c.outbox_id, outbox.c.state))}


def withdrawn(store: Store) -> list[tuple[str, str, str]]:
    columns = (consents.c.purpose, consents.c.channel, consents.c.state)
    with store.read() as connection:
        return [(row.purpose, row.channel, row.state) for row in connection.execute(sa.select(*columns))]


def test_changes_nothing_when_a_mail_program_looks_ahead(client: TestClient, way_out: str, store: Store) -> None:
    answer = client.get(way_out, headers=ENGLISH)
    assert "Do you want to receive no more offers by e-mail?" in answer.text
    assert '<form method="post">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert withdrawn(store) == []


@pytest.mark.parametrize("token", ["x", "a" * 60, "%00", "é", "....", "AAAA"])
def test_refuses_a_link_that_is_not_ours(client: TestClient, store: Store, token: str) -> None:
    for answer in (client.get(f"/u/{token}", headers=ENGLISH), client.post(f"/u/{token}", headers=ENGLISH)):
        assert answer.status_code == 404
        assert "This link is not complete" in answer.text
    assert withdrawn(store) == []


def test_refuses_a_link_with_another_customer_in_it(
    client: TestClient, settings: Settings, way_out: str, store: Store
) -> None:
    theirs = make_link(settings, "f" * 32, "email").removeprefix(settings.public_url)
    spliced = way_out[:20] + theirs[20:]
    assert client.post(spliced).status_code == 404


def test_withdraws_and_takes_back_what_waits_on_that_channel(
    client: TestClient, way_out: str, store: Store, customer: str
) -> None:
    letter = wait_in_outbox(store, customer, channel="email", purpose="marketing")
    service = wait_in_outbox(store, customer, channel="email", purpose="service")
    text = wait_in_outbox(store, customer, channel="sms", purpose="marketing")
    answer = client.post(way_out, headers=ENGLISH, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "It is done" in answer.text) == (200, True)
    assert withdrawn(store) == [("marketing", "email", "withdrawn")]
    assert states(store) == {letter: "withdrawn", service: "pending", text: "pending"}


def test_stays_withdrawn_when_it_is_clicked_again(client: TestClient, way_out: str, store: Store) -> None:
    assert [client.post(way_out).status_code for _ in range(2)] == [200, 200]
    assert {each[2] for each in withdrawn(store)} == {"withdrawn"}


def test_says_it_is_done_for_somebody_who_was_erased(client: TestClient, settings: Settings, store: Store) -> None:
    link = make_link(settings, "e" * 32, "sms").removeprefix(settings.public_url)
    assert client.post(link).status_code == 200
    assert withdrawn(store) == []


def test_speaks_french_to_the_french(client: TestClient, way_out: str) -> None:
    assert 'lang="fr"' in client.get(way_out, headers=FRENCH).text
    assert "offers" not in client.get(way_out, headers=FRENCH).text
