"""The peer: DuckDB over a copy of the same rows, asked the same question in one statement of its own."""

from typing import Any

import duckdb
import polars as pl

from benchmarks.plan.world import ABOUT, CHANNELS, EXPIRES, GUARDRAILS, NOW, NUDGE, PRICING, RIVAL, VALUES, ZONES, Shop
from bot.decision.guardrails import OCCASIONAL, Held

_NOW = f"TIMESTAMP '{NOW.replace(tzinfo=None)}'"
_OPEN_DAYS = int(GUARDRAILS.open_matter_days)
_BIT = {str(bit.name): int(bit) for bit in Held}
_USED = {
    "customers": ("customer_id", "root_id", "is_holdout"),
    "identities": ("customer_id", "kind", "value", "is_verified", "first_seen_at"),
    "consents": ("customer_id", "purpose", "channel", "state", "changed_at", "consent_id"),
    "traits": ("customer_id", "name", "value"),
    "conversations": ("customer_id", "channel", "address", "last_inbound_at"),
    "conversation_states": ("customer_id", "state"),
    "outbox": ("customer_id", "nudge", "about", "state", "sent_at"),
    "suppressions": ("channel", "address"), "waits": ("customer_id", "trigger", "state", "due_at"),
}


def _seconds_of_quiet(zone: str) -> str:
    """How long it is still quiet there; 0 by day."""
    local = f"CAST(timezone('{zone}', timezone('UTC', {_NOW})) AS TIME)"
    ends = f"CASE WHEN {local} >= TIME '21:00' THEN 32 ELSE 8 END * 3600 - date_part('epoch', {local})"
    return f"(CASE WHEN {local} >= TIME '21:00' OR {local} < TIME '08:00' THEN {ends} ELSE 0 END)"


_LIVES = int(EXPIRES.total_seconds())
_SHOP_ZONE = _seconds_of_quiet("Europe/Paris")
_QUIET = " ".join(f"WHEN '\"{zone}\"' THEN {_seconds_of_quiet(zone)}" for zone in ZONES[:-1])
_STILL = f"coalesce(zones.quiet, {_SHOP_ZONE})"  # for one person, in seconds
_LEAVES = f"({_NOW} + to_seconds(CASE WHEN {_STILL} >= {_LIVES} THEN 0 ELSE {_STILL} END))"  # what waits out the quiet
_RANKS = "CASE state WHEN 'withdrawn' THEN 0 WHEN 'granted' THEN 3 ELSE 1 END"


def _consent(channel: str) -> str:
    newest = f"arg_max({_RANKS}, (changed_at, consent_id))"
    return (f"(SELECT root_id, min(r) AS r FROM (SELECT root_id, customer_id, {newest} AS r FROM consents "
            f"JOIN customers USING (customer_id) WHERE purpose = 'marketing' AND channel IN "
            f"('{channel}', '*') GROUP BY 1, 2) GROUP BY 1)")


def _bits(channel: str) -> str:
    """The bits of one channel, of either variant: nothing differs."""
    is_chat = channel in ("web", "whatsapp", "messenger")
    bits = {
        "CONSENT_UNKNOWN": f"coalesce({channel}_c.r, 1) = 1", "CONSENT_WITHDRAWN": f"{channel}_c.r = 0",
        "HOLDOUT": "people.is_holdout", "CAP_DAY": "past.day >= 1", "CAP_WEEK": "past.week >= 2",
        "QUIET_HOURS": "false" if channel == "email" else f"{_STILL} >= {_LIVES}",
        "OPEN_QUESTION": "states.question", "IN_CONVERSATION": "talks.talking" if is_chat else "false",
        "HANDOFF": "states.handoff", "COOLDOWN": "past.same",
        "MINOR": "minors.root_id IS NOT NULL", "OPEN_MATTER": "matters.root_id IS NOT NULL",
        "ALREADY_TAKEN": "taken.root_id IS NOT NULL", "YIELDS_TO": "rivals.root_id IS NOT NULL",
        "UNREACHABLE": {"email": "NOT people.has_email", "sms": "NOT people.has_phone"}.get(
            channel, f"NOT coalesce(talks.has_{channel}, false)"),
        "WINDOW_CLOSED": f"talks.has_{channel} AND NOT talks.{channel}_at > {_LEAVES} - INTERVAL 24 HOUR"
        if channel in ("whatsapp", "messenger") else "false",
    }
    return " + ".join(f"CASE WHEN {rule} THEN {_BIT[name]} ELSE 0 END" for name, rule in bits.items())


