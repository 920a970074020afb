"""The console's API: what was not understood, and training lines made of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds import training as deeds
from bot.contracts.messages import Language


class LineView(BaseModel):
    """A line without addresses, links and longer numbers; `is_cut` where one stood."""

    line: int
    at: datetime
    text: str
    is_cut: bool


class GroupView(BaseModel):
    """Lines that are alike, the newest of each wording; `nearest`: intent -> mean chance."""

    count: int
    nearest: Mapping[str, float]
    lines: Sequence[LineView]


def add_training_calls(router: APIRouter, services: Services) -> None:
    """Every call under /misunderstood."""

    @router.get("/misunderstood", description="Groups of lines that are alike, the largest first.")
    def list_misunderstood(here: Here, language: Language = "fr") -> Sequence[GroupView]:
        return [
            GroupView(count=each.count, nearest=dict(each.nearest), lines=[
                LineView(line=line.line_id, at=line.at, text=line.text, is_cut=line.is_cut) for line in each.lines
            ]) for each in deeds.look(services, here.person, language)
        ]

    @router.post("/misunderstood/training", description="A file as those of data/nlu; nothing is written there.")
    def make_training(here: Here, asked: deeds.LinesChosen) -> deeds.Training:
        return deeds.make_training(services, here.person, asked)
