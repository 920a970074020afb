"""How long a shopper's photo is with the running process `tryon`: from its file's bytes to the picture's, over HTTP.

Two tops of the demo are tried on with each photo, one with long sleeves and one with short ones: what is worn on it is
dyed or laid over, as `choose_way` has it.
"""

import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from benchmarks.try_on_cases import as_file
from bot.errors import NotAllowed
from bot.service.try_on import Fitting
from bot.service.wearing import sign_fitting
from bot.settings import Settings
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.engine import Top
from bot.tryon.fit import choose_way
from bot.tryon.garment import find_top
from bot.tryon.looking import find_person
from bot.tryon.models import Models
from bot.tryon.photo import Picture
from tests.servers.tryon import run_tryon

TIMED = (
    Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Contrepoint"),
    Fitting("tee-shirt-col-rond-lundi", "t-shirt", "navy", "plain", "organic_cotton", "Lundi"),
)
_SECRETS = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
_MOST_SECONDS = 60


def measure_times(photos: Mapping[str, Picture], models: Models) -> dict[str, Any]:
    """The mean milliseconds of each way, None where no photo went it, and of how many. What is refused is left out."""
    named = {each: secrets.token_hex(16) for each in _SECRETS}
    taken: dict[str, list[float]] = {"retexture": [], "overlay": []}
    with tempfile.TemporaryDirectory() as folder, run_tryon(named, Path(folder)) as tryon:
        settings = Settings(internal_secret=named["internal_secret"], try_on_url=tryon.url)
        for each in [*photos.values()][:1]:  # the first photo of all waits for what is made ready once
            _time(settings, as_file(each, "JPEG"), TIMED[0])
        for name, photo in photos.items():
            for fitting in TIMED:
                ms, refused = _time(settings, as_file(photo, "JPEG"), fitting)
                print(f"{name}, {fitting.name}: {refused or f'{ms:.0f} ms'}", file=sys.stderr)
                if not refused:
                    taken[_way(photo, fitting, models)].append(ms)
    return {
        **{f"ms_{way}": round(statistics.fmean(each), 1) if each else None for way, each in taken.items()},
        **{f"n_ms_{way}": len(each) for way, each in taken.items()},
    }


def _time(settings: Settings, photo: bytes, fitting: Fitting) -> tuple[float, str]:
    """Milliseconds until the picture is there, and why there is none, "" for one."""
    headers = sign_fitting(settings, fitting, "en")
    started = time.perf_counter()
    answer = requests.post(f"{settings.try_on_url}/try-on", data=photo, headers=headers, timeout=_MOST_SECONDS)
    ms = 1000 * (time.perf_counter() - started)
    return ms, "" if answer.ok else str(answer.json()["reason"])


def _way(photo: Picture, fitting: Fitting, models: Models) -> str:
    """The way that the process went."""
    person, top = find_person(photo, models), draw_fitting(fitting)
    if person.body is None or not isinstance(top, Top):
        raise NotAllowed("head_only")
    return choose_way(photo, find_top(photo, person), person.body, top.sleeves)
