"""A segment's rule as a tree: what parser.py makes, query.py asks a database, describe.py puts into words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

Operator = Literal[">=", ">", "<=", "<", "="]
PurchaseField = Literal["", "product_type", "brand", "colour", "size", "product_id", "variant_id"]
TraitTest = Literal["is", "has", "known", "number"]

# What `bought 'x'` without a field looks at.
ANY_FIELD: tuple[PurchaseField, ...] = ("product_type", "brand", "product_id", "variant_id")


@dataclass(frozen=True)
class Comparison:
    """How a number must stand to another."""

    operator: Operator
    number: Decimal

    def holds(self, value: Decimal | float) -> bool:
        """Whether a value stands so."""
        match self.operator:
            case ">=":
                return value >= self.number
            case ">":
                return value > self.number
            case "<=":
                return value <= self.number
            case "<":
                return value < self.number
            case "=":
                return value == self.number


ONCE = Comparison(">=", Decimal(1))


@dataclass(frozen=True)
class Bought:
    """Orders that hold such a thing and stand, counted within the last `window_seconds` (0: ever)."""

    field: PurchaseField = ""
    value: str = ""  # in lower case, as `purchases` keeps it; "" anything
    times: Comparison = ONCE
    window_seconds: int = 0


@dataclass(frozen=True)
class Spent:
    """Minor units of one currency, less what came back."""

    amount: Comparison
    currency: str
    window_seconds: int = 0


@dataclass(frozen=True)
class Did:
    """Events of a name."""

    event: str
    times: Comparison = ONCE
    window_seconds: int = 0


@dataclass(frozen=True)
class Seen:
    """Anything that the customer did themselves."""

    window_seconds: int = 0


@dataclass(frozen=True)
class Trait:
    """A trait's chosen value: equal to a text, holding it, known at all, or a number that compares.

    `key` is an entry of a table of counts; "" is all of them together.
    """

    name: str
    test: TraitTest
    value: str = ""
    key: str = ""
    comparison: Comparison = ONCE


@dataclass(frozen=True)
class Identified:
    """An identity of a kind, verified where asked."""

    kind: str
    is_verified: bool = False


@dataclass(frozen=True)
class Consents:
    """Consent for a purpose on a channel, as the guardrails read it."""

    purpose: str
    channel: str


@dataclass(frozen=True)
class InSegment:
    """In another segment: a declared one by its rule, a look-alike one by its members."""

    name: str


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: "Tree"


@dataclass(frozen=True)
class And:
    """All of these."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True)
class Or:
    """Any of these."""

    parts: tuple["Tree", ...]


Condition = Bought | Spent | Did | Seen | Trait | Identified | Consents | InSegment
Tree = Condition | Not | And | Or


def conditions_of(tree: Tree) -> Iterator[Condition]:
    """Every condition of a tree, in the order they are written."""
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from conditions_of(part)
        case Not(part):
            yield from conditions_of(part)
        case _:
            yield tree


def put_in(tree: Tree, segments: Mapping[str, Tree]) -> Tree:
    """The tree with the rule of each segment that it names in that name's place; others stay."""
    match tree:
        case And(parts) | Or(parts):
            return replace(tree, parts=tuple(put_in(part, segments) for part in parts))
        case Not(part):
            return Not(put_in(part, segments))
        case InSegment(name):
            return segments.get(name, tree)
        case _:
            return tree
