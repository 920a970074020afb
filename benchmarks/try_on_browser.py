"""Try-on in the browser, as a shopper has it: the real pages in a headless Chromium, how long they take, whom they ask.

Its pictures are laid beside the server's of the same photo and the same glasses.
"""

import base64
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bot.errors import NotAllowed
from bot.service.try_on import IN_BROWSER, Fitting
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.engine import wear
from bot.tryon.models import Models
from bot.tryon.photo import Picture, read_photo
from tests.servers.try_on_site import TryOnSite, serve_try_on

GLASSES = Fitting("lunettes-rondes-poete", "sunglasses", "gold", "plain", "brass", "Poète round sunglasses", IN_BROWSER)
HAT = Fitting("fedora-en-feutre-detective", "hat", "camel", "plain", "wool", "Détective fedora", IN_BROWSER)
OTHER_PAIRS = 3
_FIGURES = ("first", "next", "off", "mean", "cpu_first", "cpu_next")
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MOST_MS = 60_000
_READ_PICTURE = """(picture) => {
  const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.convertToBlob().then((blob) => new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(blob);
  }));
}"""

# When each picture was there, by the page's own clock: waiting for it from outside would count in steps.
_NOTE_PICTURES = """addEventListener("DOMContentLoaded", () => {
  window.shownAt = [];
  const picture = document.getElementById("picture");
  new MutationObserver(() => window.shownAt.push(performance.now())).observe(picture, { attributeFilter: ["src"] });
})"""
_COUNT_FRAMES = """(() => {
  const put = CanvasRenderingContext2D.prototype.putImageData;
  window.frames_drawn = 0;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    window.frames_drawn += 1;
    return put.apply(this, given);
  };
})()"""
_LIVE_SECONDS = 5
_CHANGE_PAIR = """async (choice) => {
  const [started, before] = [performance.now(), window.shownAt.length];
  choice.click();
  while (window.shownAt.length === before) await new Promise((done) => setTimeout(done, 5));
  return window.shownAt.at(-1) - started;
}"""


def camera_arguments(folder: Path, photo: bytes) -> list[str]:
    """What gives a Chromium a camera before which somebody moves a little. Writes its film into the folder."""
    someone = np.asarray(Image.open(BytesIO(photo)).convert("RGB").resize((480, 480)))
    frame = np.full((480, 640, 3), 190, np.uint8)
    frame[:, 80:560] = someone
    with (folder / "camera.mjpeg").open("wb") as film:
        for by in (0, 4, 8, 4):
            Image.fromarray(np.roll(frame, by, 1)).save(film, "JPEG", quality=95)
    return [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={folder / 'camera.mjpeg'}",
    ]


Case = tuple[str, bytes, tuple[str, ...]]  # its name, the file, which reasons are right ("" is to be taken)


def measure_browser(photos: Mapping[str, bytes], models: Models, cases: Sequence[Case] = ()) -> dict[str, Any]:
    """Milliseconds, what differs from the server's pictures, and how often another host was asked.

    `first` counts from the link on, page, runtime and networks fetched anew; `next` is another pair. `browser_off` is
    the share of the changed pixels that are more than 8 of 255 steps off.
    """
    asked: list[str] = []
    with tempfile.TemporaryDirectory() as folder, serve_try_on(Path(folder)) as site:
        with open_chromium() as browser:
            each = {name: _measure_photo(browser, site, name, data, models, asked) for name, data in photos.items()}
            told = {name: figures for name, figures in each.items() if figures}
            rights = list(_judge_cases(browser, site, cases, asked))
        before_it = [photos[name] for name in told][:1]  # the mirror shows nothing of a photo that is refused
        live = [_measure_camera(site, Path(folder), data, asked) for data in before_it]
        own = urlsplit(site.services.settings.public_url).netloc
    outside = [each for each in asked if urlsplit(each).scheme != "blob" and urlsplit(each).netloc != own]
    worst = {key: max(figures[key] for figures in told.values()) for key in _FIGURES} if told else None
    return {
        "ms_browser": worst and {"first": round(worst["first"]), "next": round(worst["next"])},
        "browser_cpu_ms": worst and {"first": round(worst["cpu_first"]), "next": round(worst["cpu_next"])},
        "browser_outside_requests": len(outside), "browser_off": worst and round(worst["off"], 4),
        "browser_mean_steps": worst and round(worst["mean"], 2), "n_browser": len(told),
        "browser_refusals_right": round(statistics.fmean(rights), 4) if rights else None,
        "browser_edge_cases": len(rights), **(live[0] if live else {"live_cpu_ms": None, "live_frames_a_second": None}),
    }


