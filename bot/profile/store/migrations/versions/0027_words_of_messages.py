"""What the console looks for in a large store: words that customers wrote, in all messages; who waits, by journey.

The database keeps the words: triggers on SQLite, an expression on PostgreSQL. So what is erased, masked or put right
in a message is so in the index. Whoever writes `inbox` anew on SQLite takes its triggers away: make them again there.
"""

from alembic import op

revision = "0027"
down_revision = "0026"

# Words and numbers of messages, no places within them; the texts stay where they are.
_OPTIONS = (
    "text, content='inbox_texts', content_rowid='inbox_id', detail='none', columnsize=0, "
    "tokenize='unicode61 remove_diacritics 2'"
)
_JOINED = (("œ", "oe"), ("Œ", "oe"), ("æ", "ae"), ("Æ", "ae"))
_MOST_CHARACTERS = 20_000  # a letter with all that it answers to
_FOLDED = (
    f"left(regexp_replace(regexp_replace(normalize({{text}}, NFKD), U&'[\\0300-\\036F]', '', 'g'), "
    f"'[^[:alnum:]]+', ' ', 'g'), {_MOST_CHARACTERS})"
)


def upgrade() -> None:
    """Make the indexes of what is there, and what keeps them."""
    _index_waits("state", "due_at", "trigger")
    if op.get_bind().dialect.name == "sqlite":
        texts = f"SELECT inbox_id, {_text_of('payload')} AS text FROM inbox"  # noqa: S608  # words of this file alone
        op.execute(f"CREATE VIEW inbox_texts AS {texts}")
        op.execute(f"CREATE VIRTUAL TABLE inbox_words USING fts5({_OPTIONS})")
        op.execute("INSERT INTO inbox_words (inbox_words) VALUES ('rebuild')")
        for what, steps in (("INSERT", (_put(),)), ("DELETE", (_take(),)), ("UPDATE OF payload", (_take(), _put()))):
            name = what.partition(" ")[0].lower()
            op.execute(f"CREATE TRIGGER inbox_words_{name} AFTER {what} ON inbox BEGIN {' '.join(steps)} END")
        return
    text = _FOLDED.format(text=_replaced("coalesce($1 ->> 'text', '')"))
    op.execute("CREATE FUNCTION inbox_words(json) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS "
               f"$words$ SELECT to_tsvector('simple', {text}) $words$")
    op.execute("CREATE INDEX ix_inbox_words ON inbox USING gin (inbox_words(payload))")


def downgrade() -> None:
    """Take them away."""
    _index_waits("state", "due_at")
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER inbox_words_{name}")
        op.execute("DROP TABLE inbox_words")
        op.execute("DROP VIEW inbox_texts")
        return
    op.execute("DROP INDEX ix_inbox_words")
    op.execute("DROP FUNCTION inbox_words(json)")


def _index_waits(*columns: str) -> None:
    op.drop_index("ix_waits_due", "waits")
    op.create_index("ix_waits_due", "waits", list(columns))


def _put() -> str:
    return f"INSERT INTO inbox_words (rowid, text) VALUES (NEW.inbox_id, {_text_of('NEW.payload')});"  # noqa: S608


def _take() -> str:
    return ("INSERT INTO inbox_words (inbox_words, rowid, text) "  # noqa: S608
            f"VALUES ('delete', OLD.inbox_id, {_text_of('OLD.payload')});")


def _text_of(payload: str) -> str:
    return f"substr({_replaced(f"coalesce(json_extract({payload}, '$.text'), '')")}, 1, {_MOST_CHARACTERS})"


def _replaced(text: str) -> str:
    for joined, letters in _JOINED:
        text = f"replace({text}, '{joined}', '{letters}')"
    return text
