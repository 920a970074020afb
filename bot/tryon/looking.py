"""A photo -> who stands in it: faces, the mesh of one face, the points of one body, and what is person. Pure.

One look at the whole photo misses a face that is small or dark beside another one, and somebody from behind: a second
look is taken nearer, and what it finds counts only where another network agrees.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats, Models, floats
from bot.tryon.person import (
    BODY_ANCHORS,
    FACE_ANCHORS,
    LEFT_HIP,
    LEFT_SHOULDER,
    NEAR_FACE_ANCHORS,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    Body,
    Face,
    Person,
    Square,
    body_frame,
    find,
    read_body,
    read_mask,
    read_mesh,
    read_square,
)
from bot.tryon.photo import Picture

FACE_AT_LEAST, BODY_AT_LEAST = 0.6, 0.5
_BODY_PERHAPS = 0.2  # somebody from behind has no face to be found by: the network that reads a body decides
_SOMEBODY = 0.1  # of the photo is person, where a body is looked for that was not found
_FURTHER = 2.0  # where no face is seen, a look is taken from so many times as far
_NEARER = 4.0  # a second look is at squares so many times as wide as the first face
_LEAST_BESIDE = 0.5  # of the first face's width: in less room there is nobody beside it
PASSER_BY = 0.35  # of the first one's size: smaller ones are not counted
_REACH = 1.1  # of the shoulders' width: what is further from their middle is hardly the same body's
_BY_TORSO = 0.6  # a body's width by the length of its torso
_HEAD = 11  # so many of a body's points are the head's


def find_person(photo: Picture, models: Models) -> Person:
    """Who is in the photo."""
    mask = read_mask(photo, models.person)
    faces = _find_faces(photo, models)
    found = find(photo, models.bodies, BODY_ANCHORS, _BODY_PERHAPS)
    start = _choose_body(found, faces, mask)
    body = read_body(photo, start, models.body) if start is not None else None
    faces = faces or _look_at_head(photo, body, models)
    mesh = read_mesh(photo, faces[0], models.face) if faces else None
    others = [each for each in found if each is not start]
    if body is not None and body.score > BODY_AT_LEAST:
        others += _guess_beside(body.points, mask)
    return Person(faces, mesh, body, _count_bodies(photo, body, others, models), mask)


def _find_faces(photo: Picture, models: Models) -> tuple[Face, ...]:
    """Faces, the largest first. One that fills the picture is seen by the second network only, or from further away."""
    found = find(photo, models.faces, FACE_ANCHORS, FACE_AT_LEAST)
    found = found or find(photo, models.near_faces, NEAR_FACE_ANCHORS, FACE_AT_LEAST)
    faces = _by_size([_face(each) for each in found] or _look_nearer(photo, [_further(photo.shape[:2])], (), models))
    return _by_size([*faces, *_look_beside(photo, faces, models)]) if faces else ()


def _further(shape: tuple[int, int]) -> Square:
    """The square that shows the photo at half its size, black around it."""
    height, width = shape
    side = _FURTHER * max(height, width)
    return (width - side) / 2, (height - side) / 2, side


def _face(found: Floats) -> Face:
    return Face(found[:4], found[4:8].reshape(2, 2), float(found[-1]))


def _by_size(faces: Iterable[Face]) -> tuple[Face, ...]:
    return tuple(sorted(faces, key=lambda face: -face.box[2]))


def _look_beside(photo: Picture, faces: tuple[Face, ...], models: Models) -> list[Face]:
    """Faces beside the largest that one look at the whole photo misses. Nothing where it shows a crowd already."""
    if len(faces) > 1 and faces[1].box[2] > PASSER_BY * faces[0].box[2]:
        return []
    return _look_nearer(photo, _squares_beside(photo.shape[:2], faces[0].box), faces, models)


def _look_at_head(photo: Picture, body: Body | None, models: Models) -> tuple[Face, ...]:
    """The face of a body that is turned to us and has none yet."""
    if body is None or body.score < BODY_AT_LEAST:
        return ()
    across = body.points[LEFT_SHOULDER, 0] - body.points[RIGHT_SHOULDER, 0]
    if across <= 0:
        return ()
    (x, y), side = body.points[:_HEAD, :2].mean(axis=0), 1.6 * float(across)
    return _by_size(_look_nearer(photo, [(x - side / 2, y - side / 2, side)], (), models))


def _squares_beside(shape: tuple[int, int], box: Floats) -> Iterator[Square]:
    """The squares in which somebody beside a face would have theirs."""
    height, width = shape
    x, y, wide, high = map(float, box)
    for start, end in ((0.0, x), (x + wide, float(width))):
        room = end - start
        if room < _LEAST_BESIDE * wide:
            continue
        side = max(_NEARER * wide, room / 1.5)
        count = 1 if room <= side else 2
        top = min(max(0.0, y + high / 2 - side / 2), max(0.0, height - side))
        for left in ((0.0, end - side) if start == 0 else (width - side, start))[:count]:
            yield left, top, side


def _look_nearer(
    photo: Picture, squares: Iterable[Square], known: tuple[Face, ...], models: Models
) -> list[Face]:
    """Faces in parts of the photo that are none of the known ones, and that the network of the mesh takes for faces."""
    faces = list(known)
    for square in squares:
        for found in find(photo, models.faces, FACE_ANCHORS, FACE_AT_LEAST, square):
            face = _face(found)
            if not any(_is_same(face, each) for each in faces) and read_mesh(photo, face, models.face) is not None:
                faces.append(face)
    return faces[len(known) :]


def _is_same(one: Face, other: Face) -> bool:
    apart = (one.box[:2] + one.box[2:] / 2) - (other.box[:2] + other.box[2:] / 2)
    return bool(np.hypot(*apart) < 0.6 * max(one.box[2], other.box[2]))


def _choose_body(found: list[Floats], faces: tuple[Face, ...], mask: Floats) -> Floats | None:
    """Where a body is read from. Noise and a back hide it from its finder, not from the network that reads it."""
    if found and found[0][-1] > BODY_AT_LEAST:
        return found[0]
    if faces:
        return _guess_body(faces[0].box)
    shown = mask > 0.5
    if mask.mean() <= _SOMEBODY or not shown.any():
        return None
    return found[0] if found else _guess_body(_guess_head(shown))


def _count_bodies(photo: Picture, first: Body | None, others: list[Floats], models: Models) -> int:
    """How many there are; whoever turns their back has no face to be counted by.

    A first one that was hardly read may be a clear one misread: both together are one.
    """
    if first is None:
        return 0
    bodies = [first.points] if first.score > BODY_AT_LEAST else []
    for each in others:
        points, seen, score = read_square(photo, body_frame(each, models.body.side_px), models.body)
        is_clear = score > BODY_AT_LEAST and seen[[LEFT_SHOULDER, RIGHT_SHOULDER]].min() > BODY_AT_LEAST
        if is_clear and all(_is_beside(points, other) for other in bodies):
            bodies.append(points)
    return max(1, len(bodies))


def _guess_beside(first: Floats, mask: Floats) -> Iterator[Floats]:
    """Where somebody else would be that a mask shows left or right of a body; as `find` tells it."""
    middle, reach = float(_middle(first)[0]), _REACH * _size(first)
    left, right = (round(middle + each) for each in (-reach, reach))
    shown = mask > 0.5
    least = PASSER_BY * shown[:, max(0, left) : max(0, right)].sum()
    for start, end in ((0, left), (right, mask.shape[1])):
        part = shown[:, max(0, start) : max(0, end)]
        if part.sum() > least:
            head = _guess_head(part)
            head[0] += max(0, start)
            yield _guess_body(head)


def _is_beside(body: Floats, first: Floats) -> bool:
    """Whether a body is another one than the first, and no passer-by's."""
    size, apart = _size(first), float(np.hypot(*(_middle(body) - _middle(first))))
    return apart > 0.8 * size and _size(body) > PASSER_BY * size


