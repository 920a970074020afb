"""The demo's customers vary in what they allowed, and starting again changes nobody's mind."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.decision.demo_consents import seed_consents
from bot.profile.consent import consent_state, withdraw_all
from bot.profile.customers import find_customer
from bot.profile.store.engine import Store

DEMO = Path(__file__).parents[2] / "data" / "shops" / "demo"
SALT = "a salt of sixteen"


def test_does_nothing_for_a_shop_without_demo_customers(store: Store, now: datetime, tmp_path: Path) -> None:
    assert seed_consents(store, tmp_path, now=now, salt=SALT) == 0


def test_gives_the_customers_what_the_file_says(store: Store, now: datetime) -> None:
    assert seed_consents(store, DEMO, now=now, salt=SALT) > 3
    with store.read() as connection:
        camille = find_customer(connection, "email", "camille.laurier@example.com")
        assert camille is not None
        assert consent_state(connection, camille, "marketing", "web") == "granted"


def test_leaves_alone_who_said_no_since(store: Store, now: datetime) -> None:
    seed_consents(store, DEMO, now=now, salt=SALT)
    with store.write() as connection:
        camille = find_customer(connection, "email", "camille.laurier@example.com")
        assert camille is not None
        withdraw_all(connection, camille, source="chat", wording="stop", now=now + timedelta(hours=1))
    seed_consents(store, DEMO, now=now + timedelta(days=1), salt=SALT)
    with store.read() as connection:
        assert consent_state(connection, camille, "marketing", "web") == "withdrawn"


def test_brings_nobody_back_whose_account_was_closed(store: Store, now: datetime) -> None:
    seed_consents(store, DEMO, now=now, salt=SALT, accounts={"hugo": "hugo"})
    with store.read() as connection:
        assert find_customer(connection, "customer_id", "camille") is None
        assert find_customer(connection, "customer_id", "hugo")
