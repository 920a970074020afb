"""A worn top and a product's sleeves -> which way the product is shown on it. Pure."""

from typing import Literal

import numpy as np

from bot.tryon.models import Floats, floats
from bot.tryon.person import (
    LEFT_ELBOW,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Body,
)
from bot.tryon.photo import Picture
from bot.tryon.retexture import to_linear

Way = Literal["retexture", "overlay"]
_SEEN = 0.5
_UNLIKE = 0.4  # of an arm: sleeves that differ by more are another cut
_DARK = 0.03  # of all light: what is blacker has no folds to keep
_ARMS = ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST))


def choose_way(photo: Picture, worn: Floats, body: Body, sleeves: float) -> Way:
    """Retexture where the worn top covers about what the product covers; `sleeves`: of the arm, 0 none to 1 long."""
    if float(np.median(to_linear(photo)[worn > 0.6].mean(axis=-1))) < _DARK:
        return "overlay"
    reach = worn_sleeves(worn, body)
    return "overlay" if reach is not None and abs(reach - sleeves) > _UNLIKE else "retexture"


def worn_sleeves(worn: Floats, body: Body) -> float | None:
    """How much of the arms that are seen the worn top covers, 0 to 1; None where no whole arm is seen."""
    shares = [share for arm in _ARMS if (share := _share_of(worn, body, arm)) is not None]
    return float(np.mean(shares)) if shares else None


def _share_of(worn: Floats, body: Body, arm: tuple[int, int, int]) -> float | None:
    points = body.points[list(arm), :2]
    high, wide = worn.shape
    is_inside = ((points >= 0) & (points < floats([wide, high]))).all()
    if body.seen[list(arm)].min() < _SEEN or not is_inside:
        return None
    steps = np.linspace(0, 1, 20, endpoint=False)[:, None]
    places = np.concatenate([points[0] + steps * (points[1] - points[0]), points[1] + steps * (points[2] - points[1])])
    columns, rows = places.round().astype(int).T
    return float((worn[rows.clip(0, high - 1), columns.clip(0, wide - 1)] > 0.5).mean())
