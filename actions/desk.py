"""The service desk: what a message wants done to orders or told of them, one thing or several; others get the rest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from actions import account, delivery_choice, identify
from actions.aftersales import start
from actions.afterwards import hear_afterwards, settled_here
from actions.asking import Resume, prepend
from actions.base import Reply, Turn
from actions.orders import find_proved
from actions.own_orders import names_of, own_orders
from actions.shelf import catalogue_of
from actions.telling import ORDERS, find_shown, has_own_options, is_of_books, tell_all
from actions.which_order import find_numbers, meant_orders
from bot.commerce.types import Order
from bot.profile.state import ConversationState
from bot.service.account import find_address
from bot.service.aftersales import INTENTS, Do, Draft
from bot.service.desk.clauses import Clause, read_clauses
from bot.service.desk.cues import is_home_source
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import (
    Segment,
    find_segments,
    means_every_order,
)
from bot.service.desk.spelling_out import spell_out
from bot.service.desk.telling import find_product
from bot.service.identify import find_claims

SERVICE = frozenset(INTENTS) | frozenset(
    "get_refund nlu_fallback out_of_scope default_fallback complaint report_delivery_problem check_refund_policy "
    "edit_account set_up_shipping_address payment_issue check_payment_methods track_refund".split()
)
SHELF = frozenset(  # what details of a wish are taken for
    "search_products recommend_products product_details check_availability size_advice add_to_cart remove_from_cart "
    "set_style_preferences add_usual".split()
)
GREETING = 3  # words: shorter, a clause beside others wants nothing
_PAPER = re.compile(r"\b(?:invoices?|receipts?|bills?|factures?|recus?|justificatifs?)\b")
LONG_NO = 5  # words: a longer no says what should be different
_IN_ALL = re.compile(r"\b(?:altogether|in total|total|in all|all (?:of )?(?:it|them|that)|en tout|au total)\b")
_NO_GUESS: frozenset[Do] = frozenset({"items"})  # words such as "change" mean many things: an order has to be meant too


def serve(turn: Turn, do: Do) -> Reply:
    """A wish that understanding is sure of; what the words say of it counts."""
    return begin(turn, {"do": do, "text": turn.text, "entities": dict(turn.entities)})


def begin(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The first step; somebody unverified says who they are first (promise 5)."""
    if not turn.is_verified and find_proved(turn, turn.entity("order_number")) is None:
        return identify.begin(turn, "order_service", args, resume=begin)
    text = _with_more(turn, str(args.get("text", "")))
    entities = {
        name: tuple(found) if not isinstance(found, str) else (found,)
        for name, found in args.get("entities", {}).items()
    }
    said = spelled_out(replace(turn, text=text, entities=entities), "") if turn.is_verified else turn
    said = replace(said, entities=entities) if turn.is_verified else replace(turn, text=text, entities=entities)
    text = said.text
    if text.startswith("/") or not text:
        return start(said, Draft(args["do"]))
    clauses = read_clauses(text)
    segments = find_segments(clauses)
    wanted = [each for each in segments if each.do and each.do != "person"]
    told = tell_all(said, clauses, None, scope=_scope(said, wanted)) if turn.is_verified else []
    if told and not wanted and all(each.ask or _tells_who(each.text) for each in clauses):
        return Reply(tuple(told), said.state)
    segments = [each if each.do else replace(each, do=args["do"]) for each in segments if each.do != "person"]
    segments = segments or [Segment(args["do"], text)]
    return prepend(_start_all(said, segments), *told)


def _with_more(turn: Turn, text: str) -> str:
    """What was wanted, and what else was said by who told who they are meanwhile."""
    if turn.text in ("", text) or turn.text.startswith("/") or not turn.is_verified:
        return text
    wants = any(each.do for each in find_segments(read_clauses(turn.text)))
    if not wants and not find_numbers(turn, own_orders(turn)):
        return text
    return f"{text} . {turn.text}" if text and not text.startswith("/") else turn.text


def hear(turn: Turn) -> Reply | None:
    """The reply to a message of somebody verified that no question was open for; None when it is not the desk's."""
    if turn.text.startswith("/") or not turn.is_verified:
        return None
    if reply := account.hear_book(turn) or delivery_choice.hear(turn) or hear_afterwards(turn):
        return reply
    turn = spelled_out(turn, "")
    clauses = read_clauses(turn.text)
    wanted = [each for each in find_segments(clauses) if each.do and each.do != "person" and _is_ours(turn, each)]
    asked = [
        each for each in clauses if each.ask and (wanted or is_of_books(each) or turn.intent not in SHELF)
        or each.ask in ("options", "price") and has_own_options(turn, each)
    ]
    told = tell_all(turn, asked, None, scope=_scope(turn, wanted) or _summed_up(turn))
    if wanted:
        return prepend(_start_all(turn, wanted), *told)
    is_paper = turn.intent == "get_invoice" and _PAPER.search(plain_words(turn.text))  # "all invoices of my orders"
    only_asks = all(each.ask or _tells_who(each.text) for each in clauses)
    if not told or is_paper or turn.intent in INTENTS and not only_asks:
        return None
    return Reply(tuple(told), _pointed_at(turn, asked))


