"""Stage A0: WhatsApp's id of a file -> its bytes. Its address runs out after five minutes: asked for each time.

Stage B5: a picture of ours -> the id that a message shows it by; what is over is deleted there.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson

from bot.channels.base import bearer
from bot.channels.meta.files import File, fetch
from bot.channels.meta.graph import UPLOAD_SECONDS, require_id
from bot.channels.whatsapp.send import GRAPH
from bot.errors import NotAllowed, NotFound, Unavailable
from bot.settings import Settings

_MOST_ANSWER_BYTES = 100_000


class WhatsAppMedia:
    """The files that customers sent to one phone number of the shop; WhatsApp keeps them for days."""

    deletes = True

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._settings = settings

    def fetch(self, media: Mapping[str, str], most_bytes: int) -> File:
        """The file; see `bot.channels.meta.files.fetch`. NotFound for what is no id, Unavailable for half a file."""
        about = self._ask(media.get("id", ""))
        if _number(about.get("file_size")) > most_bytes:
            raise NotAllowed("too_large", f"a file has more than {most_bytes} bytes")
        file = fetch(
            str(about.get("url", "")), graph_url=self._settings.graph_url, most_bytes=most_bytes,
            token=self._settings.whatsapp_token,
        )
        wanted = about.get("sha256")
        if isinstance(wanted, str) and wanted and wanted.lower() != sha256(file.content).hexdigest():
            raise Unavailable("a file came through broken")
        return File(file.content, str(about.get("mime_type") or file.content_type).partition(";")[0].strip().lower())

    def upload(self, picture: bytes, content_type: str) -> str:
        """Give WhatsApp a picture; its id, for 30 days or until it is deleted. Raises what `bot.channels.base` says."""
        url = f"{self._settings.graph_url.rstrip('/')}/{self._settings.whatsapp_phone_number_id}/media"
        answer = replace(GRAPH, deadline_seconds=UPLOAD_SECONDS).post_files(
            url, {"messaging_product": "whatsapp", "type": content_type},
            {"file": ("picture", picture, content_type)}, bearer(self._settings.whatsapp_token),
        )
        return require_id(answer, "id")

    def delete(self, media_id: str) -> None:
        """Have WhatsApp delete a file, a customer's or ours. Raises what `bot.channels.base` says."""
        GRAPH.delete(self._address(media_id), bearer(self._settings.whatsapp_token))

    def _address(self, media_id: str) -> str:
        if not media_id.isascii() or not media_id.isalnum():
            raise NotFound("no id of a file")
        graph, number = self._settings.graph_url.rstrip("/"), self._settings.whatsapp_phone_number_id
        return f"{graph}/{media_id}?phone_number_id={number}"

    def _ask(self, media_id: str) -> Mapping[str, Any]:
        answer = fetch(
            self._address(media_id), graph_url=self._settings.graph_url, most_bytes=_MOST_ANSWER_BYTES,
            token=self._settings.whatsapp_token,
        )
        try:
            about = orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise Unavailable("Meta's answer about a file is not JSON") from error
        return about if isinstance(about, dict) else {}


def _number(value: Any) -> int:
    """It comes as a number or as its digits."""
    return int(value) if str(value or "").isdecimal() else 0
