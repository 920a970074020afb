"""Virtual try-on on photos of persons: what changed that must not, what stayed that must not, which photos are refused.

Without DATA the photos are two that are free of rights (NASA's Eileen Collins, the US Navy's Grace Hopper), and edge
cases made out of them: two people are no set of people, and `people` says so.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bot.bootstrap import PROJECT
from bot.errors import NotAllowed
from bot.service.try_on import Fitting
from bot.storefront.fitting_art import draw_cloth, draw_front
from bot.storefront.fitting_records import draw_flat_top
from bot.storefront.hat_art import draw_hat
from bot.tryon.covering import cover
from bot.tryon.engine import Garment, wear
from bot.tryon.garment import face_area, find_top
from bot.tryon.models import Models, open_models
from bot.tryon.overlay import Flat, drape
from bot.tryon.person import Person, find_person
from bot.tryon.photo import Picture, read_photo
from bot.tryon.retexture import Cloth, retexture, to_linear

PHOTOS = PROJECT / "var" / "tryon-photos"
MODELS = PROJECT / "var" / "tryon-models"
CLOTHS = {
    "navy": draw_cloth("#25345a", "plain", "cotton"), "striped": draw_cloth("#f6f4f0", "striped", "cotton"),
    "mustard": draw_cloth("#cf9a2c", "plain", "wool"), "checked": draw_cloth("#b9302f", "checked", "cotton"),
}
FRONTS = {
    "round": draw_front("rondes", "#cda24b"), "black": draw_front("", "#2b2a2d"),
    "cat-eye": draw_front("papillon", "#6c4a33"), "square": draw_front("carrees", "#6d2233"),
}
HATS = {  # drawn when needed: half a second each
    "beanie": ("bonnet-marin-equipage", "navy"), "fedora": ("fedora-en-feutre-detective", "camel"),
    "beret": ("beret-rive-gauche", "red"), "straw": ("chapeau-de-paille-sieste-longue", "sand"),
    "cap": ("casquette-buvette", "forest"), "bucket": ("bob-de-pluie-ruisseau", "yellow"),
}
FLATS = {
    "jumper": Fitting("pull-col-rond", "sweater", "mustard", "plain", "wool", ""),
    "striped": Fitting("mariniere", "t-shirt", "ecru", "striped", "cotton", ""),
    "roll-neck": Fitting("pull-col-roule", "sweater", "rust", "ribbed", "merino", ""),
}
_OVERLAY_KEYS = (
    "face_change_overlay", "background_change_overlay", "pose_drift_overlay", "leftover_overlay", "folded", "ms_overlay",
)
_SIDE_BY_SIDE_PX = 420


def main() -> None:
    """Measure, tell, keep pictures where OUT says so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    outside = _count_outside_requests()
    models = open_models(MODELS)
    files = sorted(each for each in asked.data.iterdir() if each.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".heic"))
    photos = {each.stem: each.read_bytes() for each in files}
    told = [_measure(name, data, models) for name, data in photos.items()]
    rights = list(judge_edge_cases(photos, models)) if asked.data == PHOTOS else []
    if asked.out:
        _draw_sheet([read_photo(data) for data in photos.values()], models, asked.out)
    print(json.dumps(_sum_up([each for each in told if each], rights, outside, len(photos))))


def _sum_up(told: list[dict[str, float]], rights: list[bool], outside: list[str], people: int) -> dict[str, Any]:
    keys = ("face_change", "background_change", "pose_drift", "pose_drift_untouched", "leftover", "ssim", "ssim_garment", "ms_retexture")
    means = {key: round(statistics.fmean(each[key] for each in told), 4) if told else None for key in keys}
    laid = [each for each in told if "ms_overlay" in each]
    overlay = {key: round(statistics.fmean(each[key] for each in laid), 4) if laid else None for key in _OVERLAY_KEYS}
    return {
        **means, **overlay, "refusals_right": round(statistics.fmean(rights), 4) if rights else None, "edge_cases": len(rights),
        "n_overlay": len(laid), "ms_browser": None, "outside_requests": len(outside), "people": people, "n": len(told),
    }


