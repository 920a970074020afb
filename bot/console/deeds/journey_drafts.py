"""The console's deeds: other messages in the draft of a journey that a person is writing, else in a new one."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.bootstrap import Services
from bot.charter.drafts import Draft, list_drafts
from bot.console.deeds import drafts as drafting
from bot.console.deeds.drafts import DraftChanged, DraftMade
from bot.console.people import Person
from bot.decision.tables import write_table
from bot.decision.triggers import Trigger
from bot.errors import Conflict

Messages = list[dict[str, Any]]


def change_messages(
    services: Services, person: Person, trigger: Trigger, why: str, change: Callable[[Messages], Messages]
) -> Draft:
    """The draft with what `change` makes of its messages. Conflict where they are none that it could read. Writes."""
    with services.store.read() as connection:
        open_drafts = list_drafts(connection, kind="journey", name=trigger.name, states=("draft",))
    mine = next((each for each in open_drafts if each.made_by == person.name), None)
    body = dict(mine.body) if mine else write_table(trigger)
    known = body.get("messages", [])
    if not isinstance(known, list) or not all(isinstance(each, Mapping) for each in known):
        raise Conflict("your draft of it holds messages that no file could: mend it, or drop it, first")
    body["messages"] = change(known)
    if mine is None:
        return drafting.make(services, person, DraftMade(kind="journey", name=trigger.name, body=body, why=why))
    asked = DraftChanged(body=body, why=why, revision=mine.revision)
    return drafting.change(services, person, mine.id, asked, is_compared=False)
