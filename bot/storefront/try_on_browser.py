"""What the try-on page needs where the shopper's own browser makes the picture: its script, networks, glasses and hats.

No photo comes here. What is asked for here is the same for everybody.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import requests
import structlog
from fastapi import APIRouter, Body, HTTPException, Request
from fastapi.responses import Response

from bot.bootstrap import PROJECT, Services
from bot.channels.web.assets import BUILD, FOR_EVER, serve_built
from bot.errors import NotAllowed, NotFound, RetryLater
from bot.profile.rate_limits import take
from bot.recommend.traits import colours_of, name_of
from bot.service.try_on import (
    IN_BROWSER,
    REASONS,
    Fitting,
    Visit,
    choose_consent,
    find_fitting,
    keep_answer,
    make_link,
    read_link,
)
from bot.service.wearing import sign_fitting
from bot.settings import Settings
from bot.storefront.view import shown_word
from bot.texts.catalogue import translate
from bot.tryon.record import find_usable

log = structlog.get_logger()
PARTS = BUILD / "try-on"
SCRIPT = "try-on.js"
# 'wasm-unsafe-eval' compiles the runtime's WebAssembly and evaluates no text.
SOURCES_IN_BROWSER = "script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:"
PERMISSIONS_IN_BROWSER = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}
_NETWORKS = frozenset({
    "face_detection_full_range_sparse.tflite", "face_detection_short_range.tflite", "face_landmark.tflite",
    "pose_detection.tflite", "pose_landmark_full.tflite", "selfie_segmentation.tflite",
})
_FIRST = ("face_detection_full_range_sparse.tflite", "face_landmark.tflite")  # fetched beside the script that runs them
_FIRST_OF_HATS = (*_FIRST, "selfie_segmentation.tflite")
_REASONS_HERE = {
    "not_a_photo": "This browser cannot read that file. JPEG, PNG and WebP will do.",
    "no_camera": "The camera cannot be used: it is not there, or this page may not use it. A photo will do as well.",
    "not_fetched": "What this page needs could not be fetched. Check your connection, then load the page again.",
    "no_front": "These glasses could not be fetched. Please try again.",
    "gone_front": "These glasses cannot be shown any more. Choose others, or ask me in the chat.",
}
_REASONS_OF_HATS = {
    "no_front": "This hat could not be fetched. Please try again.",
    "gone_front": "This hat cannot be shown any more. Choose another one, or ask me in the chat.",
}
_LIVE_REASONS = {
    "no_face": "I do not see your face. Please look into the camera.",
    "several_people": "There are several people before the camera. Please come before it alone.",
    "too_small": "Please come nearer.",
    "sideways": "You are seen from the side. Please face the camera.",
}
_WORDS = {
    "working": "One moment…",
    "starting": "The camera is starting…",
    "live": "This is you with the glasses on. Take the picture when you like it.",
    "done": "Here you are. The picture is on this device only: keep it if you like.",
    "label": "A simulation of the look, not of the size",
    "sent": "It is in the chat, on this device only.",
    "addShown": "To buy this one, show its picture in the chat: the button below it there adds it.",
    "addNamed": "To buy this one, name it in the chat.",
    "failed": "That did not work. Please try again.",
}
_NAMED = {  # of the pair or hat that is chosen
    "title": "Try on {product}",
    "alt": "You, with {product}: a simulation",
    "mirror": "Your camera’s picture, with {product}: a simulation",
}
_MOST_PAIRS, _MOST_HATS = 12, 6  # a hat of the demo takes half a second to draw
_SECONDS = (2, 10)
_FRONTS_A_LINK = 60  # every pair several times over; a browser keeps what it has


def build_browser_router(services: Services, parts: Path = PARTS) -> APIRouter:
    """The script and its parts, a pair of glasses, and another yes where this browser cannot do the work."""
    router = APIRouter(include_in_schema=False)
    networks = PROJECT / services.settings.try_on_models

    @router.get("/try-on-parts/{version}/{name}")
    def give_part(version: str, name: str, request: Request) -> Response:
        """A file of the build, or a network; kept by browsers, as its address changes with it."""
        folder = networks if name in _NETWORKS else parts
        if version != _version(parts, networks) or not re.fullmatch(r"[a-zA-Z_-]+\.(js|txt|wasm|tflite)", name):
            raise HTTPException(404)
        return serve_built(folder / name, request, FOR_EVER)

    @router.get("/try-on/{link}/front")
    def give_front(link: str, slug: str, colour: str = "") -> Response:
        """The picture of a pair of glasses or a hat that the page may list; X-Front says where it sits.

        410 where the link has run out, 404 where nobody may have it, 503 where it cannot be had at the moment.
        """
        now = services.clock()
        try:
            visit = read_link(services.settings, link, now)
        except NotAllowed as error:
            raise HTTPException(410) from error
        if visit.fitting.engine != IN_BROWSER:
            raise HTTPException(404)
        with services.store.write() as connection:
            key = f"try_on_front:{visit.link_id}"
            if not take(connection, key, limit=_FRONTS_A_LINK, window_seconds=86_400, now=now):
                raise HTTPException(429)
        fitting = _find_pair(services, visit, slug, colour)
        if fitting is None:
            raise HTTPException(404)
        return _fetch_front(services.settings, fitting, visit.language)

    @router.post("/try-on/{link}/agree")
    def agree(link: str, version: Annotated[str, Body(embed=True)]) -> dict[str, str]:
        """Keep the yes to the server's way, and give the page where it is done. Writes.

        `version` is of the words that the page showed; 409 where they are others now. 404 where the link has run
        out, or nobody was asked who is still there.
        """
        now = services.clock()
        try:
            visit = read_link(services.settings, link, now)
        except NotAllowed as error:
            raise HTTPException(404) from error
        if visit.asked is None:
            raise HTTPException(404)
        wording, now_asked = _ask_for_server(visit)
        if version != now_asked:
            raise HTTPException(409)
        try:
            with services.store.write() as connection:
                keep_answer(
                    connection, visit.asked, version=version, wording=wording, is_yes=True, place="page", now=now
                )
        except NotFound as error:
            raise HTTPException(404) from error
        fitting = replace(visit.fitting, engine="")
        return {"page": make_link(services.settings, fitting, visit.language, visit.link_id, now, size=visit.size)}

    return router


def describe_page(services: Services, visit: Visit) -> dict[str, Any]:
    """What the page's script is told: where its parts are, which pairs or hats there are, and what it may say."""
    language, (other_consent, other_version) = visit.language, _ask_for_server(visit)
    mode = visit.fitting.kind
    reasons = {**REASONS, **_REASONS_HERE, **(_REASONS_OF_HATS if mode == "hat" else {})}
    return {
        "mode": mode,
        "first": _FIRST_OF_HATS if mode == "hat" else _FIRST,
        "parts": f"/try-on-parts/{_version(PARTS, PROJECT / services.settings.try_on_models)}/",
        "pairs": _list_pairs(services, visit),
        "reasons": {reason: translate(language, sentence) for reason, sentence in reasons.items()},
        "live": {reason: translate(language, sentence) for reason, sentence in _LIVE_REASONS.items()},
        "words": {name: translate(language, sentence) for name, sentence in _WORDS.items()},
        "size": visit.size,
        "chats": services.settings.shop_origin_list,
        "otherConsent": other_consent,
        "otherVersion": other_version,
    }