def _middle(body: Floats) -> Floats:
    return floats(body[[LEFT_SHOULDER, RIGHT_SHOULDER], :2].mean(axis=0))


def _size(body: Floats) -> float:
    """How wide shoulders are, px, or would be if they were not seen from the side."""
    hips = body[[LEFT_HIP, RIGHT_HIP], :2].mean(axis=0)
    across = float(np.hypot(*(body[LEFT_SHOULDER, :2] - body[RIGHT_SHOULDER, :2])))
    return max(across, _BY_TORSO * float(np.hypot(*(hips - _middle(body)))))


def _guess_head(shown: NDArray[np.bool_]) -> Floats:
    """Where the head is of somebody who is shown from the hips up: x, y, width, height as of a face."""
    columns, rows = (np.flatnonzero(shown.any(axis=axis)) for axis in (0, 1))
    high = 0.3 * float(np.ptp(columns))
    top = shown[rows[0] : rows[0] + max(1, round(high))]
    middle = float(np.flatnonzero(top.any(axis=0)).mean())
    return floats([middle - high / 2, rows[0] + 0.4 * high, high, high])


def _guess_body(face: Floats) -> Floats:
    """Where the hips' middle and the reach of a body would be that stands upright below a face; as `find` tells it."""
    x, y, width, height = face
    middle = x + width / 2
    return floats([x, y, width, height, middle, y + 3.6 * height, middle, y - 0.6 * height, 0.5])
