"""The console, demo only: whether a made-up past is there, and how far making one has come. A marker in the store."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.profile.events import lock_events
from bot.profile.store.tables import cursors
from bot.profile.store.upsert import insert_or_update

MARK = "made_up_past"
_HOLDER = "made_up_past_by"
HELD = timedelta(minutes=5)  # from one step to the next: whoever crashed is waited for no longer
STEPS = 5  # of a filling: people, what they did, what was said, what was decided, figures
State = Literal["none", "wanted", "filling", "there", "leaving"]


@dataclass(frozen=True)
class Past:
    """How it stands; `step` of `STEPS` while it is filled."""

    state: State = "none"
    step: int = 0

    @property
    def is_working(self) -> bool:
        """Whether the worker has something to do about it."""
        return self.state in ("wanted", "filling", "leaving")


def is_sandbox(services: Services) -> bool:
    """Whether nothing here is real: the demo's own shop, on its own engine, with the demo's secrets."""
    settings = services.settings
    return settings.is_demo and settings.engine == "demo" and settings.shop == "demo"


def read_past(connection: sa.Connection) -> Past:
    """As it stands."""
    value = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == MARK))
    state, _, step = (value or "none").partition(":")
    return Past(state, int(step or 0))  # type: ignore[arg-type]  # written below alone


def note_past(connection: sa.Connection, state: State, step: int = 0) -> None:
    """Keep how it stands. Writes."""
    if state == "none":
        connection.execute(sa.delete(cursors).where(cursors.c.name == MARK))
    else:
        insert_or_update(connection, cursors, [{"name": MARK, "value": f"{state}:{step}"}], ("name",), ("value",))


def hold_past(connection: sa.Connection, holder: str, now: datetime) -> bool:
    """Let nobody else change it for a while, or for a while longer; False where somebody else does. Writes."""
    lock_events(connection)  # of two that ask at once, the second sees the first
    value = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _HOLDER))
    by, _, until = (value or "").rpartition(" ")
    if by and by != holder and datetime.fromisoformat(until) > now:
        return False
    row = {"name": _HOLDER, "value": f"{holder} {(now + HELD).isoformat()}"}
    insert_or_update(connection, cursors, [row], ("name",), ("value",))
    return True


def let_past_go(connection: sa.Connection, holder: str) -> None:
    """Whoever held it is done. Writes."""
    mine = sa.and_(cursors.c.name == _HOLDER, cursors.c.value.startswith(holder))
    connection.execute(sa.delete(cursors).where(mine))


def is_made_up(services: Services) -> bool:
    """Whether what pages show is partly made up: they say so. Asks nothing outside the demo. Reads."""
    if not is_sandbox(services):
        return False
    with services.store.read() as connection:
        return read_past(connection).state not in ("none", "wanted")


def as_measured(services: Services) -> Services:
    """What results are measured with: the made-up people went with a holdout, which the demo's own visitors do not."""
    if not is_made_up(services):
        return services
    return replace(services, guardrails=replace(services.guardrails, holdout_purposes=frozenset({"marketing"})))
