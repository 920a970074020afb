"""The networks and the free photos that set-up puts into var/."""

import pytest

from benchmarks.try_on import MODELS, PHOTOS
from bot.tryon.models import Models, open_models
from tests.conftest import miss


@pytest.fixture(scope="session")
def models() -> Models:
    if not (MODELS / "requirements.stamp").is_file():
        miss("the networks of try-on (scripts/setup.sh test)")
    return open_models(MODELS)


@pytest.fixture(scope="session")
def astronaut() -> bytes:
    if not (PHOTOS / "astronaut.png").is_file():
        miss("the photos of try-on (scripts/setup.sh test)")
    return (PHOTOS / "astronaut.png").read_bytes()
