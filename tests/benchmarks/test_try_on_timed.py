"""What is said of a photo's time is of the running process, for the way that it went."""

import pytest

from benchmarks.people.gallery import fronts
from benchmarks.try_on import MODELS, PHOTOS
from benchmarks.try_on_timed import measure_times
from bot.tryon.models import open_models
from bot.tryon.photo import read_photo
from tests.conftest import miss


@pytest.mark.slow
def test_a_photo_is_timed_for_the_way_that_it_goes_and_not_where_it_is_refused() -> None:
    if not (PHOTOS / "requirements.stamp").is_file():
        miss("what try-on runs with (scripts/setup.sh test)")
    (photo,) = fronts(("elif",)).values()  # in long sleeves, so that short ones are refused
    told = measure_times({"elif": read_photo(photo)}, open_models(MODELS))
    assert (told["n_ms_retexture"], told["n_ms_overlay"], told["ms_overlay"]) == (1, 0, None)
    assert 50 < told["ms_retexture"] < 20_000
