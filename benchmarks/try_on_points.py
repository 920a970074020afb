"""How far the points that are found in a top's picture are from where they were drawn."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bot.bootstrap import PROJECT
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.recommend.catalogue import read_catalogue
from bot.recommend.traits import colours_of
from bot.service.try_on import KINDS, Fitting, describe_fitting
from bot.storefront.flat_art import draw_flat
from bot.tryon.models import Floats
from bot.tryon.photo import Picture
from bot.tryon.prepare import prepare

_PAPER = 0.95  # light, 0 to 1


def list_tops() -> list[Fitting]:
    """The demo's tops, in each of their colours."""
    with TemporaryDirectory(prefix="prevenant-points-") as folder:
        engine = DemoEngine(f"sqlite:///{Path(folder) / 'shop.sqlite'}", public_url="http://shop.example", clock=_now)
        engine.database.create()
        seed(engine, PROJECT / "data" / "shops" / "demo", _now())
        products = [each for each in read_catalogue(engine).products if KINDS.get(each.product_type) == "top"]
    return [describe_fitting(each, colour, each.slug) for each in products for colour in colours_of(each) or ("",)]


def _now() -> datetime:
    return datetime.now(UTC)


def measure_points(tops: Iterable[Fitting]) -> dict[str, Any]:
    """Each top drawn, laid on paper and prepared like a shop's own picture.

    keypoint_error: the mean over a top's points by its width, of those that would be offered without a person's look:
    their mean, and the worst. left_to_a_person: the share of the others.
    """
    errors, left, count = [], 0, 0
    for top in tops:
        count += 1
        off = _find_error(top)
        errors += [off] if off is not None else []
        left += off is None
    mean, worst, share = (round(float(each), 4) for each in (np.mean(errors), np.max(errors), left / count))
    return {"keypoint_error": mean, "keypoint_error_worst": worst, "left_to_a_person": share, "tops": count}


def _find_error(top: Fitting) -> float | None:
    """None where it is left to a person."""
    drawn = draw_flat(top)
    prepared = prepare(_on_paper(drawn.picture), top.slug, top.colour, "top")
    if not prepared.record.is_usable:
        return None
    here, there = _corner(drawn.picture), _corner(prepared.picture)
    found = {name: np.add(point, here - there) for name, point in prepared.record.points.items()}
    width = np.ptp(np.flatnonzero((drawn.picture[..., 3] > 0.5).any(axis=0)))
    off = [np.hypot(*(found[name] - point)) for name, point in drawn.points.items() if name in found]
    return float(np.mean(off) / width)


def _corner(picture: Floats) -> Floats:
    """The left and upper end of what is shown."""
    return np.array([np.flatnonzero((picture[..., 3] > 0.5).any(axis=axis))[0] for axis in (0, 1)])


def _on_paper(picture: Floats) -> Picture:
    alpha = picture[..., 3:]
    return (255 * (picture[..., :3] * alpha + _PAPER * (1 - alpha))).round().astype(np.uint8)
