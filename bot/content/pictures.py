"""The shop's pictures for messages, kept with their versions: a message names one by `autumn-2`, `autumn`'s second.

A version never changes, so that who agreed to a message agreed to what is seen with it. Another one, or an earlier one
again, is a new version, which no message shows until it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import sqlalchemy as sa

from bot.content.picture_files import KINDS, Drawn
from bot.decision.messages import PICTURE_NAME, split_picture
from bot.errors import Conflict, FixInput, NotFound
from bot.profile.store.engine import Store
from bot.profile.store.tables import content_pictures as table

PREFIX = "/content/pictures"
MOST_KEPT = 500  # versions of all pictures together: a database is no place for more
MOST_ALT_CHARACTERS = 300
_IS_THERE = table.c.size_bytes > 0  # of a version that was removed the number alone is kept
_KNOWN_SECONDS = 60  # after which a version is looked up again: it may have been removed
_ADDRESS_CHARACTERS = 32  # of the digest: nobody guesses what was not yet sent


@dataclass(frozen=True)
class Picture:
    """A version of a picture, without its bytes. `alts`: language -> what it shows, for whoever does not see it."""

    name: str
    version: int
    digest: str
    content_type: str
    width_px: int
    height_px: int
    size_bytes: int
    alts: Mapping[str, str]
    why: str
    made_by: str
    made_at: datetime

    @property
    def key(self) -> str:
        """As messages name it."""
        return f"{self.name}-{self.version}"

    @property
    def path(self) -> str:
        """Where the site has it."""
        return f"{PREFIX}/{self.digest[:_ADDRESS_CHARACTERS]}.{KINDS[self.content_type]}"


class PictureShelf:
    """Pictures as messages show them. A version never changes, and is read once a minute; one that is not there, each
    time.
    """

    def __init__(self, store: Store) -> None:
        """Reads nothing yet."""
        self._store = store
        self._known: dict[str, tuple[float, Picture]] = {}

    def find(self, key: str) -> Picture | None:
        """The picture of a key, `autumn-2`; None where there is none."""
        read_at, known = self._known.get(key, (0.0, None))
        if known is not None and monotonic() - read_at < _KNOWN_SECONDS:
            return known
        with self._store.read() as connection:
            found = find_picture(connection, key)
        if found is None:
            self._known.pop(key, None)
            return None
        self._known[key] = (monotonic(), found)
        return found

    def forget(self, key: str) -> None:
        """Look it up again."""
        self._known.pop(key, None)


def find_picture(connection: sa.Connection, key: str) -> Picture | None:
    """As `PictureShelf.find`, read now."""
    name, version = split_picture(key)
    row = connection.execute(_select().where(_is(name, version))).one_or_none()
    return Picture(**row._asdict()) if row else None


def list_pictures(connection: sa.Connection, name: str = "") -> list[Picture]:
    """Every version, newest first; of one picture, where it is named."""
    where = (_IS_THERE, table.c.name == name) if name else (_IS_THERE,)
    rows = connection.execute(_select().where(*where).order_by(table.c.picture_id.desc()).limit(MOST_KEPT))
    return [Picture(**row._asdict()) for row in rows]


def read_bytes(connection: sa.Connection, address: str) -> tuple[str, bytes] | None:
    """Type and bytes of the picture at an address, the path's last part; None for any other."""
    begins, _, ending = address.partition(".")
    kinds = [kind for kind, each in KINDS.items() if each == ending]
    if len(begins) != _ADDRESS_CHARACTERS or not kinds:
        return None
    row = connection.execute(
        sa.select(table.c.content_type, table.c.content)
        .where(table.c.served_as == begins, table.c.content_type == kinds[0], _IS_THERE).limit(1)
    ).one_or_none()
    return (row.content_type, row.content) if row else None


def keep_picture(
    connection: sa.Connection, name: str, drawn: Drawn, alts: Mapping[str, str], *, why: str, by: str, now: datetime
) -> Picture:
    """A new version. FixInput for a name that none may have, Conflict once there are too many. Writes."""
    if not PICTURE_NAME.fullmatch(name):
        raise FixInput("name", "must be 2 to 40 lower-case letters, digits and underscores, a letter first")
    kept = connection.execute(sa.select(sa.func.count()).select_from(table).where(_IS_THERE)).scalar_one()
    if kept >= MOST_KEPT:
        raise Conflict("{most} versions of pictures are kept, which is the most", most=MOST_KEPT)
    newest = connection.execute(sa.select(sa.func.max(table.c.version)).where(table.c.name == name)).scalar_one()
    version = (newest or 0) + 1
    row = sa.insert(table).values(
        name=name, version=version, digest=drawn.digest, served_as=drawn.digest[:_ADDRESS_CHARACTERS],
        content_type=drawn.content_type, width_px=drawn.width_px, height_px=drawn.height_px,
        size_bytes=len(drawn.content), content=drawn.content, alts=dict(alts), why=why, made_by=by, made_at=now,
    )
    try:
        connection.execute(row)
    except sa.exc.IntegrityError as error:  # PostgreSQL has several writers; the number is the other's now
        raise Conflict("somebody else kept a version of it at the same moment: try again") from error
    return _require(connection, f"{name}-{version}")


def keep_again(
    connection: sa.Connection, name: str, version: int, *, why: str, by: str, now: datetime
) -> Picture:
    """An earlier version as the newest one. NotFound where there is none. Writes."""
    old = connection.execute(sa.select(table).where(_is(name, version))).one_or_none()
    if old is None:
        raise NotFound("there is no such version of the picture")
    drawn = Drawn(old.content_type, old.width_px, old.height_px, old.content)
    return keep_picture(connection, name, drawn, old.alts, why=why, by=by, now=now)


def remove_version(connection: sa.Connection, name: str, version: int) -> None:
    """Take a version's bytes away. Its number stays taken: no other is ever shown under it. NotFound. Writes."""
    gone = connection.execute(sa.update(table).where(_is(name, version)).values(content=b"", size_bytes=0))
    if not gone.rowcount:
        raise NotFound("there is no such version of the picture")


def _is(name: str, version: int) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.name == name, table.c.version == version, _IS_THERE)


def _require(connection: sa.Connection, key: str) -> Picture:
    found = find_picture(connection, key)
    if found is None:
        raise NotFound(f"there is no picture {key}")
    return found


def _select() -> sa.Select[tuple[object, ...]]:
    columns = (table.c[each] for each in Picture.__dataclass_fields__)
    return sa.select(*columns)
