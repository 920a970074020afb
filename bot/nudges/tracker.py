"""Stage 4: Rasa's tracker hears of a delivered nudge, so that the dialogue's story is whole. Best effort."""

import requests
import structlog

from bot.settings import Settings

log = structlog.get_logger()
DEADLINE_SECONDS = 2.0  # what follows from a nudge lies in the store: the dialogue works without this note


class TrackerNotes:
    """Posts `EXTERNAL_deliver_nudge` through Rasa's gateway channel; a failure is logged and forgotten."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._url = f"{settings.rasa_url}/webhooks/gateway/nudges"
        self._headers = {"Authorization": f"Bearer {settings.internal_secret}"}

    def __call__(self, sender_id: str, outbox_id: int, text: str) -> bool:
        """Whether Rasa took the note."""
        body = {"sender_id": sender_id, "outbox_id": outbox_id, "text": text}
        try:
            answer = requests.post(self._url, json=body, headers=self._headers, timeout=DEADLINE_SECONDS)
            answer.raise_for_status()
        except requests.RequestException as error:
            log.info("tracker_not_told", outbox_id=outbox_id, error=type(error).__name__)
            return False
        return True
