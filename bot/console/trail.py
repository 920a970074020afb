"""The console: who of the shop's people did what, when, and why. Appended to; a page reads some of it by its key."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.profile.store.tables import console_trail

MOST_NOTED = 400
PAGE = 50
# The deed as it is kept -> its English sentence.
DEEDS = {
    "signed_in": "signed in",
    "refused": "was refused at the door",
    "signed_out": "signed out",
    "password": "chose a password",
    "factor_on": "added a second factor",
    "factor_off": "removed the second factor",
    "factor_reset": "lost the second factor by a command",
    "recovered": "signed in with a recovery code",
    "code_refused": "typed a wrong code at the door",
    "token_made": "made a token for a program",
    "token_revoked": "revoked a token",
    "linked": "was linked to the company’s sign-in",
    "added": "may sign in from now on",
    "removed": "may sign in no more",
    "looked": "looked at",
    "paused": "paused the journey",
    "resumed": "let the journey go on",
    "tried": "tried the journey on a day",
    "adopted": "was put in force, with everything as it was",
    "rule": "put in force, with nobody asked, another rule of",
    "taken_in": "found in the file what was drafted for",
    "drafted": "began a draft of",
    "redrafted": "changed the draft of",
    "took_back": "took a draft back from the charter, of",
    "dropped": "dropped the draft of",
    "tried_draft": "tried a draft on a day, of",
    "proposed": "proposed a change of",
    "withdrawn": "took a change back of",
    "agreed": "agreed to a change of",
    "objected": "objected to a change of",
    "live": "agreed as the last of three to a change of",
    "owner": "changed who answers for",
    "yields": "decided who yields of",
    "dismissed": "dismissed a proposal of",
    "joined": "said that two profiles are one person, in",
    "kept_apart": "said that two profiles are two people, in",
    "sent_again": "let leave again",
    "searched": "searched for a customer",
    "found": "found the customer",
    "saw": "looked at the customer",
    "read": "read the conversations of",
    "asked_now": "asked what we would say to",
    "parted": "undid a merge of",
    "searched_words": "searched the conversations by words",
    "took": "took over the conversation of",
    "gave_back": "gave back the conversation of",
    "trained": "took training lines out of",
    "exported": "took a table out of",
    "saw_rejects": "looked at the refused rows of",
    "replayed": "tried refused rows again of",
    "asked_engine": "put questions to",
    "asked_model": "asked the language model for words of",
    "kept_picture": "uploaded",
    "restored_picture": "made an earlier version the newest of",
    "removed_picture": "removed",
    "fitted": "corrected for try-on",
    "played": "played the event of",
    "wanted_past": "asked for a made-up past",
    "removed_past": "had the made-up past taken out",
    "tried_change": "tried another way of choosing for",
}


@dataclass(frozen=True)
class Entry:
    """One deed."""

    entry_id: int
    at: datetime
    person: str
    deed: str
    about: str
    note: str


def write_trail(
    connection: sa.Connection, person: str, deed: str, *, about: str = "", note: str = "", now: datetime
) -> None:
    """Keep that somebody did something; in the transaction in which it is done. Writes."""
    connection.execute(sa.insert(console_trail).values(
        at=now, person=person, deed=deed, about=about[:200], note=note[:MOST_NOTED],
    ))


@dataclass(frozen=True)
class Sought:
    """Which entries are wanted: one person's, one deed's, behind an entry; the oldest first where that is said."""

    person: str = ""
    before: int = 0
    deed: str = ""
    is_rising: bool = False

    @property
    def note(self) -> str:
        """What is kept of a look: at whose deeds, and at which."""
        return " ".join(each for each in (self.person, self.deed) if each)


_EVERYTHING = Sought()


def read_trail(connection: sa.Connection, sought: Sought = _EVERYTHING, limit: int = PAGE) -> list[Entry]:
    """A page of them, by the index of whoever, or of whatever, is asked for."""
    key = console_trail.c.entry_id
    query = sa.select(console_trail).order_by(key.asc() if sought.is_rising else key.desc()).limit(limit)
    if sought.person:
        query = query.where(console_trail.c.person == sought.person)
    if sought.deed:
        query = query.where(console_trail.c.deed == sought.deed)
    if sought.before:
        query = query.where(key > sought.before if sought.is_rising else key < sought.before)
    return [
        Entry(row.entry_id, row.at, row.person, row.deed, row.about, row.note) for row in connection.execute(query)
    ]
