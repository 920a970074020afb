"""The console's API: segments: who is in which, what two share, how many persons a rule finds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds import lookalikes
from bot.console.deeds import segments as deeds
from bot.console.segments import Overlap
from bot.contracts.messages import Language
from bot.profile.segments.describe import describe_rule

Name = Annotated[str, Query(min_length=1, max_length=64)]


class SegmentView(BaseModel):
    """A segment; `rule` and `title` are in the reader's words, "" for a look-alike one. Numbers are null below ten."""

    name: str
    title: str
    rule: str
    persons: int | None
    entered: int | None
    left: int | None


class SegmentsView(BaseModel):
    """All of them, among so many persons; who came and went in seven days."""

    persons: int
    counted_at: datetime
    segments: Sequence[SegmentView]
    waiting: Sequence[str]  # of which the shop's file says something that is not agreed on yet


class RuleDraft(BaseModel):
    """The draft that was made, by its number, and the segment's name."""

    draft: int
    name: str


def add_segment_calls(router: APIRouter, services: Services) -> None:
    """Every call under /segments."""

    @router.get("/segments")
    def list_segments(here: Here) -> SegmentsView:
        return _read(services, here.person.language)

    @router.get("/segments/overlap")
    def show_overlap(here: Here, one: Name, other: Name) -> Overlap:
        return deeds.compare(services, one, other)

    @router.post("/segments/count", description="At most thirty in five minutes. Nothing is kept.")
    def count_rule(here: Here, asked: deeds.RuleTried) -> deeds.Counted:
        return deeds.count_rule(services, here.person, asked)

    @router.post("/segments/alike", description="At most six in five minutes, of a sample. Nothing is kept.")
    def find_alike(here: Here, asked: lookalikes.AlikeAsked) -> lookalikes.AlikeAnswer:
        return lookalikes.find_alike(services, here.person, asked)

    @router.post("/segments/draft", description="Nobody is asked yet: a draft is proposed by itself.")
    def draft_rule(here: Here, asked: lookalikes.RuleDrafted) -> RuleDraft:
        made = lookalikes.draft_rule(services, here.person, asked)
        return RuleDraft(draft=made.id, name=made.name)


def _read(services: Services, language: Language) -> SegmentsView:
    rows, persons, counted_at = deeds.survey(services)
    book = deeds.book_in_force(services).segments
    rules = {name: describe_rule(each.tree, language) for name, each in book.items()}
    titles: Mapping[str, str] = {name: each.titles.get(language, name) for name, each in book.items()}
    return SegmentsView(persons=persons, counted_at=counted_at, waiting=deeds.list_waiting(services), segments=[
        SegmentView(name=each.name, title=titles.get(each.name, ""), rule=rules.get(each.name, ""),
                    persons=each.persons, entered=each.entered, left=each.left)
        for each in rows
    ])
