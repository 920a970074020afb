"""Glasses put on by the shopper's own browser: a photo, the camera, what is refused, and that nothing of it is sent."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, Route, expect

from benchmarks.try_on import MODELS, PHOTOS
from benchmarks.try_on_browser import GLASSES, HAT, camera_arguments, compare, give_photo, read_picture, wait_until_idle
from benchmarks.try_on_cases import cases_of_photos
from bot.profile.store.tables import consents, customers
from bot.service.try_on import VERSION, Asked, Fitting
from bot.storefront.try_on_browser import PARTS, SCRIPT
from bot.tryon.models import open_models
from tests.conftest import miss
from tests.servers.try_on_site import ENTRY, TryOnSite, serve_try_on

pytestmark = pytest.mark.browser
DONE = {"en": "Here you are", "fr": "Voilà"}
LIVE = {"en": "with the glasses on", "fr": "avec les lunettes"}
ONLY_HERE = {"en": "On this device only", "fr": "Sur cet appareil seulement"}
SOON_MS = 20_000  # on a busy machine
JUMPER = Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Contrepoint", product_ref="p-7")
SIZES = {"fr": {"width": 390, "height": 844}, "en": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TryOnSite]:
    if not (PHOTOS / "requirements.stamp").is_file() or not (PARTS / SCRIPT).is_file():
        miss("what try-on runs with (scripts/setup.sh test)")
    with serve_try_on(tmp_path_factory.mktemp("try-on")) as served:
        yield served


@pytest.fixture(scope="module")
def photo() -> bytes:
    return (PHOTOS / "astronaut.png").read_bytes()


@pytest.fixture
def page(browser: Browser, language: str) -> Iterator[Page]:
    """A phone in French, a desk in English."""
    with browser.new_context(viewport=SIZES[language], color_scheme="dark" if language == "fr" else "light") as context:
        yield watched(context)


@pytest.fixture(scope="module")
def seen_by_camera(
    browser_type: BrowserType, browser_type_launch_args: dict[str, object], photo: bytes,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Browser]:
    """A browser whose camera sees the astronaut."""
    camera = camera_arguments(tmp_path_factory.mktemp("film"), photo)
    args = [*browser_type_launch_args["args"], *camera]  # type: ignore[misc]
    opened = browser_type.launch(**{**browser_type_launch_args, "args": args})  # type: ignore[arg-type]
    yield opened
    opened.close()


def watched(context: BrowserContext) -> Page:
    """A page that notes what it sent and what went wrong in it."""
    page = context.new_page()
    page.sent, page.errors = [], []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.sent.append((request.method, request.url)))  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
    return page


def require_nothing_sent(page: Page, site: TryOnSite) -> None:
    """It fetched from this site alone, and posted nothing."""
    own = site.services.settings.public_url
    assert [each for each in page.sent if each[0] != "GET" or not each[1].startswith((own, f"blob:{own}"))] == []  # type: ignore[attr-defined]
    assert page.errors == []  # type: ignore[attr-defined]


def test_puts_glasses_on_a_photo_as_the_server_would_and_sends_nothing(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    page.goto(site.make_link(GLASSES, language))
    give_photo(page, "me.png", photo)
    expect(page.locator("#told")).to_contain_text(DONE[language])
    picture = read_picture(page)
    assert picture.shape[0] > picture.shape[1] == 512  # the strip stands below
    off, mean = compare(picture, photo, open_models(MODELS))
    assert off < 0.02 and mean < 1
    expect(page.locator("#add")).to_be_visible()
    page.locator("input[name=pair]").nth(2).check()
    wait_until_idle(page)
    assert np.abs(read_picture(page).astype(int) - picture).max() > 60
    chosen = told_to(page)["pairs"][2]
    expect(page.get_by_role("heading", level=1)).to_have_text(chosen["title"])
    expect(page.locator("#picture")).to_have_attribute("alt", chosen["alt"])
    expect(page.locator("#add")).to_be_hidden()
    expect(page.locator("#add-other")).to_have_text(told_to(page)["words"]["addNamed"])
    with page.expect_download() as download:
        page.locator("#keep").click()
    assert download.value.suggested_filename.endswith(".png")
    report = Axe().run(page)
    assert report.response["violations"] == [], report.generate_report()
    require_nothing_sent(page, site)


def test_puts_a_hat_on_a_photo_as_the_server_would_and_sends_nothing(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    page.goto(site.make_link(HAT, language))
    expect(page.locator("#ways")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#camera")).to_be_hidden()
    give_photo(page, "me.png", photo)
    expect(page.locator("#told")).to_contain_text(DONE[language])
    picture = read_picture(page)
    off, mean = compare(picture, photo, open_models(MODELS), HAT)
    assert off < 0.02 and mean < 1
    expect(page.locator("#pairs legend")).to_have_text({"en": "Which hat?", "fr": "Quel chapeau ?"}[language])
    page.locator("input[name=pair]").nth(2).check()
    wait_until_idle(page)
    assert np.abs(read_picture(page).astype(int) - picture).max() > 60
    report = Axe().run(page)
    assert report.response["violations"] == [], report.generate_report()
    require_nothing_sent(page, site)


@pytest.mark.parametrize("language", ["en"])
def test_refuses_a_hat_where_the_server_would(site: TryOnSite, page: Page, language: str, photo: bytes) -> None:
    page.goto(site.make_link(HAT, language))
    whole = np.asarray(Image.open(BytesIO(photo)).convert("RGB"))
    give_photo(page, "me.png", as_png(whole[70:]))
    expect(page.locator("#told")).to_have_text(sentences(page)["head_cut"])


def test_the_camera_is_a_mirror_until_the_picture_is_taken(
    site: TryOnSite, seen_by_camera: Browser, language: str
) -> None:
    with seen_by_camera.new_context(viewport=SIZES[language]) as context:
        page = watched(context)
        page.goto(site.make_link(GLASSES, language))
        page.locator("#camera").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#take")).to_be_focused(timeout=SOON_MS)
        expect(page.locator("#told")).to_contain_text(LIVE[language], timeout=SOON_MS)
        page.keyboard.press("Enter")
        expect(page.locator("#picture")).to_be_visible(timeout=SOON_MS)
        expect(page.locator("#keep")).to_be_focused()
        expect(page.locator("#mirror")).to_be_hidden()
        require_nothing_sent(page, site)


@pytest.mark.parametrize("language", ["en"])
def test_of_two_pairs_chosen_in_a_hurry_the_last_is_shown_and_kept(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    page.goto(site.make_link(GLASSES, language))
    give_photo(page, "me.png", photo)
    expect(page.locator("#told")).to_contain_text(DONE[language])
    slugs = [each["slug"] for each in told_to(page)["pairs"]]
    later = next(index for index, slug in enumerate(slugs) if slug not in slugs[:2])
    held: list[Route] = []
    page.route(f"**/front?slug={slugs[1]}&*", lambda route: held.append(route))
    page.locator("input[name=pair]").nth(1).check()
    page.locator("input[name=pair]").nth(later).check()
    expect(page.locator("#keep")).to_have_attribute("download", f"{slugs[later]}.png", timeout=SOON_MS)
    for each in held:
        each.continue_()
    page.wait_for_timeout(2_000)  # the slow one has come, and is not shown
    expect(page.locator("#keep")).to_have_attribute("download", f"{slugs[later]}.png")
    shown = read_picture(page)
    assert held
    page.locator("input[name=pair]").nth(0).check()
    expect(page.locator("#keep")).to_have_attribute("download", f"{slugs[0]}.png", timeout=SOON_MS)
    page.locator("input[name=pair]").nth(later).check()
    expect(page.locator("#keep")).to_have_attribute("download", f"{slugs[later]}.png", timeout=SOON_MS)
    assert (read_picture(page) == shown).all()


@pytest.mark.parametrize("language", ["fr"])
def test_says_why_a_photo_or_the_camera_will_not_do(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    page.goto(site.make_link(GLASSES, language))
    page.locator("#camera").click()
    expect(page.locator("#told")).to_have_text(sentences(page)["no_camera"], timeout=SOON_MS)
    expect(page.locator("#camera")).to_be_focused()
    for made, reason in made_unfit(photo):
        give_photo(page, "me.png", made)
        expect(page.locator("#told")).to_have_text(sentences(page)[reason])
        expect(page.locator("#picture")).to_be_hidden()


@pytest.mark.parametrize("language", ["en"])
def test_a_face_that_fills_the_photo_is_one(
    site: TryOnSite, page: Page, language: str
) -> None:
    page.goto(site.make_link(GLASSES, language))
    photos = {"grace_hopper": (PHOTOS / "grace_hopper.jpg").read_bytes()}
    cases = {name: data for name, data, *_ in cases_of_photos(photos)}
    give_photo(page, "head.png", cases["grace_hopper, head, glasses"])
    expect(page.locator("#told")).to_contain_text(DONE[language])


@pytest.mark.parametrize("language", ["fr"])
def test_a_photo_as_iphones_keep_it_is_offered_to_the_server(site: TryOnSite, page: Page, language: str) -> None:
    page.goto(site.make_link(GLASSES, language))
    expect(page.locator("#ways")).to_be_visible(timeout=SOON_MS)
    heic = {"name": "IMG_0001.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" + bytes(100)}
    page.locator("#photo").set_input_files(heic)
    expect(page.locator("#told")).to_have_text(sentences(page)["not_a_photo"])
    expect(page.locator("#agree")).to_be_visible()
    report = Axe().run(page)
    assert report.response["violations"] == [], report.generate_report()


def made_unfit(photo: bytes) -> Iterator[tuple[bytes, str]]:
    whole = np.asarray(Image.open(BytesIO(photo)).convert("RGB"))
    yield b"%PDF-1.7", "not_a_photo"
    yield as_png(np.full((600, 500, 3), 130, np.uint8)), "no_person"
    yield as_png(np.hstack([whole, whole])), "several_people"
    yield as_png(np.uint8(whole * 0.18)), "too_dark"
    yield as_png(cv2.GaussianBlur(whole, (0, 0), 8)), "blurred"


def as_png(picture: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def sentences(page: Page) -> dict[str, str]:
    return told_to(page)["reasons"]  # type: ignore[no-any-return]


def told_to(page: Page) -> dict[str, Any]:
    """What the page's script is told."""
    return page.evaluate("() => JSON.parse(document.getElementById('page').textContent)")  # type: ignore[no-any-return]