def _ask_for_server(visit: Visit) -> tuple[str, str]:
    """The question for the server's way in the visit's language, and the version of its words."""
    sentence, version = choose_consent(replace(visit.fitting, engine=""), "web")
    return translate(visit.language, sentence, product=visit.fitting.name), version


def _list_pairs(services: Services, visit: Visit) -> list[dict[str, str]]:
    """The pair (or hat) that was asked for, whatever the commerce engine tells of it; then others of its kind."""
    asked, language = visit.fitting, visit.language
    try:
        found = list(_find_pairs(services, visit))
        words = services.commerce.vocabulary()
    except RetryLater as error:
        log.warning("pairs_not_listed", error=type(error).__name__)
        return [_describe_pair(asked, asked.colour, asked.name, language)]
    first = next((each for each in found if _piece(each) == _piece(asked)), asked)
    others = sorted((each for each in found if each is not first), key=lambda each: each.slug != asked.slug)
    shown = [first, *others][: _MOST_HATS if asked.kind == "hat" else _MOST_PAIRS]
    colours = [shown_word(words, "colour", each.colour, language) for each in shown]
    names = [asked.name, *map(_name_pair, shown[1:], colours[1:])]
    return [
        _describe_pair(each, colour, name, language) for each, colour, name in zip(shown, colours, names, strict=True)
    ]


