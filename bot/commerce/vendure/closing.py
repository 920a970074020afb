"""An account closed, a guest forgotten. Vendure hides a deleted customer and forgets nothing: our plugin does."""

from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.shapes import is_id
from bot.errors import FixInput, NotFound

_CLOSE = """mutation($customerId: ID!, $key: String!) {
  prevenantCloseAccount(customerId: $customerId, key: $key) { orderId problem message } }"""
_FORGET = "mutation($email: String!) { prevenantForgetGuest(email: $email) { count problem message } }"


def close_account(client: VendureClient, ref: str, key: str) -> None:
    """Close it, once per key. NotFound. Writes."""
    if not key:
        raise FixInput("idempotency_key", "must not be empty")
    if not is_id(ref):
        raise NotFound("customer")
    unwrap(client.write(_CLOSE, customerId=ref, key=key, is_keyed=True)["prevenantCloseAccount"])


def forget_guest(client: VendureClient, email: str) -> int:
    """Forget whoever ordered under it without an account; how many orders. Whom it forgot, it finds no more. Writes."""
    if not email.strip():
        return 0
    return int(unwrap(client.write(_FORGET, email=email.strip(), is_keyed=True)["prevenantForgetGuest"])["count"])
