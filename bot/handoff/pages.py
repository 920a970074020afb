"""The people's inbox under /people: who waits, what was said, an answer, and back to the bot."""

import mimetypes
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.bootstrap import Services
from bot.caller import name_caller
from bot.channels.inbox import find_message
from bot.channels.meta.files import File
from bot.channels.sent_files import MOST_FILE_BYTES, open_sources
from bot.channels.web.pictures import serve_picture
from bot.channels.windows import may_write
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import Conflict, FixConfiguration, FixInput, NotAllowed, NotFound, RetryLater
from bot.handoff.answering import MAX_ANSWER_CHARACTERS, answer, give_back, leaves_by_email, require_handoff, take
from bot.handoff.session import (
    COOKIE,
    DEMO_NAME,
    Member,
    forget_member,
    form_token,
    is_form_token,
    is_password,
    keep_member,
    new_member,
    read_member,
)
from bot.profile.conversations import get_conversation
from bot.profile.handoffs import HandoffRow, find_handoff, list_handoffs
from bot.profile.photo_wishes import is_spoken_for
from bot.profile.pictures import find_picture
from bot.profile.rate_limits import take as take_turn
from bot.service.transcript import read_transcript
from bot.texts.catalogue import format_clock, format_day, format_moment, translate

FOLDER = Path(__file__).parent
SIGN_INS, SIGN_IN_SECONDS = 10, 900  # of one address
MOST_SAID = 200
_ENDED_SHOWN = 20
_MOST_FORM_BYTES = 32_000
_LONGEST_NAME = 40
_FILES = {"people.css": "text/css", "people.js": "text/javascript"}


def build_people_router(services: Services) -> APIRouter:
    """Every page under /people. Opens nothing until the first request."""
    desk = _Desk(services)
    router = APIRouter(prefix="/people", include_in_schema=False)
    here: Member = Depends(desk.member)
    sent = Annotated[dict[str, str], Depends(desk.form)]

    @router.get("/static/{name}")
    def give_file(name: str) -> Response:
        if name not in _FILES:
            raise HTTPException(404)
        return FileResponse(FOLDER / "static" / name, media_type=_FILES[name])

    @router.get("/sign-in")
    def show_door(request: Request) -> Response:
        return desk.door(_language(request))

    @router.post("/sign-in")
    def enter(request: Request, form: Annotated[dict[str, str], Depends(desk.open_form)]) -> Response:
        return desk.enter(request, form)

    @router.post("/sign-out")
    def leave(form: sent) -> Response:
        response = RedirectResponse("/people/sign-in", 303)
        forget_member(response)
        return response

    @router.get("")
    def show_list(member: Member = here) -> Response:
        return desk.page(member, "inbox.html", chosen=None)

    @router.post("/language")
    def speak(form: sent, member: Member = here) -> Response:
        language: Language = "en" if form.get("language") == "en" else "fr"
        response = RedirectResponse("/people", 303)
        keep_member(response, Member(member.id, member.name, language), services.settings, services.clock())
        return response

    @router.get("/list")
    def give_list(member: Member = here) -> Response:
        return desk.page(member, "_list.html", chosen=None)

    @router.get("/{handoff_id}")
    def show_talk(handoff_id: int, member: Member = here, problem: str = "") -> Response:
        return desk.page(member, "inbox.html", chosen=handoff_id, problem=problem)

    @router.get("/{handoff_id}/talk")
    def give_talk(handoff_id: int, member: Member = here) -> Response:
        return desk.page(member, "_talk.html", chosen=handoff_id)

    @router.get("/{handoff_id}/pictures/{picture_id}")
    def give_picture(handoff_id: int, picture_id: str, _: Member = here) -> Response:
        return desk.picture(handoff_id, picture_id)

    @router.get("/{handoff_id}/files/{position}")
    def give_sent_file(handoff_id: int, position: int, _: Member = here) -> Response:
        return desk.file(handoff_id, position)

    @router.post("/{handoff_id}/{deed}")
    def act(handoff_id: int, deed: str, form: sent, member: Member = here) -> Response:
        return desk.act(handoff_id, deed, form, member)

    return router


