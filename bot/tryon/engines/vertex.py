"""Vertex AI virtual-try-on: one :predict that answers with the picture.

https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/virtual-try-on-api (2026-11)
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import requests

from bot.errors import FixConfiguration, Unavailable
from bot.tryon.engines.calling import call, decode, encode, limits
from bot.tryon.engines.protocol import GarmentKind, Job, JobId, Outcome

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_LIFE_SECONDS = 3600
_EARLY_SECONDS = 300  # a token is renewed so long before it ends


class ServiceAccount:
    """Access tokens of a Google service account, out of its key file. FixConfiguration where that is none."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            self._email, self._key, self._url = said["client_email"], said["private_key"], said["token_uri"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FixConfiguration(f"{path} is no key file of a Google service account") from error
        self._clock = clock
        self._held: tuple[str, float] | None = None

    def token(self, seconds: float) -> str:
        """A token that is good for some minutes at least; one is waited for so long."""
        now = self._clock()
        if self._held is None or self._held[1] - _EARLY_SECONDS < now:
            self._held = (self._fetch(now, seconds), now + _LIFE_SECONDS)
        return self._held[0]

    def _fetch(self, now: float, seconds: float) -> str:
        started = int(now)
        times = {"iat": started, "exp": started + _LIFE_SECONDS}
        claims = {"iss": self._email, "scope": _SCOPE, "aud": self._url, **times}
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode(claims, self._key, algorithm="RS256"),
        }
        try:
            answer = requests.post(self._url, data=form, timeout=limits(seconds))
            return str(answer.json()["access_token"])
        except (requests.RequestException, ValueError) as error:
            raise Unavailable("Google gives no token") from error
        except KeyError as error:
            raise FixConfiguration("Google refuses the service account of try-on") from error


@dataclass(frozen=True)
class Vertex:
    """Google's try-on. `url` is the model's, without `:predict`: its region, project and name stand in it."""

    url: str
    account: ServiceAccount = field(repr=False)
    name: str = "vertex"

    def submit(self, person: bytes, garment: bytes, category: GarmentKind, seed: int, seconds: float) -> Job:
        """The answer itself, inside the job. Google tells the kind of garment by the picture."""
        body = {
            "instances": [{
                "personImage": {"image": {"bytesBase64Encoded": encode(person)}},
                "productImages": [{"image": {"bytesBase64Encoded": encode(garment)}}],
            }],
            # A seed is taken only without a watermark; ours is on the picture in words.
            "parameters": {
                "sampleCount": 1, "seed": seed, "addWatermark": False, "personGeneration": "allow_adult",
                "outputOptions": {"mimeType": "image/png"},
            },
        }
        until = time.monotonic() + seconds
        key = {"Authorization": f"Bearer {self.account.token(seconds)}"}
        said = call("POST", f"{self.url}:predict", key, max(until - time.monotonic(), 0.1), body)
        return Job(JobId(""), _read(said))

    def status(self, job: Job, seconds: float) -> Outcome:
        """What `submit` was answered."""
        return job.answer or Outcome("failed", error="unknown")


def _read(said: dict[str, Any]) -> Outcome:
    predictions = said.get("predictions") or []
    first = predictions[0] if predictions and isinstance(predictions[0], dict) else {}
    if "bytesBase64Encoded" in first:
        return Outcome("done", decode(str(first["bytesBase64Encoded"])))
    return Outcome("failed", error=str(first.get("raiFilteredReason") or "no_picture"))
