"""Whether somebody has the widget open this moment, asked of `site`, which holds the sockets."""

import requests

from bot.channels.base import bearer
from bot.settings import Settings

DEADLINE_SECONDS = 0.5


def is_open(settings: Settings, sender_id: str) -> bool:
    """Whether a tab of the conversation is connected; False when `site` cannot say. Ask outside a transaction."""
    url = f"{settings.site_internal_url}/internal/web/presence/{sender_id}"
    try:
        answer = requests.get(url, headers=bearer(settings.internal_secret), timeout=DEADLINE_SECONDS)
        return answer.status_code == 200 and answer.json().get("is_open") is True
    except (requests.RequestException, ValueError):
        return False
