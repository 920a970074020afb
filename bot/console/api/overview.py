"""The console's API: who calls, Today, the lists behind its numbers, the trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds.inputs import MOST_NUMBER, Asked, Text
from bot.console.figures import counted_at, first_day, read_days, read_worth
from bot.console.list_query import read_wanted
from bot.console.lists import LISTS, Listing
from bot.console.needs import list_needs
from bot.console.overview import Progress, Total, overlook
from bot.console.paging import Wanted, name_column
from bot.console.people import Person, set_language
from bot.console.roles import Role
from bot.console.shop_goals import goals_in_force
from bot.console.trail import Entry, Sought, read_trail, write_trail
from bot.console.words import Words
from bot.contracts.messages import Language

Period = Literal["1", "7", "30"]


class Me(BaseModel):
    """Who calls."""

    name: str
    role: Role
    language: Language


class LanguageChosen(Asked):
    """What the person reads."""

    language: Language


class Goal(BaseModel):
    """How often a goal was reached, in the period and in the one before, and how far its target is."""

    key: str
    total: Total
    target: Progress | None
    left_out: int = Field(description="Orders of the period in another currency than the shop's, which are in neither.")


class Today(BaseModel):
    """What the bot did, and what needs somebody: by the list that shows it."""

    days: int
    counted_at: datetime | None
    conversations: Total
    handed_over: Total
    sent: Total
    held: Total
    sent_by_journey: dict[str, int]
    held_because: dict[str, int]
    goals: Sequence[Goal]
    needs: dict[str, int]


class Table(BaseModel):
    """A page of a list in the reader's words. Give `after` as it is for the next one, "" at the end.

    `sorts` are the columns by which it is sorted, `filters` what else may be asked of it.
    """

    name: str
    columns: Sequence[str]
    sorts: Sequence[str]
    filters: Sequence[str]
    rows: Sequence[Sequence[str]]
    after: str


def add_overview_calls(router: APIRouter, services: Services) -> None:
    """What stands on the first pages."""

    @router.get("/me")
    def tell_me(here: Here) -> Me:
        return _tell(here.person)

    @router.put("/me/language")
    def choose_language(here: Here, asked: LanguageChosen) -> Me:
        with services.store.write() as connection:
            set_language(connection, here.person.id, asked.language)
        return Me(name=here.person.name, role=here.person.role, language=asked.language)

    @router.get("/today")
    def show_today(here: Here, days: Period = "7") -> Today:
        return _read_today(services, here.person, int(days))

    @router.get("/audit")
    def show_audit(
        here: Here, person: Annotated[Text, Query(max_length=64)] = "",
        before: Annotated[int, Query(ge=0, le=MOST_NUMBER)] = 0, deed: Annotated[Text, Query(max_length=32)] = "",
        sort: Literal["", "when"] = "",
    ) -> Sequence[Entry]:
        sought = Sought(person, before, deed, sort == "when")
        with services.store.write() as connection:
            now = services.clock()
            write_trail(connection, here.person.name, "looked", about="audit", note=sought.note, now=now)
        with services.store.read() as connection:
            return read_trail(connection, sought)

    for each in LISTS:
        _add_list(router, services, each)


def _add_list(router: APIRouter, services: Services, listing: Listing) -> None:
    @router.get(f"/lists/{listing.name}", name=f"list_{listing.name}", description=f"{listing.title}. {listing.says}")
    def show_list(here: Here, wanted: Annotated[Wanted, Depends(read_wanted)]) -> Table:
        words = Words(here.person.language, services.settings.timezone)
        with services.store.read() as connection:
            page = listing.read(connection, services, words, wanted)
        return Table(
            name=listing.name, columns=[words.say(each) for each in listing.columns], rows=page.rows, after=page.after,
            sorts=[name_column(each) for each in listing.sorts], filters=listing.filters,
        )


def _tell(person: Person) -> Me:
    return Me(name=person.name, role=person.role, language=person.language)


def _read_today(services: Services, person: Person, days: int) -> Today:
    today = services.clock().astimezone(ZoneInfo(services.settings.timezone)).date()
    goals = goals_in_force(services).goals
    with services.store.read() as connection:
        counted = read_days(connection, first_day(goals, today), today)
        worth, at = read_worth(connection), counted_at(connection, today)
        needs = {each.name: each.count for each in list_needs(connection, services, person.role)}
    seen = overlook(counted, today, days, goals, worth[0] if worth else None)
    return Today(
        days=days, counted_at=at, conversations=seen.conversations, handed_over=seen.handed_over, sent=seen.sent,
        held=seen.held, sent_by_journey=dict(seen.by_journey), held_because=dict(seen.because),
        goals=[Goal(key=each.goal.key, total=each.total, target=each.target, left_out=each.left_out)
               for each in seen.goals],
        needs=needs,
    )