def test_a_browser_that_cannot_asks_for_the_servers_consent_and_goes_there(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    with site.services.store.write() as connection:
        customer = f"c-{language}"
        connection.execute(sa.insert(customers).values(
            customer_id=customer, root_id=customer, is_holdout=False, created_at=site.services.clock()
        ))
    page.add_init_script("delete window.WebAssembly")
    page.goto(site.make_link(GLASSES, language, Asked(customer, "web")))
    expect(page.locator("#other")).to_be_visible(timeout=SOON_MS)
    for each in ("#ways", "#promise", "#pairs"):
        expect(page.locator(each)).to_be_hidden()
    page.locator("#agree").click()
    chosen = page.locator("input[type=file]:not(#photo)")
    chosen.set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": photo})
    expect(page.locator("figure img")).to_be_visible(timeout=SOON_MS)
    with site.services.store.read() as connection:
        (kept,) = connection.execute(sa.select(consents).where(consents.c.customer_id == customer))
    assert (kept.source, kept.state, kept.purpose, kept.channel) == (f"page:{VERSION}", "granted", "try_on", "web")
    assert {"en": "the shop's own server", "fr": "le serveur de la boutique"}[language] in kept.wording


def test_inside_the_chat_the_picture_is_shown_and_goes_nowhere(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    told: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: told.append(len(frame))))
    page.goto(f"{site.services.settings.public_url}/?lang={language}")
    page.locator("[data-prevenant=launcher]").click()
    panel = page.locator("[data-prevenant=panel]")
    expect(panel.get_by_role("log")).to_be_visible(timeout=SOON_MS)
    site.show_link(GLASSES, language)
    entry = panel.get_by_role("link", name=ENTRY)
    entry.click()
    room = page.frame_locator("[data-prevenant=fitting] iframe")
    expect(room.locator("#ways")).to_be_visible(timeout=SOON_MS)  # its script listens
    room.locator("#photo").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": photo})
    room.locator("#show").click(timeout=SOON_MS)
    shown = panel.locator("prevenant-message").last
    expect(shown.locator("img")).to_have_attribute("src", re.compile("^blob:"), timeout=SOON_MS)
    expect(shown.locator(".state")).to_have_text(ONLY_HERE[language])
    expect(panel.locator("[data-prevenant=fitting]")).to_be_hidden()
    shown.get_by_role("button", name={"en": "Add it to my basket", "fr": "Ajouter à mon panier"}[language]).click()
    expect(panel.locator("prevenant-message").last).not_to_have_attribute("data-state", "waiting", timeout=SOON_MS)
    assert site.last_said().startswith('/add_to_cart{"product":')
    assert max(told) < 5_000  # words, and no picture
    assert [url for method, url in page.sent if method != "GET" and "/try-on" in url] == []  # type: ignore[attr-defined]
    entry.click()
    expect(room.locator("#camera")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("Escape")
    expect(panel.locator("[data-prevenant=fitting] iframe")).to_have_count(0)
    expect(panel).to_be_visible()
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["en"])
def test_a_top_is_tried_on_by_the_server_and_shown_in_the_chat_as_well(
    site: TryOnSite, page: Page, language: str, photo: bytes
) -> None:
    page.goto(f"{site.services.settings.public_url}/?lang={language}")
    page.locator("[data-prevenant=launcher]").click()
    panel = page.locator("[data-prevenant=panel]")
    expect(panel.get_by_role("log")).to_be_visible(timeout=SOON_MS)
    site.show_link(JUMPER, language)
    panel.get_by_role("link", name=ENTRY).click()
    room = page.frame_locator("[data-prevenant=fitting] iframe")
    room.locator("input[type=file]").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": photo})
    room.get_by_role("button", name="Show it in the chat").click(timeout=SOON_MS)
    shown = panel.locator("prevenant-message").last
    expect(shown.locator("img")).to_have_attribute("src", re.compile("^blob:"), timeout=SOON_MS)
    shown.get_by_role("button", name="Add it to my basket").click()
    expect(panel.locator("prevenant-message").last).to_have_attribute("data-state", "kept", timeout=SOON_MS)
    assert site.last_said() == '/add_to_cart{"product":"p-7","colour":"navy"}'
