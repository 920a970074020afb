"""The first schema: who, what happened, what was said, what to do next, safety."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Frozen here: a later change of the types in tables.py must not rewrite history.
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table of the first schema."""
    _create_who()
    _create_what_happened()
    _create_what_was_said()
    _create_what_to_do_next()
    _create_safety()


def _create_who() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(32), primary_key=True),
        sa.Column("root_id", sa.String(32), nullable=False),
        sa.Column("is_holdout", sa.Boolean(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
    )
    op.create_index("ix_customers_root_id", "customers", ["root_id"])
    op.create_table(
        "identities",
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("value", sa.String(320), primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("first_seen_at", _moment, nullable=False),
    )
    op.create_index("ix_identities_customer_id", "identities", ["customer_id"])
    op.create_table(
        "merges",
        sa.Column("merge_id", _id, primary_key=True),
        sa.Column("from_root", sa.String(32), nullable=False),
        sa.Column("into_root", sa.String(32), nullable=False),
        sa.Column("left_id", sa.String(32), nullable=False),
        sa.Column("right_id", sa.String(32), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("state_before", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("merged_at", _moment, nullable=False),
        sa.Column("undone_at", _moment),
    )
    op.create_index("ix_merges_from_root", "merges", ["from_root"])
    op.create_index("ix_merges_into_root", "merges", ["into_root"])
    op.create_table(
        "traits",
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("silo", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON()),
        sa.Column("set_at", _moment, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("consent_id", _id, primary_key=True),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("changed_at", _moment, nullable=False),
    )
    op.create_index("ix_consents_customer", "consents", ["customer_id", "purpose", "channel"])
    op.create_table(
        "conversations",
        sa.Column("sender_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("verified_ref", sa.String(128)),
        sa.Column("verified_by", sa.String(32)),
        sa.Column("verified_until", _moment),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("last_inbound_at", _moment),
        sa.UniqueConstraint("channel", "address", name="uq_conversations_channel_address"),
    )
    op.create_index("ix_conversations_customer_id", "conversations", ["customer_id"])
    op.create_table(
        "conversation_states",
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), primary_key=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
    )


def _create_what_happened() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", _id, primary_key=True),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("customer_id", sa.String(32), sa.ForeignKey("customers.customer_id"), nullable=False),
        sa.Column("silo", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("occurred_at", _moment, nullable=False),
        sa.Column("received_at", _moment, nullable=False),
        sa.UniqueConstraint("message_id", name="uq_events_message_id"),
    )
    op.create_index("ix_events_customer_id_occurred_at", "events", ["customer_id", "occurred_at"])
    op.create_index("ix_events_name_occurred_at", "events", ["name", "occurred_at"])
    op.create_table(
        "import_runs",
        sa.Column("run_id", _id, primary_key=True),
        sa.Column("silo", sa.String(64), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started_at", _moment, nullable=False),
        sa.Column("finished_at", _moment),
        sa.UniqueConstraint("silo", "source", name="uq_import_runs_silo_source"),
    )
    op.create_table(
        "rejects",
        sa.Column("reject_id", _id, primary_key=True),
        sa.Column("silo", sa.String(64), nullable=False),
        sa.Column("run_id", _id, sa.ForeignKey("import_runs.run_id")),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", _moment, nullable=False),
        sa.UniqueConstraint("run_id", "row", name="uq_rejects_run_id_row"),
    )
    op.create_index("ix_rejects_silo", "rejects", ["silo"])
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )


def _create_what_was_said() -> None:
    op.create_table(
        "inbox",
        sa.Column("inbox_id", _id, primary_key=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(256), nullable=False),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", _moment),
        sa.Column("received_at", _moment, nullable=False),
        sa.UniqueConstraint("channel", "message_id", name="uq_inbox_channel_message_id"),
    )
    op.create_index("ix_inbox_sender_id", "inbox", ["sender_id"])
    op.create_index("ix_inbox_state", "inbox", ["state", "inbox_id"])
    op.create_table(
        "outbox",
        sa.Column("outbox_id", _id, primary_key=True),
        sa.Column("idempotency_key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("nudge", sa.String(64), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("vendor_message_id", sa.String(256), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", _moment, nullable=False),
        sa.Column("expires_at", _moment),
        sa.Column("lease_until", _moment),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("sent_at", _moment),
        sa.UniqueConstraint("idempotency_key", name="uq_outbox_idempotency_key"),
    )
    op.create_index("ix_outbox_about", "outbox", ["about", "state"])
    op.create_index("ix_outbox_customer", "outbox", ["customer_id", "kind", "created_at"])
    op.create_index("ix_outbox_sender", "outbox", ["sender_id", "outbox_id"])
    op.create_index("ix_outbox_state", "outbox", ["state", "not_before"])
    op.create_table(
        "messages",
        sa.Column("position", _id, primary_key=True),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(256), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("seen_at", _moment),
        sa.UniqueConstraint("message_id", name="uq_messages_message_id"),
    )
    op.create_index("ix_messages_sender_id", "messages", ["sender_id"])


def _create_what_to_do_next() -> None:
    op.create_table(
        "waits",
        sa.Column("wait_id", _id, primary_key=True),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("due_at", _moment, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.UniqueConstraint("trigger", "customer_id", "subject", name="uq_waits_trigger_customer_id_subject"),
    )
    op.create_index("ix_waits_customer_id", "waits", ["customer_id"])
    op.create_index("ix_waits_due", "waits", ["state", "due_at"])
    op.create_table(
        "decisions",
        sa.Column("decision_id", _id, primary_key=True),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("trigger", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.String(128), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("decided_at", _moment, nullable=False),
    )
    op.create_index("ix_decisions_customer_id", "decisions", ["customer_id"])


def _create_safety() -> None:
    op.create_table(
        "codes",
        sa.Column("code_id", _id, primary_key=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("code_hash", sa.String(128), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("used_at", _moment),
    )
    op.create_index("ix_codes_subject", "codes", ["subject"])
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("window_started_at", _moment, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", _id, primary_key=True),
        sa.Column("at", _moment, nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("sender_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object_ref", sa.String(200), nullable=False),
        sa.Column("before_version", sa.String(64), nullable=False),
        sa.Column("after_version", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(200), nullable=False),
        sa.UniqueConstraint("idempotency_key", name="uq_audit_idempotency_key"),
    )
