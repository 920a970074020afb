"""The console's API: conversations: how they stand, one with what was said, taken over and given back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.api.customers import Spoken
from bot.console.conversations import CURSOR, Stand, Talk, list_talks
from bot.console.deeds import conversations as deeds
from bot.console.deeds.inputs import Text
from bot.console.masking import show_words
from bot.console.roles import Role, may
from bot.contracts.messages import Language

TalkId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_READ = "GET /console/conversations/{talk}"


class TalkView(BaseModel):
    """A conversation; `talk` is "" for whoever may not read it, `stars` 0 where the customer said nothing of it."""

    talk: str
    channel: str
    language: str
    wrote_at: datetime
    stand: Stand
    taken_by: str
    messages: int
    lasted_seconds: int
    stars: int


class TalksView(BaseModel):
    """A page of them; give `earlier` as `before` for the next one, "" at the end."""

    talks: Sequence[TalkView]
    earlier: str


class TalkRead(BaseModel):
    """A conversation with its last words, and whose it is."""

    talk: TalkView
    customer: str
    said: Sequence[Spoken]


def add_conversation_calls(router: APIRouter, services: Services) -> None:
    """Every call under /conversations. Each look at what was said is kept in the trail before anything is shown."""

    @router.get("/conversations")
    def list_conversations(
        here: Here, stand: Stand | Literal[""] = "", channel: Annotated[Text, Query(max_length=20)] = "",
        language: Language | Literal[""] = "", before: Annotated[str, Query(pattern=f"^$|{CURSOR}")] = "",
        sort: Literal["", "last_word"] = "",
    ) -> TalksView:
        with services.store.read() as connection:
            talks, earlier = list_talks(connection, services.clock(), stand=stand, channel=channel,
                                        language=language, before=before, is_rising=bool(sort))
        role = here.person.role
        return TalksView(talks=[_view(role, each) for each in talks], earlier=earlier)

    @router.post("/conversations/search", description="Words stay out of paths, and so out of logs.")
    def search_words(here: Here, asked: deeds.WordsSought) -> Sequence[TalkView]:
        return [_view(here.person.role, each) for each in deeds.search(services, here.person, asked)]

    @router.get("/conversations/{talk}")
    def show_conversation(talk: TalkId, here: Here) -> TalkRead:
        return _read(services, here, talk)

    @router.post("/conversations/{talk}/take")
    def take(talk: TalkId, here: Here) -> TalkRead:
        deeds.take_over(services, here.person, talk)
        return _read(services, here, talk)

    @router.post("/conversations/{talk}/give-back")
    def give_back(talk: TalkId, here: Here) -> TalkRead:
        deeds.give_back(services, here.person, talk)
        return _read(services, here, talk)


def _read(services: Services, here: Here, sender_id: str) -> TalkRead:
    talk, root, said = deeds.read(services, here.person, sender_id)
    role = here.person.role
    return TalkRead(talk=_view(role, talk), customer=root, said=[
        Spoken(at=each.at, who=each.who, author=each.author, text=show_words(role, each.text)) for each in said
    ])


def _view(role: Role, talk: Talk) -> TalkView:
    return TalkView(
        talk=talk.sender_id if may(role, _READ) else "", channel=talk.channel, language=talk.language,
        wrote_at=talk.wrote_at, stand=talk.stand, taken_by=talk.taken_by, messages=talk.messages,
        lasted_seconds=round(talk.lasted.total_seconds()), stars=talk.stars,
    )
