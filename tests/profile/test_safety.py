"""Rate limits and the audit, counted and kept in the store."""

from datetime import timedelta

import sqlalchemy as sa

from bot.profile.audit import audit_of, write_audit
from bot.profile.rate_limits import sweep, take
from bot.profile.store.tables import rate_limits


def test_refuses_when_the_window_is_used_up_and_allows_in_the_next(store, now):
    def at(seconds, key="code:ada@example.org"):
        with store.write() as connection:
            return take(connection, key, limit=2, window_seconds=60, now=now + timedelta(seconds=seconds))

    assert [at(second) for second in (0, 1, 2, 59)] == [True, True, False, False]
    assert at(3, key="code:other") is True
    assert [at(second) for second in (60, 61, 62)] == [True, True, False]


def test_keeps_no_address_in_a_key(store, now):
    with store.write() as connection:
        take(connection, "code:ada@example.org", limit=1, window_seconds=60, now=now)
        (key,) = connection.scalars(sa.select(rate_limits.c.key)).all()
        assert "ada" not in key
        assert sweep(connection, older_than=now + timedelta(seconds=1)) == 1


def test_audits_a_change_once_per_key(store, now):
    with store.write() as connection:
        entry = {"customer_id": "c", "action": "change_email", "object_ref": "customer:c1", "idempotency_key": "k",
                 "before_version": 1, "after_version": 2}
        assert write_audit(connection, now=now, **entry)
        assert not write_audit(connection, now=now, **entry)
        (kept,) = audit_of(connection, "c")
    assert (kept.action, kept.before_version, kept.after_version, kept.at) == ("change_email", "1", "2", now)
