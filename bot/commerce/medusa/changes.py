"""What changed in the shop, found by polling: nothing is missed when a call was. The plugin names changes alike.

Three streams: orders by when they were made, orders by when they were touched, customers by when they were touched.
What is written becomes visible later than it says. A cancelled order that is touched again tells its cancellation
again, under the same id.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.shapes import Native, moment
from bot.commerce.polling import ChangePoller, CursorForm, Place, Stream, cancelled, changed, customer_changed, placed
from bot.commerce.types import ShopEvent

_PAGE = 50
_ORDER, _CUSTOMER = "id,status,created_at,updated_at,canceled_at", "id,has_account,created_at,updated_at"


def make_poller(
    client: MedusaClient, clock: Callable[[], datetime], rest_seconds: float,
    seconds: Callable[[], float] = time.monotonic,
) -> ChangePoller:
    """What polls a Medusa shop: see `ChangePoller`."""
    streams = (
        _stream(client, "orders", "created_at", _ORDER, _tell_made),
        _stream(client, "orders", "updated_at", _ORDER, _tell_touched),
        _stream(client, "customers", "updated_at", _CUSTOMER, _tell_customer),
    )
    return ChangePoller(streams, clock, rest_seconds, seconds, _FORM)


def _stream(
    client: MedusaClient, path: str, field: str, fields: str, tell: Callable[[Native], list[ShopEvent]]
) -> Stream:
    """Things of one kind by one of their moments."""
    return Stream(
        lambda since, until: _list(client, path, fields, {
            f"{field}[$gte]": stamp_of(since), f"{field}[$lte]": stamp_of(until), "order": field}),
        lambda said: Place(moment(said[field]), said["id"]), tell)


def _list(
    client: MedusaClient, path: str, fields: str, asked: dict[str, Any]
) -> Iterator[tuple[list[Any], bool]]:
    start, has_more = 0, True
    while has_more:
        said = client.read(f"admin/{path}", **asked, fields=fields, limit=_PAGE, offset=start)[path]
        start, has_more = start + _PAGE, len(said) == _PAGE
        yield said, has_more


def stamp_of(at: datetime) -> str:
    """A moment in milliseconds, as Medusa writes it, and as it stands in ids and cursors."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


_FORM = CursorForm(stamp_of, r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)~([A-Za-z0-9_]{0,80})", "~", "")


def _version_of(at: datetime) -> str:
    """When something was touched, in milliseconds: ids have 64 characters at most, Medusa's own half of them."""
    return str(int(at.timestamp()) * 1000 + at.microsecond // 1000)


def _tell_made(said: Native) -> list[ShopEvent]:
    """`plugin/prevenant-changes.js` names changes in the same way."""
    return [] if said["status"] == "draft" else [placed(said["id"], moment(said["created_at"]))]


def _tell_touched(said: Native) -> list[ShopEvent]:
    ref, at = said["id"], moment(said["updated_at"])
    if said["status"] == "draft":
        return []
    events = [changed(ref, at, _version_of)] if at != moment(said["created_at"]) else []
    return events + ([cancelled(ref, moment(said["canceled_at"]))] if said.get("canceled_at") else [])


def _tell_customer(said: Native) -> list[ShopEvent]:
    return [customer_changed(said["id"], moment(said["updated_at"]), _version_of)] if said["has_account"] else []
