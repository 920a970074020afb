"""Stage 3: what stands of everybody, kept as columns in the store, so that a campaign need not gather it row by row.

A block is a `Basis` of a stretch of ids as the tables said it at one moment. Whoever changed since is noted by the
database, in the transaction of the change (triggers, in its migration), and read from the tables. So a block and its
notes say what the tables say, always: `tests/decision/test_crowd_blocks.py` changes everything and compares the two.
Kept on SQLite alone, where one writes at a time; everywhere else nothing is found here, and tables are read.
"""

import sqlalchemy as sa

from bot.decision.crowd_basis import Basis, pack, unpack
from bot.decision.crowd_reader import Stretch, within
from bot.profile.store.tables import crowd_blocks, crowd_changes, customers
from bot.profile.tombstones import list_lost_keys

_T = crowd_blocks.c


def next_stretch(connection: sa.Connection, after: str, size: int) -> Stretch | None:
    """The stretch that follows, a block's or of so many customers; None after the last."""
    upto = connection.scalar(sa.select(_T.upto).where(_T.after == after))
    if upto is None:
        page = sa.select(customers.c.root_id).where(customers.c.root_id > after).order_by(customers.c.root_id)
        upto = connection.scalar(sa.select(sa.func.max(page.limit(size).subquery().c.root_id)))
        following = connection.scalar(sa.select(sa.func.min(_T.after)).where(_T.after > after))
        upto = min(upto, following) if upto and following else upto
    return Stretch(after, upto) if upto else None


def find_block(connection: sa.Connection, stretch: Stretch) -> tuple[Basis, tuple[str, ...]] | None:
    """What is kept of a stretch, and the roots of those who changed since. None for nothing, or while opt-outs cannot
    be told (a secret is missing): a block was made by who knew them.
    """
    columns = connection.scalar(sa.select(_T.columns).where(_T.after == stretch.after, _T.upto == stretch.upto))
    if columns is None or list_lost_keys(connection):
        return None
    root = crowd_changes.c.root_id
    changed = connection.scalars(sa.select(root).where(within(root, stretch)).order_by(root))
    return unpack(columns), tuple(changed)


def keep_block(connection: sa.Connection, stretch: Stretch, basis: Basis) -> None:
    """Keep what was read in this transaction, in the place of an older block. Writes, on SQLite."""
    if connection.dialect.name != "sqlite" or list_lost_keys(connection):
        return
    connection.execute(sa.delete(crowd_blocks).where(_T.after == stretch.after))
    connection.execute(sa.delete(crowd_changes).where(within(crowd_changes.c.root_id, stretch)))
    connection.execute(sa.insert(crowd_blocks).values(after=stretch.after, upto=stretch.upto, columns=pack(basis)))


def forget_blocks(connection: sa.Connection) -> int:
    """Keep nothing of anybody; how many blocks there were. The next campaign makes them anew. Writes."""
    connection.execute(sa.delete(crowd_changes))
    return connection.execute(sa.delete(crowd_blocks)).rowcount
