"""What a message asks of the customer's orders, money and things: which are meant, and the answer from the books."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.asking import plain
from actions.base import Turn
from actions.orders import reader_of
from actions.own_orders import names_of
from actions.shelf import catalogue_of
from actions.which_order import find_numbers, hinted
from bot.commerce.types import CustomerRef, Order, Product
from bot.contracts.messages import OutboundMessage
from bot.profile.state import Shown
from bot.service.aftersales import Draft
from bot.service.desk.books import Books
from bot.service.desk.clauses import Clause
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import cut_descriptions
from bot.service.desk.telling import Subject, answer, find_product, the_one_meant
from bot.service.rules import describe_refund_time

ORDERS = re.compile(
    r"\b(?:orders?|purchases?|bought|commandes?|package|delivery|shipment|items?|"
    r"i (?:got|received|have)|refund|return)\b"
)
_PLAIN_OPTIONS = frozenset({"color", "colour", "size"})
_SEVERAL = re.compile(r"\b(?:orders|commandes|which order|quelle commande)\b")
_POINTS = re.compile(r"\b(?:they|them|it|ones?|those|these|that|which|ils?|elles?|ceux|celles|en)\b")
_MINE = re.compile(
    r"\b(?:my|mine|i (?:have|had|got|bought|ordered|received|paid)|orders?|how many|number of|cheapest|"
    r"least expensive|most expensive|"
    r"mon|ma|mes|j'ai|commandes?|combien de|moins cher|plus cher)\b"
)


def is_of_books(clause: Clause) -> bool:
    """Whether a question is one for the books, or counts and compares; the shop's shelf answers any other."""
    return clause.ask not in ("options", "price") or _MINE.search(clause.said) is not None


def tell_all(
    turn: Turn, clauses: Sequence[Clause], draft: Draft | None, line: str = "", *, scope: Sequence[Order] = ()
) -> list[OutboundMessage]:
    """The answers to what the message asks, from the shop's books; `scope` are the orders it is about otherwise."""
    details = " ".join(each.said for each in clauses if not each.ask)
    asked = [_with_details(each, details) if draft else each for each in clauses if each.ask]
    if not asked or not turn.is_verified:
        return []
    books = Books(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))
    texts = []
    before: Subject | None = None
    for clause in asked:
        if draft and clause.ask in ("how", "when"):
            texts.append(_tell_rule(turn, clause))
            continue
        subject = _subject(turn, clause, books, draft, line, before)
        if scope and clause.ask in ("refund", "total", "difference") and not (subject and subject.names_orders):
            subject = _within(subject, scope)
        if subject is not None and (text := answer(clause, subject, books, reader_of(turn), draft)):
            texts.append(text)
            before = subject
    return [plain(turn, each) for each in dict.fromkeys(texts)]


def _within(subject: Subject | None, scope: Sequence[Order]) -> Subject:
    """What a question is about, of the orders that the message is about."""
    ids = {line.id for order in scope for line in order.lines}
    lines = tuple(each for each in subject.lines if each.id in ids) if subject else ()
    return Subject(tuple(scope), lines, names_orders=True)


def find_shown(turn: Turn, clauses: Sequence[Clause], *, line: str = "") -> Shown | None:
    """The one variant that the answer to a question of what there is comes down to."""
    asked = [each for each in clauses if each.ask in ("options", "price")]
    if not asked:
        return None
    books = Books(turn.services.commerce, CustomerRef(turn.conversation.verified_ref or ""))
    whole = plain_words(turn.text)
    product = find_product(whole, catalogue_of(turn).products) or _product_of_line(books, line) or _product_named(
        turn, whole, books
    )
    if product is None:
        return None
    variant = the_one_meant(asked[-1].said, product, books) or the_one_meant(whole, product, books)
    title = next(iter(product.names.values()), product.slug)
    if variant is None:
        return Shown(product.ref, title)  # "which is the cheapest?" is about it
    return Shown(product.ref, title, str(variant.ref), dict(variant.options))


def _product_of_line(books: Books, line: str) -> Product | None:
    return next((books.product_of(each) for each in books.lines if line and each.id == line), None)


def _product_named(turn: Turn, said: str, books: Books) -> Product | None:
    """The one product of the customer's things that words name."""
    mentions = find_mentions(said, books.lines, names_of(turn, books.lines))
    ids = {line_id for each in mentions for line_id in each.line_ids}
    refs = {each.product_ref: each for each in books.lines if each.id in ids}
    return books.product_of(next(iter(refs.values()))) if len(refs) == 1 else None


