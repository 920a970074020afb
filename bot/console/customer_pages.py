"""The console: customers: the search, one person's page, what we would say to them now, parting what was merged.

Each search and each look is kept in the trail before anything is shown: who looked at whom.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from bot.console.customer import Merged, read_customer, read_talks
from bot.console.customer_search import LEAST, Found, tidy_search
from bot.console.deeds import customers as deeds
from bot.console.deeds.inputs import MOST_NUMBER, PathName, Why, read_asked
from bot.console.deeds.segments import book_in_force
from bot.console.frame import Frame, go_to
from bot.console.masking import sees_whole, show_details, show_identity, show_trait, show_words
from bot.console.roles import may
from bot.console.sessions import Visit
from bot.errors import FixInput, RateLimited
from bot.nudges.now import NO_OCCASION
from bot.profile.conversations import conversations_of
from bot.profile.customers import CustomerId

_NO_REASON = "Please say why, in a few words."
_TOO_SHORT = "Please type at least three characters."
_TOO_OFTEN = "That was asked often enough for now. Please wait five minutes."
_PATH = "/console/customers"
_Merge = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
_Event = Annotated[int | None, Query(ge=-MOST_NUMBER, le=MOST_NUMBER)]  # a made-up past lies below one


def build_customer_pages(frame: Frame) -> APIRouter:
    """Every page under /console/customers."""
    router = APIRouter(prefix=_PATH, include_in_schema=False, route_class=frame.route_class)
    pages = _Pages(frame)
    here = Annotated[Visit, Depends(frame.admit)]

    async def read_form(request: Request, visit: here) -> dict[str, str]:
        return await frame.read_form(request, visit.token)

    sent = Annotated[dict[str, str], Depends(read_form)]

    @router.get("")
    def show_search(visit: here) -> Response:
        return pages.show_search(visit)

    @router.post("")  # what is typed is an address: it stays out of paths, and so out of logs
    def search(visit: here, form: sent) -> Response:
        return pages.search(visit, form.get("text", ""), form.get("after", ""))

    @router.get("/{customer}")
    def show_customer(customer: PathName, visit: here, before: _Event = None) -> Response:
        return pages.show(visit, pages.look(visit, customer, "saw"), before)

    @router.get("/{customer}/now")
    def show_now(customer: PathName, visit: here) -> Response:
        return pages.show_now(visit, pages.look(visit, customer, "asked_now"))

    @router.get("/{customer}/conversations")
    def show_conversations(customer: PathName, visit: here) -> Response:
        return pages.show_conversations(visit, pages.look(visit, customer, "read"))

    @router.get("/{customer}/merges/{merge}")
    def show_merge(customer: PathName, merge: _Merge, visit: here) -> Response:
        root = pages.look(visit, customer, "saw")
        return pages.show_merge(visit, root, deeds.find_merge(frame.services, root, merge))

    @router.post("/{customer}/merges/{merge}")
    def part(customer: PathName, merge: _Merge, visit: here, form: sent) -> Response:
        return pages.part(visit, customer, merge, form)

    return router


class _Pages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._services = frame, frame.services

    def show_search(
        self, visit: Visit, found: Sequence[Found] | None = None, *, text: str = "", problem: str = "",
        after: str = "", status: int = 200,
    ) -> Response:
        """The search, with what it found once something was looked for."""
        return self._show(visit, "customers.html", found=found, text=text, problem=problem, status=status,
                          least=LEAST, after=after)

    def search(self, visit: Visit, typed: str, after: str) -> Response:
        """Who it may be."""
        text = tidy_search(typed)
        if not text:
            return self.show_search(visit, problem=_TOO_SHORT, status=400)
        try:
            asked = read_asked(deeds.Searched, {"text": text, "after": after})
            found, after = deeds.search(self._services, visit.person, asked)
        except RateLimited:
            return self.show_search(visit, text=text, problem=_TOO_OFTEN, status=429)
        return self.show_search(visit, found, text=text, after=after)

    def look(self, visit: Visit, customer: str, deed: str) -> CustomerId:
        """The person that somebody is about to look at, kept in the trail."""
        return deeds.look(self._services, visit.person, customer, deed)

    def show(self, visit: Visit, root: CustomerId, before: int | None) -> Response:
        """Everything that is known of a person, as far as the role sees it."""
        with self._services.store.read() as connection:
            customer = read_customer(connection, self._services, root, before)
            talks = conversations_of(connection, root)
        return self._show(
            visit, "customer.html", customer=customer, talks=talks, titles=self._titles(visit), before=before,
            reads=may(visit.person.role, f"GET {_PATH}/{{customer}}/conversations"),
            parts=may(visit.person.role, f"GET {_PATH}/{{customer}}/merges/{{merge}}"),
        )

    def show_now(self, visit: Visit, root: CustomerId) -> Response:
        """What each journey would say at this moment. Nothing is kept, nothing is sent."""
        every = deeds.consider(self._services, root)
        begun = [each for each in every if NO_OCCASION not in each.reasons]
        return self._show(visit, "customer_now.html", customer_id=root, begun=begun,
                          rest=[each.journey for each in every if each not in begun])

    def show_conversations(self, visit: Visit, root: CustomerId) -> Response:
        """The last words of each conversation, for whom the roles allow it."""
        with self._services.store.read() as connection:
            talks = conversations_of(connection, root)
            said = dict(read_talks(connection, [each.sender_id for each in talks]))
        return self._show(visit, "customer_talks.html", customer_id=root, talks=talks, said=said)

    def show_merge(
        self, visit: Visit, root: CustomerId, merge: Merged, *, problem: str = "", status: int = 200
    ) -> Response:
        """What undoing it does, and the question whether to."""
        return self._show(visit, "customer_merge.html", customer_id=root, merge=merge, problem=problem, status=status)

    def part(self, visit: Visit, customer: str, merge_id: int, form: dict[str, str]) -> Response:
        """Undo a merge."""
        try:
            asked = read_asked(Why, form)
        except FixInput:
            root, merge = deeds.find(self._services, customer, merge_id)
            return self.show_merge(visit, root, merge, problem=_NO_REASON, status=400)
        merge = deeds.part(self._services, visit.person, customer, merge_id, asked)
        return go_to(f"{_PATH}/{merge.left_id}")

    def _titles(self, visit: Visit) -> dict[str, str]:
        language = visit.person.language
        return {name: each.titles.get(language, name) for name, each in book_in_force(self._services).segments.items()}

    def _show(self, visit: Visit, template: str, **values: Any) -> Response:
        """A page whose template shows personal data by these functions alone."""
        role = visit.person.role
        return self._frame.show(
            visit, template, here="customers", is_whole=sees_whole(role),
            show_identity=lambda kind, value: show_identity(role, kind, value),
            show_trait=lambda name, value: show_trait(role, name, value),
            show_details=lambda properties: show_details(role, properties),
            show_words=lambda text: show_words(role, text), **values,
        )
