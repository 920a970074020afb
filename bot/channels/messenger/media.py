"""Stage A0: the address of a file that came in a message of Messenger's -> its bytes. It runs out after some days."""

from collections.abc import Mapping

from bot.channels.meta.files import File, fetch
from bot.settings import Settings


class MessengerMedia:
    """The files that customers sent to the page. The address holds its own right to read: no token goes along."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._graph_url = settings.graph_url

    def fetch(self, media: Mapping[str, str], most_bytes: int) -> File:
        """The file; see `bot.channels.meta.files.fetch`."""
        return fetch(media.get("url", ""), graph_url=self._graph_url, most_bytes=most_bytes)
