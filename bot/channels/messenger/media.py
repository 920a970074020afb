"""Stage A0: the address of a file that came in a message of Messenger's -> its bytes. It runs out after some days.

Stage B5: a picture of ours -> the id that a message shows it by. Messenger deletes neither for us (2026-11).
"""

from collections.abc import Mapping
from dataclasses import replace

import orjson

from bot.channels.base import bearer
from bot.channels.messenger.send import GRAPH
from bot.channels.meta.files import File, fetch
from bot.channels.meta.graph import UPLOAD_SECONDS, require_id
from bot.settings import Settings

_PICTURE = {"attachment": {"type": "image", "payload": {"is_reusable": False}}}


class MessengerMedia:
    """The files that customers sent to the page. The address holds its own right to read: no token goes along."""

    deletes = False

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._settings = settings

    def fetch(self, media: Mapping[str, str], most_bytes: int) -> File:
        """The file; see `bot.channels.meta.files.fetch`."""
        return fetch(media.get("url", ""), graph_url=self._settings.graph_url, most_bytes=most_bytes)

    def upload(self, picture: bytes, content_type: str) -> str:
        """Give Messenger a picture, for one message; its id. Raises what `bot.channels.base` says."""
        url = f"{self._settings.graph_url.rstrip('/')}/{self._settings.messenger_page_id}/message_attachments"
        answer = replace(GRAPH, deadline_seconds=UPLOAD_SECONDS).post_files(
            url, {"message": orjson.dumps(_PICTURE).decode()}, {"filedata": ("picture", picture, content_type)},
            bearer(self._settings.messenger_token),
        )
        return require_id(answer, "attachment_id")

    def delete(self, media_id: str) -> None:
        """Nothing: Messenger has no call for it; the person deletes the message in their conversation."""
