"""An engine elsewhere, as try-on sees it: a person and a garment go out, a job comes back, and from it a picture."""

from dataclasses import dataclass
from typing import Literal, NewType, Protocol

JobId = NewType("JobId", str)
GarmentKind = Literal["top"]


@dataclass(frozen=True)
class Job:
    """What was asked for. An engine that answers at once puts its answer in here: nobody keeps it between calls."""

    job_id: JobId
    answer: "Outcome | None" = None


@dataclass(frozen=True)
class Outcome:
    """How far a job is: `image` (PNG or JPEG) when it is done, `error` in the engine's word when it failed."""

    state: Literal["working", "done", "failed"]
    image: bytes = b""
    error: str = ""


class TryOnEngine(Protocol):
    """One engine. Each call takes `seconds` at most, and may raise RateLimited, Unavailable or FixConfiguration."""

    @property
    def name(self) -> str:
        """The word of PREVENANT_TRY_ON_ENGINE."""

    def submit(self, person: bytes, garment: bytes, category: GarmentKind, seed: int, seconds: float) -> Job:
        """Ask for the person (JPEG) with the garment (PNG) on. The photo leaves this machine here."""

    def status(self, job: Job, seconds: float) -> Outcome:
        """How far the job is."""