def _find_pairs(services: Services, visit: Visit) -> Iterator[Fitting]:
    """What the shop has of the same type, in its own word, and may show in the same way."""
    asked, settings = visit.fitting, services.settings
    folder = _records_of(settings)
    found = services.commerce.search_products("", filters={"product_type": asked.product_type}, limit=_MOST_PAIRS)
    for product in found.items:
        for colour in colours_of(product) or ("",):
            record = find_usable(folder, product.slug, colour) if folder else None
            name = name_of(product, visit.language)
            fitting = find_fitting(settings, product, colour, name, record.category if record else "")
            if fitting and fitting.kind == asked.kind:
                yield fitting


def _records_of(settings: Settings) -> Path | None:
    return PROJECT / settings.try_on_records if settings.try_on_records else None


def _name_pair(fitting: Fitting, colour_name: str) -> str:
    return f"{fitting.name} ({colour_name})" if colour_name else fitting.name


def _piece(fitting: Fitting) -> tuple[str, str]:
    return fitting.slug, fitting.colour


def _describe_pair(fitting: Fitting, colour_name: str, name: str, language: str) -> dict[str, str]:
    """As the page shows it; `name` is what it is called in sentences."""
    said = {part: translate(language, sentence, product=name) for part, sentence in _NAMED.items()}
    return {
        "product": fitting.product_ref, "slug": fitting.slug, "name": fitting.name, "colour": fitting.colour,
        "colourName": colour_name, **said,
    }


def _find_pair(services: Services, visit: Visit, slug: str, colour: str) -> Fitting | None:
    """What the page asks for, if the shop has it: what is drawn takes half a second and is kept, so nobody makes up
    more than there is. HTTPException where the commerce engine does not say.
    """
    asked, folder = visit.fitting, _records_of(services.settings)
    wanted = replace(asked, slug=slug, colour=colour)
    if wanted == asked:
        return asked
    if folder:
        record = find_usable(folder, slug, colour)
        return wanted if record and record.category == asked.kind else None
    try:
        return wanted if any(_piece(each) == (slug, colour) for each in _find_pairs(services, visit)) else None
    except RetryLater as error:
        raise HTTPException(503) from error


def _fetch_front(settings: Settings, fitting: Fitting, language: str) -> Response:
    signed = sign_fitting(settings, fitting, language)
    try:
        answer = requests.get(f"{settings.try_on_url}/front", headers=signed, timeout=_SECONDS)
    except requests.RequestException as error:
        log.warning("try_on_unavailable", error=type(error).__name__)
        raise HTTPException(503) from error
    if answer.status_code == requests.codes.not_found:  # its record was taken away since the link was made
        raise HTTPException(404)
    if answer.status_code != requests.codes.ok:
        log.warning("front_not_made", status=answer.status_code)
        raise HTTPException(503)
    headers = {"X-Front": answer.headers["x-front"], "Cache-Control": "private, max-age=900"}
    return Response(answer.content, media_type="image/png", headers=headers)


@cache
def _version(parts: Path, networks: Path) -> str:
    """Another one for every build and every set of networks."""
    files = sorted([*parts.glob("*.*"), *networks.glob("*.tflite")])
    told = "".join(f"{each.name} {each.stat().st_size}\n" for each in files).encode()
    script = parts / SCRIPT
    return sha256(told + (script.read_bytes() if script.is_file() else b"")).hexdigest()[:12]
