"""The console's deeds: look at what was not understood, make training lines of it. For pages and the API alike.

Nothing is written into data/: whoever keeps the training lines puts the file there, by a pull request.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bot.bootstrap import Services
from bot.console.deeds.inputs import Asked, Number, Text
from bot.console.misunderstood import INTENTS, Group, group_lines, read_lines, write_training
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.contracts.messages import Language
from bot.errors import FixInput, NotFound, RateLimited
from bot.profile.rate_limits import take

MOST_LINES = 50
LOOKS, LOOK_SECONDS = 60, 300  # of one person: each reads and groups anew
_ABOUT = "misunderstood"


class Taught(Asked):
    """A line by its number, and what it means."""

    line: Number
    intent: Annotated[Text, Field(max_length=64)]


class LinesChosen(Asked):
    """Lines of one language that somebody read and found good."""

    language: Language
    lines: Annotated[tuple[Taught, ...], Field(min_length=1, max_length=MOST_LINES)]


@dataclass(frozen=True)
class Training:
    """A file as those of data/nlu."""

    name: str
    content: str


def look(services: Services, person: Person, language: Language) -> Sequence[Group]:
    """What was not understood, in groups; kept in the trail first. RateLimited after so many looks. Writes."""
    now = services.clock()
    with services.store.write() as connection:
        if not take(connection, f"console:misunderstood:{person.name}", limit=LOOKS, window_seconds=LOOK_SECONDS,
                    now=now):
            raise RateLimited("asked often enough for now", LOOK_SECONDS)
        write_trail(connection, person.name, "looked", about=_ABOUT, now=now)
    return group_lines(read_lines(services.settings, language))


def make_training(services: Services, person: Person, asked: LinesChosen) -> Training:
    """The file. FixInput for a meaning that there is not, NotFound for a line that is gone since. Writes the trail."""
    for each in asked.lines:
        if each.intent not in INTENTS:
            raise FixInput("intent", "is nothing that the bot understands")
    known = {each.line_id: each for each in read_lines(services.settings, asked.language,
                                                       [each.line for each in asked.lines])}
    if any(each.line not in known for each in asked.lines):
        raise NotFound("a line is gone since: load the page again")
    content = write_training([(each.intent, known[each.line].text) for each in asked.lines], asked.language)
    now = services.clock()
    with services.store.write() as connection:
        write_trail(connection, person.name, "trained", about=_ABOUT, note=f"{len(asked.lines)} ({asked.language})",
                    now=now)
    return Training(f"reviewed-{now:%Y-%m-%d}.{asked.language}.yml", content)