def _measure(name: str, data: bytes, models: Models) -> dict[str, float] | None:
    photo = read_photo(data)
    person = find_person(photo, models)
    try:
        started = time.perf_counter()
        worn = wear(read_photo(data), CLOTHS["striped"], models)
        ms = 1000 * (time.perf_counter() - started)
    except NotAllowed as error:
        print(f"{name}: refused, {error.reason}", file=sys.stderr)
        return None
    top = find_top(photo, person)
    face, background = face_area(person, top.shape), (person.mask < 0.1)
    changed = np.abs(worn.picture.astype(int) - photo).max(-1) > 0
    again = retexture(photo, top, _body(person), _own_cloth(photo, top))
    similar = _ssim(photo, again)
    print(f"{name}: {ms:.0f} ms", file=sys.stderr)
    return {
        "face_change": float(changed[face].mean()) if face.any() else 0.0,
        "background_change": float(changed[background].mean()), "pose_drift": _drift(person, worn.picture, models),
        "pose_drift_untouched": _drift(person, read_photo(_file(photo, "JPEG")), models),
        "leftover": _leftover(photo, worn.picture, person, top), "ssim": float(similar.mean()),
        "ssim_garment": float(similar[top > 0.5].mean()), "ms_retexture": ms, **_measure_overlay(name, photo, person, models),
    }


def _measure_overlay(name: str, photo: Picture, person: Person, models: Models) -> dict[str, float]:
    """The same of a top laid over the worn one, a photo's whole way; nothing where it is refused."""
    flat = draw_flat_top(FLATS["jumper"])
    started = time.perf_counter()
    top = find_top(photo, find_person(photo, models))
    try:
        picture = cover(photo, person, top, flat)
    except NotAllowed as error:
        print(f"{name}, laid over: refused, {error.reason}", file=sys.stderr)
        return {}
    ms = 1000 * (time.perf_counter() - started)
    changed = np.abs(picture.astype(int) - photo).max(-1)
    return {
        "face_change_overlay": float((changed[face_area(person, top.shape)] > 0).mean()),
        "background_change_overlay": float(changed[person.mask < 0.1].mean()),
        "pose_drift_overlay": _drift(person, picture, models), "leftover_overlay": _leftover(photo, picture, person, top),
        "folded": drape(flat, person, top).fold_share, "ms_overlay": ms,
    }


def _body(person: Person) -> Any:
    if person.body is None:
        raise NotAllowed("head_only")
    return person.body


def _own_cloth(photo: Picture, top: Any) -> Cloth:
    own = np.median(to_linear(photo)[top > 0.6], axis=0)
    return Cloth(own.reshape(1, 1, 3).astype(np.float32), 1.0)


def _drift(person: Person, picture: Picture, models: Models) -> float:
    """How far shoulders, elbows and hips moved that are seen in the picture, by the shoulders' width."""
    before, after = _body(person), _body(find_person(picture, models))
    high, wide = picture.shape[:2]
    inside = ((before.points[:, :2] >= 0) & (before.points[:, :2] < np.float32([wide, high]))).all(axis=1)
    seen = [each for each in (11, 12, 13, 14, 23, 24) if before.seen[each] > 0.5 and inside[each]]
    moved = np.hypot(*(before.points[seen, :2] - after.points[seen, :2]).T)
    return float(np.mean(moved) / np.hypot(*(before.points[11, :2] - before.points[12, :2])))


def _leftover(photo: Picture, picture: Picture, person: Person, top: Any) -> float:
    """Of the pixels below the shoulders in the old top's main colour, the share that still has it. By colour alone."""
    lab, new = (cv2.cvtColor(each, cv2.COLOR_RGB2LAB).astype(np.float32) for each in (photo, picture))
    main = np.median(lab[top > 0.6], axis=0)
    points = _body(person).points
    old = (np.abs(lab - main)[..., 1:].max(-1) < 10) & (np.abs(lab - main)[..., 0] < 50) & (person.mask > 0.5)
    old &= np.arange(len(old))[:, None] > points[[11, 12], 1].mean()
    near = np.hypot(*(np.mgrid[: old.shape[0], : old.shape[1]][::-1] - points[[11, 12], :2].mean(0)[:, None, None]))
    old &= near < 1.3 * np.hypot(*(points[11, :2] - points[12, :2]))
    kept = old & (np.abs(new - lab).max(-1) < 4)
    return float(kept.sum() / max(old.sum(), 1))


