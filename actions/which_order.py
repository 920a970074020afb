"""Which orders a message means: by number, by what is in them, by their state, or by what was spoken of last."""

import re
from collections.abc import Callable, Sequence

from actions.base import Turn
from actions.own_orders import eligible_orders, names_of, own_orders
from bot.commerce.types import Order
from bot.service.aftersales import PENDING, SWAPS, Draft, may
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import cut_descriptions, means_every_order, spread
from bot.service.orders import find_by_parcel

_LATEST = re.compile(
    r"\b(?:latest|last|most recent|newest|recent|derniere|plus recente)\b(?: \w+)? (?:order|purchase|one|commande)"
)
_NAMES_LAST = re.compile(r"\b(?:that|this|the same|cette|la meme) (?:order|one|commande)\b")
_EVERY = re.compile(r"\b(?:all|every|each|both|toutes?|tous|chaque|les deux)\b")
_OTHER = re.compile(r"\b(?:other|autre)\b(?: \w+)? (?:order|one|commande)")


def find_numbers(turn: Turn, orders: Sequence[Order]) -> list[Order]:
    """The orders that words name by number, or by how it ends."""
    said = turn.text.upper()
    values = {each.lstrip("#").upper() for each in turn.entities.get("order_number", ())}
    found = [(said.find(each.number.lstrip("#").upper()), each) for each in orders]
    named = [each for at, each in sorted(found, key=lambda pair: pair[0]) if at >= 0]
    named = named or [each for each in orders if each.number.lstrip("#").upper() in values]
    bare = set(re.findall(r"(?<![\w#-])\d{5,}(?![\w-])", said))  # without the letters before it
    named = named or [each for each in orders if bare and re.sub(r"\D", "", each.number) in bare]
    return named or [each for each in orders if _names_end(said, each.number)]


def _names_end(said: str, number: str) -> bool:
    """Whether words such as "ends in 66" fit a number."""
    ends = re.findall(r"\b(?:END|FINISH|LAST)\w*\b[^.?!0-9]{0,24}#?(\d{2,6})\b", said)
    return any(number.endswith(each) for each in ends)


def looks_unknown(turn: Turn, number: str, orders: Sequence[Order]) -> bool:
    """Whether something typed has the form of this shop's numbers, and is none of the customer's."""
    if not orders:
        return True
    shape = re.sub(r"\d", "0", orders[0].number.lstrip("#").upper())
    return re.sub(r"\d", "0", number.lstrip("#").upper()) == shape or turn.text.strip().startswith("/")


def meant_orders(turn: Turn, draft: Draft) -> list[list[Order]]:
    """The orders that the things named are in, each group those that fit alike; else those that the words mean."""
    eligible = eligible_orders(turn, draft.do)
    if not eligible:
        only = [each for each in _holding(turn, plain_words(turn.text), own_orders(turn)) if len(each) == 1]
        return only[:1]  # that it cannot be done to the one that is meant says more than that it can be done to none
    names = names_of(turn, [line for order in eligible for line in order.lines])
    if means_every_order(turn.text):
        holding = [each for each in eligible if find_mentions(plain_words(turn.text), each.lines, names)]
        return [[each] for each in (holding if draft.do in SWAPS else holding or eligible)] or [eligible]
    said, described = cut_descriptions(plain_words(turn.text), eligible, names)
    if described:
        return [described]
    last = next((each for each in eligible if turn.state.last_order and each.number == turn.state.last_order), None)
    if _OTHER.search(said) and turn.state.last_order:
        rest = [each for each in eligible if each is not last]
        return [rest] if rest else []
    groups = _holding(turn, said, hinted(said, eligible) or eligible)
    if groups:
        return [_likeliest(group, draft, last if _points_back(said) else None) for group in groups]
    if elsewhere := _holding(turn, said, own_orders(turn)):
        return elsewhere[:1] if len(elsewhere[0]) == 1 or draft.do not in PENDING else [eligible]
    if last is None and _NAMES_LAST.search(said) and (spoken := _spoken_of(turn)):
        return [[spoken]]  # it cannot be done to that one any more, which is better said than done to another
    eligible = hinted(said, eligible) or eligible
    if len(eligible) == 1:
        return [eligible]
    return [[last]] if last and (_points_back(said) or draft.do in ("address", "payment")) else [eligible]


def orders_meant(turn: Turn, orders: Sequence[Order]) -> list[Order]:
    """The orders that the words, a button or the page mean; [] where they mean none in particular."""
    if named := find_numbers(turn, orders):
        return named
    if turn.text.startswith("/"):
        return []
    if parcel := find_by_parcel(orders, turn.text):
        return [parcel]
    said = plain_words(turn.text)
    if _EVERY.search(said):
        return list(orders)
    names = names_of(turn, [line for order in orders for line in order.lines])
    said, described = cut_descriptions(said, orders, names)
    found = described or hinted(said, orders) or [each for group in _holding(turn, said, orders) for each in group]
    if found:
        return found
    last = turn.state.last_order if _NAMES_LAST.search(said) or _points_back(said) else ""
    return [each for each in orders if each.number in (last, str(turn.page.get("order", "")))]


def _spoken_of(turn: Turn) -> Order | None:
    """The order that was spoken of last, whatever can still be done to it."""
    return next((each for each in own_orders(turn) if turn.state.last_order == each.number), None)


def _holding(turn: Turn, said: str, orders: Sequence[Order]) -> list[list[Order]]:
    """For each part of what is named, the orders that hold it alike."""
    lines = [line for order in orders for line in order.lines]
    mentions = find_mentions(said, lines, names_of(turn, lines))
    return spread([each for each in mentions if len(each.line_ids) < len(lines) or len(lines) == 1], orders)


def _likeliest(group: list[Order], draft: Draft, last: Order | None) -> list[Order]:
    """Of orders that hold the same: the one spoken of, else those that the very word fits."""
    if last in group:
        return [last] if last else group
    return [each for each in group if may(each, draft.do)] or group


def hinted(said: str, orders: Sequence[Order]) -> list[Order]:
    """The orders that a word for their state means."""
    hints: tuple[tuple[str, Callable[[Order], bool]], ...] = (
        (
            r"\b(?:pending|open|not shipped|hasn'?t shipped|en attente)\b",
            lambda each: each.editable.address or each.editable.cancel,
        ),
        (r"\b(?:cancell?ed|annulees?)\b", lambda each: each.status == "cancelled"),
        (r"\b(?:delivered|received|arrived|livrees?|recues?)\b", lambda each: each.fulfilment_status == "delivered"),
    )
    found = next((those for words, fits in hints if re.search(words, said)
                  and (those := [each for each in orders if fits(each)])), [])
    if _LATEST.search(said) and (found or orders):
        return [max(found or orders, key=lambda each: each.placed_at)]
    return found


def _points_back(said: str) -> bool:
    return (
        re.search(
            r"\b(?:that|this|same|it|cette|meme) (?:order|one|commande)\b|\bit\b|\bthe order\b|\bla commande\b", said
        )
        is not None
    )
