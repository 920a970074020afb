"""Log files: they hold ids only (promise 8). Lines with a person's ids are made unreadable where they stand.

In place and of the same length: the processes that write these files hold them open, and would go on writing into
a file that was replaced. A line of several ids goes whole; of one that tells of a batch of messages, the person's
numbers go.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bot.privacy.handlers.base import Exported, OutsideHandler
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject

_COLOUR = rb"(?:\x1b\[[0-9;]*m)*"
_NUMBERED = re.compile(
    rb"(?:\b|\x1b\[[0-9;]*m)(inbox_id|outbox_id|wait_id)[\"']?" + _COLOUR + rb"\s*[=:]\s*" + _COLOUR + rb"(\d+)"
)
_LISTED = re.compile(rb"outbox_ids[^\[{]*[\[{]([^\]}]*)[\]}]")
_NUMBER = re.compile(rb"\b\d+\b")
_COVER = b"."


class LogsPrivacyHandler(OutsideHandler):
    """Every file of the log folder."""

    name = "logs"
    title = "Lines in our logs"

    def export(self, services: PrivacyServices, subject: Subject) -> Exported:
        """The lines as they stand: names of what was done, and numbers."""
        found = [
            {"file": path.name, "line": part.decode("utf-8", "replace").rstrip()}
            for path in list_logs(services.log_folder) for _, part in find_parts(path, subject)
        ]
        return {"lines": found}

    def erase(self, services: PrivacyServices, subject: Subject, *, keeps_account: bool) -> int:
        """Cover every line that has one of the person's ids; how many. Writes."""
        return sum(cover_lines(path, subject) for path in list_logs(services.log_folder))


def list_logs(folder: Path) -> list[Path]:
    """The log files; none where nothing ran yet."""
    return sorted(path for path in folder.glob("**/*.log*") if path.is_file()) if folder.is_dir() else []


def cover_lines(path: Path, subject: Subject) -> int:
    """Overwrite what one file says of the person with dots; in how many places. Writes."""
    places = [(start, len(part.rstrip(b"\r\n"))) for start, part in find_parts(path, subject)]
    if places:
        with path.open("r+b") as file:
            for start, length in places:
                file.seek(start)
                file.write(_COVER * length)
    return len(places)


def find_parts(path: Path, subject: Subject) -> Iterator[tuple[int, bytes]]:
    """Every line with an id of the person, or the person's numbers in the line of a batch, and where each begins."""
    marks = [each.encode() for each in subject.marks]
    numbers = {
        b"inbox_id": {str(each).encode() for each in subject.inbox_ids},
        b"outbox_id": {str(each).encode() for each in subject.outbox_ids},
        b"wait_id": {str(each).encode() for each in subject.wait_ids},
    }
    start = 0
    with path.open("rb") as file:
        for line in file:
            if any(each in line for each in marks) or any(
                number in numbers[name] for name, number in _NUMBERED.findall(line)
            ):
                yield start, line
            else:
                for place, number in _find_listed(line):
                    if number in numbers[b"outbox_id"]:
                        yield start + place, number
            start += len(line)


def _find_listed(line: bytes) -> Iterator[tuple[int, bytes]]:
    """The numbers of a batch, and where in the line each stands."""
    for batch in _LISTED.finditer(line):
        for number in _NUMBER.finditer(batch[1]):
            yield batch.start(1) + number.start(), number[0]
