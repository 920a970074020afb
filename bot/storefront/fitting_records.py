"""A demo product and a colour -> its record for try-on, drawn: the demo has no photographs to prepare."""

import numpy as np

from bot.service.try_on import KINDS, Fitting
from bot.storefront.art.palette import colour_hex
from bot.storefront.fitting_art import draw_front
from bot.storefront.flat_art import draw_flat
from bot.tryon.prepare import Prepared
from bot.tryon.record import Record

_CHEST_CM, _LENGTH_CM = 50.0, 68.0


def draw_record(fitting: Fitting) -> Prepared:
    """The record and its picture; nothing in it is in doubt."""
    if KINDS[fitting.product_type] == "glasses":
        front = draw_front(fitting.slug, colour_hex(fitting.colour))
        return Prepared(Record(fitting.slug, fitting.colour, "glasses", {"bridge": front.bridge}), front.picture)
    drawn = draw_flat(fitting)
    flat_cm = {"chest": _CHEST_CM, "length": _LENGTH_CM}
    record = Record(fitting.slug, fitting.colour, "top", drawn.points, drawn.neckline, flat_cm)
    return Prepared(record, np.clip(drawn.picture, 0, 1))
