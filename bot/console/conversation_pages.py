"""The console: conversations: which there are and how they stand; one with what was said, taken over and given back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from bot.console.conversations import STANDS, list_talks
from bot.console.deeds import conversations as deeds
from bot.console.deeds.inputs import PathName, Text, read_asked
from bot.console.frame import Frame, go_to
from bot.console.masking import show_words
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.contracts.messages import LANGUAGES
from bot.errors import Conflict, FixInput, RateLimited
from bot.profile.segments.words import CHANNELS

_TOO_SHORT = "Please type at least three characters."
_TOO_OFTEN = "That was asked often enough for now. Please wait five minutes."
_NOT_YOURS = "Somebody else has this conversation."
OLDEST = "last_word"
_PATH = "/console/conversations"
_Word = Annotated[Text, Query(max_length=20)]


def build_conversation_pages(frame: Frame) -> APIRouter:
    """Every page under /console/conversations."""
    router = APIRouter(prefix=_PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_talks(
        visit: here, stand: _Word = "", channel: _Word = "", language: _Word = "",
        before: Annotated[Text, Query(max_length=90)] = "", sort: _Word = "",
    ) -> Response:
        chosen = {"stand": stand, "channel": channel, "language": language}
        return pages.show_list(visit, chosen, before, sort if sort == OLDEST else "")

    @router.post("")  # words of a customer stay out of paths, and so out of logs
    def search(visit: here, form: sent) -> Response:
        return pages.search(visit, form)

    @router.get("/{talk}")
    def show_talk(talk: PathName, visit: here) -> Response:
        return pages.show(visit, talk)

    @router.post("/{talk}/take")
    def take(talk: PathName, visit: here, form: sent) -> Response:
        return pages.take(visit, talk)

    @router.post("/{talk}/give-back")
    def give_back(talk: PathName, visit: here, form: sent) -> Response:
        deeds.give_back(frame.services, visit.person, talk)
        return go_to(f"{_PATH}/{talk}")

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show_list(self, visit: Visit, chosen: dict[str, str], before: str = "", sort: str = "") -> Response:
        """A page of them by where they stand."""
        with self._services.store.read() as connection:
            talks, after = list_talks(
                connection, self._services.clock(), before=before, is_rising=sort == OLDEST, **chosen)
        return self._show_list(visit, talks=talks, after=after, before=before, chosen=chosen, sort=sort)

    def search(self, visit: Visit, form: dict[str, str]) -> Response:
        """In which somebody said the words."""
        text, problem, status, talks = " ".join(form.get("text", "").split()), "", 200, []
        try:
            talks = list(deeds.search(self._services, visit.person, read_asked(deeds.WordsSought, form)))
        except FixInput:
            problem, status = _TOO_SHORT, 400
        except RateLimited:
            problem, status = _TOO_OFTEN, 429
        return self._show_list(visit, talks=talks, text=text, problem=problem, status=status, is_search=not problem)

    def show(self, visit: Visit, sender_id: str, *, problem: str = "", status: int = 200) -> Response:
        """One of them with its last words, kept in the trail first."""
        talk, root, said = deeds.read(self._services, visit.person, sender_id)
        return self._frame.show(
            visit, "conversation.html", here="conversations", status=status, talk=talk, customer_id=root, said=said,
            problem=problem, show_words=lambda text: show_words(visit.person.role, text),
        )

    def take(self, visit: Visit, sender_id: str) -> Response:
        """The conversation is the person's, or somebody else's already."""
        try:
            deeds.take_over(self._services, visit.person, sender_id)
        except Conflict:
            return self.show(visit, sender_id, problem=_NOT_YOURS, status=409)
        return go_to(f"{_PATH}/{sender_id}")

    def _show_list(self, visit: Visit, *, status: int = 200, **values: Any) -> Response:
        return self._frame.show(visit, "conversations.html", here="conversations", status=status, **{
            "text": "", "problem": "", "after": "", "before": "", "is_search": False, "sort": "",
            "chosen": dict.fromkeys(("stand", "channel", "language"), ""),
            "stands": STANDS, "channels": CHANNELS, "tongues": LANGUAGES,
            "least": deeds.LEAST_WORDS, "longest": deeds.MOST_WORDS,
            "reads": may(visit.person.role, f"GET {_PATH}/{{talk}}"), **values,
        })
