"""The console's deeds: ask that a journey goes on after a rest; take back that, or that something ends or begins again.

For pages and the API alike.
"""

from datetime import datetime

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.agreement import RESUME
from bot.charter.book import Charter, Subject
from bot.charter.ending import PREFIX as END
from bot.charter.kept import WITHDRAWN, lock_charter, read_waiting, settle
from bot.console.deeds.charter import ask_the_three, require_charter
from bot.console.deeds.inputs import Asked, Number
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import FixInput, NotFound

ASKED = (RESUME, END)  # before a subject whose change is asked for in a sentence: nobody drafts it


class ResumptionTakenBack(Asked):
    """That a journey goes on, or that something ends, is asked no more. A draft is taken back by itself, who yields by
    the other word.
    """

    proposal: Number


def propose_resumption(
    connection: sa.Connection, charter: Charter, journey: str, by: str, reason: str, now: datetime,
    *, is_signed_in: bool,
) -> bool:
    """Ask the three parts to let a journey go on; False where it is asked already. Writes."""
    lock_charter(connection)
    subject = Subject(f"{RESUME}{journey}")
    if any(each.subject == subject for each in read_waiting(connection)):
        return False
    ask_the_three(connection, charter, subject, {}, by=by, reason=reason, now=now, is_signed_in=is_signed_in)
    return True


def take_back_resumption(services: Services, person: Person, asked: ResumptionTakenBack) -> None:
    """Ask nobody any more; it stays as it is. NotFound for what waits no more, FixInput for another change. Writes."""
    require_charter(services)
    now = services.clock()
    with services.store.write() as connection:
        lock_charter(connection)
        found = next((each for each in read_waiting(connection) if each.id == asked.proposal), None)
        if found is None:
            raise NotFound("that waits no more: load the page again")
        if not found.subject.startswith(ASKED):
            raise FixInput("proposal", "is neither a journey's going on nor an end: it is taken back where it was made")
        settle(connection, found.id, WITHDRAWN, now)
        write_trail(connection, person.name, "withdrawn", about=found.subject, now=now)
