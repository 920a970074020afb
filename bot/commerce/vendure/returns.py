"""Returns. Vendure refunds, and knows nothing of what comes back: our plugin writes what was announced into the order's
history. The shop's people pay it back and take the pieces off the order once they have them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commerce.types import OrderLine, OrderRequest
from bot.commerce.vendure.client import VendureClient, unwrap
from bot.commerce.vendure.shapes import moment

_ANNOUNCE = """mutation($input: PrevenantReturnInput!) {
  prevenantAnnounceReturn(input: $input) { orderId problem field available message } }"""

Native = Mapping[str, Any]


def announce(
    client: VendureClient, guard: Mapping[str, Any], pieces: Mapping[str, int], *, refund_to: str, reason: str
) -> None:
    """Announce pieces that come back, once per key. FixInput, Conflict. Writes.

    NotAllowed("not_delivered" | "requested_already" | "refund_elsewhere").
    """
    wanted = [{"lineId": line, "quantity": count} for line, count in pieces.items()]
    asked = {**guard, "pieces": wanted, "method": refund_to, "reason": reason}
    unwrap(client.write(_ANNOUNCE, input=asked, is_keyed=True)["prevenantAnnounceReturn"])


def requests_of(entries: Sequence[Native]) -> tuple[OrderRequest, ...]:
    """What was announced, oldest first."""
    return tuple(
        OrderRequest(
            kind="return", at=moment(each["createdAt"]), method_id=each["data"]["method"],
            reason=each["data"].get("reason") or "",
            pieces={piece["lineId"]: piece["quantity"] for piece in each["data"]["pieces"]},
        )
        for each in entries
    )


def may_return(lines: Sequence[OrderLine], requests: Sequence[OrderRequest]) -> bool:
    """Whether something has arrived that is neither back nor announced."""
    def asked(line: OrderLine) -> int:
        return sum(each.pieces.get(line.id, 0) for each in requests)

    is_open = any(asked(line) > line.returned for line in lines)
    return not is_open and any(line.delivered > line.returned for line in lines)
