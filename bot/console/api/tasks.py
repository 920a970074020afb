"""The console's API: what the lists ask somebody to do: say who is one person, send again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds import tasks
from bot.console.deeds.inputs import MOST_NUMBER

Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]


class Decided(BaseModel):
    """A review that somebody decided; `merge` null where nothing was merged."""

    review: int
    answer: Literal["accept", "refuse"]
    merge: int | None


class Waiting(BaseModel):
    """A message that waits to leave again."""

    letter: int


def add_task_calls(router: APIRouter, services: Services) -> None:
    """What is decided of a row of a list."""

    @router.post("/reviews/{review}", description="Two profiles are one person, or are two for good.")
    def decide_review(review: Number, here: Here, asked: tasks.ReviewDecided) -> Decided:
        merge = tasks.decide_review(services, here.person, review, asked)
        return Decided(review=review, answer=asked.answer, merge=merge)

    @router.post("/letters/{letter}/again", description="What may have left, and codes, are never sent again.")
    def send_again(letter: Number, here: Here) -> Waiting:
        tasks.send_again(services, here.person, letter)
        return Waiting(letter=letter)
