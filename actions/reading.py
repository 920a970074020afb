"""What a message adds to a draft of service work: items, what is wanted instead, how it is paid, why, where to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.base import Turn
from actions.own_orders import names_of, own_order
from bot.commerce.types import CustomerRef, OrderLine
from bot.errors import NotFound
from bot.service.account import default_address, find_address
from bot.service.aftersales import SWAPS, Draft, Facts, methods_for, with_lines
from bot.service.answers import simplify
from bot.service.naming import find_mentions, find_method, find_variants, read_wish
from bot.service.naming import plain as plain_words


def absorb(turn: Turn, draft: Draft, facts: Facts, step: str, asked_line: str) -> tuple[Draft, str]:
    """The draft with whatever the message adds, and the line whose wish cannot be met, if any."""
    unmet = ""
    if not turn.text:
        return draft, unmet
    if draft.do in (*SWAPS, "return"):
        draft, unmet = _absorb_lines(turn, draft, facts, step, asked_line)
    if draft.do != "cancel" and draft.do != "address" and step != "wish":
        method = find_method(turn.text, methods_for(draft, facts), facts.original)
        allowed = {each.id for each in methods_for(draft, facts)}
        draft = replace(draft, method=method if method in allowed else draft.method)
    if draft.do == "cancel":
        draft = replace(draft, reason=_read_reason(turn) or draft.reason)
    if draft.do == "address":
        draft = replace(draft, address=_read_address(turn, draft) or draft.address)
    return draft, unmet


def _absorb_lines(turn: Turn, draft: Draft, facts: Facts, step: str, asked_line: str) -> tuple[Draft, str]:
    order, said, unmet = facts.order, plain_words(turn.text), ""
    mentions = find_mentions(turn.text, order.lines, names_of(turn, order.lines))
    spoken = [
        each for each in mentions if len(each.line_ids) == 1 or draft.do == "return" and _is_plural(said, each.start)
    ]
    stretches = {line_id: said[each.start : each.end] for each in spoken for line_id in each.line_ids}
    if step == "wish" and _fits_one(said, asked_line, facts):  # "laptop" may be a compartment, and not the laptop
        stretches = {asked_line: said}
    if not stretches and (target := _line_meant(draft, order.lines, step, asked_line)):
        stretches = {target: said}
    draft = with_lines(draft, list(stretches))
    if draft.do not in SWAPS:
        return draft, unmet
    changes = dict(draft.changes)
    for line_id, stretch in stretches.items():
        line, variants = facts.line(line_id), facts.variants.get(line_id, ())
        wish = read_wish(stretch, line, variants)
        if not wish.is_told:
            continue
        found = find_variants(line, wish, variants, facts.sellable)
        if len(found) == 1:
            changes[line_id] = str(found[0].ref)
        elif not found:
            unmet = line_id
    return replace(draft, changes=changes), unmet


def _fits_one(said: str, line_id: str, facts: Facts) -> bool:
    """Whether words, taken for what is wanted instead of the line asked about, leave one variant."""
    line, variants = facts.line(line_id), facts.variants.get(line_id, ())
    wish = read_wish(said, line, variants)
    return wish.is_told and len(find_variants(line, wish, variants, facts.sellable)) == 1


def _line_meant(draft: Draft, lines: Sequence[OrderLine], step: str, asked_line: str) -> str:
    """The line that words are about which name none: the one asked for, the only one chosen, the only one there is."""
    if step == "wish":
        return asked_line
    if draft.lines:
        return draft.lines[0] if len(draft.lines) == 1 else ""
    return lines[0].id if len(lines) == 1 else ""


def _is_plural(said: str, start: int) -> bool:
    return said[start:].split(" ", 1)[0].endswith("s") or "both" in said or "all" in said.split()


def _read_reason(turn: Turn) -> str:
    said = simplify(turn.text)
    for reason in turn.services.policy.orders.cancel_reasons:
        if set(reason.means) & set(turn.entities.get("reason", ())):
            return reason.id
        if any(simplify(name) in said for name in (reason.id, reason.names.fr, reason.names.en)):
            return reason.id
    return ""


def _read_address(turn: Turn, draft: Draft) -> dict[str, str]:
    """An address in words, that of another order, or the one in the account."""
    if found := find_address(turn.text):
        return found
    said = simplify(turn.text)
    for number in turn.entities.get("order_number", ()):
        if number.lstrip("#").upper() != draft.number.lstrip("#").upper():
            try:
                other = own_order(turn, number).shipping_address
            except NotFound:
                continue
            return _to_parts(other) if other else {}
    words = (
        "default address",
        "my address on file",
        "profile",
        "home address",
        "account address",
        "adresse par defaut",
    )
    if turn.is_verified and any(word in said for word in words):
        customer = turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))
        home = default_address(customer)
        return _to_parts(home) if home else {}
    return {}


def _to_parts(address: Any) -> dict[str, str]:
    names = ("line1", "line2", "city", "region_code", "postcode", "country")
    return {name: getattr(address, name) for name in names if getattr(address, name)}
