"""Stage 4: `POST /api/decisions`, which the shop's own pages and apps ask what to show. `site` serves it.

Who asks is recognised as by the collector: the key that every page shows, or the one that only the shop's servers
know. Whom it is about is what the shop signed (`token`), a server says (`userId`), or the browser's own id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.caller import name_caller
from bot.contracts.messages import LANGUAGES
from bot.decision.explain import explain_reasons
from bot.errors import FixInput, NotAllowed, NotFound, RateLimited, RetryLater
from bot.intake.bodies import TooLarge, read_json
from bot.intake.limits import FixedWindow
from bot.intake.proof import Sender, WriteKeys, read_widget_token
from bot.nudges.placements import Placement, confirm_shown, decide_placement
from bot.nudges.services import NudgeServices
from bot.profile.customers import find_customer

PATH = "/api/decisions"
MAX_BYTES = 16_000
MOST_JOURNEYS = 20
PAGE_CALLS_A_MINUTE, SERVER_CALLS_A_MINUTE = 600, 60_000  # of one address; of the server's key
_LONGEST = 320
_HEADERS = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type", "Access-Control-Max-Age": "86400",
    "Cache-Control": "no-store",
}
Answer = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call that was recognised: who asks, about whom, and what."""

    sender: Sender
    proven_ref: str  # the shop's customer who is proven to be there; "" nobody
    anonymous_id: str
    body: Mapping[str, Any]

    @property
    def may_hear_why(self) -> bool:
        """What holds messages back tells something of the person: only themselves and the shop may hear it."""
        return self.sender == "server" or bool(self.proven_ref)


def build_placement_router(
    services: NudgeServices, *, page_calls_a_minute: int = PAGE_CALLS_A_MINUTE,
    in_force: Callable[[], NudgeServices] | None = None,
) -> APIRouter:
    """The calls under PATH. FixConfiguration when a key could be guessed. Opens nothing until the first call.

    `in_force` gives the services as they are agreed on at the moment of a call; left out, they stay as they are.
    """
    desk = _Desk(services, page_calls_a_minute, in_force or (lambda: services))
    router = APIRouter(include_in_schema=False)

    @router.options(PATH)
    @router.options(f"{PATH}/{{decision_id}}/shown")
    def allow() -> Response:
        return Response(status_code=204, headers=_HEADERS)

    @router.post(PATH)
    async def decide(request: Request) -> Response:
        return await desk.answer(request, desk.decide)

    @router.post(f"{PATH}/{{decision_id}}/shown")
    async def shown(request: Request, decision_id: int) -> Response:
        return await desk.answer(request, lambda call: desk.confirm(call, decision_id))

    return router


