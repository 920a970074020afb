"""The console: the first journey, step by step, as the store says how far it has come. Reads only.

It is the shop's, not a person's: whoever of the three parts opens the guide sees the same steps, and does theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from bot.bootstrap import PROJECT, Services
from bot.channels.demo_letters import letters
from bot.charter.book import Owner, Part
from bot.charter.drafted import kind_of
from bot.charter.drafts import OPEN, Draft, list_drafts
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo_people import DemoPerson, list_demo_people
from bot.console.deeds.charter import Change, look_at_charter
from bot.console.figures import read_days
from bot.console.guide_occasions import OCCASIONS, Occasion
from bot.console.past.state import Past, is_sandbox, read_past
from bot.console.people import Person
from bot.decision.person_queries import GONE_STATES
from bot.profile.identities import find_customer
from bot.profile.store.tables import console_trail, decisions, outbox, waits

PLAYED, TRIED = "played", "tried_draft"
STEPS = ("occasion", "words", "trial", "propose", "agree", "live", "results")
SANDBOX_ONLY = ("live", "results")
State = Literal["done", "next", "later"]


@dataclass(frozen=True)
class Letter:
    """A message as it arrived."""

    sender: str
    recipient: str
    subject: str
    text: str
    received_at: datetime


@dataclass(frozen=True)
class Live:
    """What came of the event that was played last. `reasons`: why nothing was said."""

    state: Literal["none", "heard", "waits", "held", "leaving", "sent"]
    due_at: datetime | None = None
    reasons: Sequence[str] = ()
    letter: Letter | None = None

    @property
    def is_moving(self) -> bool:
        """Whether another look in a moment will show more."""
        return self.state in ("heard", "waits", "leaving")


@dataclass(frozen=True)
class Guide:
    """Where the shop's first journey stands. `change`: its proposal, while it waits."""

    is_sandbox: bool
    has_charter: bool
    past: Past
    steps: Mapping[str, State]
    occasion: Occasion | None
    draft: Draft | None
    change: Change | None
    people: Sequence[DemoPerson]
    live: Live

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left to do."""
        return all(each == "done" for each in self.steps.values())

    @property
    def is_moving(self) -> bool:
        """Whether the worker is at something that the page shows."""
        return self.past.is_working or self.live.is_moving

    @property
    def owners(self) -> Mapping[Part, Owner]:
        """Who answers for each part of what waits."""
        return self.change.owners if self.change else {}


def look_at_guide(services: Services, person: Person, today: date) -> Guide:
    """As it stands for somebody."""
    sandbox = is_sandbox(services)
    with services.store.read() as connection:
        past = read_past(connection) if sandbox else Past()
        draft = find_draft(connection)
        tried = draft is not None and _was_done(connection, TRIED, draft)
        live = _look_live(connection, services, draft) if sandbox and draft else Live("none")
        counted = draft is not None and _is_counted(connection, draft, today)
    done = _list_done(draft, live, tried=tried, counted=counted)
    occasion = OCCASIONS[draft.name] if draft else None
    return Guide(
        sandbox, services.charter is not None, past, _order(done, sandbox), occasion,
        draft, _find_change(services, person, draft), list_people(services) if sandbox else (), live,
    )


def find_draft(connection: sa.Connection) -> Draft | None:
    """The draft of a first journey that was changed last, one that is in force too."""
    found = list_drafts(connection, kind="journey", states=(*OPEN, "agreed"))
    return next((each for each in found if each.name in OCCASIONS), None)


def list_people(services: Services) -> list[DemoPerson]:
    """Whom one may play in the sandbox."""
    return list_demo_people(services.commerce, PROJECT / "data" / "shops" / services.settings.shop)


def is_untouched(connection: sa.Connection) -> bool:
    """Whether nobody has made a journey by the guide yet: pages then point to it."""
    return find_draft(connection) is None


def _list_done(draft: Draft | None, live: Live, *, tried: bool, counted: bool) -> set[str]:
    """What is behind the shop. Whoever agreed without a dry run is not sent back to it."""
    done = {"occasion"} if draft else set()
    if draft and (draft.revision > 1 or draft.state != "draft"):
        done |= {"words"}
    if draft and (tried or draft.state == "agreed"):
        done |= {"trial"}
    if draft and draft.state in ("proposed", "objected", "agreed"):
        done |= {"propose"}
    if draft and draft.state == "agreed":
        done |= {"agree"}
    if live.state == "sent":
        done |= {"live", "results"} if counted else {"live"}
    return done


def _order(done: set[str], sandbox: bool) -> dict[str, State]:
    """The first step that is not done is next; those behind it are later, whatever was done of them before."""
    steps: dict[str, State] = {}
    for each in STEPS:
        if each in SANDBOX_ONLY and not sandbox:
            continue
        is_open = any(state != "done" for state in steps.values())
        steps[each] = "later" if is_open else "done" if each in done else "next"
    return steps


def _find_change(services: Services, person: Person, draft: Draft | None) -> Change | None:
    if draft is None or services.charter is None or draft.state not in ("proposed", "objected"):
        return None
    subject = kind_of("journey").subject(draft.name)
    changes = look_at_charter(services, person).changes
    return next((each for each in changes if each.proposal.subject == subject), None)


def _was_done(connection: sa.Connection, deed: str, draft: Draft) -> bool:
    return _newest_deed(connection, deed, draft, draft.made_at) is not None


def _newest_deed(connection: sa.Connection, deed: str, draft: Draft, since: datetime) -> datetime | None:
    """The trail is read from its end, back to where it was done, or to the moment."""
    trail = console_trail.c
    found: datetime | None = connection.scalar(
        sa.select(trail.at).where(trail.deed == deed, trail.about == f"journey:{draft.name}", trail.at >= since)
        .order_by(trail.entry_id.desc()).limit(1)
    )
    return found


def _is_counted(connection: sa.Connection, draft: Draft, today: date) -> bool:
    days = read_days(connection, draft.made_at.date(), today).values()
    return any(day.sent.get(draft.name) for day in days)


def _look_live(connection: sa.Connection, services: Services, draft: Draft) -> Live:
    """What came of it, from its end: a letter, a message, a decision, a wait, or the event alone."""
    played = _newest_deed(connection, PLAYED, draft, draft.made_at) if draft.state == "agreed" else None
    if played is None:
        return Live("none")
    wait = _newest(connection, waits, waits.c.updated_at, waits.c.trigger == draft.name, played)
    decided = _newest(connection, decisions, decisions.c.decided_at, decisions.c.trigger == draft.name, played)
    if decided is None:
        is_waiting = wait is not None and wait.state == "waiting"
        return Live("waits", due_at=wait.due_at) if wait is not None and is_waiting else Live("heard")
    if not decided.chosen:
        reasons = [word for each in decided.candidates or () for word in each["held"]]
        return Live("held", reasons=list(dict.fromkeys(reasons)))
    row = _newest(connection, outbox, outbox.c.created_at, outbox.c.nudge == draft.name, played)
    if row is None or row.state in ("pending", "sending"):
        return Live("leaving", due_at=row.not_before if row else None)
    if row.state in GONE_STATES:
        return Live("sent", letter=_find_letter(services, row.vendor_message_id))
    return Live("held", reasons=[each for each in row.reason.split(",") if each])


def _newest(
    connection: sa.Connection, table: sa.Table, at: sa.Column[datetime], mine: sa.ColumnElement[bool], since: datetime
) -> Any:
    return connection.execute(sa.select(table).where(mine, at >= since).order_by(at.desc()).limit(1)).first()


def _find_letter(services: Services, vendor_id: str) -> Letter | None:
    """Out of the demo's own mailbox, to which it came by SMTP."""
    shop = cast(DemoEngine, services.commerce).database
    with shop.read() as connection:
        if not sa.inspect(connection).has_table(letters.name):
            return None
        row = connection.execute(sa.select(letters).where(letters.c.vendor_message_id == vendor_id)).first()
    return Letter(row.sender, row.recipient, row.subject, row.text, row.received_at) if row else None


def find_demo_customer(connection: sa.Connection, person: DemoPerson) -> str | None:
    """Who somebody of the demo is in the profile."""
    return find_customer(connection, "customer_id", person.ref)
