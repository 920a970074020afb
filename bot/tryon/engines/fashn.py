"""FASHN: POST /run, GET /status/<id>. https://docs.fashn.ai/api-reference/tryon-v1-6 (2026-11)"""

from dataclasses import dataclass
from urllib.parse import quote

from bot.errors import Unavailable
from bot.tryon.engines.calling import call, decode, encode
from bot.tryon.engines.protocol import GarmentKind, Job, JobId, Outcome

URL = "https://api.fashn.ai/v1"
MODEL = "tryon-v1.6"
_CATEGORIES = {"top": "tops"}
_WORKING = ("starting", "in_queue", "processing")


@dataclass(frozen=True)
class Fashn:
    """FASHN's try-on. Pictures go and come inside the messages: none is put on a server to be fetched."""

    key: str
    url: str = URL
    name: str = "fashn"

    def submit(self, person: bytes, garment: bytes, category: GarmentKind, seed: int, seconds: float) -> Job:
        """A prediction."""
        inputs = {
            "model_image": f"data:image/jpeg;base64,{encode(person)}",
            "garment_image": f"data:image/png;base64,{encode(garment)}",
            "category": _CATEGORIES[category], "garment_photo_type": "flat-lay", "moderation_level": "conservative",
            "seed": seed, "output_format": "png", "return_base64": True,
        }
        said = call("POST", f"{self.url}/run", self._headers(), seconds, {"model_name": MODEL, "inputs": inputs})
        if said.get("error") or not said.get("id"):
            return Job(JobId(""), Outcome("failed", error=_name(said.get("error"))))
        return Job(JobId(str(said["id"])))

    def status(self, job: Job, seconds: float) -> Outcome:
        """The prediction's state, and its picture."""
        if job.answer is not None:
            return job.answer
        said = call("GET", f"{self.url}/status/{quote(job.job_id, safe='')}", self._headers(), seconds)
        state = said.get("status")
        if state in _WORKING:
            return Outcome("working")
        output = said.get("output") or []
        if state == "completed" and output:
            return Outcome("done", decode(str(output[0])))
        if state == "completed":
            raise Unavailable("FASHN completed without a picture")
        return Outcome("failed", error=_name(said.get("error")))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def _name(error: object) -> str:
    """FASHN's word for what went wrong: ImageLoadError, ContentModerationError, PoseError, ..."""
    return str(error.get("name", "")) if isinstance(error, dict) else str(error or "unknown")
