"""`prevenant plan` says whom a campaign reaches, and why the others hear nothing."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.bootstrap import PROJECT
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.profile.consent import record_consent
from bot.profile.customers import resolve_identity
from bot.profile.store.tables import customers, outbox, plan_blocks


def _person(store, email, *, allows):
    now = datetime.now(UTC)
    with store.write() as connection:
        person = resolve_identity(connection, "email", email, source="shop", is_verified=True, now=now, salt="s" * 16)
        connection.execute(sa.update(customers).values(is_holdout=False))
        if allows:
            record_consent(connection, person, purpose="marketing", channel="*", state="granted", source="shop",
                           wording="", now=now)


def _count(store, table):
    with store.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table))


def test_says_what_would_come_of_it_and_then_plans_it(run, store, shop_url):
    engine = DemoEngine(shop_url, public_url="http://shop.example", clock=lambda: datetime.now(UTC))
    seed(engine, PROJECT / "data" / "shops" / "demo", datetime.now(UTC))
    engine.close()
    _person(store, "ada@example.org", allows=True)
    _person(store, "bob@example.org", allows=False)
    told = run("plan", "winter_offers", "--dry-run")
    assert "MAILLE15: 1 of 2 would be planned" in told
    assert "1 held: You were not asked yet whether we may write to you here. (consent_unknown)" in told
    assert _count(store, outbox) == _count(store, plan_blocks) == 0
    planned = json.loads(run("plan", "winter_offers", "--json").splitlines()[-1])
    assert planned["people"] == 2 and planned["planned"]["MAILLE15"] == 1
    assert planned["held"]["MAILLE15"]["consent_unknown"] == 1
    assert _count(store, outbox) == 1 and _count(store, plan_blocks) == 2
