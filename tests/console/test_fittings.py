"""Try-on's records in the console: who waits, a correction kept, and that nothing outside the folder is ever opened."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.fittings import survey_records
from bot.errors import FixInput
from bot.profile.store.tables import console_trail
from bot.tryon.points import CROSSED, HALF_SLEEVES, MISSING, OUTSIDE, UNKNOWN, require_sound
from bot.tryon.record import RecordName, read_record
from tests.console.records import GLASSES, GLASSES_POINTS, JUMPER, LOST, SIZE, TOP_POINTS, VEST, add_records

PATH = "/console/try-on"
OUT = ("../secret.navy", "..%2fsecret.navy", "%2e%2e%2fsecret.navy", "/etc/passwd", "..", ".", "pull-rond.navy%00",
       "pull-rond.navy.json", "*", "pull-rond.nav?", "..\\secret.navy")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of records, and a record beside it that is nobody's to see."""
    (tmp_path / "secret.navy.json").write_text("{}")
    (tmp_path / "secret.navy.png").write_bytes(b"\x89PNG\r\n\x1a\nsecret-of-the-house")
    return tmp_path / "records"


@pytest.fixture
def shop(services: Services, folder: Path) -> Services:
    """With records."""
    return add_records(services, folder)


@pytest.fixture
def enter(shop: Services, sign_in, open_browser):
    """Somebody of a role, before the shop with records."""

    def make(role: str):
        visitor, there = sign_in(role), open_browser(shop)
        there.client.cookies.update(visitor.client.cookies)
        return there

    return make


def fields_of(points, **others: str) -> dict[str, str]:
    """What the form sends for points."""
    found = {f"{axis}_{name}": str(value) for name, point in points.items()
             for axis, value in zip("xy", point, strict=True)}
    return {**found, "neckline": "v", **others}


