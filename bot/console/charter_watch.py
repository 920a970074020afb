"""The console: what the shop's files say now, beside what was agreed -> changes that wait for the three parts."""

from collections.abc import Mapping

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.agreement import Changes, compare
from bot.charter.book import Charter, Subject
from bot.charter.content import Content, dump_contents, name_content
from bot.charter.kept import (
    AGREED,
    WAITS,
    WITHDRAWN,
    Proposal,
    lock_charter,
    propose,
    read_agreed,
    read_waiting,
    settle,
)
from bot.console.trail import write_trail

FILES = "charter"  # who proposes and withdraws what stands in files
_RESUME = "resume:"


def note_changes(services: Services) -> int:
    """One pass: propose what differs from what was agreed, withdraw what the files say no more; how many. Writes.

    A charter that comes into force agrees to everything as it is: introducing it stops nothing.
    """
    if services.charter is None:
        return 0
    wanted = dump_contents(services.triggers, services.guardrails)
    with services.store.read() as connection:  # a pass that finds nothing takes no writer's lock
        if _is_as_written(wanted, read_agreed(connection), read_waiting(connection)):
            return 0
    with services.store.write() as connection:
        lock_charter(connection)
        agreed, waiting = read_agreed(connection), read_waiting(connection)
        if not agreed:
            _adopt(connection, services, wanted)
            return len(wanted)
        changes = _compare(wanted, agreed, waiting)
        _write_down(connection, services, services.charter, changes, wanted, waiting)
        return len(changes.propose) + len(changes.withdraw)


def _is_as_written(
    wanted: Mapping[Subject, Content], agreed: Mapping[Subject, Content], waiting: list[Proposal]
) -> bool:
    return bool(agreed) and _compare(wanted, agreed, waiting) == Changes((), ())


def _compare(wanted: Mapping[Subject, Content], agreed: Mapping[Subject, Content], waiting: list[Proposal]) -> Changes:
    def names(contents: Mapping[Subject, Content]) -> dict[Subject, str]:
        return {subject: name_content(subject, content) for subject, content in contents.items()}

    written = {each.subject: each.content for each in waiting if not each.subject.startswith(_RESUME)}
    return compare(names(wanted), names(agreed), names(written))


def _adopt(connection: sa.Connection, services: Services, wanted: Mapping[Subject, Content]) -> None:
    now = services.clock()
    for subject, content in wanted.items():
        propose(connection, subject, content, by=FILES, reason="", now=now, due_at=now, state=AGREED)
    write_trail(connection, FILES, "adopted", about="charter", now=now)


def _write_down(
    connection: sa.Connection, services: Services, charter: Charter, changes: Changes,
    wanted: Mapping[Subject, Content], waiting: list[Proposal],
) -> None:
    now = services.clock()
    for each in waiting:
        if each.subject in changes.withdraw:
            settle(connection, each.id, WITHDRAWN, now)
            write_trail(connection, FILES, "withdrawn", about=each.subject, now=now)
    for subject in changes.propose:
        propose(
            connection, subject, wanted[subject], by=FILES, reason="", now=now, due_at=now + charter.deadline,
            state=WAITS,
        )
        write_trail(connection, FILES, "proposed", about=subject, now=now)