def _window(channel: str) -> str:
    """Whether there is such a conversation, and when the customer last wrote in the one used last."""
    last = f"CASE WHEN channel = '{channel}' THEN used_at END"
    return (f"bool_or(channel = '{channel}') AS has_{channel}, "
            f"arg_max(coalesce(last_inbound_at, TIMESTAMP '1970-01-01'), {last}) AS {channel}_at")


def _net(channel: str) -> str:
    """What is left of the value, in the value of the goal: an exponent makes a number a double."""
    cost = PRICING.costs_per_thousand_minor.get(channel, 0) / (1_000 * PRICING.purchase_minor)
    return f"({VALUES[channel]}e0 - {cost!r}::DOUBLE - {PRICING.fatigue}e0 * coalesce(week, 0))"


def _weighed(channel: str) -> str:
    """The bits once more, with the one of what is not worth it: only what may be had otherwise is weighed."""
    is_unworthy = f"({channel} & {~int(OCCASIONAL) & 0x7FFFFFFF}) = 0 AND {_net(channel)} <= 0"
    return f"{channel} + CASE WHEN {is_unworthy} THEN {_BIT['NOT_WORTH_IT']} ELSE 0 END AS {channel}"


_OF_KIND = {"complaint": "Complaint%", "return": "Return%", "support": "Support%"}
_KIND = "CASE " + " ".join(f"WHEN name LIKE '{each}' THEN '{kind}'" for kind, each in _OF_KIND.items()) + " END"
_SETTLES = ("Complaint Resolved", "Return Finished", "Support Conversation Resolved", "Support Conversation Pending")
_ABOUT = ", ".join(f"properties->>'$.{each}'" for each in ("complaint_id", "conversation_id", "order_id"))
# What one message more tires is the same on every channel: the best in net is so for everybody.
_BEST_FIRST = sorted(CHANNELS, key=lambda each: PRICING.cost_of(each) - VALUES[each])
QUESTION = f"""
WITH closed AS (SELECT address FROM suppressions),
names AS (SELECT c.root_id, bool_or(i.kind = 'email' AND i.is_verified AND s.address IS NULL) AS has_email,
          bool_or(i.kind = 'phone' AND i.is_verified) AS has_phone
   FROM identities i JOIN customers c USING (customer_id) LEFT JOIN closed s ON s.address = lower(i.value)
   WHERE i.kind IN ('email', 'phone', 'customer_id') GROUP BY 1),
people AS (SELECT c.root_id, bool_or(c.is_holdout) AS is_holdout, any_value(n.has_email) AS has_email,
           any_value(n.has_phone) AS has_phone FROM customers c JOIN names n ON n.root_id = c.root_id GROUP BY 1),
zones AS (SELECT root_id, max(CASE value {_QUIET} ELSE {_LIVES} END) AS quiet
   FROM traits JOIN customers USING (customer_id) WHERE name = 'timezone' GROUP BY 1),
talks AS (SELECT root_id, bool_or(last_inbound_at > {_NOW} - INTERVAL 120 SECOND) AS talking,
   bool_or(channel = 'web') AS has_web,
   {", ".join(_window(each) for each in ("whatsapp", "messenger"))}
   FROM (SELECT *, coalesce(last_inbound_at, created_at) AS used_at FROM conversations)
   JOIN customers USING (customer_id) GROUP BY 1),
states AS (SELECT customer_id AS root_id, state LIKE '%open_question%' AS question, state LIKE '%handoff%' AS handoff
   FROM conversation_states),
sent AS (SELECT customer_id, sent_at AS moment, nudge, about FROM outbox WHERE state = 'sent' UNION ALL
         SELECT customer_id, occurred_at, '', '' FROM events WHERE name = 'Email Sent'),
past AS (SELECT root_id, count(*) FILTER (WHERE moment > {_NOW} - INTERVAL 1 DAY) AS day,
   count(*) FILTER (WHERE moment > {_NOW} - INTERVAL 7 DAY) AS week,
   bool_or(nudge = '{NUDGE}' AND about = '{ABOUT}' AND moment > {_NOW} - INTERVAL 1 DAY) AS same
   FROM sent JOIN customers USING (customer_id) GROUP BY 1),
minors AS (SELECT DISTINCT root_id FROM traits JOIN customers USING (customer_id) WHERE name = 'birth_date'
   AND trim(value, '"') > strftime({_NOW} - INTERVAL 12 HOUR - INTERVAL 18 YEAR, '%Y-%m-%d')),
said AS (SELECT root_id, {_KIND} AS kind, coalesce({_ABOUT}, '') AS about, name, occurred_at,
   name IN {_SETTLES} AS settles FROM events JOIN customers USING (customer_id)
   WHERE {" OR ".join(f"name LIKE '{each}'" for each in _OF_KIND.values())}),
begun AS (SELECT root_id, kind, about, max(occurred_at) AS moment FROM said WHERE NOT settles
   AND (name <> 'Support Message Received' OR about <> '') AND occurred_at > {_NOW} - INTERVAL {_OPEN_DAYS} DAY
   GROUP BY ALL),
settled AS (SELECT root_id, kind, about, max(occurred_at) AS moment FROM said WHERE settles GROUP BY ALL),
matters AS (SELECT DISTINCT begun.root_id FROM begun LEFT JOIN settled USING (root_id, kind, about)
   LEFT JOIN settled whole ON whole.root_id = begun.root_id AND whole.kind = begun.kind AND whole.about = ''
   WHERE coalesce(begun.moment > settled.moment, true) AND coalesce(begun.moment > whole.moment, true)),
taken AS (SELECT DISTINCT root_id FROM events JOIN customers USING (customer_id) WHERE name = 'Offer Accepted'),
claims AS (SELECT customer_id, moment FROM sent WHERE nudge = '{RIVAL}' UNION ALL
           SELECT customer_id, due_at FROM waits WHERE trigger = '{RIVAL}' AND state IN ('waiting', 'following')),
rivals AS (SELECT DISTINCT root_id FROM claims JOIN customers USING (customer_id)
           WHERE moment > {_NOW} - INTERVAL 7 DAY AND moment < {_NOW} + INTERVAL 7 DAY),
found AS (SELECT people.root_id, past.week, {", ".join(f"{_bits(each)} AS {each}" for each in CHANNELS)} FROM people
   LEFT JOIN zones USING (root_id) LEFT JOIN talks USING (root_id) LEFT JOIN states USING (root_id)
   LEFT JOIN past USING (root_id) LEFT JOIN taken USING (root_id) LEFT JOIN rivals USING (root_id)
   LEFT JOIN minors USING (root_id) LEFT JOIN matters USING (root_id)
   {" ".join(f"LEFT JOIN {_consent(each)} {each}_c USING (root_id)" for each in CHANNELS)}),
held AS (SELECT root_id, {", ".join(_weighed(each) for each in CHANNELS)} FROM found)
SELECT root_id, {", ".join(CHANNELS)},
   CASE {" ".join(f"WHEN {each} = 0 THEN '{each}'" for each in _BEST_FIRST)} ELSE '' END AS chosen FROM held
"""


class Duck:
    """A database in memory with the columns that the question asks for."""

    def __init__(self, shop: Shop) -> None:
        """Load them."""
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        for name, columns in _USED.items():
            frame = shop.people[name].select(*columns, *(("created_at",) if name == "conversations" else ()))
            self._take(name, frame)
        self._take("events", shop.told.select("customer_id", "name", "occurred_at", "properties"))

    def ask(self) -> None:
        """Answer the question into a table."""
        self._connection.execute(f"CREATE OR REPLACE TABLE answer AS {QUESTION}")

    def read(self) -> pl.DataFrame:
        """The answer: root_id, bits by channel, chosen."""
        answer: Any = self._connection.sql("FROM answer ORDER BY root_id").to_arrow_table()
        return pl.DataFrame(pl.from_arrow(answer))

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def _take(self, name: str, frame: pl.DataFrame) -> None:
        plain = frame.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.replace_time_zone(None))
        self._connection.register("loading", plain.to_arrow())
        self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM loading")
        self._connection.unregister("loading")