def _measure_photo(
    browser: Browser, site: TryOnSite, name: str, data: bytes, models: Models, asked: list[str]
) -> dict[str, float] | None:
    """A browser that was never here before: from the link to the picture, then other pairs."""
    with browser.new_context() as context:
        page = _open(context, asked, _NOTE_PICTURES)
        processor = watch_processor(page)
        page.goto(site.make_link(GLASSES))
        give_photo(page, name, data)
        if not page.locator("#picture").is_visible():
            print(f"{name}: refused in the browser, {page.locator('#told').inner_text()}", file=sys.stderr)
            return None
        first, spent = float(page.evaluate("() => window.shownAt.at(-1)")), processor()
        try:
            off, mean = compare(read_picture(page), data, models)
        except NotAllowed as error:
            print(f"{name}: taken in the browser, refused by the server, {error.reason}", file=sys.stderr)
            return None
        before = processor()
        nexts = [_change_pair(page, each) for each in range(1, 1 + OTHER_PAIRS)]
        return {
            "first": first, "next": statistics.median(nexts), "off": off, "mean": mean, "cpu_first": 1000 * spent,
            "cpu_next": 1000 * (processor() - before) / OTHER_PAIRS,
        }


def _open(context: BrowserContext, asked: list[str], script: str = "") -> Page:
    """A page that notes whom it asks."""
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    if script:
        page.add_init_script(script)
    return page


def _measure_camera(site: TryOnSite, folder: Path, photo: bytes, asked: list[str]) -> dict[str, float]:
    """Processor milliseconds of a frame of the mirror, and how many there were a second."""
    with open_chromium(*camera_arguments(folder, photo)) as browser, browser.new_context() as context:
        page = _open(context, asked, _COUNT_FRAMES)
        processor = watch_processor(page)
        page.goto(site.make_link(GLASSES))
        page.locator("#camera").click()
        expect(page.locator("#mirror")).to_be_visible(timeout=_MOST_MS)
        expect(page.locator("#told")).to_contain_text("with the glasses on", timeout=_MOST_MS)
        started, drawn = processor(), int(page.evaluate("() => window.frames_drawn"))
        page.wait_for_timeout(1000 * _LIVE_SECONDS)
        frames = int(page.evaluate("() => window.frames_drawn")) - drawn
        return {
            "live_cpu_ms": round(1000 * (processor() - started) / max(frames, 1), 1),
            "live_frames_a_second": round(frames / _LIVE_SECONDS, 1),
        }


def _judge_cases(browser: Browser, site: TryOnSite, cases: Sequence[Case], asked: list[str]) -> Iterator[bool]:
    """For each file, whether the page takes or refuses it as it should; what should not is told on stderr."""
    with browser.new_context() as context:
        page = _open(context, asked)
        page.goto(site.make_link(GLASSES))
        reasons = page.evaluate("() => JSON.parse(document.getElementById('page').textContent).reasons")
        named = {sentence: reason for reason, sentence in reasons.items()}
        for name, data, wanted in cases:
            give_photo(page, name, data)
            got = "" if page.locator("#picture").is_visible() else named[page.locator("#told").inner_text()]
            if got not in wanted:
                said = " or ".join(each or "taken" for each in wanted)
                print(f"{name}, in the browser: {got or 'taken'}, and should be {said}", file=sys.stderr)
            yield got in wanted


def watch_processor(page: Page) -> Callable[[], float]:
    """What tells the processor seconds of the page's own thread: a busy machine changes them little."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def tell() -> float:
        found = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        return float(found["TaskDuration"])

    return tell


@contextmanager
def open_chromium(*arguments: str) -> Iterator[Browser]:
    """A headless one of this machine, that asks nobody of itself."""
    path = next((found for name in _CHROMIUMS if (found := shutil.which(name))), None)
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*alone, "--disable-gpu", "--disable-background-networking", *arguments]
        )
        yield browser
        browser.close()


def give_photo(page: Page, name: str, data: bytes) -> None:
    """Choose the file, and wait for the picture or the sentence."""
    kind = "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"
    page.locator("#photo").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    wait_until_idle(page)


def wait_until_idle(page: Page) -> None:
    """Until what was asked for is there, or refused."""
    expect(page.locator("#photo")).to_be_enabled(timeout=_MOST_MS)


def read_picture(page: Page) -> Picture:
    """What the page shows, its strip included."""
    data = base64.b64decode(page.locator("#picture").evaluate(_READ_PICTURE))
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


def compare(picture: Picture, data: bytes, models: Models, fitting: Fitting = GLASSES) -> tuple[float, float]:
    """Of the pixels that either way changed: the share more than 8 of 255 steps apart, and the mean of all steps."""
    worn = wear(read_photo(data), draw_fitting(fitting), models)
    theirs = picture[: worn.picture.shape[0]]
    moved = [np.abs(each.astype(int) - worn.photo).max(-1) > 1 for each in (worn.picture, theirs)]
    changed = moved[0] | moved[1]
    steps = np.abs(theirs.astype(int) - worn.picture).max(-1)[changed]
    return float((steps > 8).mean()), float(steps.mean())


def _change_pair(page: Page, index: int) -> float:
    took = float(page.locator("input[name=pair]").nth(index).evaluate(_CHANGE_PAIR))
    wait_until_idle(page)
    return took
