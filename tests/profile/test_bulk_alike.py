"""Many rows that say mostly the same: what is stored is what the frames say, on both databases."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.decision.plan_rows import find_cases
from bot.profile.bulk_alike import GAP, Alike, append_decisions, append_outbox
from bot.profile.store.engine import Store
from bot.profile.store.tables import decisions, outbox

NOW = datetime(2026, 11, 29, 10, 0, 0, 250_000, tzinfo=UTC)
ADDRESSES = ['"o\'hara"@example.org', "back\\slash@example.org", "comma, and é", ""]

_WRITABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")  # PostgreSQL takes no NUL


def _messages(keys: list[str]) -> Alike:
    cases = pl.DataFrame({"channel": ["email", "sms"], "not_before": [NOW, NOW]}).with_columns(
        kind=pl.lit("nudge"), purpose=pl.lit("marketing"), nudge=pl.lit("n"), about=pl.lit("offer:1"),
        facts=pl.lit('{"offer": "é"}'), payload=pl.lit('{"text": ""}'), state=pl.lit("pending"), reason=pl.lit(""),
        vendor_message_id=pl.lit(""), attempts=pl.lit(0), expires_at=pl.lit(None, pl.Datetime("us", "UTC")),
        created_at=pl.lit(NOW).dt.cast_time_unit("us"))
    own = pl.DataFrame({"customer_id": [f"c{each}" for each in range(len(keys))], "sender_id": [""] * len(keys),
                        "address": ADDRESSES[: len(keys)], "idempotency_key": keys})
    return Alike(cases, pl.Series([each % 2 for each in range(len(keys))], dtype=pl.UInt32), own)


def _read(store: Store, table: sa.Table) -> list[Any]:
    with store.read() as connection:
        return list(connection.execute(sa.select(table).order_by(table.primary_key.columns[0])))


def test_appends_nothing_for_nobody(store: Store) -> None:
    with store.write() as connection:
        assert append_outbox(connection, _messages([])) == 0
    assert _read(store, outbox) == []


def test_appends_messages_as_they_are_said(store: Store) -> None:
    with store.write() as connection:
        assert append_outbox(connection, _messages(["a", "b", "c", "d"])) == 4
    rows = _read(store, outbox)
    assert [row.address for row in rows] == ADDRESSES
    assert [(row.idempotency_key, row.channel) for row in rows] == [
        ("a", "email"), ("b", "sms"), ("c", "email"), ("d", "sms")]
    assert {(row.not_before, row.created_at, row.expires_at, row.attempts, row.facts["offer"]) for row in rows} == {
        (NOW, NOW, None, 0, "é")}


def test_drops_messages_whose_key_is_there(store: Store) -> None:
    with store.write() as connection:
        append_outbox(connection, _messages(["a", "b"]))
        assert append_outbox(connection, _messages(["c", "b", "a"])) == 1
    assert [row.idempotency_key for row in _read(store, outbox)] == ["a", "b", "c"]


def test_fills_the_gap_of_a_case_with_what_is_the_rows_own(store: Store) -> None:
    said = _messages(["a", "b", "c"])
    cases = said.cases.with_columns(idempotency_key=pl.format("nudge:{}:{}:7", "channel", pl.lit(GAP)))
    own = said.own.select("customer_id", "sender_id", "address")
    with store.write() as connection:
        assert append_outbox(connection, Alike(cases, said.case, own, {"idempotency_key": "customer_id"})) == 3
        assert append_outbox(connection, Alike(cases, said.case, own, {"idempotency_key": "customer_id"})) == 0
    assert [(row.idempotency_key, row.customer_id) for row in _read(store, outbox)] == [
        ("nudge:email:c0:7", "c0"), ("nudge:sms:c1:7", "c1"), ("nudge:email:c2:7", "c2")]


@given(st.lists(st.tuples(st.text(_WRITABLE), st.none() | st.text(_WRITABLE, min_size=1)), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_keeps_every_text_as_it_is(store: Store, texts: list[tuple[str, str | None]]) -> None:
    cases = pl.DataFrame({"chosen": ["x"], "probability": [1.0], "decided_at": [NOW]}).with_columns(
        candidates=pl.lit("[]"), candidate_set=pl.lit(""), trigger=pl.lit("t"), version=pl.lit(""))
    own = pl.DataFrame(
        {"customer_id": ["c"] * len(texts), "subject": [subject for subject, _ in texts],
         "features": [each and json.dumps(each) for _, each in texts]}, schema_overrides={"features": pl.String})
    with store.write() as connection:
        connection.execute(sa.delete(decisions))
        append_decisions(connection, Alike(cases, pl.Series([0] * len(texts), dtype=pl.UInt32), own))
    assert [(row.subject, row.features) for row in _read(store, decisions)] == texts


def test_appends_decisions_with_what_is_learned_from(store: Store) -> None:
    cases = pl.DataFrame({"chosen": ["email:a", ""], "probability": [1 / 3, 1.0]}).with_columns(
        candidates=pl.lit('[{"name": "email:a"}]'), candidate_set=pl.lit(""), trigger=pl.lit("t"), subject=pl.lit("s"),
        decided_at=pl.lit(NOW).dt.cast_time_unit("us"), version=pl.lit("1"))
    own = pl.DataFrame({"customer_id": ["c1", "c2"], "features": ["[0.5]", None], "learn_at": [NOW, None]},
                       schema_overrides={"learn_at": pl.Datetime("us", "UTC")})
    with store.write() as connection:
        append_decisions(connection, Alike(cases, pl.Series([0, 1], dtype=pl.UInt32), own))
    first, second = _read(store, decisions)
    assert (first.probability, first.features, first.learn_at, first.candidates) == (
        1 / 3, [0.5], NOW, [{"name": "email:a"}])
    assert (second.chosen, second.features, second.learn_at, second.decided_at) == ("", None, None, NOW)


def test_finds_which_rows_are_alike() -> None:
    numbers = np.random.default_rng(3).integers(-2, 2, (200, 3))
    first, case = find_cases(numbers)
    assert (numbers[first[case]] == numbers).all()
    assert len(first) == len(np.unique(numbers, axis=0))
