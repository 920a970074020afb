"""Model files on this disk -> functions from arrays to arrays. The only part of try-on that opens files.

The files come out of the mediapipe 0.10.21 wheel (Apache-2.0) at set-up; nothing is fetched at run time.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from bot.errors import FixConfiguration

Floats = NDArray[Any]  # of float32: OpenCV and numpy do not say so of what they return
FILES = {
    "faces": "face_detection_full_range_sparse.tflite",
    "near_faces": "face_detection_short_range.tflite",
    "face": "face_landmark.tflite",
    "bodies": "pose_detection.tflite",
    "body": "pose_landmark_full.tflite",
    "person": "selfie_segmentation.tflite",
}


def floats(values: Any) -> Floats:
    """The numbers as an array."""
    return np.asarray(values, np.float32)


class Model:
    """One network. Not for two threads at once."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        self._network: Any = Interpreter(str(path), num_threads=threads)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]
        self._outputs = self._network.get_output_details()

    @property
    def side_px(self) -> int:
        """The side of the square picture it takes."""
        return int(self._input["shape"][1])

    def __call__(self, picture: Floats) -> list[Floats]:
        """Its outputs, the first axis left out, for a picture (side, side, 3) in the range it was trained on."""
        self._network.set_tensor(self._input["index"], np.ascontiguousarray(picture[None], dtype=np.float32))
        self._network.invoke()
        return [self._network.get_tensor(each["index"])[0] for each in self._outputs]

    def forget(self) -> None:
        """Hold nothing of what was read, nor of what was found in it."""
        self(np.zeros(self._input["shape"][1:], np.float32))


@dataclass(frozen=True)
class Models:
    """The six networks of try-on."""

    faces: Model
    near_faces: Model
    face: Model
    bodies: Model
    body: Model
    person: Model

    def forget(self) -> None:
        """As `Model` has it, of all six."""
        for each in fields(self):
            getattr(self, each.name).forget()


def require_models(folder: Path) -> None:
    """That the networks are there. FixConfiguration names the first that is missing."""
    for name in FILES.values():
        if not (folder / name).is_file():
            raise FixConfiguration(f"{folder / name} is missing: `scripts/setup.sh tryon` puts the models there")


def open_models(folder: Path) -> Models:
    """Read the networks from a folder. FixConfiguration where one is missing."""
    require_models(folder)
    return Models(**{name: Model(folder / file) for name, file in FILES.items()})
