"""What is asked of the console: every page of its roles that reads, and every call of its API that does, once each."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.console.beside import PICTURE, RECORD
from bot.bootstrap import Services
from bot.console.api.rights import PAGE_OF
from bot.console.api.rights import PATH as API
from bot.console.roles import RIGHTS
from bot.profile.store.tables import conversations, customers, merges


@dataclass(frozen=True)
class Ask:
    """A page by its row of `RIGHTS`, or a call (`api GET /today`), with what stands in its path or its form."""

    name: str
    method: str
    path: str
    sent: Mapping[str, str] | None = None  # a form of a page, the body of a call


# What pages are opened with besides their bare address; a row may be there several times.
_OPENED: Mapping[str, tuple[str, ...]] = {
    "GET /console/results": ("?days=90",),
    "GET /console/results/question": ("?measure=sent&by=week", "?measure=sent&by=segment"),
    "GET /console/results/what-if": ("?journey=cart_left&policy=best",),
    "GET /console/results/export": ("?measure=sent&by=day",),
    "GET /console/conversations": ("", "?sort=last_word", "?stand=over&channel=web", "?stand=waiting", "?language=en"),
    "GET /console/customers": ("",),
    "GET /console/audit": ("", "?person=l%C3%A9a", "?deed=found&sort=when"),
    "GET /console/lists/sent": ("", "?days=7", "?sort=when", "?channel=sms&state=seen", "?journey=birthday&days=30"),
    "GET /console/lists/held": ("", "?days=7", "?because=minor", "?journey=birthday&days=30&sort=when"),
    "GET /console/lists/letters": ("", "?channel=sms&sort=when"),
    "GET /console/lists/asked": ("?days=30",),
    "GET /console/lists/reached": ("?goal=order", "?goal=order&days=7"),
    "GET /console/journeys": ("", "?sort=-sent&channel=email"),
    "GET /console/segments": ("", "?one=regulars&other=big_spenders"),
    "GET /console/data/{silo}": ("", "?run=1"),
    "GET /console/misunderstood": ("?language=fr",),
}
_CALLED: Mapping[str, tuple[str, ...]] = {
    "GET /segments/overlap": ("?one=regulars&other=big_spenders",),
    "GET /results/question": ("?measure=sent&by=week",),
    "GET /results/export": ("?measure=sent&by=day",),
    "GET /results/what-if": ("?journey=cart_left&policy=best",),
}
# What is sent to those that read and have a form.
_SENT: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "POST /console/customers": ({"text": "person0001321@example.org"}, {"text": "person0001"}),
    "POST /console/conversations": ({"text": "colis perdu"}, {"text": "col"}, {"text": "ref1321"}),
    "POST /console/segments": ({"rule": "", "kind": "seen", "days": "7", "join": "and"},),
    "POST /console/journeys/{journey}/trial": ({},),
    "POST /customers/search": ({"text": "person0001321@example.org"},),
    "POST /conversations/search": ({"text": "colis perdu"},),
    "POST /segments/count": ({"rule": "seen in 7 days"},),
}


def list_asks(services: Services) -> list[Ask]:
    """All of them, of a store that `fill_store` filled."""
    return [*_list(services, RIGHTS, "", "", _OPENED), *_list(services, PAGE_OF, "api ", API, _CALLED)]


def _list(
    services: Services, rows: Mapping[str, object], prefix: str, base: str, opened: Mapping[str, tuple[str, ...]]
) -> list[Ask]:
    found = []
    for row in rows:
        method, _, route = row.partition(" ")
        path = base + _fill(services, route)
        if method == "GET" and path:
            found += [Ask(prefix + row.replace(route, route + query), method, path + query)
                      for query in opened.get(row, ("",))]
        found += [Ask(f"{prefix}{row} {' '.join(filter(None, sent.values()))}".strip(), method, path, sent)
                  for sent in _SENT.get(row, ())]
    if left := [each.name for each in found if "{" in each.path]:
        raise SystemExit(f"nothing is there to fill {', '.join(left)} with: say it in benchmarks/console/beside.py")
    return found


def _fill(services: Services, route: str) -> str:
    """The route with what was filled in it."""
    with services.store.read() as connection:
        somebody = connection.scalar(sa.select(customers.c.customer_id).limit(1))
        talk = connection.scalar(sa.select(conversations.c.sender_id).limit(1))
        merged = connection.execute(sa.select(merges.c.merge_id, merges.c.into_root).limit(1)).first()
    known = {"{journey}": "cart_left", "{silo}": "crm", "{talk}": talk, "{customer}": somebody,
             "{offer}": next((each.name for each in services.offers), ""), "{kind}": "offer",
             "{subject}": "journey:cart_left", "{draft}": "1", "{picture}": PICTURE, "{record}": RECORD.name}
    if merged and "{merge}" in route:
        known |= {"{merge}": str(merged[0]), "{customer}": merged[1]}
    for name, value in known.items():
        route = route.replace(name, value or name)
    return route
