"""How light is read off a worn top, on tops of a few lines: folds stay, prints go, what reaches in is let alone."""

import cv2
import numpy as np

from bot.tryon.garment import without_things
from bot.tryon.light import Plain, fill, find_plain, read_light
from bot.tryon.models import Floats
from bot.tryon.retexture import to_linear

_ORANGE, _DEEP, _PURPLE = (215, 90, 55), (115, 15, 20), (84, 57, 146)
_SIZE = 120


def _top() -> Floats:
    top = np.zeros((_SIZE, _SIZE), np.float32)
    top[20:100, 20:100] = 1
    return top


def _photo(*patches: tuple[slice, slice, tuple[int, int, int]]) -> Floats:
    photo = np.full((_SIZE, _SIZE, 3), _ORANGE, np.uint8)
    for rows, columns, colour in patches:
        photo[rows, columns] = colour
    return to_linear(photo)


def _read(linear: Floats) -> tuple[Plain, Floats]:
    plain = find_plain(linear, _top())
    return plain, read_light(linear, _top(), plain, 0.0)


def test_keeps_a_deep_fold_though_its_hue_is_deeper() -> None:
    plain, light = _read(_photo((slice(40, 80), slice(55, 60), _DEEP)))
    assert plain.same[60, 57] > 0.6
    assert light[60, 57] < 0.5 < 0.9 < light[60, 30]


def test_forgets_a_badge_to_its_edge() -> None:
    plain, light = _read(_photo((slice(45, 75), slice(45, 75), _PURPLE)))
    assert plain.same[60, 60] < 0.05
    assert np.abs(light[30:90, 30:90] - 1).max() < 0.05


def test_gives_what_lies_under_a_badge_the_roughness_of_the_cloth_beside_it() -> None:
    linear = _photo()
    rough = np.random.default_rng(1).normal(1, 0.05, (_SIZE, _SIZE, 1)).astype(np.float32)
    linear = np.clip(linear * rough, 0, 1)
    linear[45:75, 45:75] = _photo((slice(45, 75), slice(45, 75), _PURPLE))[45:75, 45:75]
    _, light = _read(linear)
    assert light[50:70, 50:70].std() > 0.5 * light[25:40, 25:95].std()


def test_fills_what_is_not_trusted_smoothly_and_nothing_else() -> None:
    slope = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    trust = np.ones((64, 64), np.float32)
    trust[20:40, 20:40] = 0
    filled = fill(np.where(trust > 0, slope, 9).astype(np.float32), trust)
    assert np.array_equal(filled[trust > 0], slope[trust > 0])
    assert np.abs(filled - slope).max() < 0.12


def test_leaves_a_ring_over_the_edge_alone_and_takes_a_badge_along() -> None:
    linear = _photo((slice(15, 30), slice(40, 80), _PURPLE), (slice(55, 75), slice(50, 70), _PURPLE))
    found = without_things(find_plain(linear, _top()).same, _top(), np.ones_like(_top()))
    assert found[24, 60] == 0
    assert found[65, 60] == found[90, 30] == 1


def test_takes_a_print_that_is_all_over_for_the_top_itself() -> None:
    linear = _photo(*((slice(row, row + 8), slice(0, _SIZE), _PURPLE) for row in range(20, 100, 18)))
    found = without_things(find_plain(linear, _top()).same, _top(), np.ones_like(_top()))
    assert np.array_equal(found, _top())


def test_keeps_black_cloth_black_in_its_own_noise() -> None:
    noise = np.random.default_rng(2).integers(8, 20, (_SIZE, _SIZE, 3)).astype(np.uint8)
    plain = find_plain(to_linear(cv2.GaussianBlur(noise, (0, 0), 1)), _top())
    assert plain.same[_top() > 0].mean() > 0.9


def test_takes_a_badge_at_the_edge_to_the_room_along() -> None:
    linear = _photo((slice(50, 70), slice(15, 30), _PURPLE))
    found = without_things(find_plain(linear, _top()).same, _top(), _top())
    assert np.array_equal(found, _top())


def test_reads_the_light_off_stripes_in_one_colour_too() -> None:
    linear = _photo(*((slice(row, row + 8), slice(0, _SIZE), _PURPLE) for row in range(20, 100, 18)))
    linear[:, 55:61] *= 0.5
    _, light = _read(linear)
    on_stripes, beside = light[24:90:18, 58], light[33:90:18, 58]
    assert np.abs(on_stripes - beside).max() < 0.1


def test_reads_the_light_beside_stripes_that_are_black_throughout() -> None:
    plain, light = _read(_photo(*((slice(row, row + 8), slice(0, _SIZE), (0, 0, 0)) for row in range(25, 100, 18))))
    assert plain.same[30, 60] < 0.25
    assert np.isfinite(light).all()
    assert np.abs(light[25:95, 25:95] - 1).max() < 0.1


def test_reads_a_top_that_is_black_throughout() -> None:
    _, light = _read(np.zeros((_SIZE, _SIZE, 3), np.float32))
    assert np.isfinite(light).all()
