"""What a search goes on with: the product in view, or the search before: "cheaper", "in brown instead", "like this"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from actions.base import Turn
from actions.shelf import catalogue_of, find_meant
from bot.commerce.types import ProductRef
from bot.finding.reading import is_new_search, says_like, says_others

LIFETIME = timedelta(hours=1)  # of a search that a word may go on with
_MOST_SENTENCES = 4
_LONGEST = 10  # words of a sentence that goes on with another
_MOST_SEEN = 48  # products of one search that are remembered as shown


@dataclass(frozen=True)
class Following:
    """`like`: the product that a sentence compares with; `before`: the sentences that it goes on with, oldest first;
    `below_minor`: what "cheaper" has to beat; `leave_out`: products that were shown, where others are asked for;
    `seen`: what the search has shown so far.
    """

    like: str = ""
    before: tuple[str, ...] = ()
    below_minor: int = 0
    leave_out: frozenset[str] = frozenset()
    seen: tuple[str, ...] = ()

    def to_search(self, said: str, now: datetime) -> dict[str, Any]:
        """What is remembered of a search, so that the next sentence may go on with it."""
        said_so_far = [*self.before, said][-_MOST_SENTENCES:]
        return {"said": said_so_far, "like": self.like, "at": now.isoformat(), "seen": list(self.seen)}


def read_following(turn: Turn, said: str) -> Following:
    """What a sentence goes on with; nothing, where it begins anew."""
    if not turn.text or turn.text.startswith("/"):
        return Following()
    before = _fresh(turn.state.search, turn.now)
    goes_on = bool(before) and _goes_on(turn, said)
    shown = tuple(each.product_ref for each in turn.state.last_shown)
    earlier = turn.state.search.get("seen", ()) if goes_on else ()
    seen = tuple(dict.fromkeys((*earlier, *shown)))[-_MOST_SEEN:]
    others = frozenset(seen) if says_others(said) else frozenset()
    is_compared = says_like(said)
    meant = find_meant(turn).product if is_compared or others else None
    if meant is not None:
        is_kept = goes_on and meant.ref in shown
        return Following(meant.ref, before if is_kept else (), leave_out=others, seen=seen if is_kept or others else ())
    if goes_on:
        return Following(str(turn.state.search.get("like", "")), before, _lowest(turn), others, seen)
    first = shown[0] if is_compared and shown else ""
    return Following(first, below_minor=_lowest(turn) if first else 0, leave_out=others, seen=seen if others else ())


def _fresh(search: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    if not search or now - datetime.fromisoformat(search["at"]) > LIFETIME:
        return ()
    return tuple(search["said"])


def _goes_on(turn: Turn, said: str) -> bool:
    """A few words that name no kind of thing, and do not begin anew."""
    asked = turn.services.finder.read(said, language=turn.language, now=turn.now)
    names_kind = asked.of("product_type") or asked.of("place") or any(
        each.kind == "product_type" and not each.values for each in asked.demands)  # fmt: skip
    return not names_kind and not is_new_search(said) and len(said.split()) <= _LONGEST


def _lowest(turn: Turn) -> int:
    """The lowest price of what is shown, in minor units; 0 where none of it is sold any more."""
    catalogue = catalogue_of(turn)
    rows = catalogue.rows([ProductRef(each.product_ref) for each in turn.state.last_shown])
    return int(catalogue.price_minor[rows].min()) if len(rows) else 0