def version_in(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


def test_a_shop_without_records_is_told_how_they_are_made(sign_in) -> None:
    page = sign_in("analyst").client.get(PATH).text
    assert "PREVENANT_TRY_ON_RECORDS" in page and "prevenant try-on prepare" in page


def test_those_that_wait_come_first_with_what_is_in_doubt(enter) -> None:
    page = enter("cx").client.get(PATH).text
    places = [page.index(f'href="{PATH}/{each}"') for each in (JUMPER, LOST, VEST, GLASSES)]
    assert places == sorted(places)
    assert "Where the sleeves begin was not found" in page and "<b>2</b> of 4 waiting" in page


def test_a_correction_is_kept_and_the_product_is_offered(enter, folder: Path, services: Services) -> None:
    there = enter("marketing")
    version = version_in(there.client.get(f"{PATH}/{JUMPER}").text)
    moved = {**TOP_POINTS, "neck_left": (151.5, 44)}
    answer = there.post(f"{PATH}/{JUMPER}", **fields_of(moved, version=version, cm_chest="50,5", x_neck_left="151,5"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?saved=1")
    record = read_record(folder, RecordName(JUMPER))
    assert record and record.is_usable and record.checked
    assert (record.points["neck_left"], record.neckline, record.flat_cm) == ((151.5, 44), "v", {"chest": 50.5})
    with services.store.read() as connection:
        row = connection.execute(sa.select(console_trail).order_by(console_trail.c.entry_id.desc())).first()
    assert (row.deed, row.about) == ("fitted", f"fitting:{JUMPER}")


def test_a_top_without_cuffs_has_no_sleeves(enter, folder: Path) -> None:
    there = enter("it")
    bare = {name: point for name, point in TOP_POINTS.items() if "cuff" not in name}
    version = version_in(there.client.get(f"{PATH}/{JUMPER}").text)
    assert there.post(f"{PATH}/{JUMPER}", **fields_of(bare, version=version)).status_code == 303
    record = read_record(folder, RecordName(JUMPER))
    assert record and set(record.points) == set(bare)


def test_what_cannot_be_right_is_told_and_what_was_typed_stays(enter, folder: Path) -> None:
    there, before = enter("admin"), (folder / f"{JUMPER}.json").read_text()
    version = version_in(there.client.get(f"{PATH}/{JUMPER}").text)
    for wrong, said in (
        ({"x_hem_left": "9000"}, "Hem, left: lies outside the picture"), ({"y_hem_left": ""}, "needs two numbers"),
        ({"x_hem_left": "nan"}, "lies outside the picture"), ({"x_hem_left": "<u>"}, "needs two numbers"),
        ({"cm_chest": "-3"}, "is no length between 0 and 300 cm"), ({"neckline": "<u>"}, "This was not kept."),
    ):
        typed = fields_of(TOP_POINTS, version=version, x_neck_bottom="201") | wrong
        answer = there.post(f"{PATH}/{JUMPER}", **typed)
        assert answer.status_code == 400 and said in answer.text, wrong
        assert 'name="x_neck_bottom" value="201"' in answer.text and "<u>" not in answer.text
    assert (folder / f"{JUMPER}.json").read_text() == before


def test_two_people_who_correct_one_are_told_of_each_other(enter) -> None:
    there = enter("admin")
    version = version_in(there.client.get(f"{PATH}/{GLASSES}").text)
    moved = {**GLASSES_POINTS, "bridge": (205, 188)}
    assert there.post(f"{PATH}/{GLASSES}", **fields_of(moved, version=version)).status_code == 303
    answer = there.post(f"{PATH}/{GLASSES}", **fields_of(GLASSES_POINTS, version=version))
    assert answer.status_code == 409 and 'name="x_bridge" value="205"' in answer.text


def test_without_a_picture_there_is_nothing_to_correct(enter) -> None:
    there = enter("admin")
    page = there.client.get(f"{PATH}/{LOST}").text
    assert "prevenant try-on prepare" in page and "<form method=\"post\" action=\"/console/try-on" not in page
    assert there.post(f"{PATH}/{LOST}", version="x").status_code == 400


@pytest.mark.parametrize("name", OUT)
def test_no_path_of_a_request_reaches_the_disk(enter, name: str) -> None:
    there = enter("admin")
    for path in (f"{PATH}/{name}", f"{PATH}/{name}/picture"):
        answer = there.client.get(path, follow_redirects=False)
        assert answer.status_code in (303, 307, 404) or answer.url.path in (PATH, "/console"), path
        assert b"secret-of-the-house" not in answer.content and b"root:" not in answer.content
    assert there.post(f"{PATH}/{name}", version="x").status_code in (404, 405)


def test_a_picture_is_a_picture_and_nothing_else(enter) -> None:
    answer = enter("analyst").client.get(f"{PATH}/{JUMPER}/picture")
    assert answer.content.startswith(b"\x89PNG")
    told = answer.headers
    assert (told["content-type"], told["x-content-type-options"]) == ("image/png", "nosniff")
    assert "sandbox" in told["content-security-policy"] and "no-store" in told["cache-control"]


def test_script_runs_on_the_page_of_a_record_alone_and_is_ours(enter) -> None:
    there = enter("admin")
    assert "script-src 'self'" in there.client.get(f"{PATH}/{JUMPER}").headers["content-security-policy"]
    for path in (PATH, f"{PATH}/{LOST}", "/console/data"):
        assert "script-src" not in there.client.get(path).headers["content-security-policy"], path
    assert there.client.get("/console/static/points.js").headers["content-type"].startswith("text/javascript")
    only_looks = enter("cx").client.get(f"{PATH}/{JUMPER}")
    assert "<script" not in only_looks.text and "changes nothing" in only_looks.text


def test_names_of_files_are_escaped_and_a_file_that_is_no_record_is_told(enter, folder: Path) -> None:
    (folder / "a<b>.json").write_text("{}")
    told = json.loads((folder / f"{JUMPER}.json").read_text())
    (folder / "other.json").write_text(json.dumps({**told, "slug": "../../away"}))
    page = enter("it").client.get(PATH)
    assert page.status_code == 200 and "a&lt;b&gt;.json" in page.text and "<b>.json" not in page.text
    assert survey_records(folder).unreadable == ["a<b>", "other"]


@pytest.mark.parametrize(("category", "points"), [("glasses", GLASSES_POINTS), ("top", TOP_POINTS)])
def test_a_product_is_tried_on_with_all_its_points(category, points) -> None:
    require_sound(category, points, SIZE)


@pytest.mark.parametrize(("category", "points", "wrong"), [
    ("glasses", {**GLASSES_POINTS, "bridge": (200, SIZE[1] + 1)}, OUTSIDE),
    ("glasses", {**GLASSES_POINTS, "x": (1, 1)}, UNKNOWN),
    ("glasses", {"bridge": (1, 1)}, MISSING), ("glasses", {**GLASSES_POINTS, "end_right": (10, 200)}, CROSSED),
    ("top", {name: point for name, point in TOP_POINTS.items() if name != "cuff_inner_left"}, HALF_SLEEVES),
])
def test_points_are_all_there_inside_and_not_crossed(category, points, wrong: str) -> None:
    with pytest.raises(FixInput, match=wrong):
        require_sound(category, points, SIZE)
