"""The console: what the shop's files say now, beside what was agreed -> changes that wait for the three parts."""

from collections.abc import Mapping

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.agreement import RESUME, Changes, compare, list_differences
from bot.charter.book import ALARMS, Charter, Subject
from bot.charter.content import Content, dump_contents, name_content, stand_in
from bot.charter.ending import PREFIX as END
from bot.charter.kept import (
    AGREED,
    FILES,
    TOLD,
    WAITS,
    WITHDRAWN,
    Proposal,
    Standing,
    keep_known,
    lock_charter,
    propose,
    read_known,
    read_standing,
    read_told,
    read_waiting,
    settle,
)
from bot.charter.outside import list_rules
from bot.charter.yielding import take_back_missing
from bot.console.deeds.yields import withdraw_of_gone
from bot.console.trail import write_trail

# What charters knew nothing of when they began: agreed to as it is, once.
_LATER = ("tone", "offer", "goal", "segment", "alarms")


def note_changes(services: Services) -> int:
    """One pass: propose what differs from what was agreed, withdraw what the files say no more; how many. Writes.

    A charter that comes into force agrees to everything as it is: introducing it stops nothing. What files say that
    nobody agrees on is in force already; the trail tells what changed.
    """
    if services.charter is None:
        return 0
    _tell_rules(services)
    written = dump_contents(services)
    with services.store.read() as connection:  # a pass that finds nothing takes no writer's lock
        standing, knows_all = read_standing(connection), not _list_unheard(connection)
        if knows_all and _is_as_written(_with_ends(written, standing), standing, _read_of_files(connection)):
            return 0
    with services.store.write() as connection:
        lock_charter(connection)
        standing, waiting = read_standing(connection), _read_of_files(connection)
        unheard = _list_unheard(connection)
        keep_known(connection, _LATER)
        if not standing:
            _adopt(connection, services, written, "charter")
            return len(written)
        if new := {each: written[each] for each in written if _kind_of(each) in unheard and each not in standing}:
            _adopt(connection, services, new, *sorted({ALARMS if each == ALARMS else "charter" for each in new}))
            return len(new)
        written = _with_ends(written, standing)
        caught_up, changes = _list_caught_up(written, standing), _compare(written, standing, waiting)
        _take_in(connection, services, caught_up)
        _write_down(connection, services, services.charter, changes, written, waiting)
        return len(caught_up) + len(changes.propose) + len(changes.withdraw)


def _tell_rules(services: Services) -> None:
    """Keep in the trail what changed of the rules that nobody agrees on, from what to what. Writes.

    A charter that begins says that everything is as it was; one that began before files were told of says it of each.
    """
    rules = list_rules(services)
    with services.store.read() as connection:
        if read_told(connection) == rules:
            return
    now = services.clock()
    with services.store.write() as connection:
        lock_charter(connection)
        told, is_begun = read_told(connection), bool(read_standing(connection))
        for file, found in rules.items():
            if told.get(file) == found:
                continue
            propose(connection, Subject(file), found, by=FILES, reason="", now=now, due_at=now, state=TOLD)
            if file not in told and is_begun:
                write_trail(connection, FILES, "adopted", about=file, now=now)
            for each in list_differences(told[file], found) if file in told else ():
                note = f"{each.place}: {each.before or '–'} → {each.after or '–'}"
                write_trail(connection, FILES, "rule", about=file, note=note, now=now)


def _list_unheard(connection: sa.Connection) -> list[str]:
    known = read_known(connection)
    return [each for each in _LATER if each not in known]


def _kind_of(subject: Subject) -> str:
    return subject.partition(":")[0]


def _read_of_files(connection: sa.Connection) -> list[Proposal]:
    """What waits because a file says so; what somebody drafted, or asked for, is theirs to take back."""
    asked = (RESUME, END)
    return [each for each in read_waiting(connection) if not each.is_drafted and not each.subject.startswith(asked)]


def _with_ends(
    written: Mapping[Subject, Content], standing: Mapping[Subject, Standing]
) -> dict[Subject, Content]:
    """What the files say, and what they say no more that has to be agreed on to end: another journey speaks then."""
    of_files = {subject: each.content for subject, each in standing.items() if each.content == each.of_file}
    return {**written, **take_back_missing(written, of_files)}


def _is_as_written(
    written: Mapping[Subject, Content], standing: Mapping[Subject, Standing], waiting: list[Proposal]
) -> bool:
    if not standing or _list_caught_up(written, standing):
        return False
    return _compare(written, standing, waiting) == Changes((), ())


def _list_caught_up(
    written: Mapping[Subject, Content], standing: Mapping[Subject, Standing]
) -> dict[Subject, Content]:
    """What was drafted and agreed on, and is now what a file says too: from here on it goes as the file goes."""
    def is_taken_in(subject: Subject, content: Content) -> bool:
        each = standing.get(subject)
        if each is None:
            return False
        name = name_content(subject, content)
        is_known = each.of_file is not None and name_content(subject, each.of_file) == name
        return not is_known and name_content(subject, each.content) == name

    return {subject: content for subject, content in written.items() if is_taken_in(subject, content)}


def _compare(
    written: Mapping[Subject, Content], standing: Mapping[Subject, Standing], waiting: list[Proposal]
) -> Changes:
    def names(contents: Mapping[Subject, Content]) -> dict[Subject, str]:
        return {subject: name_content(subject, content) for subject, content in contents.items()}

    agreed = {subject: each.content for subject, each in standing.items()}
    of_files = {subject: each.of_file for subject, each in standing.items() if each.of_file is not None}
    proposed = {each.subject: each.content for each in waiting}
    return compare(names(stand_in(written, agreed, of_files)), names(agreed), names(proposed))


def _adopt(connection: sa.Connection, services: Services, wanted: Mapping[Subject, Content], *about: str) -> None:
    now = services.clock()
    for subject, content in wanted.items():
        propose(connection, subject, content, by=FILES, reason="", now=now, due_at=now, state=AGREED)
    for each in about:
        write_trail(connection, FILES, "adopted", about=each, now=now)


def _take_in(connection: sa.Connection, services: Services, caught_up: Mapping[Subject, Content]) -> None:
    now = services.clock()
    for subject, content in caught_up.items():
        propose(connection, subject, content, by=FILES, reason="", now=now, due_at=now, state=AGREED)
        write_trail(connection, FILES, "taken_in", about=subject, now=now)


def _write_down(
    connection: sa.Connection, services: Services, charter: Charter, changes: Changes,
    wanted: Mapping[Subject, Content], waiting: list[Proposal],
) -> None:
    now = services.clock()
    for each in waiting:
        if each.subject in changes.withdraw:
            settle(connection, each.id, WITHDRAWN, now)
            write_trail(connection, FILES, "withdrawn", about=each.subject, now=now)
            kind, _, name = each.subject.partition(":")
            if kind == "journey" and each.subject not in wanted:
                withdraw_of_gone(connection, services, name, FILES, now)
    for subject in changes.propose:
        propose(
            connection, subject, wanted[subject], by=FILES, reason="", now=now, due_at=now + charter.deadline,
            state=WAITS,
        )
        write_trail(connection, FILES, "proposed", about=subject, now=now)
