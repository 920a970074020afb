"""Stage 3 -> 4: a plan's choices -> outbox rows: what `enqueue_decided` writes for one, for everybody at once.

But for the words: those of a launch are written when each leaves, from facts of that moment, and nowhere before.
"""

import orjson
import polars as pl

from bot.contracts.messages import OutboundMessage
from bot.decision.crowd import Crowd
from bot.decision.plan import Plan
from bot.profile.bulk_alike import GAP, Alike
from bot.profile.store.frames import MOMENT

_UNSAID = orjson.dumps(OutboundMessage("").to_json()).decode()
_CASE = ("candidate", "not_before")


def list_messages(crowd: Crowd, plan: Plan) -> Alike:
    """A row of the outbox for each choice of a plan. Pure."""
    matter, moment = plan.matter, plan.moment
    rows = _read_choices(crowd, plan)
    cases = rows.select(_CASE).unique(maintain_order=True).with_row_index("case")
    chosen = [matter.candidates[each] for each in cases["candidate"]]
    facts = [orjson.dumps({**matter.wish.facts, "variant": each.variant, "version": matter.trigger.version}).decode()
             for each in chosen]
    said_at = int(moment.at.timestamp())  # an offer may be repeated, and on another channel
    keys = [f"nudge:{matter.nudge}:{each.channel}:{GAP}:{said_at}" for each in chosen]
    same = {
        "kind": "nudge", "purpose": matter.trigger.purpose, "nudge": matter.nudge, "about": matter.wish.about,
        "payload": _UNSAID, "state": "pending", "reason": "", "vendor_message_id": "", "attempts": 0,
    }
    return Alike(
        cases.select(
            "not_before", channel=pl.Series([each.channel for each in chosen], dtype=pl.String),
            facts=pl.Series(facts, dtype=pl.String), idempotency_key=pl.Series(keys, dtype=pl.String),
            expires_at=pl.lit(matter.wish.expires_at).cast(MOMENT), created_at=pl.lit(moment.now).cast(MOMENT),
            **{name: pl.lit(value) for name, value in same.items()}),
        rows.join(cases, on=_CASE, maintain_order="left")["case"],
        rows.select("customer_id", "sender_id", "address"),
        {"idempotency_key": "customer_id"},
    )


def _read_choices(crowd: Crowd, plan: Plan) -> pl.DataFrame:
    """Who is told, by which candidate, along which way; in the order of their ids."""
    chosen = plan.choice.chosen[plan.chosen]
    channels = pl.Series([each.channel for each in plan.matter.candidates])
    rows = pl.DataFrame({
        "person": pl.Series(plan.persons[plan.chosen], dtype=pl.UInt32), "candidate": pl.Series(chosen),
        "customer_id": plan.roots.gather(plan.chosen), "channel": channels.gather(chosen),
        "not_before": plan.leaves_at.gather(plan.chosen),
    })
    ways = crowd.ways.select("person", "channel", "sender_id", "address")
    return rows.join(ways, on=["person", "channel"], maintain_order="left")
