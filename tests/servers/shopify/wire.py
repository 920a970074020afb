"""Shapes that both of Shopify's APIs share, told from a played shop."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from tests.servers.shopify.state import Variant

_TERM = re.compile(r"""(\w+):(>=|<=)?(?:"([^"]*)"|'([^']*)'|(\S+))""")
_ADDRESS = ("firstName", "lastName", "company", "address1", "address2", "city", "provinceCode", "zip", "phone")


def gid(kind: str, number: str) -> str:
    """Shopify's id of a thing."""
    return f"gid://shopify/{kind}/{number}"


def number_of(native: str) -> str:
    """The number in it."""
    return native.rpartition("/")[2].partition("?")[0]


def money(minor: int) -> dict[str, str]:
    """A MoneyV2."""
    return {"amount": str(Decimal(minor).scaleb(-2)), "currencyCode": "EUR"}


def bag(minor: int) -> dict[str, Any]:
    """A MoneyBag."""
    return {"shopMoney": money(minor), "presentmentMoney": money(minor)}


def connection(items: Sequence[Any]) -> Callable[..., dict[str, Any]]:
    """A connection that pages; its cursors are Shopify's own business."""

    def page(_info: Any, *, first: int, after: str | None = None, reverse: bool = False, **_other: Any) -> Any:
        told = list(reversed(items)) if reverse else list(items)
        start = int(after) if after else 0
        more = start + first < len(told)
        return {"nodes": told[start : start + first],
                "pageInfo": {"hasNextPage": more, "endCursor": str(start + first) if more else None}}

    return page


def matches(query: str, said: dict[str, str]) -> bool:
    """Whether a thing is found by a query of Shopify's search syntax, of which these terms and OR are played."""
    held = []
    for name, sign, *values in _TERM.findall(query):
        value, own = "".join(values).lower(), said[name].lower()
        held.append(own >= value if sign == ">=" else own <= value if sign == "<=" else value in (own, own.lstrip("#")))
    return any(held) if " OR " in query else all(held)


def mailing_address(number: str, said: dict[str, Any]) -> dict[str, Any]:
    """A MailingAddress."""
    told = {name: said.get(name) for name in _ADDRESS}
    return {"id": gid("MailingAddress", number) + "?model_name=CustomerAddress", **told,
            "countryCodeV2": said["countryCode"]}


def refused(payload: str, message: str, path: list[str] | None = None) -> dict[str, Any]:
    """A mutation that was not done."""
    return {payload: None, "userErrors": [{"field": path, "message": message}]}


def options_of(variant: Variant, language: int) -> list[dict[str, str]]:
    """SelectedOptions, French (0) or English (1)."""
    names = (("Couleur", "Taille"), ("Color", "Size"))[language]
    return [{"name": names[0], "value": variant.colour[language]}, {"name": names[1], "value": variant.size}]


def language_of(info: Any) -> int:
    """What `@inContext` asked for: French (0), the shop's own, or English (1)."""
    return 1 if info.context.get("language") == "EN" else 0
