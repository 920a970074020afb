"""The console's API: who may call what: whoever may open the page on which a person does the same."""

from collections.abc import Mapping

from bot.console.roles import RIGHTS, Role, may

PATH = "/console/api/v1"
_CHARTER, _JOURNEY, _CUSTOMER = "/console/charter", "/console/journeys/{journey}", "/console/customers/{customer}"
_TALK, _DRAFT = "/console/conversations/{talk}", "/console/drafts/{draft}"
_LISTS = {f"GET /lists/{page.rpartition('/')[2]}": page for page in RIGHTS if page.startswith("GET /console/lists/")}

# The call as its route names it -> the page whose row of `bot.console.roles` it goes by.
PAGE_OF: Mapping[str, str] = {
    "GET /me": "GET /console",
    "PUT /me/language": "POST /console/language",
    "GET /today": "GET /console",
    **_LISTS,
    "POST /reviews/{review}": "POST /console/lists/reviews/{review}",
    "POST /letters/{letter}/again": "POST /console/lists/letters/{letter}",
    "GET /audit": "GET /console/audit",
    "GET /data": "GET /console/data",
    "GET /data/{silo}": "GET /console/data/{silo}",
    "POST /data/{silo}/replay": "POST /console/data/{silo}/replay",
    "POST /data/engine": "POST /console/data/engine",
    "POST /data/preview": "POST /console/data/preview",
    "GET /try-on": "GET /console/try-on",
    "GET /try-on/{record}": "GET /console/try-on/{record}",
    "PUT /try-on/{record}": "POST /console/try-on/{record}",
    "GET /journeys": "GET /console/journeys",
    "GET /journeys/{journey}": f"GET {_JOURNEY}",
    "GET /journeys/{journey}/versions": f"GET {_JOURNEY}/versions",
    "POST /journeys/{journey}/pause": f"POST {_JOURNEY}/pause",
    "POST /journeys/{journey}/resume": f"POST {_JOURNEY}/resume",
    "POST /journeys/{journey}/trial": f"POST {_JOURNEY}/trial",
    "GET /content": "GET /console/content",
    "GET /content/journeys/{journey}": "GET /console/content/journeys/{journey}",
    "POST /content/journeys/{journey}/propose": "POST /console/content/journeys/{journey}/propose",
    "POST /content/journeys/{journey}/check": "POST /console/content/journeys/{journey}/words",
    "POST /content/journeys/{journey}/draft": "POST /console/content/journeys/{journey}/draft",
    "GET /content/pictures": "GET /console/content/pictures",
    "POST /content/pictures": "POST /console/content/pictures",
    "GET /content/pictures/{picture}": "GET /console/content/pictures/{picture}",
    "POST /content/pictures/{picture}/restore": "POST /console/content/pictures/{picture}/restore",
    "POST /content/pictures/{picture}/remove": "POST /console/content/pictures/{picture}/remove",
    "POST /content/pictures/{picture}/draft": "POST /console/content/pictures/{picture}/draft",
    "GET /content/offers": "GET /console/content/offers",
    "GET /content/offers/{offer}": "GET /console/content/offers/{offer}",
    "GET /content/tone": "GET /console/content/tone",
    "POST /content/tone": "POST /console/content/tone",
    "POST /content/tone/restore": "POST /console/content/tone/restore",
    "POST /content/tone/try": "POST /console/content/tone/try",
    "GET /guide": "GET /console/guide",
    "POST /guide/begin": "POST /console/guide/begin",
    "POST /guide/trial": "POST /console/guide/trial",
    "POST /guide/play": "POST /console/guide/play",
    "POST /guide/past": "POST /console/guide/past",
    "POST /guide/count": "POST /console/guide/results",
    "GET /drafts": "GET /console/drafts",
    "GET /drafts/{draft}": f"GET {_DRAFT}",
    "POST /drafts": "POST /console/journeys/new",
    "POST /drafts/check": "POST /console/drafts/check",
    "PUT /drafts/{draft}": f"POST {_DRAFT}",
    "POST /drafts/{draft}/propose": f"POST {_DRAFT}/propose",
    "POST /drafts/{draft}/take-back": f"POST {_DRAFT}/take-back",
    "POST /drafts/{draft}/drop": f"POST {_DRAFT}/drop",
    "POST /drafts/{draft}/trial": f"POST {_DRAFT}/trial",
    "POST /drafts/{draft}/held": f"POST {_DRAFT}/trial",
    "GET /charter": f"GET {_CHARTER}",
    "GET /charter/rules": f"GET {_CHARTER}/rules",
    "POST /charter/answers": f"POST {_CHARTER}/answers",
    "POST /charter/owners": f"POST {_CHARTER}/owners",
    "POST /charter/take-back": f"POST {_CHARTER}/take-back",
    "POST /charter/endings": f"POST {_CHARTER}/endings",
    "POST /charter/yields": f"POST {_CHARTER}/yields",
    "POST /customers/search": "POST /console/customers",
    "GET /customers/{customer}": f"GET {_CUSTOMER}",
    "GET /customers/{customer}/now": f"GET {_CUSTOMER}/now",
    "GET /customers/{customer}/conversations": f"GET {_CUSTOMER}/conversations",
    "GET /customers/{customer}/merges/{merge}": f"GET {_CUSTOMER}/merges/{{merge}}",
    "POST /customers/{customer}/merges/{merge}/undo": f"POST {_CUSTOMER}/merges/{{merge}}",
    "GET /conversations": "GET /console/conversations",
    "POST /conversations/search": "POST /console/conversations",
    "GET /conversations/{talk}": f"GET {_TALK}",
    "POST /conversations/{talk}/take": f"POST {_TALK}/take",
    "POST /conversations/{talk}/give-back": f"POST {_TALK}/give-back",
    "GET /misunderstood": "GET /console/misunderstood",
    "POST /misunderstood/training": "POST /console/misunderstood",
    "GET /assistant": "GET /console/assistant",
    "POST /assistant/dismiss": "POST /console/assistant/dismiss",
    "POST /assistant/draft": "POST /console/assistant/draft",
    "GET /results": "GET /console/results",
    "GET /results/heat": "GET /console/results",
    "GET /results/lift": "GET /console/results",
    "GET /results/question": "GET /console/results/question",
    "GET /results/export": "GET /console/results/export",
    "GET /results/what-if": "GET /console/results/what-if",
    "GET /segments": "GET /console/segments",
    "GET /segments/overlap": "GET /console/segments",
    "POST /segments/count": "POST /console/segments",
    "POST /segments/alike": "POST /console/segments/alike",
    "POST /segments/draft": "POST /console/segments/draft",
}
# Pages that write by a call whose row is another page's, which the same roles open.
WRITES_BY: Mapping[str, str] = {"POST /console/drafts/new/{kind}": "POST /drafts"}
# Pages that open the door itself: no program adds a factor, chooses a password or makes another token.
OF_THE_DOOR = frozenset({
    "POST /console/sign-out", "POST /console/password", "POST /console/factor/begin", "POST /console/factor/confirm",
    "POST /console/factor/remove", "POST /console/tokens", "POST /console/tokens/{token}/revoke",
})


def may_call(role: Role, call: str) -> bool:
    """Whether somebody of the role may make a call, `GET /journeys`; one that is not named is open to nobody."""
    return may(role, PAGE_OF.get(call, ""))