def has_own_options(turn: Turn, clause: Clause) -> bool:
    """Whether a question is about a product with options of its own, which the shelf does not tell one by one."""
    product = find_product(clause.said, catalogue_of(turn).products)
    names = {name for variant in product.variants for name in variant.options} if product else set()
    return bool(names - _PLAIN_OPTIONS)


def _with_details(clause: Clause, details: str) -> Clause:
    """A question about what there is, with what else the message says: "5 feet, of glass. Which colours are there?"."""
    is_shelf = clause.ask in ("options", "price", "difference")
    return replace(clause, said=f"{details} {clause.said}") if is_shelf else clause


def _tell_rule(turn: Turn, clause: Clause) -> str:
    """How something is sent back, or when the money is there."""
    policy = turn.services.policy
    if clause.ask == "how":
        return policy.returns.how.into(turn.language)
    return describe_refund_time(policy, reader_of(turn))


def _subject(
    turn: Turn, clause: Clause, books: Books, draft: Draft | None, line: str, before: Subject | None
) -> Subject | None:
    """What a question is about; None where it is about nothing of the customer's."""
    said, described = cut_descriptions(clause.said, books.orders, names_of(turn, books.lines))
    named = find_numbers(replace(turn, text=clause.text, entities={}), books.orders) or described
    hand = [each for each in books.orders if draft and each.number == draft.number]
    scope = named or hinted(said, books.orders) or books.orders
    lines = [each for order in scope for each in order.lines]
    mentions = find_mentions(said, lines, names_of(turn, lines))
    ids = [
        line_id for each in mentions if len(each.line_ids) < len(lines) or len(lines) == 1 for line_id in each.line_ids
    ]
    if hand and ids and not named:
        ids = [each for each in ids if each in {one.id for one in hand[0].lines}] or ids
    product = find_product(said, catalogue_of(turn).products)
    lines_meant = tuple(each for each in lines if each.id in ids)
    if product and not any(each.product_ref == product.ref for each in lines_meant):
        return Subject((), (), product, names_orders=False)
    if lines_meant:
        return Subject(_orders_of(lines_meant, books), lines_meant, names_orders=bool(named))
    if named:
        return Subject(tuple(named), (), names_orders=True)
    if clause.ask in ("balance", "home"):
        return Subject((), ())
    if (
        clause.ask in ("contents", "total", "tracking", "address")
        and (meant := hinted(said, books.orders))
        and _SEVERAL.search(said)
    ):
        return Subject(tuple(meant), (), names_orders=True)
    if before and (before.orders or before.lines or before.product):
        return before
    if line and clause.ask in ("options", "price", "difference"):
        return Subject(tuple(hand), tuple(each for each in books.lines if each.id == line))
    if draft and draft.lines and clause.ask in ("options", "price", "difference", "refund"):
        return Subject(tuple(hand), tuple(each for each in books.lines if each.id in draft.lines))
    if hand:
        return Subject(tuple(hand), ())
    return _without_draft(turn, clause, said, books)


def _without_draft(turn: Turn, clause: Clause, said: str, books: Books) -> Subject | None:
    if clause.ask == "methods":
        return Subject((), ()) if re.search(r"\b(?:my|i|have|file|mes|mon|j'ai)\b", said) else None
    if clause.ask in ("options", "price", "difference"):
        return _of_the_message(turn, clause, books)
    last = [each for each in books.orders if each.number == turn.state.last_order]
    if last and re.search(r"\b(?:that|this|it|same)\b", said):
        return Subject(tuple(last), ())
    meant = hinted(said, books.orders)
    if meant or ORDERS.search(said):
        return Subject(tuple(meant or books.orders), (), names_orders=clause.ask != "tracking")
    return Subject(tuple(last), ()) if last else None


def _of_the_message(turn: Turn, clause: Clause, books: Books) -> Subject | None:
    """What "one" and "they" stand for: the product that the rest of the message names, else the one told of last."""
    if clause.ask == "difference":
        return None
    whole = plain_words(turn.text)
    product = find_product(whole, catalogue_of(turn).products) or _product_named(turn, whole, books)
    last = turn.state.last_product
    if product is None and last and _POINTS.search(clause.said):
        product = next((each for each in catalogue_of(turn).products if each.ref == last.product_ref), None)
    return Subject((), (), product) if product else None


def _orders_of(lines: Sequence[Any], books: Books) -> tuple[Order, ...]:
    return tuple({order.ref: order for line in lines for order in [books.order_of(line.id)]}.values())
