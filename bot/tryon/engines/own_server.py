"""A GPU server of the retailer's own, with whatever model: two calls, said whole in docs/try-on.md.

POST /jobs {person, garment, category, seed} -> {job}; GET /jobs/<job> -> {state, image, error}. Pictures are base64.
"""

from dataclasses import dataclass
from urllib.parse import quote

from bot.errors import Unavailable
from bot.tryon.engines.calling import call, decode, encode
from bot.tryon.engines.protocol import GarmentKind, Job, JobId, Outcome


@dataclass(frozen=True)
class OwnServer:
    """A server that speaks these two calls."""

    url: str
    key: str = ""
    name: str = "server"

    def submit(self, person: bytes, garment: bytes, category: GarmentKind, seed: int, seconds: float) -> Job:
        """A job of the server."""
        body = {"person": encode(person), "garment": encode(garment), "category": category, "seed": seed}
        said = call("POST", f"{self.url}/jobs", self._headers(), seconds, body)
        if not said.get("job"):
            raise Unavailable("the server of try-on names no job")
        return Job(JobId(str(said["job"])))

    def status(self, job: Job, seconds: float) -> Outcome:
        """The job's state, and its picture."""
        said = call("GET", f"{self.url}/jobs/{quote(job.job_id, safe='')}", self._headers(), seconds)
        if said.get("state") == "working":
            return Outcome("working")
        if said.get("state") == "done":
            return Outcome("done", decode(str(said.get("image", ""))))
        return Outcome("failed", error=str(said.get("error") or "unknown"))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}
