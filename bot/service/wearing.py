"""A photo in memory and what is tried on -> the picture, by the process `tryon`. What the page and the chat call."""

import json
from dataclasses import asdict

import requests
import structlog

from bot.channels.base import bearer
from bot.errors import NotAllowed
from bot.service.try_on import Fitting
from bot.settings import Settings

log = structlog.get_logger()
MOST_PHOTO_BYTES = 16_000_000
PICTURE_TYPE = "image/png"
_SECONDS, _SECONDS_ELSEWHERE = (2, 20), (2, 90)


def most_seconds(fitting: Fitting) -> float:
    """How long `put_on` takes at most."""
    return float(sum(_SECONDS_ELSEWHERE if fitting.engine else _SECONDS))


def put_on(settings: Settings, fitting: Fitting, language: str, photo: bytes) -> bytes:
    """A PNG. NotAllowed with the process's reason, "busy" where it is slow, "unavailable" where it is away
    or an engine elsewhere is slow.
    """
    headers = {**sign_fitting(settings, fitting, language), "Content-Type": "application/octet-stream"}
    seconds = _SECONDS_ELSEWHERE if fitting.engine else _SECONDS
    try:
        answer = requests.post(f"{settings.try_on_url}/try-on", data=photo, headers=headers, timeout=seconds)
        if answer.status_code != requests.codes.ok:
            raise NotAllowed(str(answer.json()["reason"]))
    except requests.ReadTimeout as error:
        log.warning("try_on_slow", engine=fitting.engine)
        raise NotAllowed("unavailable" if fitting.engine else "busy") from error
    except (requests.RequestException, ValueError, KeyError) as error:
        log.warning("try_on_unavailable", error=type(error).__name__)
        raise NotAllowed("unavailable") from error
    return answer.content


def sign_fitting(settings: Settings, fitting: Fitting, language: str) -> dict[str, str]:
    """The headers that the process wants."""
    return {
        **bearer(settings.internal_secret), "X-Fitting": json.dumps({**asdict(fitting), "language": language}),
    }
