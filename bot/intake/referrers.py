"""Stage B1: where a visitor came from, as far as it matters: by a search engine or not. Their words are not kept."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

SEARCH = "search"
# By name, whatever the country (google.fr, search.yahoo.co.jp). As of 2026-11.
_ENGINE = re.compile(
    r"(?:[a-z0-9-]+\.)*"
    r"(?:google|bing|duckduckgo|qwant|ecosia|yahoo|yandex|baidu|startpage|lilo|kagi|naver|search\.brave)"
    r"\.(?:[a-z]{2,3}|(?:co|com|ne)\.[a-z]{2})"
)


def came_from(context: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """`search` for a page that a search engine led to, by the client's `context.page.referrer`; else ""."""
    page = context.get("page")
    said = page.get("referrer") if isinstance(page, Mapping) else None
    referrer = said or properties.get("referrer")
    if not isinstance(referrer, str):
        return ""
    try:
        parts = urlsplit(referrer)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return SEARCH if parts.scheme in ("http", "https") and _ENGINE.fullmatch(host) else ""
