"""Stage A4: clauses -> what is to be done, each with the words that belong to it, and the orders that they mean. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commerce.types import Order
from bot.service.desk.clauses import Clause
from bot.service.desk.cues import Do, is_weak
from bot.service.desk.naming import Mention, find_mentions, plain

_SWAPS = ("items", "exchange")
_FIRST: Mapping[Do, int] = {
    "address": 0,
    "payment": 1,
    "home": 10,  # the account's own way keeps nothing that waits
}  # what a change of items would rule out comes before it
_EVERY_ORDER = re.compile(
    r"\b(?:all|both|every|each|toutes|tous|les deux)\b(?: (?:of )?(?:my|the|these|those|mes|les|ces))?(?: \w+)? (?:orders?|commandes?)\b"
)
_WITH = re.compile(
    r"\b(?:orders?|one|package|purchase|commande|celle)\b(?: \w+){0,2}? (?:with|containing|including|that (?:has|had|have|includes?|contains?|came with)|avec|contenant)"
    r" (?:the |a |an |my |le |la |les |un |une |mon |ma )?"
)
_AND_ONE = re.compile(r"\s*(?:and|et|,)\s+(?:the |a |an |my |le |la |un |une |mon |ma )?")
_STATES = re.compile(
    r"^(?:\w+ ){0,4}?(?:my|our|the|notre|mon|ma) (?:new |nouvelle )?(?:address|adresse) (?:is|will be|est|sera)\b|"
    r"^(?:\w+ ){0,4}?(?:i|we|i'?ve|we'?ve|have|je|on)\b(?: \w+){0,3}? (?:moved?|moving|relocated|demenag\w*)\b(?!.*\b(?:chang|updat|send|ship|deliver)\w*)"
)
_NOUN_ORDER = re.compile(r"\b(?:the|my|that|this) ((?:\w+ ){0,3}?\w+) (?:order|purchase)\b")
_WITH_ORDER = re.compile(
    r"\b(?:came with|in the same order as|ordered (?:along )?with|together with) (?:the |a |an |my )?"
)
_SOURCE = re.compile(r"\b(?:same|match\w*|as|like|from|in|on|of|used|for|meme|comme|celle)\b[^.?!]{0,40}$")


@dataclass(frozen=True)
class Segment:
    """One thing to be done, with every word that speaks of it."""

    do: Do
    text: str
    is_more: bool = False
    is_instead: bool = False


def find_segments(clauses: Sequence[Clause]) -> list[Segment]:
    """What the clauses want done, in the order in which it has to be done; one of no `do` where none says.

    What is said before the first wish belongs to it, what is said after a wish to that one.
    """
    found: list[Segment] = []
    before = ""
    for clause in _without_statements(clauses):
        if clause.ask:
            continue
        if found and (not clause.do or _belongs(found[-1].do, clause)):
            last = found[-1]
            found[-1] = Segment(
                last.do, f"{last.text} {clause.text}", last.is_more, last.is_instead or clause.is_instead
            )
        elif clause.do:
            found.append(Segment(clause.do, f"{before} {clause.text}".strip(), clause.is_more, clause.is_instead))
            before = ""
        else:
            before = f"{before} {clause.text}".strip()
    if not found and before:
        return [Segment("", before, any(c.is_more for c in clauses), any(c.is_instead for c in clauses))]
    return sorted(found, key=lambda each: _FIRST.get(each.do, 9))


def _without_statements(clauses: Sequence[Clause]) -> list[Clause]:
    """What says where somebody lives wants nothing by itself where another clause says what it is for."""
    states = [clause for clause in clauses if clause.do == "address" and _STATES.match(clause.said)]
    if len(states) == sum(clause.do in ("address", "home") for clause in clauses):
        return list(clauses)
    return [replace(clause, do="") if clause in states else clause for clause in clauses]


def _belongs(do: Do, clause: Clause) -> bool:
    """Whether a clause goes on with what was said before it."""
    if clause.is_instead and clause.do != do:
        return False
    if clause.do == do or do in _SWAPS and clause.do in _SWAPS:
        return True
    return is_weak(clause.said, clause.do) and do not in ("address", "home", "payment")


def means_every_order(text: str) -> bool:
    """Whether words speak of all orders."""
    return _EVERY_ORDER.search(plain(text)) is not None


def cut_descriptions(said: str, orders: Sequence[Order], names: Mapping[str, Sequence[str]]) -> tuple[str, list[Order]]:
    """Plain text without the things that only tell which order is meant ("the one with the helmet"), and those orders."""
    for pattern in (_WITH, _WITH_ORDER):
        for match in pattern.finditer(said):
            rest = said[match.end() : match.end() + 40]
            meant = [
                order
                for order in orders
                if any(each.start == 0 and each.noun_end for each in find_mentions(rest, order.lines, names))
            ]
            if meant:
                words = max(find_mentions(rest, order.lines, names)[0].noun_end for order in meant)
                rest = said[match.end() + words :]
                while (joint := _AND_ONE.match(rest)) and (more := _at_start(rest[joint.end() :], meant, names)):
                    rest = rest[joint.end() + more :]
                return f"{said[: match.start()]} {rest}", meant
    for match in _NOUN_ORDER.finditer(said):
        noun = match.group(1)
        meant = [
            order
            for order in orders
            if any(each.noun_end == len(noun) for each in find_mentions(noun, order.lines, names))
        ]
        if meant and (len(meant) < len(orders) or len(orders) == 1):
            return f"{said[: match.start(1)]}{said[match.end(1) :]}", meant
    return said, []


def _at_start(said: str, orders: Sequence[Order], names: Mapping[str, Sequence[str]]) -> int:
    """How long the name of a thing is that plain text begins with, 0 for none."""
    found = [each for order in orders for each in find_mentions(said, order.lines, names)[:1]]
    return max((each.noun_end for each in found if each.start == 0), default=0)


def source_numbers(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders that words name as where an address comes from: "the same as order W2"."""
    found = []
    for order in orders:
        at = text.upper().find(order.number.lstrip("#").upper())
        if (
            at >= 0
            and _SOURCE.search(plain(text[:at])[-60:])
            and re.search(r"\b(?:same|match\w*|as|used|meme|comme)\b", plain(text[:at])[-60:])
        ):
            found.append(order)
    return found


def spread(mentions: Sequence[Mention], orders: Sequence[Order]) -> list[list[Order]]:
    """The orders that hold what is mentioned: for each part of it, those that hold it alike."""
    left = list(mentions)
    groups: list[list[Order]] = []
    while left:
        held = {order.ref: [each for each in left if _holds(order, each)] for order in orders}
        most = max((len(each) for each in held.values()), default=0)
        if not most:
            break
        best = [order for order in orders if len(held[order.ref]) == most]
        groups.append(best)
        left = [each for each in left if each not in held[best[0].ref]]
    return groups


def _holds(order: Order, mention: Mention) -> bool:
    return any(line.id in mention.line_ids for line in order.lines)
