"""Stage A2: where a message might hold two requests, and whether it does. Pure.

Every place where a second request may begin is tried: what stands before it and what stands after it are
understood on their own, and two different wishes count when both are clearer apart than one is together.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

MOST_CUTS = 2  # a cut costs two encodings; a third and a fourth found no more
SHORTEST = 2  # words on either side
SURE_ENOUGH = 0.5
# Logistic regression on pairs of lines that the model did not see against single ones: `make tune-requests`.
WEIGHTS = (0.62, 0.71, 0.08, 0.39, 0.44, 0.02, 0.64, -0.36, -0.32)
BIAS = -2.04
_SENTENCE_END = re.compile(r"[.!?…]+[\s\"')]+(?=\S)|\s*\n+\s*|\s*;\s+")
_CONNECTOR = re.compile(
    r"[\s,]+(?:(?:et|and)\s+(?:aussi|also|puis|then|sinon|en plus|au passage|while)\b|et\b|and\b|puis\b|then\b|aussi\b|also\b|sinon\b|ensuite\b"
    r"|au fait\b|by the way\b|btw\b|en plus\b|plus\b|par ailleurs\b|d'ailleurs\b|pis\b|oh\b|ah\b|mais\b|but\b|while you'?re at it\b|&|\+)\s*",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*(?:,|\s-|–|—|/)\s+")


@dataclass(frozen=True)
class Cut:
    """A place where a second request may begin."""

    before: str
    after: str


@dataclass(frozen=True)
class Requests:
    """Two requests in one message, in the order in which they stand."""

    first: int  # the label's place in the model's names
    second: int
    before: str
    after: str
    chance: float  # that the message holds these two


def find_cuts(text: str) -> List[Cut]:
    """The likeliest places first: between sentences, before a connecting word, at a comma."""
    cuts: List[Cut] = []
    for pattern in (_SENTENCE_END, _CONNECTOR, _COMMA):
        for match in pattern.finditer(text):
            cut = Cut(
                text[: match.end()].rstrip(" ,;-–—/&+") if pattern is _SENTENCE_END else text[: match.start()],
                text[match.end() :],
            )
            if _is_worth_trying(cut) and cut not in cuts:
                cuts.append(cut)
    return cuts[:MOST_CUTS]


def _is_worth_trying(cut: Cut) -> bool:
    return all(len(re.findall(r"\w+", side)) >= SHORTEST for side in (cut.before, cut.after))


def decide(whole: Any, cuts: Sequence[Cut], sides: Sequence[Tuple[Any, Any]], is_request: Any) -> Optional[Requests]:
    """The two requests of a message; None where it holds one.

    `whole` is the message's row of chances, `sides` the rows of what stands before and after each cut, and
    `is_request` says of each label whether it asks for something (a greeting does not).
    """
    tried = [_weigh(whole, cut, before, after, is_request) for cut, (before, after) in zip(cuts, sides, strict=True)]
    best = max((each for each in tried if each), key=lambda each: each.chance, default=None)
    return best if best and best.chance >= SURE_ENOUGH else None


def measure_cut(whole: Any, before: Any, after: Any, first: int, second: int) -> List[float]:
    """What speaks for two requests: how clear each is apart, and how much of both the whole message shows."""
    apart = [_log(before[first]), _log(after[second])]
    together = [_log(whole[first]), _log(whole[second])]
    return [*apart, min(apart), *together, min(together), _log(whole.max()), _log(before[second]), _log(after[first])]


def _weigh(whole: Any, cut: Cut, before: Any, after: Any, is_request: Any) -> Optional[Requests]:
    first, second = int((before * is_request).argmax()), int((after * is_request).argmax())
    if first == second:
        return None
    score = BIAS + float(np.dot(WEIGHTS, measure_cut(whole, before, after, first, second)))
    return Requests(first, second, cut.before, cut.after, 1 / (1 + math.exp(-score)))


def _log(chance: float) -> float:
    return math.log(max(float(chance), 1e-4))