def _ssim(one: Picture, two: Picture) -> Any:
    """Wang's structural similarity of the lightness, a value for every pixel."""
    a, b = (cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(np.float64) for each in (one, two))
    def blur(each: Any) -> Any:
        return cv2.GaussianBlur(each, (0, 0), 1.5)

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b, both = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
    low, high = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return (2 * mean_a * mean_b + low) * (2 * both + high) / ((mean_a**2 + mean_b**2 + low) * (var_a + var_b + high))


def judge_edge_cases(photos: dict[str, bytes], models: Models) -> Iterator[bool]:
    """For each made photo, whether what happens is what should; what should not is told on stderr."""
    for name, data, garment, wanted in made_photos(photos):
        try:
            wear(read_photo(data), garment, models)
            got = ""
        except NotAllowed as error:
            got = error.reason
        if got not in wanted:
            print(f"{name}: {got or 'taken'}, and should be {' or '.join(each or 'taken' for each in wanted)}", file=sys.stderr)
        yield got in wanted


def made_photos(photos: dict[str, bytes]) -> Iterator[tuple[str, bytes, Garment, tuple[str, ...]]]:
    """Name, file, what is tried on, and which reasons are right ("" is to be taken)."""
    top, glasses, hat = CLOTHS["navy"], FRONTS["black"], draw_hat(*HATS["fedora"])
    rng = np.random.default_rng(1)
    for name, data in photos.items():
        photo = read_photo(data)
        height, width = photo.shape[:2]
        wanted: dict[str, tuple[Picture, Garment, tuple[str, ...]]] = {
            "as it is": (photo, top, ("",)), "as it is, glasses": (photo, glasses, ("",)),
            "mirrored": (photo[:, ::-1], top, ("",)), "mirrored, glasses": (photo[:, ::-1], glasses, ("",)),
            "brighter": (np.clip(photo * 1.25, 0, 255).astype(np.uint8), top, ("",)),
            "a bit darker": (np.uint8(photo * 0.7), top, ("",)),
            "grey": (np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, 2), glasses, ("",)),
            "noisy": (np.clip(photo + rng.normal(0, 8, photo.shape), 0, 255).astype(np.uint8), top, ("",)),
            "dark": (np.uint8(photo * 0.12), top, ("too_dark", "no_person")),
            "dark, glasses": (np.uint8(photo * 0.18), glasses, ("too_dark", "no_person")),
            "blurred": (cv2.GaussianBlur(photo, (0, 0), 9), top, ("blurred",)),
            "moved": (cv2.blur(photo, (41, 1)), top, ("blurred",)),
            "blurred, glasses": (cv2.GaussianBlur(photo, (0, 0), 8), glasses, ("blurred",)),
            "two": (np.hstack([photo, photo[:, ::-1]]), top, ("several_people",)),
            "two, glasses": (np.hstack([photo, photo]), glasses, ("several_people",)),
            "three": (np.hstack([photo] * 3), top, ("several_people",)),
            "tiny": (cv2.resize(photo, (150, 150 * height // width)), top, ("too_small",)),
            "far": (_far(photo), top, ("too_small", "no_person")), "far, glasses": (_far(photo), glasses, ("too_small", "no_person")),
            "nobody": (photo[: height // 4, : width // 4], top, ("no_person", "too_small")),
            "head": (_head(photo), top, ("head_only",)), "head, glasses": (_head(photo), glasses, ("",)),
            "as it is, hat": (photo, hat, ("",)), "mirrored, hat": (photo[:, ::-1], hat, ("",)),
            "dark, hat": (np.uint8(photo * 0.15), hat, ("too_dark", "no_person")),
            "head cut, hat": (photo[height // 7 :], hat, ("head_cut", "no_person", "no_face")),
        }
        for what, (picture, garment, right) in wanted.items():
            yield f"{name}, {what}", _file(picture, "PNG"), garment, right
        large = _file(cv2.resize(photo, (3000, 4000)), "JPEG")
        yield f"{name}, 12 megapixels", large, glasses, ("",)
        yield f"{name}, turned", _turned(photo), glasses, ("",)
        yield f"{name}, cut off", large[: len(large) // 3], top, ("not_a_photo",)
    yield "a PDF", b"%PDF-1.7\n%\xe2\xe3", top, ("not_a_photo",)
    yield "words", b"hello", top, ("not_a_photo",)
    yield "nothing", b"", top, ("not_a_photo",)
    yield "a bomb", _bomb(), top, ("too_large",)
    for shade in (20, 90, 160, 250):
        yield f"plain {shade}", _file(np.full((600, 500, 3), shade, np.uint8), "PNG"), top, ("no_person", "too_dark")
    yield "noise", _file(rng.integers(0, 255, (600, 500, 3)).astype(np.uint8), "PNG"), top, ("no_person",)
    yield "a drawing", _file(np.uint8(255 * np.clip(FRONTS["black"].picture[..., :3], 0, 1)), "PNG"), glasses, ("no_person",)


def _far(photo: Picture) -> Picture:
    room = np.full((1000, 1000, 3), 190, np.uint8)
    small = cv2.resize(photo, (110, 110 * photo.shape[0] // photo.shape[1]), interpolation=cv2.INTER_AREA)
    room[500 : 500 + small.shape[0], 400:510] = small
    return room


def _head(photo: Picture) -> Picture:
    height, width = photo.shape[:2]
    return cv2.resize(photo[: round(0.4 * height), round(0.2 * width) : round(0.75 * width)], None, fx=2, fy=2)


def _file(picture: Picture, kind: str) -> bytes:
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, kind)
    return out.getvalue()


def _turned(photo: Picture) -> bytes:
    """As phones keep it: lying on its side, with a word on how to turn it."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(photo))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def _bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()


def _draw_sheet(photos: list[Picture], models: Models, folder: Path) -> None:
    """Three rows a photo: itself, each cloth, each pair of glasses, each top laid over, each hat."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, hats = [], [draw_hat(*each) for each in HATS.values()]
    for photo in photos:
        shown = [photo, *(_worn_or_blank(photo, each, models) for each in (*CLOTHS.values(), *FRONTS.values()))]
        shown += [_laid_or_blank(photo, draw_flat_top(each), models) for each in FLATS.values()]
        shown += [_worn_or_blank(photo, each, models) for each in hats]
        small = [cv2.resize(each, (_SIDE_BY_SIDE_PX, _SIDE_BY_SIDE_PX * each.shape[0] // each.shape[1])) for each in shown]
        rows += [np.hstack(small[start : start + 6]) for start in range(0, len(small), 6)]
    Image.fromarray(np.vstack(rows)).save(folder / "sheet.jpg", quality=82)
    Image.fromarray(np.vstack(rows)).save(folder / "sheet.png")


def _worn_or_blank(photo: Picture, garment: Garment, models: Models) -> Picture:
    try:
        return wear(photo, garment, models).picture
    except NotAllowed:
        return np.full_like(photo, 230)


def _laid_or_blank(photo: Picture, flat: Flat, models: Models) -> Picture:
    person = find_person(photo, models)
    try:
        return cover(photo, person, find_top(photo, person), flat)
    except NotAllowed:
        return np.full_like(photo, 230)


def _count_outside_requests() -> list[str]:
    """Addresses that anything in this process connects to, from now on."""
    seen: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            seen.append(event)

    hook: Callable[[Callable[[str, tuple[Any, ...]], None]], None] = sys.addaudithook
    hook(watch)
    return seen


if __name__ == "__main__":
    main()
