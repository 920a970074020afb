"""Stage A0: words -> in which conversations customers wrote them, newest first; by an index that the database keeps.

SQLite keeps it with FTS5 and triggers, PostgreSQL with GIN over an expression (migration 0027): whatever changes or
deletes a message does so in the index too. Case and accents count for nothing, nor do signs.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox

# Without vowel signs that FTS5 parts words at, as Unicode once did: it refuses a word of two parts.
_WORD = re.compile(r"[^\W_\u19b0-\u19c9\u1cf2\u1cf3]+")
_JOINED = str.maketrans({"œ": "oe", "æ": "ae"})  # as the index has them
_MOST_WORDS = 12
_HITS = 20  # messages read for each conversation that is wanted: somebody may say it again and again
_MERGED_PAGES = 500  # of one short transaction
_INDEX = "INSERT INTO inbox_words (inbox_words, rank) VALUES ('merge', ?)"


def split_words(text: str) -> list[str]:
    """The words by which the index looks for a text: lower case, no accents, no signs. Pure."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_JOINED))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return _WORD.findall(letters)[:_MOST_WORDS]


def find_senders(connection: sa.Connection, text: str, limit: int) -> list[str]:
    """The conversations in which a customer wrote all of the words in one message, newest first.

    Of the last word its beginning is enough. Nobody for a text without words. Reads some rows for each hit.
    """
    words = split_words(text)
    if not words:
        return []
    rows = connection.execute(_MATCHING[connection.dialect.name], {
        "words": _ask(connection.dialect.name, words), "most": limit * _HITS,
    })
    return list(dict.fromkeys(row.sender_id for row in rows))[:limit]


def settle_words(store: Store) -> int:
    """Take out of SQLite's index what deleted messages said: it stands in older parts until these are merged.

    In short transactions, until one part is left; how many it took. Costs as much as the index is long. Writes.
    """
    if not store.is_sqlite:
        return 0
    merges, pages = 0, -_MERGED_PAGES  # the first call says that all parts are to become one
    while True:
        with store.write() as connection:
            driver: Any = connection.connection.driver_connection
            before = driver.total_changes
            driver.execute(_INDEX, (pages,))
            if driver.total_changes - before < 2:  # sqlite.org/fts5.html, 6.8: nothing was merged
                return merges
        merges, pages = merges + 1, _MERGED_PAGES


def _ask(dialect: str, words: Sequence[str]) -> str:
    """The words as the index takes them: letters and digits alone, so that nothing of them is an operator."""
    if dialect == "sqlite":
        return " AND ".join(f'"{each}"' for each in words) + "*"
    return " & ".join(f"'{each}'" for each in words) + ":*"


_MATCHING: Mapping[str, sa.Executable] = {
    "sqlite": sa.text(
        "SELECT inbox.sender_id FROM inbox_words CROSS JOIN inbox ON inbox.inbox_id = inbox_words.rowid "
        "WHERE inbox_words MATCH :words ORDER BY inbox_words.rowid DESC LIMIT :most"
    ),
    "postgresql": (
        sa.select(inbox.c.sender_id)
        .where(sa.func.inbox_words(inbox.c.payload).op("@@")(sa.func.to_tsquery("simple", sa.bindparam("words"))))
        .order_by(inbox.c.inbox_id.desc()).limit(sa.bindparam("most", type_=sa.Integer))
    ),
}
