"""The console: who may open what. One row a page; a path that is not here is open to nobody."""

from collections.abc import Mapping
from typing import Literal

Role = Literal["it", "marketing", "cx", "analyst", "admin"]
Missing = Literal["password", "factor"]  # without which nothing else opens
ROLES: tuple[Role, ...] = ("it", "marketing", "cx", "analyst", "admin")

_ALL = frozenset(ROLES)
_OPERATE: frozenset[Role] = frozenset({"it", "cx", "admin"})  # what went wrong, and who is whom
_DATA: frozenset[Role] = frozenset({"it", "analyst", "admin"})
_WATCH: frozenset[Role] = frozenset({"it", "admin"})
_CUSTOMERS: frozenset[Role] = frozenset({"it", "marketing", "cx", "admin"})  # masked but for `masking.WHOLE`
_READ: frozenset[Role] = frozenset({"cx", "admin"})  # what customers said
_DRAFT: frozenset[Role] = frozenset({"marketing", "cx", "admin"})  # what customers are told, and when
_FIT: frozenset[Role] = frozenset({"it", "marketing", "admin"})  # how products look on somebody
_STOP: frozenset[Role] = frozenset({"it", "marketing", "cx", "admin"})  # whoever sees harm done
_WRITE: frozenset[Role] = frozenset({"marketing", "cx", "admin"})  # words and tone; nothing goes live by it

