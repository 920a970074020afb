"""The networks: what they read, and what they hold of it."""

import numpy as np

from benchmarks.try_on import MODELS
from bot.tryon.engine import check
from bot.tryon.face import Front
from bot.tryon.models import FILES, Model, Models, open_models
from bot.tryon.photo import read_photo

_GLASSES = Front(np.zeros((4, 8, 4), np.float32), (4.0, 2.0), (0.1, 0.1, 0.1), 0.9)


def tensors_of(model: Model) -> list[np.ndarray]:
    """What it holds of the last picture: what was read, and what was found."""
    network = model._network
    return [network.get_tensor(each["index"]) for each in (*network.get_input_details(), *network.get_output_details())]


def test_nothing_of_a_photo_is_left_in_the_networks_once_it_is_forgotten(models: Models, astronaut: bytes) -> None:
    unread = open_models(MODELS)
    unread.forget()
    check(read_photo(astronaut), _GLASSES, models)
    assert tensors_of(models.face)[0].any()
    models.forget()
    for name in FILES:
        held, zeros = (tensors_of(getattr(each, name)) for each in (models, unread))
        assert not held[0].any()
        assert all(np.array_equal(mine, its) for mine, its in zip(held[1:], zeros[1:], strict=True)), name
