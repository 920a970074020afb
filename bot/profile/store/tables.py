"""Every table of the store. The migrations beside this file make them; a test compares the two."""

import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime

metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
_json = sa.JSON()
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _index_where(name: str, column: str, where: str) -> sa.Index:
    """An index of the rows alone that are ever looked for by it: a question must say the same of them."""
    return sa.Index(name, column, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


# What is read along its key, beside whatever else left: bot/console/list_sources.py asks word for word.
OF_NUDGES = "kind || '' = 'nudge'"
OF_HELD = "kind || state = 'nudgeheld'"
OF_DEAD = "state || '' IN ('failed', 'unknown')"

# -- who ---------------------------------------------------------------------------------------

customers = sa.Table(
    "customers", metadata,
    sa.Column("customer_id", sa.String(32), primary_key=True),
    # The person this customer is part of. A merge points roots at another root; an unmerge points them back.
    sa.Column("root_id", sa.String(32), nullable=False, index=True),
    sa.Column("is_holdout", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

identities = sa.Table(
    "identities", metadata,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("value", sa.String(320), primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    sa.Column("is_verified", sa.Boolean, nullable=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
)

merges = sa.Table(
    "merges", metadata,
    sa.Column("merge_id", _id, primary_key=True),
    sa.Column("from_root", sa.String(32), nullable=False, index=True),
    sa.Column("into_root", sa.String(32), nullable=False, index=True),
    # The two customers that the evidence spoke of: who belongs together after an undoing is read from these.
    sa.Column("left_id", sa.String(32), nullable=False, index=True),
    sa.Column("right_id", sa.String(32), nullable=False),
    sa.Column("moved", _json, nullable=False),  # customer ids whose root changed
    sa.Column("state_before", _json, nullable=False),  # the conversation state of into_root, to give back
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("merged_at", UtcDateTime, nullable=False),
    sa.Column("undone_at", UtcDateTime),
)

traits = sa.Table(
    "traits", metadata,
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), primary_key=True),
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("silo", sa.String(64), primary_key=True),  # every silo's value is kept; a rule chooses on reading
    sa.Column("value", _json),
    sa.Column("set_at", UtcDateTime, nullable=False),
)

consents = sa.Table(
    "consents", metadata,  # appended to, never changed: the latest row of a purpose and channel counts
    sa.Column("consent_id", _id, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),  # service | marketing | personalisation
    sa.Column("channel", sa.String(32), nullable=False),  # a channel's word, or "*" for all
    sa.Column("state", sa.String(16), nullable=False),  # granted | withdrawn
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("wording", sa.Text, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("ix_consents_customer", "customer_id", "purpose", "channel"),
    sa.Index("ix_consents_changed_at", "changed_at"),
)

conversations = sa.Table(
    "conversations", metadata,  # one channel identity, and whom it is verified to be
    sa.Column("sender_id", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("address", sa.String(320), nullable=False),  # the channel's own id of the person
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    sa.Column("verified_ref", sa.String(128)),  # the shop's customer id
    sa.Column("verified_by", sa.String(32)),  # token | code | policy
    sa.Column("verified_until", UtcDateTime),
    sa.Column("language", sa.String(8), nullable=False, default=""),
    sa.Column("timezone", sa.String(64), nullable=False, default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("last_inbound_at", UtcDateTime),
    sa.UniqueConstraint("channel", "address"),
    sa.Index("ix_conversations_last_inbound", "last_inbound_at", "sender_id"),
    sa.Index("ix_conversations_channel_last_inbound", "channel", "last_inbound_at", "sender_id"),
    sa.Index("ix_conversations_language_last_inbound", "language", "last_inbound_at", "sender_id"),
    sa.Index("ix_conversations_channel_language", "channel", "language", "last_inbound_at", "sender_id"),
)

conversation_states = sa.Table(
    "conversation_states", metadata,  # what follows the person from channel to channel
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), primary_key=True),
    sa.Column("state", _json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

# -- what happened -----------------------------------------------------------------------------

events = sa.Table(
    "events", metadata,
    sa.Column("event_id", _id, primary_key=True),
    sa.Column("message_id", sa.String(128), nullable=False, unique=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False),
    sa.Column("silo", sa.String(64), nullable=False),
    sa.Column("type", sa.String(16), nullable=False),  # identify | track | page | alias
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("properties", _json, nullable=False),
    sa.Column("occurred_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    # Name and silo too: what a customer did is told apart without reading the rows of what does not count.
    sa.Index("ix_events_customer", "customer_id", "occurred_at", "name", "silo"),
    sa.Index("ix_events_name_occurred_at", "name", "occurred_at"),
)

import_runs = sa.Table(
    "import_runs", metadata,
    sa.Column("run_id", _id, primary_key=True),
    sa.Column("silo", sa.String(64), nullable=False),
    sa.Column("source", sa.String(400), nullable=False),  # the file's name and digest, not its path
    sa.Column("position", sa.Integer, nullable=False),  # rows done: a resumed run starts here
    sa.Column("counts", _json, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # running | done
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.UniqueConstraint("silo", "source"),
)

rejects = sa.Table(
    "rejects", metadata,  # rows that could not be used, kept as received, with the reason
    sa.Column("reject_id", _id, primary_key=True),
    sa.Column("silo", sa.String(64), nullable=False, index=True),
    sa.Column("run_id", sa.ForeignKey("import_runs.run_id")),
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("payload", _json, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("run_id", "row"),
)

cursors = sa.Table(
    "cursors", metadata,  # how far each reader of somebody else's changes has come
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

shop_hints = sa.Table(
    "shop_hints", metadata,  # changes that the shop told by itself, until they are read; then their ids alone
    sa.Column("change_id", sa.String(64), primary_key=True),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("order_ref", sa.String(200)),
    sa.Column("customer_ref", sa.String(200)),
    sa.Column("variant_ref", sa.String(200)),
    sa.Column("location_ref", sa.String(200)),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("read_at", UtcDateTime),
    sa.Index("ix_shop_hints_read_at", "read_at", "received_at"),
)

# -- what was said -----------------------------------------------------------------------------

inbox = sa.Table(
    "inbox", metadata,
    sa.Column("inbox_id", _id, primary_key=True),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("message_id", sa.String(256), nullable=False),
    sa.Column("sender_id", sa.String(64), nullable=False, index=True),
    sa.Column("payload", _json, nullable=False),  # an InboundMessage
    sa.Column("state", sa.String(16), nullable=False),  # waiting | working | done | failed
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("channel", "message_id"),
    sa.Index("ix_inbox_state", "state", "inbox_id"),
)

outbox = sa.Table(
    "outbox", metadata,  # everything that leaves, on any channel: replies, nudges, codes, notices
    sa.Column("outbox_id", _id, primary_key=True),
    sa.Column("idempotency_key", sa.String(200), nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),  # bot/channels/outbox.py: ANSWERS, or nudge
    sa.Column("customer_id", sa.String(32), nullable=False),  # "" for a guest who is nobody yet
    sa.Column("sender_id", sa.String(64), nullable=False, default=""),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("address", sa.String(320), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),  # service | marketing
    sa.Column("nudge", sa.String(64), nullable=False, default=""),  # the trigger's name
    sa.Column("about", sa.String(200), nullable=False, default=""),  # what it offers or reports: `offer:X`, `cart:12`
    sa.Column("facts", _json, nullable=False),  # references that are read again just before sending
    sa.Column("payload", _json, nullable=False),  # an OutboundMessage
    # pending | sending | sent | delivered | seen | failed | withdrawn | held | unknown
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False, default=""),
    sa.Column("vendor_message_id", sa.String(256), nullable=False, default=""),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Index("ix_outbox_due", "state", "kind", "not_before", "outbox_id"),
    sa.Index("ix_outbox_customer", "customer_id", "kind", "created_at"),
    sa.Index("ix_outbox_sender", "sender_id", "outbox_id"),
    _index_where("ix_outbox_vendor", "vendor_message_id", "vendor_message_id <> ''"),
    _index_where("ix_outbox_nudges", "outbox_id", OF_NUDGES),
    _index_where("ix_outbox_held", "outbox_id", OF_HELD),
    _index_where("ix_outbox_dead", "outbox_id", OF_DEAD),
)

suppressions = sa.Table(
    "suppressions", metadata,  # addresses that nothing reaches, or may reach, for a while or for good
    sa.Column("channel", sa.String(32), primary_key=True),
    sa.Column("address", sa.String(320), primary_key=True),
    sa.Column("scope", sa.String(16), primary_key=True),  # all | nudges | marketing
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("until", UtcDateTime),  # null: for good
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("ix_suppressions_address", "address"),
    sa.Index("ix_suppressions_changed_at", "changed_at"),
)

messages = sa.Table(
    "messages", metadata,  # the conversation as the widget shows it, both sides, in order
    sa.Column("position", _id, primary_key=True),
    sa.Column("sender_id", sa.String(64), nullable=False, index=True),
    sa.Column("message_id", sa.String(256), nullable=False, unique=True),
    sa.Column("direction", sa.String(8), nullable=False),  # in | out
    sa.Column("payload", _json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime),
)

pictures = sa.Table(
    "pictures", metadata,  # what customers sent; messages hold its address
    sa.Column("picture_id", sa.String(32), primary_key=True),
    sa.Column("sender_id", sa.String(64), nullable=False, index=True),
    sa.Column("content_type", sa.String(32), nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

photo_wishes = sa.Table(
    "photo_wishes", metadata,  # who agreed to be shown something on their next photo, in that conversation; no photo
    sa.Column("sender_id", sa.String(64), primary_key=True),
    sa.Column("wish_id", sa.String(256), nullable=False),  # of the yes: photos are counted by it
    sa.Column("fitting", _json, nullable=False),
    sa.Column("answer", _json, nullable=False),  # what is said with the picture
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),  # waiting | working | done
    sa.Column("message_id", sa.String(256), nullable=False),  # the photo's that is worked on; "" for none
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

lent_media = sa.Table(
    "lent_media", metadata,  # what a vendor still has to delete for us, by its own id
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("media_id", sa.String(256), primary_key=True),
    sa.Column("sender_id", sa.String(64), nullable=False, index=True),
    sa.Column("reply_key", sa.String(256), nullable=False),  # the message that shows it; "" when none does
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("delete_at", UtcDateTime, nullable=False, index=True),
)

# -- where parcels are -------------------------------------------------------------------------

parcels = sa.Table(
    "parcels", metadata,  # what carriers say of the parcels of the shop's orders
    sa.Column("tracking_number", sa.String(64), primary_key=True),  # canonical: no spaces, capitals
    sa.Column("tracking", _json),  # a Tracking; null until something is known
    sa.Column("first_eta", UtcDateTime),  # the first day that was promised: what "late" is measured by
    sa.Column("updated_at", UtcDateTime),  # the carrier's clock
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("ask_at", UtcDateTime, index=True),  # null when nothing more will come
    sa.Column("created_at", UtcDateTime, nullable=False),
)

parcel_orders = sa.Table(
    "parcel_orders", metadata,  # an order may have several parcels, and a parcel several orders
    sa.Column("tracking_number", sa.ForeignKey("parcels.tracking_number"), primary_key=True),
    sa.Column("order_ref", sa.String(200), primary_key=True),
    sa.Column("told_at", UtcDateTime),  # the newest change that the profile heard of
)

# -- whom people talk to -----------------------------------------------------------------------

handoffs = sa.Table(
    "handoffs", metadata,  # a customer who asked for a person: waiting -> taken -> ended, back to waiting if forgotten
    sa.Column("handoff_id", _id, primary_key=True),
    sa.Column("turn_key", sa.String(200), nullable=False, unique=True),  # the message that asked
    sa.Column("reference", sa.String(16), nullable=False),  # what the customer was told
    sa.Column("name", sa.String(120), nullable=False, default=""),  # of somebody verified
    sa.Column("sender_id", sa.String(64), nullable=False),
    sa.Column("customer_id", sa.String(32), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("about", sa.String(200), nullable=False),
    sa.Column("order_number", sa.String(64), nullable=False),
    sa.Column("email", sa.String(320), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),  # who it is, where their orders stand, what was half done
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("taken_by", sa.String(64), nullable=False, default=""),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("spoke_at", UtcDateTime),  # when the person last did something
    sa.Column("ended_at", UtcDateTime),
    sa.Column("outside_ref", sa.String(64), nullable=False, default=""),  # the support desk's own id of it
    sa.Column("outside_state", sa.String(16), nullable=False, default=""),  # "", made, open, closed, gone
    sa.Column("outside_heard", _id, nullable=False, default=0),  # the last inbox_id that the support desk was told
    sa.Column("outside_told", _id, nullable=False, default=0),  # ... and the last outbox_id
    sa.Index("ix_handoffs_sender", "sender_id", "state"),
    sa.Index("ix_handoffs_state", "state", "asked_at"),
    sa.Index("ix_handoffs_outside", "outside_ref"),
)

# -- what to do next ---------------------------------------------------------------------------

waits = sa.Table(
    "waits", metadata,  # a trigger that began and has not ended: `cart_left` waits for silence
    sa.Column("wait_id", _id, primary_key=True),
    sa.Column("trigger", sa.String(64), nullable=False),
    sa.Column("customer_id", sa.String(32), nullable=False, index=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("facts", _json, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    # waiting for the moment of `step`; following: its message is on its way or out, and something may follow;
    # decided: nothing more comes; cancelled
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("step", sa.String(64), nullable=False, server_default="", default=""),  # "" the journey's first
    sa.Column("version", sa.String(16), nullable=False, server_default="", default=""),  # it began with; "" the file's
    sa.Column("outbox_id", sa.BigInteger),  # of the message that something may follow
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("trigger", "customer_id", "subject"),
    sa.Index("ix_waits_due", "state", "due_at", "trigger"),  # the trigger too: how many wait is counted by it alone
)

decisions = sa.Table(
    "decisions", metadata,
    sa.Column("decision_id", _id, primary_key=True),
    sa.Column("customer_id", sa.String(32), nullable=False, index=True),
    sa.Column("trigger", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("candidates", _json, nullable=False),  # each with its value and reasons; bot/profile/candidate_sets.py
    sa.Column("chosen", sa.String(128), nullable=False),  # "" when nothing was
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("features", _json),  # of the chosen candidate, as it was decided by; null where nothing is to be learned
    sa.Column("learn_at", UtcDateTime),  # when its outcomes are known; null once they are learned
    sa.Column("version", sa.String(16), nullable=False, server_default="", default=""),  # of the journey; "" not kept
    sa.Column("candidate_set", sa.String(32), nullable=False, server_default="", default=""),  # "" none: it has its own
    _index_where("ix_decisions_learn_at", "learn_at", "learn_at IS NOT NULL"),
)

candidate_sets = sa.Table(
    "candidate_sets", metadata,  # what many decisions considered alike, by its content
    sa.Column("set_id", sa.String(32), primary_key=True),
    sa.Column("candidates", _json, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=False, index=True),  # by the last decision that points here
)

journeys = sa.Table(
    "journeys", metadata,  # what a trigger said, by its content: kept when the first person begins with it
    sa.Column("journey", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(16), primary_key=True),
    sa.Column("definition", _json, nullable=False),
    sa.Column("first_used_at", UtcDateTime, nullable=False),
)

sightings = sa.Table(
    "sightings", metadata,  # what the shop's engine said of a variant, a row whenever it said something else
    sa.Column("sighting_id", _id, primary_key=True),
    sa.Column("variant_ref", sa.String(128), nullable=False),
    sa.Column("product_ref", sa.String(128), nullable=False),
    sa.Column("price_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("is_sellable", sa.Boolean, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),  # first and last read so; in between it is taken to have been
    sa.Column("confirmed_at", UtcDateTime, nullable=False),
    sa.Index("ix_sightings_variant", "variant_ref", "seen_at"),
)

plan_blocks = sa.Table(
    "plan_blocks", metadata,  # decisions of a plan that said nothing, some thousand persons a row
    sa.Column("block_id", _id, primary_key=True),
    sa.Column("trigger", sa.String(64), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),  # why the facts were not true; "" where they were
    sa.Column("candidates", _json, nullable=False),  # names, in the order of the bits
    sa.Column("decided_at", UtcDateTime, nullable=False),
    sa.Column("first_id", sa.String(32), nullable=False),  # customers: the lowest id, and the highest
    sa.Column("last_id", sa.String(32), nullable=False),
    sa.Column("persons", sa.Integer, nullable=False),
    sa.Column("columns", sa.LargeBinary, nullable=False),  # ids and bits: bot/decision/plan_blocks.py
    sa.Column("figures", _json),  # what the numbers beside the bits mean; null in a block of before
    sa.Index("ix_plan_blocks_first_id", "first_id", "last_id"),
)

crowd_blocks = sa.Table(
    "crowd_blocks", metadata,  # what a campaign reads of some ten thousand persons: a copy, as columns
    sa.Column("after", sa.String(32), primary_key=True),  # their roots are above this
    sa.Column("upto", sa.String(32), nullable=False),  # and at most this
    sa.Column("columns", sa.LargeBinary, nullable=False),  # bot/decision/crowd_basis.py
)

crowd_changes = sa.Table(
    "crowd_changes", metadata,  # persons who are no longer as a block says; triggers write it (its migration)
    sa.Column("root_id", sa.String(32), primary_key=True),
    sqlite_with_rowid=False,
)

value_models = sa.Table(
    "value_models", metadata,  # what candidates are worth, and the outcomes that came in while it was in force
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),  # the highest is in force
    sa.Column("size", sa.Integer, nullable=False),  # features
    sa.Column("fitted_at", UtcDateTime, nullable=False),
    sa.Column("outcomes", sa.BigInteger, nullable=False),  # it was fitted on
    sa.Column("noise", sa.Float, nullable=False),  # the usual distance of a reward from what was expected
    sa.Column("weights", sa.LargeBinary, nullable=False),  # doubles, little-endian
    sa.Column("spread", sa.LargeBinary, nullable=False),
    sa.Column("everybody", _json, nullable=False),  # "web 14h" -> how often customers answered
    sa.Column("copied_from", sa.Integer),  # of a rollback
    sa.Column("drifted_at", UtcDateTime),  # when its expectations were found to be off
    sa.Column("learned", sa.BigInteger, nullable=False),  # outcomes that came in; from here on: their sums
    sa.Column("squares", sa.LargeBinary, nullable=False),
    sa.Column("products", sa.LargeBinary, nullable=False),
    sa.Column("missed", sa.Float, nullable=False),
    sa.Column("missed_squares", sa.Float, nullable=False),
    sa.Column("is_left_out", sa.Boolean, nullable=False),  # by a rollback: no later version is fitted on it
)

pauses = sa.Table(
    "pauses", metadata,  # a journey that rests, stopped by an alarm or by somebody; resumed rows stay
    sa.Column("pause_id", _id, primary_key=True),
    sa.Column("journey", sa.String(64), nullable=False),  # the trigger's name
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("details", _json, nullable=False),  # the counts that crossed the line
    sa.Column("paused_at", UtcDateTime, nullable=False),
    sa.Column("paused_by", sa.String(64), nullable=False),
    sa.Column("resumed_at", UtcDateTime),
    sa.Column("resumed_by", sa.String(64), nullable=False, default=""),
    sa.Index("ix_pauses_journey_resumed_at", "journey", "resumed_at"),
)

# -- safety ------------------------------------------------------------------------------------

codes = sa.Table(
    "codes", metadata,
    sa.Column("code_id", _id, primary_key=True),
    sa.Column("subject", sa.String(200), nullable=False, index=True),  # whose, for what
    sa.Column("code_hash", sa.String(128), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
)

rate_limits = sa.Table(
    "rate_limits", metadata,
    sa.Column("key", sa.String(200), primary_key=True),  # hashed where it holds an address
    sa.Column("window_started_at", UtcDateTime, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
)

audit = sa.Table(
    "audit", metadata,  # who changed what, on whose word; ids only
    sa.Column("audit_id", _id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("customer_id", sa.String(32), nullable=False),
    sa.Column("sender_id", sa.String(64), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("object_ref", sa.String(200), nullable=False),
    sa.Column("before_version", sa.String(64), nullable=False),
    sa.Column("after_version", sa.String(64), nullable=False),
    sa.Column("idempotency_key", sa.String(200), nullable=False, unique=True),
)

# -- who may be one person ---------------------------------------------------------------------

link_reviews = sa.Table(
    "link_reviews", metadata,  # two customers that may be one person: somebody has to say
    sa.Column("review_id", _id, primary_key=True),
    sa.Column("left_id", sa.String(32), nullable=False),  # customers, the smaller id first
    sa.Column("right_id", sa.String(32), nullable=False),
    sa.Column("chance", sa.Float, nullable=False),
    sa.Column("evidence", _json, nullable=False),  # field -> same | alike | differs | missing; no values
    sa.Column("state", sa.String(16), nullable=False),  # waiting | accepted | refused
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(64), nullable=False, default=""),
    sa.Column("merge_id", _id),  # of an accepted one
    sa.UniqueConstraint("left_id", "right_id"),
    sa.Index("ix_link_reviews_state", "state", "chance"),
)

# -- segments ----------------------------------------------------------------------------------

purchases = sa.Table(
    "purchases", metadata,  # lines of the orders that stand, and of what was sent back; read from `events`
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), primary_key=True),
    sa.Column("silo", sa.String(64), primary_key=True),
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sold_at", UtcDateTime, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),  # below zero: sent back
    sa.Column("amount_minor", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("product_id", sa.Text, nullable=False),  # this and what follows in lower case, "" where not told
    sa.Column("variant_id", sa.Text, nullable=False),
    sa.Column("product_type", sa.Text, nullable=False),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("colour", sa.Text, nullable=False),
    sa.Column("size", sa.Text, nullable=False),
    sa.Column("returned", sa.BigInteger, nullable=False, server_default="0"),  # of the line; `quantity` is without
    sa.Column("place_ref", sa.Text, nullable=False, server_default=""),  # the store it was collected in
    sa.Index("ix_purchases_sold_at", "sold_at"),
)

segment_members = sa.Table(
    "segment_members", metadata,  # a person's time in a segment; who left and comes again gets a new row
    sa.Column("member_id", _id, primary_key=True),
    sa.Column("segment", sa.String(64), nullable=False),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False),  # the person's root
    sa.Column("entered_at", UtcDateTime, nullable=False),
    sa.Column("left_at", UtcDateTime),
    sa.Index("ix_segment_members_segment", "segment", "left_at", "customer_id"),
    sa.Index("ix_segment_members_customer", "customer_id", "segment"),
)

sa.Index("ix_traits_name", traits.c.name, traits.c.customer_id)  # segments read one trait of everybody
# -- privacy -----------------------------------------------------------------------------------

consent_requests = sa.Table(
    "consent_requests", metadata,  # that we asked, whatever was answered: what the opt-in rate is measured by
    sa.Column("request_id", _id, primary_key=True),
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("wording", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
)

privacy_links = sa.Table(
    "privacy_links", metadata,  # what a letter's link opens: a copy of one's data, a consent to confirm
    sa.Column("token_hash", sa.String(64), primary_key=True),  # the token itself is in the letter alone
    sa.Column("kind", sa.String(16), nullable=False),  # export | consent
    sa.Column("customer_id", sa.ForeignKey("customers.customer_id"), nullable=False, index=True),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False, default=""),
    sa.Column("channel", sa.String(32), nullable=False, default=""),
    sa.Column("wording", sa.Text, nullable=False, default=""),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

tombstones = sa.Table(
    "tombstones", metadata,  # an opt-out without its person: what remains of an address that was erased
    sa.Column("address_hash", sa.String(64), primary_key=True),  # keyed; nobody without the secret can try addresses
    sa.Column("purpose", sa.String(32), primary_key=True),
    sa.Column("key_id", sa.String(16), nullable=False, index=True),  # of the secret it was made with
    sa.Column("erased_at", UtcDateTime, nullable=False),
)

erasures = sa.Table(
    "erasures", metadata,  # waiting -> running -> erased -> done
    sa.Column("erasure_id", _id, primary_key=True),
    sa.Column("root_id", sa.String(32), nullable=False, index=True),  # "" once it is erased
    sa.Column("source", sa.String(16), nullable=False),  # chat | command
    sa.Column("keeps_account", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("subject", _json, nullable=False),  # what to look for, while it runs; {} before and after
    sa.Column("steps", _json, nullable=False),  # the handlers that are through, with how many rows each took
    sa.Column("lease_until", UtcDateTime),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
)

# -- the console -------------------------------------------------------------------------------

console_people = sa.Table(
    "console_people", metadata,  # the shop's people who may sign in
    sa.Column("person_id", _id, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),  # in lower case: what is typed at the door
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),  # a one-time password: the first sign-in sets another
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

console_sessions = sa.Table(
    "console_sessions", metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),  # the token itself is in the browser alone
    sa.Column("person_id", sa.ForeignKey("console_people.person_id"), nullable=False, index=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

console_factors = sa.Table(
    "console_factors", metadata,  # what somebody's phone shows codes of, asked for beside the password
    sa.Column("person_id", sa.ForeignKey("console_people.person_id"), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),  # the secret, encrypted
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("confirmed_at", UtcDateTime),  # by a first code; before, nothing is asked
    sa.Column("last_step", sa.BigInteger, nullable=False),  # of the last code: that one and those before are used up
)

console_recovery_codes = sa.Table(
    "console_recovery_codes", metadata,  # each opens once in place of a code, and is gone then
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("console_people.person_id"), nullable=False, index=True),
)

console_tokens = sa.Table(
    "console_tokens", metadata,  # with which a program speaks for somebody
    sa.Column("token_id", _id, primary_key=True),
    sa.Column("person_id", sa.ForeignKey("console_people.person_id"), nullable=False, index=True),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),  # the token itself was shown once
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # counts no further than the person's own
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
)

console_subjects = sa.Table(
    "console_subjects", metadata,  # who of the people a company's own sign-in means
    sa.Column("issuer", sa.String(200), primary_key=True),
    sa.Column("subject", sa.String(255), primary_key=True),
    sa.Column("person_id", sa.ForeignKey("console_people.person_id"), nullable=False),
)

console_trail = sa.Table(
    "console_trail", metadata,  # who of the shop's people did what, when; appended to, never changed
    sa.Column("entry_id", _id, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("person", sa.String(64), nullable=False),  # the name, which outlives the account
    sa.Column("deed", sa.String(32), nullable=False),
    sa.Column("about", sa.String(200), nullable=False),
    sa.Column("note", sa.String(400), nullable=False),  # the reason that was given
    sa.Index("ix_console_trail_person", "person", "entry_id"),
    sa.Index("ix_console_trail_deed", "deed", "entry_id"),
)

console_figures = sa.Table(
    "console_figures", metadata,  # counted by the worker, so that a page reads a row for each day
    sa.Column("name", sa.String(64), primary_key=True),  # day:2026-11-24, or results
    sa.Column("value", _json, nullable=False),
    sa.Column("counted_at", UtcDateTime, nullable=False),
)

charter_proposals = sa.Table(
    "charter_proposals", metadata,  # what changes customers' experience, and whether the three parts agreed on it
    sa.Column("proposal_id", _id, primary_key=True),
    sa.Column("subject", sa.String(80), nullable=False),  # journey:cart_left, yield:a:b, guardrails
    sa.Column("content", _json, nullable=False),
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("proposed_by", sa.String(64), nullable=False),  # "charter" the shop’s files
    sa.Column("reason", sa.String(400), nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # waits | agreed | withdrawn | told
    sa.Column("settled_at", UtcDateTime),
    sa.Index("ix_charter_proposals_state_subject", "state", "subject"),
)

drafts = sa.Table(
    "drafts", metadata,  # what the shop's people write in the console, until it is proposed to the charter
    sa.Column("draft_id", _id, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),  # journey, pressure, ...: bot/charter/drafted.py
    sa.Column("name", sa.String(64), nullable=False),  # of the subject: cart_left
    sa.Column("body", _json, nullable=False),  # the table that the shop's file would hold
    sa.Column("base", sa.String(32), nullable=False),  # what was in force when it was last saved; "" nothing
    sa.Column("why", sa.String(400), nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("changed_by", sa.String(64), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # draft | proposed | agreed | objected | dropped
    sa.Column("revision", sa.Integer, nullable=False),  # one more with each change
    sa.Column("proposal_id", sa.ForeignKey("charter_proposals.proposal_id"), index=True),
    sa.Index("ix_drafts_state_kind_name", "state", "kind", "name"),
)

content_pictures = sa.Table(
    "content_pictures", metadata,  # the shop's pictures for messages; a version never changes
    sa.Column("picture_id", _id, primary_key=True),
    sa.Column("name", sa.String(48), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the bytes
    sa.Column("served_as", sa.String(32), nullable=False, index=True),  # its beginning; one shown again has it twice
    sa.Column("content_type", sa.String(32), nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("alts", _json, nullable=False),  # language -> what it shows
    sa.Column("why", sa.String(400), nullable=False),
    sa.Column("made_by", sa.String(64), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("name", "version"),
)

charter_answers = sa.Table(
    "charter_answers", metadata,  # appended to: the last word of each part counts
    sa.Column("answer_id", _id, primary_key=True),
    sa.Column("proposal_id", sa.ForeignKey("charter_proposals.proposal_id"), nullable=False, index=True),
    sa.Column("part", sa.String(16), nullable=False),  # it | marketing | cx
    sa.Column("answer", sa.String(16), nullable=False),  # agree | object
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(400), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

charter_owners = sa.Table(
    "charter_owners", metadata,  # who answers by the console, in place of charter.toml
    sa.Column("subject", sa.String(80), primary_key=True),
    sa.Column("part", sa.String(16), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("delegate", sa.String(64), nullable=False),
    sa.Column("changed_by", sa.String(64), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

assistant_proposals = sa.Table(
    "assistant_proposals", metadata,  # what the assistant proposes to the team, and what became of it
    sa.Column("key", sa.String(24), primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),  # bot.console.assistant.proposal
    sa.Column("state", sa.String(16), nullable=False),  # open | dismissed | drafted | gone: found no more
    sa.Column("proposed_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),  # when it was found last
    sa.Column("answered_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("answered_at", UtcDateTime),
    sa.Column("reason", sa.String(400), nullable=False, server_default=""),
)
