"""The service desk: which wishes of a message go on with the work in hand, and which are other work."""

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.base import Turn
from actions.own_orders import names_of, own_orders
from actions.which_order import find_numbers
from bot.commerce.types import Order
from bot.service.aftersales import SWAPS, Draft
from bot.service.desk.cues import is_weak
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import Segment, cut_descriptions, source_numbers


def sort_out(turn: Turn, draft: Draft, segments: Sequence[Segment], step: str) -> tuple[list[Segment], list[Segment]]:
    """What of a message goes on with the work in hand, and what is other work."""
    own: list[Segment] = []
    others: list[Segment] = []
    for each in segments:
        (own if _goes_on(turn, draft, each, step) else others).append(each)
    return own, others


def _goes_on(turn: Turn, draft: Draft, segment: Segment, step: str) -> bool:
    numbers = numbers_in(turn, segment)
    if draft.number and numbers and draft.do != "address" and all(each.number != draft.number for each in numbers):
        return False
    if not segment.do:
        return _names_only_this_order(turn, draft, segment)
    if segment.do == "payment" and draft.do in SWAPS and _PAYS_ORDER.search(plain_words(segment.text)):
        return False
    is_weak_refund = segment.do == "return" and is_weak(plain_words(segment.text), "return") and not segment.is_instead
    same = segment.do == draft.do or {segment.do, draft.do} <= {*SWAPS} or draft.do in SWAPS and is_weak_refund
    if same:
        return _names_only_this_order(turn, draft, segment)
    if draft.do in SWAPS and segment.do == "payment" or draft.do == "return" and segment.do == "payment":
        return step in ("method", "confirm")
    if segment.do == "items" and draft.do != "return":  # "change it to ..." while something else is changed
        lines = [line for order in own_orders(turn) for line in order.lines]
        return not find_mentions(segment.text, lines, names_of(turn, lines))
    return step == "address" and segment.do == "home" and draft.do == "address"


def numbers_in(turn: Turn, segment: Segment) -> list[Order]:
    """The orders that a segment names as what is to be changed."""
    orders = own_orders(turn)
    sources = source_numbers(segment.text, orders) if segment.do in ("address", "home", "") else []
    named = find_numbers(replace(turn, text=segment.text, entities={}), orders)
    lines = [line for order in orders for line in order.lines]
    described = (
        []
        if named or segment.do in ("address", "home")
        else cut_descriptions(plain_words(segment.text), orders, names_of(turn, lines))[1]
    )
    return [each for each in named or (described if len(described) == 1 else []) if each not in sources]


_PAYS_ORDER = re.compile(
    r"\bpay\w*\b(?: \w+){0,3}? (?:for )?(?:(?:that|this|the|my|whole|entire) )?(?:\w+ )?order\b|"
    r"\bpayment (?:method )?(?:of|for|on) (?:the |that |this |my )?(?:whole |entire )?(?:order|w\d+)|\bfirst\b.*\bpay"
)


def _names_only_this_order(turn: Turn, draft: Draft, segment: Segment) -> bool:
    """Whether the things that words name are in the order in hand, or in none."""
    if not draft.number or draft.do not in (*SWAPS, "return", "cancel"):
        return True
    orders = own_orders(turn)
    here = [line for order in orders if order.number == draft.number for line in order.lines]
    there = [line for order in orders if order.number != draft.number for line in order.lines]
    if find_mentions(segment.text, here, names_of(turn, here)):
        return True
    return not (segment.do and find_mentions(segment.text, there, names_of(turn, there)))


def takes_over(turn: Turn, draft: Draft, segment: Segment) -> bool:
    """Whether other work takes the place of the one in hand: it is about the same things, or nothing was said yet."""
    if segment.do in ("payment", "address") and draft.do == "items":
        return True  # a change of items would rule them out
    if segment.is_more:
        return False
    orders = [each for each in own_orders(turn) if each.number == draft.number]
    numbers = numbers_in(turn, segment)
    if draft.number and numbers and all(each.number != draft.number for each in numbers):
        return False
    if not draft.lines and not draft.address and not draft.reason and draft.do != "payment":
        return True
    lines = [line for order in orders for line in order.lines]
    mentions = find_mentions(segment.text, lines, names_of(turn, lines))
    if not mentions:
        return segment.do in ("cancel", "return") and draft.do in ("return", *SWAPS, "cancel")
    return any(set(each.line_ids) & set(draft.lines) for each in mentions)
