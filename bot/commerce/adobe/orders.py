"""Orders read back. Where something of one has left, its parcels are read too: Adobe tells them for themselves."""

from collections.abc import Callable, Iterator, Sequence

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import MOST_ON_A_PAGE, Filter, Search, one_of
from bot.commerce.adobe.order_shapes import to_order
from bot.commerce.adobe.shapes import Native, is_id
from bot.commerce.catalogue_search import Catalogue
from bot.commerce.folding import fold, fold_code
from bot.commerce.forms import require_page
from bot.commerce.types import CustomerRef, Order, Page
from bot.errors import NotFound


class OrderReader:
    """Reads orders, always live."""

    def __init__(self, client: AdobeClient, read_catalogue: Callable[[], Catalogue]) -> None:
        """`read_catalogue` gives what lines look like."""
        self._client, self._read_catalogue = client, read_catalogue

    def get_order(self, ref: str) -> Order:
        """The order. NotFound."""
        return self.to_orders([self.get_native(ref)])[0]

    def get_native(self, ref: str) -> Native:
        """The order as Adobe tells it. NotFound."""
        if not is_id(ref):
            raise NotFound(f"order {ref}")
        said: Native = self._client.read(f"orders/{ref}")
        return said

    def to_orders(self, natives: Sequence[Native]) -> list[Order]:
        """Orders in our words, with their parcels."""
        catalogue = self._read_catalogue()
        left = [str(each["entity_id"]) for each in natives if any(one.get("qty_shipped") for one in each["items"])]
        asked = Search([one_of("order_id", left)], sort=["entity_id"])
        shipments = list(self._client.search_every("shipments", asked)) if left else []
        return [
            to_order(each, [one for one in shipments if int(one["order_id"]) == int(each["entity_id"])], catalogue)
            for each in natives
        ]

    def find_order(self, number: str, *, customer_ref: CustomerRef | None, email: str, postcode: str) -> Order:
        """The order whose number and every proof match, else NotFound; without a proof none."""
        code = fold_code(number)
        if not code or not (customer_ref or email.strip() or fold_code(postcode)):
            raise NotFound("order")
        for said in self._candidates(number, code):
            order = self.to_orders([said])[0]
            homes = {order.shipping_address.postcode if order.shipping_address else "",
                     said["billing_address"].get("postcode") or ""}
            if (
                fold_code(order.number) == code
                and (not customer_ref or order.customer_ref == customer_ref)
                and (not email.strip() or fold(order.email) == fold(email))
                and (not fold_code(postcode) or fold_code(postcode) in {fold_code(each) for each in homes})
            ):
                return order
        raise NotFound("order")

    def _candidates(self, number: str, code: str) -> Iterator[Native]:
        """By the number that people see, however it was typed; several stores may have given the same."""
        typed = "".join(number.strip().lstrip("#").split()).replace(",", "")
        asked = Search([one_of("increment_id", dict.fromkeys([typed, code]))], sort=["-entity_id"], size=20)
        yield from self._client.search("orders", asked)[0]

    def list_orders(self, customer_ref: str, *, limit: int, cursor: str) -> Page[Order]:
        """A page of the customer's orders, newest first. FixInput for a cursor that is not ours."""
        page, size = require_page(cursor), min(max(limit, 1), MOST_ON_A_PAGE)
        if not is_id(customer_ref):
            return Page(())
        asked = Search([Filter("customer_id", customer_ref)], sort=["-created_at", "-entity_id"], size=size, page=page)
        said, count = self._client.search("orders", asked)
        return Page(tuple(self.to_orders(said)), str(page + 1) if page * size < count else "")
