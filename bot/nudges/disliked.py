"""Stage 4: facts -> the same, which do not hold for who said no to the product since: "not for me"."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.intake.dislikes import Told, find_disliked
from bot.nudges.facts import Facts, false


def heed_dislikes(connection: sa.Connection, told: Sequence[tuple[str, Facts, datetime]]) -> list[Facts]:
    """Of each customer, facts and moment: the facts, with the reason `disliked` where they sell what was said no to.

    News of an order is told whatever is liked.
    """
    about = [_list_told(*each) for each in told]
    disliked = find_disliked(connection, {one for some in about for one in some})
    return [
        false("disliked", facts.refs, facts.case, cart=facts.cart, owner_ref=facts.owner_ref)
        if disliked & {*some} else facts for (_, facts, _), some in zip(told, about, strict=True)
    ]


def _list_told(customer_id: str, facts: Facts, at: datetime) -> list[Told]:
    """What would be sold: the piece it is about, and the one that it proposes."""
    if facts.reason or facts.order is not None:
        return []
    pieces = (each for each in (facts.piece, facts.offered) if each)
    return [Told(customer_id, each.product.ref, each.variant.ref, at) for each in pieces]