class _Desk:
    """What the calls share."""

    def __init__(
        self, services: NudgeServices, page_calls_a_minute: int, in_force: Callable[[], NudgeServices]
    ) -> None:
        self._services, self._in_force = services, in_force
        self._keys = WriteKeys.from_settings(services.settings)
        self._limits = {"page": FixedWindow(page_calls_a_minute, 60), "server": FixedWindow(SERVER_CALLS_A_MINUTE, 60)}

    async def answer(self, request: Request, act: Callable[[Call], tuple[int, Answer]]) -> Response:
        """Recognise the caller on the event loop; everything that reads or writes runs in a thread."""
        try:
            body = await read_json(request.headers, request.receive, max_bytes=MAX_BYTES)
            call = self._recognise(request, body)
            status, answer = await run_in_threadpool(act, call)
        except TooLarge as error:
            status, answer = 413, {"message": error.message}
        except NotAllowed as error:
            status, answer = 401, {"message": str(error)}
        except FixInput as error:
            status, answer = 400, {"field": error.field, "message": error.message}
        except NotFound:
            status, answer = 404, {"message": "there is no such decision, or it is too old"}
        except RateLimited as error:
            return _respond(429, {"message": str(error)}, error.retry_after_seconds)
        except RetryLater:
            return _respond(503, {"message": "the shop does not answer"}, 1)
        return _respond(status, answer)

    def decide(self, call: Call) -> tuple[int, Answer]:
        """What to show."""
        journeys, refs, language = _read_names(call.body, "journeys"), _read_refs(call.body), _language(call.body)
        root = self._find(call)
        if root is None:
            return 200, {"decision": None, "chosen": None}
        rng = np.random.default_rng()  # one for each call: they run in threads
        placement = decide_placement(self._in_force(), root, journeys, refs, self._services.clock(), rng, language)
        told = _tell_chosen(placement)
        if call.may_hear_why:
            told["considered"] = _tell_considered(placement)
        return 200, told

    def confirm(self, call: Call, decision_id: int) -> tuple[int, Answer]:
        """It is on the screen, if it may be."""
        root = self._find(call)
        if root is None:
            raise NotFound(f"decision {decision_id}")
        refs, language = _read_refs(call.body), _language(call.body)
        found = confirm_shown(self._in_force(), root, decision_id, refs, self._services.clock(), language)
        if not found.held:
            return 200, {"shown": True}
        why = {"held": found.held, "why": explain_reasons(found.held, found.language)} if call.may_hear_why else {}
        return 409, {"shown": False, **why}

    def _recognise(self, request: Request, body: dict[str, Any]) -> Call:
        sender = self._keys.recognise(request.headers, body)
        address = name_caller(request)
        key = address if sender == "page" else "server"
        if not self._limits[sender].take(key, 1, self._services.clock()):
            raise RateLimited("too many calls", retry_after_seconds=60)
        token = _text(body, "token")
        proven = _text(body, "userId") if sender == "server" else ""
        proven = proven or read_widget_token(token, self._services.settings.widget_secret)
        if token and not proven:
            raise NotAllowed("token", "the token is false or has run out")
        return Call(sender, proven, _text(body, "anonymousId"), body)

    def _find(self, call: Call) -> str | None:
        kind, value = ("customer_id", call.proven_ref) if call.proven_ref else ("anonymous_id", call.anonymous_id)
        if not value:
            raise FixInput("anonymousId", "is missing: whom is it about? (userId from a server, or a token)")
        with self._services.store.read() as connection:
            return find_customer(connection, kind, value)


def _tell_chosen(placement: Placement) -> Answer:
    chosen = placement.chosen
    if chosen is None or placement.message is None or chosen.decided.candidate is None:
        return {"decision": None, "chosen": None}
    return {
        "decision": chosen.decision_id, "probability": chosen.decided.probability,
        "chosen": {"journey": chosen.nudge.partition(":")[0], "offer": chosen.decided.wish.facts.get("offer", ""),
                   "variant": chosen.decided.candidate.variant, "message": placement.message.to_json()},
    }


def _tell_considered(placement: Placement) -> list[Answer]:
    return [
        {"journey": each.nudge, "name": candidate["name"], "value": candidate["value"],
         "probability": candidate["probability"], "held": candidate["held"],
         "why": explain_reasons(candidate["held"], placement.language, candidate.get("figures") or {}),
         **({"net_minor": candidate["net_minor"]} if "net_minor" in candidate else {})}
        for each in placement.considered for candidate in each.decided.candidates
    ]


def _read_names(body: Mapping[str, Any], field: str) -> list[str]:
    names = body.get(field)
    if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
        raise FixInput(field, "must be a list of names, the first that may be shown is")
    if len(names) > MOST_JOURNEYS:
        raise FixInput(field, f"must name at most {MOST_JOURNEYS}")
    return list(dict.fromkeys(names))


def _read_refs(body: Mapping[str, Any]) -> dict[str, str]:
    refs = body.get("refs", {})
    if not isinstance(refs, dict) or not all(isinstance(each, str) and len(each) <= _LONGEST for each in refs.values()):
        raise FixInput("refs", f"must be an object of texts of at most {_LONGEST} characters")
    return refs


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field, "")
    longest = _LONGEST if field != "token" else MAX_BYTES
    if not isinstance(value, str) or len(value) > longest:
        raise FixInput(field, f"must be a text of at most {longest} characters")
    return value


def _language(body: Mapping[str, Any]) -> str:
    """The page's: `en` of `en-GB`; "" where it says none, or one that is not ours."""
    wanted = _text(body, "language").partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else ""


def _respond(status: int, answer: Answer, retry_after_seconds: float = 0) -> Response:
    headers = {**_HEADERS, "Retry-After": str(round(retry_after_seconds))} if retry_after_seconds else _HEADERS
    return Response(orjson.dumps(answer), status, headers, media_type="application/json")