@cache
def _environment() -> Environment:
    """One of the process: compiling a page costs more than filling it."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )


class _Desk:
    """What the pages share: templates, who is signed in, forms."""

    def __init__(self, services: Services) -> None:
        self.services, self.settings = services, services.settings
        self._sources = open_sources(services.settings)

    async def member(self, request: Request) -> Member:
        """Who is signed in; whoever is not is shown the door."""
        member = read_member(request.cookies.get(COOKIE, ""), self.settings, self.services.clock())
        if member is None:
            raise HTTPException(303, headers={"Location": "/people/sign-in"})
        return member

    async def form(self, request: Request) -> dict[str, str]:
        """What a form of ours sent; 403 for one that is not ours."""
        member = await self.member(request)
        form = await self.open_form(request)
        if not is_form_token(form.get("form_token", ""), member, self.settings):
            raise HTTPException(403, "this form is too old: go back, reload the page and try again")
        return form

    async def open_form(self, request: Request) -> dict[str, str]:
        """What any form sent; 413 for too much."""
        if int(request.headers.get("content-length") or _MOST_FORM_BYTES + 1) > _MOST_FORM_BYTES:
            raise HTTPException(413)
        sent = await request.form(max_files=0, max_fields=10)
        return {name: str(value) for name, value in sent.items()}

    def door(self, language: Language, problem: str = "", status: int = 200) -> Response:
        """Where people sign in."""
        return self._render(
            "door.html", language, status, problem=problem, is_open=not self.settings.people_password,
            demo_name=DEMO_NAME,
        )

    def enter(self, request: Request, form: dict[str, str]) -> Response:
        """Sign in: a name that customers read, and the password; in a demo without one, just come in."""
        language = _language(request)
        address = name_caller(request)
        now = self.services.clock()
        with self.services.store.write() as connection:
            may = take_turn(connection, f"people:sign-in:{address}", limit=SIGN_INS, window_seconds=SIGN_IN_SECONDS,
                            now=now)
        if not may:
            return self.door(language, translate(language, "Too many tries. Please wait a quarter of an hour."), 429)
        name = " ".join(form.get("name", "").split())[:_LONGEST_NAME]
        is_open = self.settings.is_demo and not self.settings.people_password
        if not name or not (is_open or is_password(form.get("password", ""), self.settings)):
            return self.door(language, translate(language, "The name or the password is missing or wrong."), 403)
        response = RedirectResponse("/people", 303)
        keep_member(response, new_member(name, language), self.settings, now)
        return response

    def act(self, handoff_id: int, deed: str, form: dict[str, str], member: Member) -> Response:
        """Take, answer or give back; what cannot be done is said on the page."""
        problem = ""
        now = self.services.clock()
        try:
            with self.services.store.write() as connection:
                row = require_handoff(connection, handoff_id)
                match deed:
                    case "take":
                        take(connection, row, member.name, now)
                    case "answer":
                        answer(connection, row, member.name, form.get("text", ""), _key(form), now)
                    case "give-back":
                        give_back(connection, row, member.name, now)
                    case _:
                        raise HTTPException(404)
        except NotFound as error:
            raise HTTPException(404) from error
        except Conflict:
            problem = "taken"
        except FixInput:
            problem = "text"
        return RedirectResponse(f"/people/{handoff_id}" + (f"?problem={problem}" if problem else ""), 303)

    def page(self, member: Member, template: str, *, chosen: int | None, problem: str = "") -> Response:
        """A page or a part of one, with the list and the chosen conversation as they are now."""
        now = self.services.clock()
        with self.services.store.read() as connection:
            waiting = list_handoffs(connection, ("waiting",))[::-1]  # who waits longest comes first
            taken = list_handoffs(connection, ("taken",))
            ended = list_handoffs(connection, ("ended",), limit=_ENDED_SHOWN)
            talk = self._read_talk(connection, chosen) if chosen is not None else {"row": None}
        return self._render(
            template, member.language, 200, member=member, waiting=waiting, taken=taken, ended=ended,
            problem=_PROBLEMS.get(problem, ""), form_token=form_token(member, self.settings), now=now,
            longest=MAX_ANSWER_CHARACTERS, **talk,
        )

    def picture(self, handoff_id: int, picture_id: str) -> Response:
        """A picture of that conversation; 404 for any other."""
        with self.services.store.read() as connection:
            row, picture = find_handoff(connection, handoff_id), find_picture(connection, picture_id)
        if row is None or picture is None or picture.sender_id != row.sender_id:
            raise HTTPException(404)
        return serve_picture(picture)

    def file(self, handoff_id: int, position: int) -> Response:
        """A file that the customer sent in that conversation, fetched from where it lies and kept nowhere."""
        with self.services.store.read() as connection:
            row = find_handoff(connection, handoff_id)
            is_hidden = row is None or is_spoken_for(connection, row.sender_id, position)
            message = find_message(connection, row.sender_id, position) if row and not is_hidden else None
        source = self._sources.get(message.channel) if message else None
        if message is None or source is None:
            raise HTTPException(404)
        media = message.page.get("media") or {}
        try:
            return serve_file(source.fetch(media, MOST_FILE_BYTES), media.get("name", ""), position)
        except (RetryLater, FixConfiguration) as error:
            raise HTTPException(503) from error
        except (NotFound, NotAllowed) as error:
            raise HTTPException(404) from error

    def _read_talk(self, connection: sa.Connection, handoff_id: int) -> dict[str, Any]:
        try:
            row: HandoffRow = require_handoff(connection, handoff_id)
        except NotFound as error:
            raise HTTPException(404) from error
        conversation = get_conversation(connection, row.sender_id)
        now = self.services.clock()
        return {
            "row": row, "said": read_transcript(connection, row.sender_id, limit=MOST_SAID),
            "is_away": leaves_by_email(row, conversation, now),
            "is_closed": conversation is not None and not may_write(
                conversation.channel, conversation.last_inbound_at, now, is_human=True
            ),
            "seen_at": conversation.last_inbound_at if conversation else None,
            "is_verified": bool(conversation and conversation.is_verified(now)),
        }

    def _render(self, template: str, language: Language, status: int, **values: Any) -> Response:
        zone = self.settings.timezone

        def t(sentence: str, **named: object) -> str:
            return translate(language, sentence, **named)

        html = _environment().get_template(template).render(
            language=language, languages=LANGUAGES, t=t, **values,
            clock=lambda at: format_clock(language, at, zone),
            moment=lambda at: format_moment(language, at, zone),
            day=lambda at: format_day(language, at, zone),
        )
        return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


_FILE_HEADERS = {
    "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
}
_PROBLEMS = {
    "taken": "Somebody else has this conversation.",
    "text": "Please write an answer of at most 4,000 characters.",
}


def serve_file(file: File, name: str, position: int) -> Response:
    """The file as an answer that a browser puts aside and opens by no program of its own."""
    ending = Path(name).suffix if name else mimetypes.guess_extension(file.content_type) or ""
    safe = "".join(sign for sign in ending if sign.isascii() and (sign.isalnum() or sign == "."))[:10]
    headers = {**_FILE_HEADERS, "Content-Disposition": f'attachment; filename="{position}{safe}"'}
    return Response(file.content, media_type="application/octet-stream", headers=headers)


def _key(form: dict[str, str]) -> str:
    """What makes an answer single however often the form is sent; a page without scripts sends it once."""
    return form.get("key", "")[:64] or uuid4().hex


def _language(request: Request) -> Language:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "fr"
