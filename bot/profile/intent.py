"""Stage B2: what a visitor just did -> how likely a purchase is, now. Pure: events and a moment in, 0 to 1 out.

A logistic over what was done in the last half hour of activity, each thing counted on a log scale:

    z = bias + sum(weight * ln(1 + times)) + minutes_weight * ln(1 + minutes on the page) - age_weight * idle hours
    intent = 1 / (1 + exp(-z))

The bias makes a visit of one page a chance of about 6 in 100 (of UCI's Online Shoppers sessions, long ones included,
15 in 100 bought). The weights say how far down the funnel a step is: a prior, not learned from any shop's sessions.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.profile.events import Event

SESSION_GAP = timedelta(minutes=30)  # silence that ends a session, as analytics tools have it
FORGOTTEN_AFTER = timedelta(hours=24)
BIAS = -3.2
MINUTES_WEIGHT = 0.35
IDLE_WEIGHT = 0.5  # an hour
WEIGHTS = {
    "Product Viewed": 0.6,
    "Product List Viewed": 0.1,
    "Products Searched": 0.3,
    "Product Added": 1.6,
    "Product Added to Wishlist": 0.8,
    "Product Removed": -1.2,
    "Cart Viewed": 0.9,
    "Cart Emptied": -1.5,
    "Coupon Applied": 0.9,
    "Checkout Started": 2.2,
    "Payment Info Entered": 1.5,
}
_ENDS_IT = "Order Completed"  # what was wanted is bought: what follows counts anew


def purchase_intent(events: Iterable[Event], now: datetime) -> float:
    """The chance of a purchase in the session going on at `now`; 0 when there is none."""
    session = session_of(events, now)
    if not session:
        return 0.0
    times: dict[str, int] = {}
    for event in session:
        times[event.name] = times.get(event.name, 0) + 1
    minutes = (session[-1].occurred_at - session[0].occurred_at).total_seconds() / 60
    idle_hours = max(0.0, (now - session[-1].occurred_at).total_seconds() / 3600)
    z = BIAS + MINUTES_WEIGHT * math.log1p(minutes) - IDLE_WEIGHT * idle_hours
    z += sum(WEIGHTS.get(name, 0.0) * math.log1p(count) for name, count in times.items())
    return 1 / (1 + math.exp(-z))


def session_of(events: Iterable[Event], now: datetime) -> list[Event]:
    """The visitor's last session, oldest first: no gap over half an hour, nothing from before their last order."""
    session: list[Event] = []
    for event in sorted(events, key=lambda each: (each.occurred_at, each.event_id), reverse=True):
        if event.occurred_at > now or event.silo != "web" and event.name != _ENDS_IT:
            continue
        is_over = session and session[-1].occurred_at - event.occurred_at > SESSION_GAP
        if event.name == _ENDS_IT or is_over or now - event.occurred_at > FORGOTTEN_AFTER:
            break
        session.append(event)
    return session[::-1]
