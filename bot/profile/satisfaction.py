"""Stage B2: ratings and complaints seen -> how content a customer is. Pure; computed.py keeps the counts current."""

import math
from collections.abc import Iterable, Mapping

from bot.profile.purchases import OrderEvent

CONVERSATION_RATED = "Conversation Rated"
RATED = ("Product Reviewed", "Order Rated", CONVERSATION_RATED)
COMPLAINED, COMPLAINT_RESOLVED = "Complaint Received", "Complaint Resolved"
OPINION_EVENTS = (*RATED, COMPLAINED)
_MOST_STARS = 5
# A customer is taken for an average one, until several ratings say otherwise.
_USUAL_STARS, _USUAL_WEIGHT = 4.0, 2.0
_COMPLAINT_STARS = 1.0  # a complaint counts as one rating of so many stars


def count_opinions(told: Iterable[OrderEvent]) -> dict[str, float]:
    """How many ratings (1 to 5 stars), their stars added up, and how many complaints: counts that can be added."""
    ratings, stars, complaints = 0, 0.0, 0
    for event in told:
        if event.name == COMPLAINED:
            complaints += 1
        elif event.name in RATED and (given := _stars(event.properties.get("rating"))) is not None:
            ratings, stars = ratings + 1, stars + given
    return {"ratings": ratings, "stars": stars, "complaints": complaints}


def satisfaction_of(counts: Mapping[str, float]) -> float | None:
    """Stars from 1 to 5, drawn towards the usual while little is known; None when nothing was said."""
    complaints = counts.get("complaints", 0)
    said = counts.get("ratings", 0) + complaints
    if not said:
        return None
    stars = counts.get("stars", 0) + complaints * _COMPLAINT_STARS
    return (stars + _USUAL_STARS * _USUAL_WEIGHT) / (said + _USUAL_WEIGHT)


def _stars(rating: object) -> float | None:
    if isinstance(rating, bool) or not isinstance(rating, int | float) or not math.isfinite(rating):
        return None
    return float(rating) if 1 <= rating <= _MOST_STARS else None
