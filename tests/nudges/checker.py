"""An independent look at each message the moment it leaves: what does it break? Shares no code with deciding."""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.channels.outbox import OutboxRow
from bot.errors import NotFound
from bot.profile.consent import consent_state
from bot.profile.customers import is_holdout
from bot.profile.identities import members_of
from bot.profile.state import ConversationState, read_state
from bot.profile.store.tables import conversations, events, outbox, pauses, traits, waits
from tests.nudges.world import World


class Checker:
    """Stands where the vendor stands; `broken` lists what each message should not have done."""

    def __init__(self, world: World, before: ConversationState | None = None) -> None:
        self.world = world
        self.before = before  # the person's state before we spoke
        self.broken: list[str] = []

    def __call__(self, row: OutboxRow) -> None:
        """Look at one message that leaves."""
        checks: list[Callable[[sa.Connection, OutboxRow], bool]] = [
            self.consent_unknown, self.consent_withdrawn, self.holdout, self.cap_day, self.cap_week, self.quiet_hours,
            self.open_question, self.in_conversation, self.handoff, self.unverified, self.cooldown, self.already_taken,
            self.fact_false, self.expired, self.window_closed, self.paused, self.not_worth_it, self.yields_to,
            self.minor, self.open_matter,
        ]
        with self.world.store.read() as connection:
            self.broken += [check.__name__ for check in checks if check(connection, row)]

    def consent_unknown(self, connection: sa.Connection, row: OutboxRow) -> bool:
        return consent_state(connection, row.customer_id, row.purpose, row.channel) == "unknown"

    def consent_withdrawn(self, connection: sa.Connection, row: OutboxRow) -> bool:
        return consent_state(connection, row.customer_id, row.purpose, row.channel) == "withdrawn"

    def holdout(self, connection: sa.Connection, row: OutboxRow) -> bool:
        return row.purpose == "marketing" and is_holdout(connection, row.customer_id)

    def paused(self, connection: sa.Connection, row: OutboxRow) -> bool:
        resting = sa.select(pauses.c.journey).where(pauses.c.resumed_at.is_(None))
        return row.nudge.partition(":")[0] in connection.scalars(resting).all()

    def not_worth_it(self, connection: sa.Connection, row: OutboxRow) -> bool:
        pricing = self.world.guardrails.pricing
        if row.purpose == "service" or not pricing.purchase_minor:
            return False
        trigger = next(each for each in self.world.triggers if each.name == row.nudge.partition(":")[0])
        brings = pricing.purchase_minor * trigger.values.get(row.channel, 1.0)
        costs = pricing.costs_per_thousand_minor.get(row.channel, 0) / 1_000
        heard = self._earlier(connection, row, timedelta(days=7))
        return brings - costs - heard * pricing.fatigue * pricing.purchase_minor <= 0

    def yields_to(self, connection: sa.Connection, row: OutboxRow) -> bool:
        week, members = timedelta(days=7), members_of(connection, row.customer_id)
        rivals = self.world.guardrails.yields.get(row.nudge.partition(":")[0], ())
        told = sa.select(outbox.c.nudge, sa.func.coalesce(outbox.c.sent_at, outbox.c.not_before)).where(
            outbox.c.customer_id.in_(members), outbox.c.kind == "nudge",
            outbox.c.state.not_in(("held", "withdrawn", "failed")))
        due = sa.select(waits.c.trigger, waits.c.due_at).where(
            waits.c.customer_id.in_(members), waits.c.state.not_in(("decided", "cancelled")))
        claims = [*connection.execute(told), *connection.execute(due)]
        return any(name.partition(":")[0] in rivals and abs(at - self.world.now) < week for name, at in claims)

    def minor(self, connection: sa.Connection, row: OutboxRow) -> bool:
        born = connection.scalars(sa.select(traits.c.value).where(
            traits.c.customer_id.in_(members_of(connection, row.customer_id)), traits.c.name == "birth_date"))
        birthdays = [date.fromisoformat(each) for each in born]
        return row.purpose == "marketing" and any(
            self.world.now.date() < each.replace(year=each.year + 18) for each in birthdays)

    def open_matter(self, connection: sa.Connection, row: OutboxRow) -> bool:
        of_theirs = events.c.customer_id.in_(members_of(connection, row.customer_id))
        said = connection.scalars(sa.select(events.c.name).where(of_theirs).order_by(events.c.occurred_at))
        last = [each for each in said if each.startswith(("Complaint", "Return"))][-1:]
        return row.purpose == "marketing" and last in (["Complaint Received"], ["Return Requested"])

    def cap_day(self, connection: sa.Connection, row: OutboxRow) -> bool:
        cap = self.world.guardrails.caps_for(row.purpose).per_day
        return self._earlier(connection, row, timedelta(days=1)) >= cap > 0

    def cap_week(self, connection: sa.Connection, row: OutboxRow) -> bool:
        cap = self.world.guardrails.caps_for(row.purpose).per_week
        return self._earlier(connection, row, timedelta(days=7)) >= cap > 0

    def quiet_hours(self, connection: sa.Connection, row: OutboxRow) -> bool:
        members = members_of(connection, row.customer_id)
        zones = connection.scalars(
            sa.select(conversations.c.timezone).where(conversations.c.customer_id.in_(members))
        ).all()
        clocks = [self.world.now.astimezone(ZoneInfo(zone)).hour for zone in zones if zone] or [
            self.world.now.astimezone(ZoneInfo("Europe/Paris")).hour
        ]
        return row.purpose == "marketing" and any(hour >= 21 or hour < 8 for hour in clocks)

    def open_question(self, _connection: sa.Connection, _row: OutboxRow) -> bool:
        return bool(self.before and self.before.open_question)

    def in_conversation(self, connection: sa.Connection, row: OutboxRow) -> bool:
        last = connection.scalar(
            sa.select(conversations.c.last_inbound_at).where(conversations.c.sender_id == row.sender_id)
        )
        return last is not None and self.world.now - last < timedelta(seconds=10)

    def handoff(self, connection: sa.Connection, row: OutboxRow) -> bool:
        return bool(read_state(connection, row.customer_id).handoff)

    def unverified(self, connection: sa.Connection, row: OutboxRow) -> bool:
        if row.nudge not in ("parcel_delayed", "pickup_item_missing") or row.channel != "web":
            return False
        talk = connection.execute(sa.select(conversations).where(conversations.c.sender_id == row.sender_id)).one()
        order = self.world.commerce.get_order(row.facts["order_ref"])
        return talk.verified_ref != order.customer_ref or talk.verified_until <= self.world.now

    def cooldown(self, connection: sa.Connection, row: OutboxRow) -> bool:
        same = sa.and_(outbox.c.nudge == row.nudge, outbox.c.about == row.about)
        return self._earlier(connection, row, timedelta(seconds=120), same) > 0

    def already_taken(self, connection: sa.Connection, row: OutboxRow) -> bool:
        taken = connection.scalars(sa.select(events.c.properties).where(events.c.name == "Offer Accepted")).all()
        return row.about in [each["about"] for each in taken]

    def fact_false(self, _connection: sa.Connection, row: OutboxRow) -> bool:
        if not row.facts.get("cart_ref"):
            return False
        try:
            return not self.world.get_cart(row.facts["cart_ref"]).lines
        except NotFound:
            return True

    def expired(self, _connection: sa.Connection, row: OutboxRow) -> bool:
        return row.expires_at is not None and row.expires_at <= self.world.now

    def window_closed(self, connection: sa.Connection, row: OutboxRow) -> bool:
        talk = connection.execute(sa.select(conversations).where(conversations.c.sender_id == row.sender_id)).first()
        if row.channel != "whatsapp" or talk is None:
            return False
        return talk.last_inbound_at is None or self.world.now - talk.last_inbound_at >= timedelta(hours=24)

    def _earlier(
        self, connection: sa.Connection, row: OutboxRow, span: timedelta, *conditions: sa.ColumnElement[bool]
    ) -> int:
        count = connection.scalar(
            sa.select(sa.func.count()).select_from(outbox).where(
                outbox.c.customer_id.in_(members_of(connection, row.customer_id)), outbox.c.kind == "nudge",
                outbox.c.purpose == row.purpose, outbox.c.sent_at > self.world.now - span, *conditions,
            )
        )
        return int(count or 0)
