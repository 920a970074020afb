"""The console: what needs somebody: each list that counts it, and messages that were not understood. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.lists import LISTS
from bot.console.misunderstood import count_lines
from bot.console.roles import Role, may
from bot.contracts.messages import LANGUAGES, Language

NOT_UNDERSTOOD: Mapping[Language, str] = {
    "fr": "Messages in French that were not understood", "en": "Messages in English that were not understood",
}


@dataclass(frozen=True)
class Need:
    """How many of what, and where they are."""

    name: str
    title: str  # an English sentence of the catalogue
    href: str
    count: int


def list_needs(connection: sa.Connection, services: Services, role: Role) -> list[Need]:
    """Those that somebody of the role may open, also where nothing waits."""
    listed = [
        Need(each.name, each.title, f"/console/lists/{each.name}", each.count(connection, services)) for each in LISTS
        if each.count and may(role, f"GET /console/lists/{each.name}")
    ]
    if not may(role, "GET /console/misunderstood"):
        return listed
    counts = count_lines(services.settings)
    return listed + [
        Need(f"misunderstood_{each}", NOT_UNDERSTOOD[each], f"/console/misunderstood?language={each}", counts[each])
        for each in LANGUAGES
    ]
