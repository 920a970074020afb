"""Tops by an engine elsewhere: what leaves and what does not, and that consent and engine are the same."""

import json
from io import BytesIO

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from benchmarks.try_on_bare import cover_face
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.elsewhere import MOST_SECONDS, wear_elsewhere
from bot.tryon.engines.protocol import Job, JobId, Outcome
from bot.tryon.looking import find_person
from bot.tryon.models import Models
from bot.tryon.overlay import Flat
from bot.tryon.photo import read_photo, write_png
from bot.tryon_site import compose
from bot.tryon_worker import OwnDesk

MADE = np.full((300, 200, 3), 120, np.uint8)
FITTING = {
    "slug": "pull-col-rond", "product_type": "sweater", "colour": "navy", "pattern": "plain", "material": "wool",
    "name": "Pull",
}


class Elsewhere:
    """An engine that says what it is told to, in turn."""

    name = "fashn"

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self.outcomes, self.sent = list(outcomes), []

    def submit(self, person, garment, category, seed, seconds):
        self.sent.append((person, garment))
        return Job(JobId("1"))

    def status(self, job, seconds):
        said = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def flat() -> Flat:
    return Flat(np.ones((40, 30, 4), np.float32), {}, "round")


def post(by: Elsewhere | None, models: Models, data: bytes, **fitting: str) -> object:
    headers = {"Authorization": "Bearer s", "X-Fitting": json.dumps({**FITTING, **fitting, "language": "fr"})}
    app = compose("s", OwnDesk(models, draw_fitting), draw_fitting, by)
    return TestClient(app).post("/try-on", content=data, headers=headers)


def test_a_photo_that_will_not_do_or_whose_consent_names_nobody_never_leaves(models: Models, astronaut: bytes) -> None:
    engine = Elsewhere(Outcome("done", write_png(MADE)))
    hidden = cover_face(read_photo(astronaut), find_person(read_photo(astronaut), models), "phone")
    assert post(engine, models, write_png(hidden), engine="fashn").json()["reason"] == "no_face"
    nobody = write_png(np.full((600, 500, 3), 160, np.uint8))
    assert post(engine, models, nobody, engine="fashn").json()["reason"] == "no_person"
    assert post(engine, models, astronaut).json()["reason"] == "link_invalid"
    assert post(engine, models, astronaut, engine="vertex").json()["reason"] == "link_invalid"
    assert post(None, models, astronaut, engine="fashn").json()["reason"] == "link_invalid"
    assert post(engine, models, astronaut, slug="rondes", product_type="sunglasses").status_code == 200
    assert engine.sent == []


def test_the_picture_alone_leaves_and_what_comes_back_says_that_an_ai_made_it(
    models: Models, astronaut: bytes
) -> None:
    engine = Elsewhere(Outcome("working"), Outcome("done", write_png(MADE)))
    tagged = BytesIO()
    Image.open(BytesIO(astronaut)).convert("RGB").save(tagged, "JPEG", quality=95, comment=b"a word of mine")
    answer = post(engine, models, tagged.getvalue(), engine="fashn")
    assert answer.status_code == 200
    picture = np.asarray(Image.open(BytesIO(answer.content)))
    assert np.array_equal(picture[:300], MADE) and len(picture) > 300
    person, garment = engine.sent[0]
    assert b"a word of mine" not in person and Image.open(BytesIO(person)).size == (512, 512)
    assert Image.open(BytesIO(garment)).mode == "RGB"


@pytest.mark.parametrize(("outcome", "reason"), [
    (Outcome("failed", error="PoseError"), "engine_refused"), (Unavailable("away"), "unavailable"),
    (RateLimited("too much"), "busy"), (FixConfiguration("its key is wrong"), "unavailable"),
    (Outcome("working"), "unavailable"),
    (Outcome("done", b""), "unavailable"), (Outcome("done", b"<html>"), "unavailable"),  # no file of the shopper's
    (Outcome("done", bytes(16_000_001)), "unavailable"),
])
def test_says_why_there_is_no_picture(flat: Flat, outcome: Outcome | Exception, reason: str) -> None:
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(NotAllowed, match=reason):
        wear_elsewhere(Elsewhere(outcome), MADE, flat, "en", clock=lambda: now[0], wait=wait)
    assert now[0] <= MOST_SECONDS + 1


def test_each_question_is_given_the_seconds_that_are_left(flat: Flat) -> None:
    now, given = [0.0], []

    class Slow(Elsewhere):
        def submit(self, person, garment, category, seed, seconds):
            now[0] += 40
            given.append(seconds)
            return Job(JobId("1"))

        def status(self, job, seconds):
            now[0] += 15
            given.append(seconds)
            return Outcome("working")

    with pytest.raises(NotAllowed, match="unavailable"):
        wear_elsewhere(Slow(), MADE, flat, "en", clock=lambda: now[0], wait=lambda _: None)
    assert given == [MOST_SECONDS, MOST_SECONDS - 40, MOST_SECONDS - 55]
