"""A demo product and a colour -> what it is tried on with, drawn, or its record: the demo has no photographs."""

from functools import partial

import numpy as np

from bot.service.try_on import Fitting
from bot.storefront.art.palette import colour_hex
from bot.storefront.fitting_art import draw_cloth, draw_front
from bot.storefront.flat_art import choose_cut, draw_flat
from bot.storefront.hat_art import draw_hat
from bot.tryon.engine import Garment, Top
from bot.tryon.overlay import Flat
from bot.tryon.prepare import Prepared, sleeves_of
from bot.tryon.record import Record

_CHEST_CM, _LENGTH_CM = 50.0, 68.0


def draw_fitting(fitting: Fitting) -> Garment:
    """What is tried on, drawn; a top's flat picture only where it is needed."""
    base = colour_hex(fitting.colour)
    if fitting.kind == "glasses":
        return draw_front(fitting.slug, base)
    if fitting.kind == "hat":
        return draw_hat(fitting.slug, fitting.colour)
    cloth = draw_cloth(base, fitting.pattern, fitting.material)
    return Top(cloth, sleeves_of(choose_cut(fitting).points), partial(draw_flat_top, fitting))


def draw_flat_top(fitting: Fitting) -> Flat:
    """A top lying flat, as it is laid over a worn one."""
    drawn = draw_flat(fitting)
    return Flat(np.clip(drawn.picture, 0, 1), drawn.points, drawn.neckline)


def draw_record(fitting: Fitting) -> Prepared:
    """The record and its picture; nothing in it is in doubt."""
    if fitting.kind == "glasses":
        front = draw_front(fitting.slug, colour_hex(fitting.colour))
        return Prepared(Record(fitting.slug, fitting.colour, "glasses", {"bridge": front.bridge}), front.picture)
    if fitting.kind == "hat":
        hat = draw_hat(fitting.slug, fitting.colour)
        rim = {"rim_left": hat.rim_left, "rim_right": hat.rim_right, "rim_front": hat.rim_front}
        return Prepared(Record(fitting.slug, fitting.colour, "hat", rim), hat.picture)
    drawn = draw_flat(fitting)
    flat_cm = {"chest": _CHEST_CM, "length": _LENGTH_CM}
    record = Record(fitting.slug, fitting.colour, "top", drawn.points, drawn.neckline, flat_cm)
    return Prepared(record, np.clip(drawn.picture, 0, 1))
