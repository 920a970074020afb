"""A photo that passed the gates and a flat top -> a labelled picture, made by an engine elsewhere. Keeps nothing."""

import time
from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
import structlog
from PIL import Image

from bot.contracts.messages import Language
from bot.errors import FixConfiguration, NotAllowed, RateLimited, RetryLater, Unavailable
from bot.tryon.engines.protocol import Outcome, TryOnEngine
from bot.tryon.label import ENGINE_WORDS, label
from bot.tryon.overlay import Flat
from bot.tryon.photo import Picture, read_photo, write_png

log = structlog.get_logger()
MOST_SECONDS = 60.0
_EVERY_SECONDS = 1.0
_SEED = 7  # the same photo and top give the same picture


def wear_elsewhere(
    engine: TryOnEngine, photo: Picture, flat: Flat, language: Language,
    clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep,
) -> bytes:
    """A PNG. NotAllowed("engine_refused") where the engine says no, "busy" where it has too much to do, "unavailable"
    where it is away, slow or misconfigured.

    What is sent is the photo as it was read: upright, small, without anything else that lay in its file.
    """
    try:
        outcome = _ask(engine, photo, flat, clock() + MOST_SECONDS, clock, wait)
    except RetryLater as error:
        log.warning("try_on_engine_away", engine=engine.name, error=type(error).__name__)
        raise NotAllowed("busy" if isinstance(error, RateLimited) else "unavailable") from error
    except FixConfiguration as error:
        log.error("try_on_engine_misconfigured", engine=engine.name, error=str(error))
        raise NotAllowed("unavailable") from error
    if outcome.state != "done":
        log.info("try_on_engine_refused", engine=engine.name, why=outcome.error[:80])
        raise NotAllowed("engine_refused")
    return write_png(label(_read_made(engine, outcome.image), ENGINE_WORDS[language]))


def _read_made(engine: TryOnEngine, image: bytes) -> Picture:
    """The engine's picture. NotAllowed("unavailable") for what is none: the shopper's file was read before."""
    try:
        return read_photo(image)
    except (NotAllowed, MemoryError) as error:
        why = error.reason if isinstance(error, NotAllowed) else "out_of_memory"
        log.warning("try_on_engine_made_no_picture", engine=engine.name, why=why, size=len(image))
        raise NotAllowed("unavailable") from error


def _ask(
    engine: TryOnEngine, photo: Picture, flat: Flat, until: float,
    clock: Callable[[], float], wait: Callable[[float], None],
) -> Outcome:
    job = engine.submit(_jpeg(photo), _on_white(flat), "top", _SEED, until - clock())
    while (left := until - clock()) > 0:
        outcome = engine.status(job, left)
        if outcome.state != "working":
            return outcome
        wait(_EVERY_SECONDS)
    raise Unavailable("the engine of try-on takes too long")


def _jpeg(photo: Picture) -> bytes:
    out = BytesIO()
    Image.fromarray(photo).save(out, "JPEG", quality=92)
    return out.getvalue()


def _on_white(flat: Flat) -> bytes:
    alpha = flat.picture[..., 3:]
    mixed = np.clip(flat.picture[..., :3] * alpha + (1 - alpha), 0, 1)
    return write_png(cv2.convertScaleAbs(mixed, alpha=255))
