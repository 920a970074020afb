"""Who is looked for and counted where networks are hardly sure; the networks' own answers are given here."""

import numpy as np
import pytest

from bot.tryon import looking
from bot.tryon.models import Floats
from bot.tryon.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, Body


def _body(score: float, left: float) -> Body:
    points = np.zeros((33, 3), np.float32)
    places = {LEFT_SHOULDER: (80, 0), RIGHT_SHOULDER: (0, 0), LEFT_HIP: (70, 100), RIGHT_HIP: (10, 100)}
    for each, place in places.items():
        points[each, :2] = left + place[0], place[1]
    return Body(points, np.ones(33, np.float32), score)


@pytest.mark.parametrize(("score", "count"), [(0.9, 2), (0.3, 1)])
def test_a_body_that_was_hardly_read_is_not_counted_beside_a_clear_one(
    monkeypatch: pytest.MonkeyPatch, score: float, count: int
) -> None:
    clear = _body(0.9, 300)
    monkeypatch.setattr(looking, "read_square", lambda *_: (clear.points, clear.seen, clear.score))
    monkeypatch.setattr(looking, "body_frame", lambda *_: None)
    found: list[Floats] = [np.zeros(9, np.float32)]
    models = type("Models", (), {"body": type("Network", (), {"side_px": 256})})
    assert looking._count_bodies(np.zeros((9, 9, 3), np.uint8), _body(score, 0), found, models) == count  # type: ignore[arg-type]
    assert looking._count_bodies(np.zeros((9, 9, 3), np.uint8), _body(score, 0), [], models) == 1  # type: ignore[arg-type]


def test_a_mask_that_is_sure_of_nobody_guesses_no_body() -> None:
    assert looking._choose_body([], (), np.full((50, 50), 0.3, np.float32)) is None
