"""Notes of our own in the shop's things: metafields that no other app reads or writes.

BigCommerce keeps one metafield of a key for each app and thing, and refuses a second: of two who write one at once, one
hears so. What is claimed so is claimed once, by whichever process.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.commerce.bigcommerce.client import PER_PAGE, BigCommerceClient
from bot.commerce.bigcommerce.shapes import moment
from bot.errors import Conflict

_NAMESPACE = "prevenant"
BASKET, DEFAULT_ADDRESS, CANCELLED = "basket", "default_address", "cancelled"


@dataclass(frozen=True)
class Note:
    """A metafield: BigCommerce's number of it, what it says, and since when."""

    number: str
    value: str
    at: datetime


def read_notes(client: BigCommerceClient, thing: str) -> dict[str, Note]:
    """Our notes in a thing, `customers/11` or `orders/100`, by key. NotFound without the thing."""
    told = client.read_every(f"v3/{thing}/metafields", {"namespace": _NAMESPACE}, PER_PAGE)
    return {
        each["key"]: Note(str(each["id"]), str(each["value"]), moment(each["date_modified"])) for each in told
        if each["namespace"] == _NAMESPACE
    }


def claim(client: BigCommerceClient, thing: str, key: str, value: str) -> None:
    """Write a note that is not there yet. Conflict where there is one. Writes."""
    client.write("POST", f"v3/{thing}/metafields", _body(key, value), is_repeatable=False)


def keep(client: BigCommerceClient, thing: str, key: str, value: str) -> None:
    """Write a note over what is there. Writes."""
    known = read_notes(client, thing).get(key)
    if known is None:
        try:
            claim(client, thing, key, value)
            return
        except Conflict:  # another process wrote it meanwhile
            known = read_notes(client, thing)[key]
    if known.value != value:
        client.write("PUT", f"v3/{thing}/metafields/{known.number}", _body(key, value), is_repeatable=True)


def drop(client: BigCommerceClient, thing: str, key: str) -> None:
    """Take a note out, where there is one. Writes."""
    if known := read_notes(client, thing).get(key):
        client.write("DELETE", f"v3/{thing}/metafields/{known.number}", is_repeatable=True)


def _body(key: str, value: str) -> dict[str, str]:
    return {"permission_set": "app_only", "namespace": _NAMESPACE, "key": key, "value": value}