def _tells_who(text: str) -> bool:
    """Whether a clause only says who is writing, or hello."""
    return bool(find_claims(text, takes_names=True)) or len(text.split()) < GREETING


def spelled_out(turn: Turn, number: str) -> Turn:
    """The turn with comparisons that tell things apart put into words; of one order where one is in hand."""
    lines = [line for order in own_orders(turn) for line in order.lines if number in ("", order.number)]
    return replace(turn, text=spell_out(turn.text, lines, names_of(turn, lines))) if lines else turn


def _pointed_at(turn: Turn, asked: Sequence[Clause]) -> ConversationState:
    """The state, with the one variant that an answer named: "that one" means it."""
    shown = find_shown(turn, asked)
    return replace(turn.state, last_product=shown) if shown else turn.state


def _summed_up(turn: Turn) -> list[Order]:
    """The orders that were settled in this conversation, where a sum of all that is asked for."""
    return settled_here(turn) if _IN_ALL.search(plain_words(turn.text)) else []


def _scope(turn: Turn, wanted: Sequence[Segment]) -> list[Order]:
    """The orders that the wishes of a message are about, where that is clear: what is asked beside them is of these."""
    found: list[Order] = []
    for each in wanted:
        if each.do not in ("cancel", "return", "items", "exchange"):
            continue
        said = replace(turn, text=each.text)
        groups = [[order] for order in find_numbers(said, own_orders(turn))] or meant_orders(said, Draft(work_of(each)))
        is_every = means_every_order(each.text)
        found += [order for group in groups if len(group) == 1 or is_every for order in group]
    return list({order.number: order for order in found}.values())


def hear_stranger(turn: Turn) -> Reply | None:
    """The reply to somebody unverified whose words want something done to an order, whatever they were taken for."""
    if turn.text.startswith("/") or turn.is_verified:
        return None
    segments = [
        each for each in find_segments(read_clauses(turn.text)) if each.do and each.do not in ("person", "home")
    ]
    said = plain_words(turn.text)
    is_ours = bool(
        turn.entity("order_number") or ORDERS.search(said) or find_product(said, catalogue_of(turn).products)
    )
    return serve(turn, work_of(segments[0])) if segments and is_ours else None


def _is_ours(turn: Turn, segment: Segment) -> bool:
    """Whether a wish is about an order: understanding says so, or an order or something in one is named."""
    if segment.do == "home":
        return True
    if turn.intent in SERVICE and segment.do not in _NO_GUESS or turn.intent in INTENTS:
        return True
    orders = own_orders(turn)
    lines = [line for order in orders for line in order.lines]
    named = find_numbers(replace(turn, text=segment.text), orders) or find_mentions(
        segment.text, lines, names_of(turn, lines)
    )
    return bool(named or ORDERS.search(plain_words(segment.text)))


def work_of(segment: Segment) -> Do:
    """What a segment wants done; callers have left out those that want nothing of the desk's."""
    return cast(Do, segment.do)


def to_draft(segment: Segment, do: Do) -> dict[str, Any]:
    """A wish that waits, with its words; `do` where the words do not say what is wanted."""
    return Draft(work_of(segment) if segment.do else do, said=segment.text).to_json()


def _start_all(turn: Turn, segments: Sequence[Segment]) -> Reply:
    """Begin the first; the others wait, each with its words."""
    segments = _share_address(segments)
    later = [to_draft(each, work_of(each)) for each in segments[1:]]
    waiting = replace(turn.state, request={"later": later}, open_question=None)
    return start(replace(turn, text=segments[0].text, state=waiting), Draft(work_of(segments[0])))


def _share_address(segments: Sequence[Segment]) -> list[Segment]:
    """One address that was told for the account and for orders is told for each of them."""
    where = [each.text for each in segments if each.do in ("address", "home")]
    told = next((said for each in where if (said := find_address(each))), None)
    if told is None:
        return list(segments)
    town = " ".join(part for part in (told.get("region_code"), told.get("postcode")) if part)
    whole = ", ".join(part for part in (told.get("line1"), told.get("line2"), told.get("city"), town) if part)
    return [
        replace(each, text=f"{each.text} . {whole}")
        if each.do in ("address", "home") and not find_address(each.text) and not is_home_source(plain_words(each.text))
        else each
        for each in segments
    ]


RESUMES: dict[str, Resume] = {"order_service": begin}
