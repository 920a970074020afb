"""Stage 4: Rasa's tracker hears of a delivered nudge, so that the dialogue's story is whole. Best effort.

Rasa takes some tens of notes a second, a campaign's messages leave faster: notes wait here, in a thread of their own,
and keep no message from leaving.
"""

import queue
import threading

import requests
import structlog

from bot.settings import Settings

log = structlog.get_logger()
DEADLINE_SECONDS = 2.0  # what follows from a nudge lies in the store: the dialogue works without this note
MOST_WAITING = 10_000


class TrackerNotes:
    """Posts `EXTERNAL_deliver_nudge` through Rasa's gateway channel; a failure is logged and forgotten."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing; the thread begins with the first note."""
        self._url = f"{settings.rasa_url}/webhooks/gateway/nudges"
        self._headers = {"Authorization": f"Bearer {settings.internal_secret}"}
        self._waiting: queue.Queue[dict[str, object]] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __call__(self, sender_id: str, outbox_id: int, text: str) -> bool:
        """Whether the note waits to be told: not where too many do."""
        try:
            self._waiting.put_nowait({"sender_id": sender_id, "outbox_id": outbox_id, "text": text})
        except queue.Full:
            log.info("tracker_not_told", outbox_id=outbox_id, error="too_many")
            return False
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._tell_for_ever, name="tracker-notes", daemon=True)
                self._thread.start()
        return True

    def wait(self) -> None:
        """Until every note that waits was told or given up."""
        self._waiting.join()

    def _tell_for_ever(self) -> None:
        while True:
            note = self._waiting.get()
            try:
                self._tell(note)
            finally:
                self._waiting.task_done()

    def _tell(self, note: dict[str, object]) -> None:
        try:
            answer = requests.post(self._url, json=note, headers=self._headers, timeout=DEADLINE_SECONDS)
            answer.raise_for_status()
        except requests.RequestException as error:
            log.info("tracker_not_told", outbox_id=note["outbox_id"], error=type(error).__name__)
