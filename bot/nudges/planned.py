"""Stage 3 -> 4: a plan's choices -> outbox rows: what `enqueue_decided` writes for one, for everybody at once."""

from datetime import datetime
from functools import partial
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

from bot.channels.windows import may_write
from bot.decision.crowd import Crowd
from bot.decision.crowd_columns import Matter, find_open
from bot.decision.persons import Person, Route
from bot.decision.plan import Plan
from bot.nudges.facts import Facts
from bot.nudges.schedule import compose_draft
from bot.nudges.services import NudgeServices
from bot.profile.bulk import append_outbox_frame
from bot.profile.store.frames import MOMENT

_CASE = ("candidate", "zone", "language", "is_free")  # drafts alike in these are alike


class Drafts:
    """The words of one matter, written once for each different case. They are drafts: they are written again from
    fresh facts before they leave.
    """

    def __init__(self, services: NudgeServices, matter: Matter, facts: Facts, now: datetime) -> None:
        """Writes nothing yet."""
        self._services, self._matter, self._facts, self._now = services, matter, facts, now
        self._known: dict[tuple[object, ...], tuple[str, str]] = {}

    def write(
        self, candidate: int, zones: tuple[str, ...], language: str, last_inbound_at: datetime | None, *, is_free: bool
    ) -> tuple[str, str]:
        """The JSON of a row's facts and of its message. `is_free`: whether the channel takes free words there."""
        case = (candidate, zones, language, is_free)
        if case not in self._known:
            chosen = self._matter.candidates[candidate]
            person = Person("", zones=set(zones), languages=[language])
            route = Route("", last_inbound_at=last_inbound_at)
            draft = compose_draft(
                self._services, self._matter.trigger, chosen, person, route, self._facts, self._now)
            told = {**self._matter.wish.facts, "variant": chosen.variant, "version": self._matter.trigger.version}
            self._known[case] = (orjson.dumps(told).decode(), orjson.dumps(draft.to_json()).decode())
        return self._known[case]


def enqueue_plan(connection: sa.Connection, crowd: Crowd, plan: Plan, drafts: Drafts) -> int:
    """Put a row on the list for each choice of a plan; how many were new. Writes."""
    if not len(plan.chosen):
        return 0
    matter, moment, rows = plan.matter, plan.moment, _read_choices(crowd, plan)
    cases = rows.group_by(_CASE, maintain_order=True).agg(pl.col("last_inbound_at").first())
    written = pl.DataFrame([
        drafts.write(candidate, crowd.zones[zone], language, last_inbound_at, is_free=is_free)
        for candidate, zone, language, is_free, last_inbound_at in cases.iter_rows()
    ], schema=["facts", "payload"], orient="row")
    said_at = int(moment.at.timestamp())  # an offer may be repeated, and on another channel
    nothing = {"reason": "", "vendor_message_id": "", "attempts": 0}
    told = pl.concat([cases.drop("last_inbound_at"), written], how="horizontal")
    return append_outbox_frame(connection, rows.join(told, on=_CASE, maintain_order="left").select(
        idempotency_key=pl.format("nudge:{}:{}:{}:{}", pl.lit(matter.nudge), "channel", "customer_id", said_at),
        kind=pl.lit("nudge"), customer_id="customer_id", sender_id="sender_id", channel="channel", address="address",
        purpose=pl.lit(matter.trigger.purpose), nudge=pl.lit(matter.nudge), about=pl.lit(matter.wish.about),
        facts="facts", payload="payload", state=pl.lit("pending"), not_before="not_before",
        expires_at=pl.lit(matter.wish.expires_at).cast(MOMENT), created_at=pl.lit(moment.now).cast(MOMENT),
        **{name: pl.lit(value) for name, value in nothing.items()},
    ))


def _read_choices(crowd: Crowd, plan: Plan) -> pl.DataFrame:
    """Who is told, by which candidate, along which way."""
    persons, chosen = plan.persons[plan.chosen], plan.choice.chosen[plan.chosen]
    channels = pl.Series([each.channel for each in plan.matter.candidates])
    rows = pl.DataFrame({
        "person": pl.Series(persons, dtype=pl.UInt32), "customer_id": plan.roots.gather(plan.chosen),
        "candidate": pl.Series(chosen), "channel": channels.gather(chosen),
        "not_before": plan.leaves_at.gather(plan.chosen), "zone": pl.Series(crowd.zone[persons]),
        "language": crowd.language.gather(persons),
    })
    rows = rows.join(crowd.ways, on=["person", "channel"], maintain_order="left").sort("person")
    return pl.concat([
        some.with_columns(find_open(some["last_inbound_at"], partial(_takes_free, channel, plan)).alias("is_free"))
        for (channel,), some in rows.group_by("channel", maintain_order=True)
    ])


def _takes_free(channel: Any, plan: Plan, last_inbound_at: datetime | None) -> bool:
    return may_write(channel, last_inbound_at, plan.moment.now)

