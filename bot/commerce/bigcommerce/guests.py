"""Which of BigCommerce's baskets a guest's ref leads to. BigCommerce has no empty ones: a basket is made with its first
line, and is gone with its last.

A ref is `cart-<id>`; before the first line it is `new-<word>`, which only the process that gave it knows. Whoever is
given a basket back goes on with the ref that it bears.
"""

from threading import Lock
from uuid import uuid4

from bot.commerce.bigcommerce.shapes import is_cart_id
from bot.commerce.types import CartRef
from bot.errors import NotFound

GUEST, NEW = "cart-", "new-"
_AT_MOST = 1_000


class Guests:
    """The refs that this process gave: safe between threads, the oldest forgotten first."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = Lock()
        self._refs: dict[str, CartRef] = {}  # by idempotency key
        self._carts: dict[str, str] = {}  # BigCommerce's id by ref; "" while there is none

    def open(self, key: str) -> CartRef:
        """The ref of a key: the same, however often it is asked for."""
        with self._lock:
            if key not in self._refs:
                ref = CartRef(f"{NEW}{uuid4().hex}")
                _put(self._refs, key, ref)
                _put(self._carts, ref, "")
            return self._refs[key]

    def cart_of(self, ref: str) -> str:
        """BigCommerce's id of the basket, "" while it has none. NotFound for a ref that cannot be, or is not ours."""
        with self._lock:
            known = self._carts.get(ref)
        if known is not None:
            return known
        cart_id = ref.removeprefix(GUEST)
        if not ref.startswith(GUEST) or not is_cart_id(cart_id):
            raise NotFound("cart")
        return cart_id

    def lead(self, ref: CartRef, cart_id: str) -> CartRef:
        """From now on a ref leads there, or, with "", nowhere until its next line; the ref to go on with."""
        with self._lock:
            _put(self._carts, ref, cart_id)
        return CartRef(f"{GUEST}{cart_id}") if cart_id else ref


def _put[Value](kept: dict[str, Value], key: str, value: Value) -> None:
    while len(kept) >= _AT_MOST and key not in kept:
        del kept[next(iter(kept))]
    kept[key] = value