# The page as its route names it -> who may ask for it.
RIGHTS: Mapping[str, frozenset[Role]] = {
    "GET /console": _ALL,
    "POST /console/sign-out": _ALL,
    "POST /console/language": _ALL,
    "GET /console/password": _ALL,
    "POST /console/password": _ALL,
    "GET /console/factor": _ALL,
    "POST /console/factor/begin": _ALL,
    "POST /console/factor/confirm": _ALL,
    "POST /console/factor/remove": _ALL,
    "GET /console/tokens": _ALL,
    "POST /console/tokens": _ALL,
    "POST /console/tokens/{token}/revoke": _ALL,
    "GET /console/lists/days": _ALL,
    "GET /console/lists/reached": _ALL,
    "GET /console/lists/sent": _ALL,
    "GET /console/lists/held": _ALL,
    "GET /console/lists/paused": _ALL,
    "GET /console/lists/handoffs": frozenset({"cx", "admin"}),
    "GET /console/lists/asked": frozenset({"cx", "admin"}),
    "GET /console/lists/unanswered": _OPERATE,
    "GET /console/lists/reviews": _OPERATE,
    "GET /console/lists/letters": _OPERATE,
    "POST /console/lists/reviews/{review}": _OPERATE,  # whoever may undo a merge
    "POST /console/lists/letters/{letter}": _WATCH,
    "GET /console/lists/silos": _DATA,
    "GET /console/lists/late": _DATA,
    "GET /console/audit": _WATCH,
    "GET /console/data": _ALL,
    "GET /console/data/{silo}": _ALL,  # values masked but for `masking.RECEIVED`
    "POST /console/data/{silo}/replay": _WATCH,
    "POST /console/data/engine": _WATCH,
    "POST /console/data/preview": _WATCH,
    "GET /console/try-on": _ALL,
    "GET /console/try-on/{record}": _ALL,
    "GET /console/try-on/{record}/picture": _ALL,
    "POST /console/try-on/{record}": _FIT,
    "GET /console/journeys": _ALL,
    "GET /console/journeys/new": _DRAFT,
    "POST /console/journeys/new": _DRAFT,
    "GET /console/journeys/{journey}": _ALL,
    "GET /console/journeys/{journey}/versions": _ALL,  # sums alone, of ten and more
    "GET /console/journeys/{journey}/edit": _DRAFT,
    "POST /console/journeys/{journey}/pause": _STOP,
    "POST /console/journeys/{journey}/resume": frozenset({"marketing", "cx", "admin"}),
    "POST /console/journeys/{journey}/trial": frozenset({"marketing", "cx", "analyst", "admin"}),
    "GET /console/content": _ALL,
    "GET /console/content/journeys/{journey}": _ALL,
    "POST /console/content/journeys/{journey}/propose": _WRITE,
    "POST /console/content/journeys/{journey}/words": _WRITE,
    "POST /console/content/journeys/{journey}/draft": _WRITE,
    "GET /console/content/pictures": _ALL,
    "POST /console/content/pictures": _WRITE,
    "GET /console/content/pictures/{picture}": _ALL,
    "POST /console/content/pictures/{picture}/restore": _WRITE,
    "POST /console/content/pictures/{picture}/draft": _WRITE,
    "POST /console/content/pictures/{picture}/remove": _WRITE,
    "GET /console/content/offers": _ALL,
    "GET /console/content/offers/{offer}": _ALL,
    "GET /console/content/tone": _ALL,
    "POST /console/content/tone": _WRITE,
    "POST /console/content/tone/restore": _WRITE,
    "POST /console/content/tone/try": _ALL,
    "GET /console/guide": _ALL,
    "POST /console/guide/begin": _DRAFT,
    "POST /console/guide/trial": frozenset({"marketing", "cx", "analyst", "admin"}),
    "POST /console/guide/play": _STOP,  # a demo's customer, in a demo alone
    "POST /console/guide/past": _STOP,
    "POST /console/guide/results": _ALL,
    "GET /console/drafts": _ALL,
    "POST /console/drafts/check": _DRAFT,
    "GET /console/drafts/new/{kind}": _DRAFT,
    "POST /console/drafts/new/{kind}": _DRAFT,
    "GET /console/drafts/{draft}": _ALL,
    "POST /console/drafts/{draft}": _DRAFT,
    "POST /console/drafts/{draft}/propose": _DRAFT,
    "POST /console/drafts/{draft}/take-back": _DRAFT,
    "POST /console/drafts/{draft}/drop": _DRAFT,
    "POST /console/drafts/{draft}/trial": frozenset({"marketing", "cx", "analyst", "admin"}),
    "GET /console/lists/charter": _ALL,
    "GET /console/lists/offers": _ALL,
    "GET /console/charter": _ALL,
    "GET /console/charter/rules": _ALL,
    "POST /console/charter/answers": _STOP,
    "POST /console/charter/yields": _STOP,
    "GET /console/charter/endings/{subject}": _ALL,
    "POST /console/charter/endings": _DRAFT,
    "POST /console/charter/take-back": frozenset({"marketing", "cx", "admin"}),  # whoever may ask it
    "POST /console/charter/owners": frozenset({"admin"}),
    "GET /console/customers": _CUSTOMERS,
    "POST /console/customers": _CUSTOMERS,
    "GET /console/customers/{customer}": _CUSTOMERS,
    "GET /console/customers/{customer}/now": _CUSTOMERS,
    "GET /console/customers/{customer}/conversations": frozenset({"cx", "admin"}),
    "GET /console/customers/{customer}/merges/{merge}": _OPERATE,
    "POST /console/customers/{customer}/merges/{merge}": _OPERATE,
    "GET /console/conversations": _ALL,  # how they stand; what was said is for `_READ`
    "POST /console/conversations": _READ,
    "GET /console/conversations/{talk}": _READ,
    "POST /console/conversations/{talk}/take": _READ,
    "POST /console/conversations/{talk}/give-back": _READ,
    "GET /console/misunderstood": _READ,
    "POST /console/misunderstood": _READ,
    "GET /console/assistant": _ALL,  # sums alone: nothing that rests on fewer than fifty people
    "POST /console/assistant/dismiss": _STOP,
    "POST /console/assistant/draft": _STOP,
    "GET /console/segments": _ALL,
    "POST /console/segments": _ALL,
    "POST /console/segments/alike": _ALL,  # sums alone, of ten people and more
    "POST /console/segments/draft": _STOP,
    "GET /console/results": _ALL,  # sums alone; of a segment none of fewer than ten people
    "GET /console/results/question": _ALL,
    "GET /console/results/what-if": _ALL,
    "GET /console/results/export": _ALL,
}
# Whoever comes with a one-time password opens these alone, until it is changed.
_BEFORE_CHANGE = frozenset({
    "GET /console/password", "POST /console/password", "POST /console/sign-out", "POST /console/language",
})
# Whoever needs a second factor and has none opens these alone, until there is one.
_BEFORE_FACTOR = _BEFORE_CHANGE | {"GET /console/factor", "POST /console/factor/begin", "POST /console/factor/confirm"}
BEFORE: Mapping[Missing, frozenset[str]] = {"password": _BEFORE_CHANGE, "factor": _BEFORE_FACTOR}


def may(role: Role, page: str) -> bool:
    """Whether somebody of the role may ask for a page, `GET /console/audit`."""
    return role in RIGHTS.get(page, frozenset())
