"""Virtual try-on on photos of persons: what changed that must not, what stayed that must not, which photos are refused.

Without DATA the photos are two that are free of rights (NASA's Eileen Collins, the US Navy's Grace Hopper) and the drawn
people of benchmarks/people, with edge cases made out of all of them. `by` tells photos, people that things were tuned on,
and people held back apart. How long it takes is of the running process, over HTTP (`try_on_timed.py`).
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.people.gallery import FRESH, HELD, PRINTED, TUNED, fronts
from benchmarks.try_on_bare import cases_of_bare, cases_of_covered, judge_near_skin
from benchmarks.try_on_browser import measure_browser
from benchmarks.try_on_cases import Case, as_file, cases_of_people, cases_of_photos, judge
from benchmarks.try_on_data import Unusable, read_garments, read_people
from benchmarks.try_on_points import list_tops, measure_points
from benchmarks.try_on_sheet import write_sheets
from benchmarks.try_on_timed import measure_times
from bot.bootstrap import PROJECT
from bot.errors import FixInput, NotAllowed
from bot.service.try_on import Fitting
from bot.storefront.fitting_art import draw_cloth, draw_front
from bot.storefront.fitting_records import draw_flat_top
from bot.storefront.hat_art import draw_hat
from bot.tryon.covering import cover
from bot.tryon.engine import Garment, Top, wear
from bot.tryon.face import Front
from bot.tryon.garment import face_area, find_top
from bot.tryon.looking import find_person
from bot.tryon.models import Models, open_models
from bot.tryon.overlay import Flat, drape
from bot.tryon.person import Person
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
_OWN = Top(CLOTHS["striped"], 1.0, lambda: draw_flat_top(FLATS["jumper"]))
_KEYS = (
    "face_change", "background_change", "pose_drift", "pose_drift_untouched", "leftover", "ssim", "ssim_garment",
)
_OVERLAY_KEYS = (
    "face_change_overlay", "background_change_overlay", "pose_drift_overlay", "leftover_overlay", "folded",
)
_TIMED_PX = (768, 1024)
Judged = tuple[list[bool], list[bool], list[bool], list[bool]]
_NOT_JUDGED: Judged = ([], [], [], [])


def main() -> None:
    """Measure, tell, keep pictures where OUT says so."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", type=Path, default=PHOTOS)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    outside = _count_outside_requests()
    models = open_models(MODELS)
    try:
        (photos, unread), (garments, unusable) = read_people(asked.data), read_garments(asked.data)
    except FixInput as error:
        raise SystemExit(f"{error.field}: {error.message}") from error
    for name, whys in {**unread, **unusable}.items():
        print(f"{name}: left out, {', '.join(whys)}", file=sys.stderr)
    tops = [each for each in garments.values() if isinstance(each, Top)] or [_OWN]
    groups = {"photos": photos}
    cases = {"photos": cases_of_photos(photos)}
    if asked.data == PHOTOS:
        drawn = {"tuned": fronts(TUNED), "held": fronts(HELD), "fresh": fronts(FRESH)}
        groups |= drawn
        cases |= {group: cases_of_people(people) for group, people in drawn.items()}
    told = {
        group: [_measure(name, data, models, top) for name, data in people.items() for top in tops]
        for group, people in groups.items()
    }
    rights = {group: _judge(each, groups[group], models) for group, each in cases.items()} if asked.data == PHOTOS else {}
    parts = {group: _sum_up([each for each in told[group] if each], rights.get(group, _NOT_JUDGED)) for group in groups}
    whole = _sum_up([each for group in told.values() for each in group if each], _join(rights.values()))
    own = len(outside)  # before our own servers are up, to which this process connects
    again = (cases_of_photos(photos), *(cases_of_people(people) for name, people in groups.items() if name != "photos"))
    made = chain(*again) if rights else iter(())
    in_browser = [(name, data, right) for name, data, garment, right in made if isinstance(garment, Front)]
    everybody = {name: _enlarge(read_photo(data)) for people in groups.values() for name, data in people.items()}
    times = measure_times(everybody, models)
    browser = measure_browser(photos, models, in_browser)
    asked_outside = own + browser["browser_outside_requests"]
    people = sum(map(len, groups.values()))
    points = measure_points(list_tops())
    of_data = {**_count_garments(photos, garments, unusable, models), **({"unusable_people": unread} if unread else {})}
    figures = {**whole, **times, **browser, **points, "outside_requests": asked_outside, "people": people, "by": parts, **of_data}
    print(json.dumps(figures), flush=True)
    if asked.out:
        shown = [*photos.values(), *groups.get("tuned", {}).values()]
        write_sheets(_show([read_photo(data) for data in shown], models, garments), asked.out)


def _judge(cases: Iterator[Case], people: dict[str, bytes], models: Models) -> Judged:
    """Of edge cases to be refused, of those to be taken, and of people painted bare, behind a phone or a mask, too,
    what was right; of tops in colours near skin what was wrong.
    """
    refused: list[bool] = []
    taken: list[bool] = []
    for case in cases:
        (taken if "" in case[-1] else refused).extend(judge(iter([case]), models))
    bare = chain(cases_of_bare(people, models), cases_of_covered(people, models))
    return refused, taken, list(judge(bare, models)), list(judge_near_skin(people, models))


def _join(judged: Iterable[Judged]) -> Judged:
    each = list(judged)
    return tuple(list(chain.from_iterable(one[place] for one in each)) for place in range(4))  # type: ignore[return-value]


