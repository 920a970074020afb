"""One customer as the recommender sees them: what they kept, sent back, looked at, wear and said."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from math import inf

import sqlalchemy as sa

from bot.commerce.types import Product, ProductRef
from bot.profile.consent import has_consent
from bot.profile.events import Event, events_of
from bot.profile.identities import root_of
from bot.profile.segments.members import kept_segments
from bot.profile.store.engine import Store
from bot.recommend.catalogue import Catalogue
from bot.recommend.dislikes import disliked_by
from bot.recommend.interactions import ADDED, ORDERED, VIEWED, product_pieces, product_refs
from bot.recommend.sizes import derive_sizes
from bot.recommend.style import Style
from bot.recommend.traits import department_of
from bot.recommend.types import Purchase

_REMOVED, _EMPTIED = "Product Removed", "Cart Emptied"
_BASKET_WINDOW = timedelta(days=1)  # what was put in it before is no longer this visit
_SEEN_WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Shopper:
    """What may be used for this customer. Without consent `seen`, `sizes`, `segments` are empty; taste is only `style`.

    `basket` is of this visit, as the page is, and asks for no leave. `purchases` are always there for a signed-in
    customer: without consent they serve one end, to leave out what was bought or sent back already.
    """

    is_personal: bool = False
    purchases: tuple[Purchase, ...] = ()
    sizes: dict[str, str] = field(default_factory=dict)
    seen: tuple[ProductRef, ...] = ()  # newest first, each once, without what was said no to or sent back
    basket: tuple[ProductRef, ...] = ()  # put in it today and left there
    disliked: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    style: Style = field(default_factory=Style)
    root: str = ""  # the person; "" for nobody known
    segments: frozenset[str] = frozenset()

    @property
    def kept(self) -> tuple[Purchase, ...]:
        """Purchases that taste may be read from, newest first: nothing of it went back, and it was not said no to."""
        if not self.is_personal:
            return ()
        return tuple(p for p in self.purchases if p.kept and not p.returned and p.product_ref not in self.disliked)


def may_personalise(connection: sa.Connection, customer_id: str, channel: str = "web") -> bool:
    """Whether the person allowed suggestions from their past."""
    return bool(customer_id) and has_consent(connection, customer_id, "personalisation", channel)


def read_shopper(
    store: Store, purchases: tuple[Purchase, ...], catalogue: Catalogue, *, customer_id: str, style: Style,
    now: datetime,
) -> Shopper:
    """The customer for one request; what they did not allow to be used is left out here, in one place.

    So is everything of theirs where somebody else is chosen for, but what they said no to, and what lies in the basket.
    """
    with store.read() as connection:
        is_personal = may_personalise(connection, customer_id) and not style.is_for_other
        disliked = {*disliked_by(connection, customer_id), *style.disliked}
        root = str(root_of(connection, customer_id)) if customer_id else ""
        touched = _touched(connection, customer_id, now, _SEEN_WINDOW if is_personal else _BASKET_WINDOW)
        segments = kept_segments(connection, [root])[root] if is_personal else set()
    basket = _in_basket(event for event in touched if event.occurred_at >= now - _BASKET_WINDOW)
    if style.is_for_other:
        return Shopper(disliked=frozenset({*disliked, *basket}), style=style, root=root)
    if not is_personal:
        return Shopper(purchases=purchases, basket=basket, disliked=frozenset(disliked), style=style, root=root)
    known = known_products(purchases, catalogue)
    unwanted = disliked | {p.product_ref for p in purchases if p.returned}
    departments = {department_of(known[p.product_ref]) for p in purchases if p.kept and p.product_ref in known}
    return Shopper(
        is_personal=True,
        purchases=purchases,
        sizes=derive_sizes(purchases, known),
        seen=tuple(ref for ref in _refs_of(e for e in touched if e.name in {VIEWED, ADDED}) if ref not in unwanted),
        basket=basket,
        disliked=frozenset(disliked),
        departments=frozenset({style.department} if style.department else departments - {""}),
        style=style,
        root=root,
        segments=frozenset(segments),
    )


def known_products(purchases: Iterable[Purchase], catalogue: Catalogue) -> dict[ProductRef, Product]:
    """The products behind purchases that are still sold."""
    rows = {purchase.product_ref: catalogue.row_of.get(purchase.product_ref) for purchase in purchases}
    return {ref: catalogue.products[row] for ref, row in rows.items() if row is not None}


def _touched(connection: sa.Connection, customer_id: str, now: datetime, window: timedelta) -> list[Event]:
    names = (VIEWED, ADDED, _REMOVED, _EMPTIED, ORDERED)
    return events_of(connection, customer_id, names=names, since=now - window, limit=60) if customer_id else []


def _refs_of(found: Iterable[Event]) -> tuple[ProductRef, ...]:
    return tuple(dict.fromkeys(ProductRef(ref) for event in found for ref in product_refs(event.properties)))


def _in_basket(newest_first: Iterable[Event]) -> tuple[ProductRef, ...]:
    """What was put in the basket since it was last emptied or ordered, and not all taken out afterwards."""
    held: dict[ProductRef, None] = {}
    gone: dict[str, float] = {}  # pieces taken out, of which it is not seen yet when they were put in
    for event in takewhile(lambda each: each.name not in {_EMPTIED, ORDERED}, newest_first):
        for ref, pieces in product_pieces(event.properties):
            taken = gone.get(ref, 0)
            if event.name == _REMOVED:
                gone[ref] = taken + (pieces or inf)  # who tells no number took the line out
            elif event.name == ADDED:
                gone[ref] = max(taken - (pieces or 1), 0)
                held |= {ProductRef(ref): None} if taken < (pieces or 1) else {}
    return tuple(held)