def _count_garments(
    photos: dict[str, bytes], garments: dict[str, Garment], unusable: Unusable, models: Models
) -> dict[str, Any]:
    """Of one's own garments: on how many of the photos each was shown, why it was not, or what is in doubt of it."""
    told: dict[str, Any] = {name: {"unusable": doubts} for name, doubts in unusable.items()}
    for name, garment in garments.items():
        said = [_why_not(data, garment, models) for data in photos.values()]
        told[name] = {"shown": said.count(""), "refused": {each: said.count(each) for each in sorted({*said} - {""})}}
    return {"garments": told} if told else {}


def _why_not(data: bytes, garment: Garment, models: Models) -> str:
    try:
        wear(read_photo(data), garment, models)
    except NotAllowed as error:
        return error.reason
    return ""


def _sum_up(told: list[dict[str, float]], judged: Judged) -> dict[str, Any]:
    refused, taken, bare, near = judged
    rights = [*refused, *taken]
    means = {key: _mean([each[key] for each in told if key in each]) for key in (*_KEYS, *_OVERLAY_KEYS)}
    return {
        **means, "refusals_right": _mean(rights), "edge_cases": len(rights), "n": len(told),
        "refused_right": _mean(refused), "n_refused": len(refused), "taken_right": _mean(taken), "n_taken": len(taken),
        "bare_right": _mean(bare), "n_bare": len(bare), "bare_false": _mean(near), "n_bare_false": len(near),
        "n_overlay": sum("folded" in each for each in told), "n_ssim": sum("ssim" in each for each in told),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(statistics.fmean(values), 4) if values else None


def _measure(name: str, data: bytes, models: Models, tried: Top) -> dict[str, float] | None:
    """A photo with one top, dyed and laid over; nothing where it is refused."""
    photo = read_photo(data)
    person = find_person(photo, models)
    try:
        worn = wear(read_photo(data), tried.cloth, models)
    except NotAllowed as error:
        print(f"{name}: refused, {error.reason}", file=sys.stderr)
        return None
    top = find_top(photo, person)
    face, background = face_area(person, top.shape), (person.mask < 0.1)
    changed = np.abs(worn.picture.astype(int) - photo).max(-1) > 0
    print(f"{name}: worn", file=sys.stderr)
    return {
        "face_change": float(changed[face].mean()) if face.any() else 0.0,
        "background_change": float(changed[background].mean()), "pose_drift": _drift(person, worn.picture, models),
        "pose_drift_untouched": _drift(person, read_photo(as_file(photo, "JPEG")), models),
        "leftover": _leftover(photo, worn.picture, person, top), **_compare_with_itself(name, photo, person, top),
        **_measure_overlay(name, photo, person, models, tried.open_flat()),
    }


def _compare_with_itself(name: str, photo: Picture, person: Person, top: Any) -> dict[str, float]:
    """How like the photo is to itself in its own plain colour; nothing for a printed top, which is not its own plain colour."""
    if name in PRINTED:
        return {}
    similar = _ssim(photo, retexture(photo, top, _body(person), _own_cloth(photo, top)))
    return {"ssim": float(similar.mean()), "ssim_garment": float(similar[top > 0.5].mean())}


def _measure_overlay(name: str, photo: Picture, person: Person, models: Models, flat: Flat) -> dict[str, float]:
    """The same of a top laid over the worn one; nothing where it is refused."""
    top = find_top(photo, person)
    try:
        picture = cover(photo, person, top, flat)
    except NotAllowed as error:
        print(f"{name}, laid over: refused, {error.reason}", file=sys.stderr)
        return {}
    changed = np.abs(picture.astype(int) - photo).max(-1)
    return {
        "face_change_overlay": float((changed[face_area(person, top.shape)] > 0).mean()),
        "background_change_overlay": float(changed[person.mask < 0.1].mean()),
        "pose_drift_overlay": _drift(person, picture, models), "leftover_overlay": _leftover(photo, picture, person, top),
        "folded": drape(flat, person, top).fold_share,
    }


def _enlarge(photo: Picture) -> Picture:
    """As large as what is timed: 768x1024, or as much of it as the photo's shape fills."""
    high, wide = photo.shape[:2]
    scale = min(_TIMED_PX[0] / wide, _TIMED_PX[1] / high)
    return cv2.resize(photo, (round(wide * scale), round(high * scale)), interpolation=cv2.INTER_CUBIC)


def _body(person: Person) -> Any:
    if person.body is None:
        raise NotAllowed("head_only")
    return person.body


def _own_cloth(photo: Picture, top: Any) -> Cloth:
    own = np.median(to_linear(photo)[top > 0.6], axis=0)
    return Cloth(own.reshape(1, 1, 3).astype(np.float32), 1.0)


def _drift(person: Person, picture: Picture, models: Models) -> float:
    """How far shoulders, elbows and hips moved that are seen in the picture, by the shoulders' width; all of that where no
    body is seen any more.
    """
    before, after = _body(person), find_person(picture, models).body
    if after is None:
        return 1.0
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


def _show(photos: list[Picture], models: Models, garments: dict[str, Garment]) -> Iterator[list[Picture]]:
    """For each photo: itself, each cloth, pair of glasses, top laid over and hat; or itself and one's own garments."""
    for photo in photos:
        own = [_worn_or_blank(photo, each, models) for each in garments.values()]
        yield [photo, *(own or _wear_ours(photo, models))]


def _wear_ours(photo: Picture, models: Models) -> list[Picture]:
    return [
        *(_worn_or_blank(photo, each, models) for each in (*CLOTHS.values(), *FRONTS.values())),
        *(_laid_or_blank(photo, draw_flat_top(each), models) for each in FLATS.values()),
        *(_worn_or_blank(photo, draw_hat(*each), models) for each in HATS.values()),
    ]


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
