"""Drawn pictures -> photos as a camera keeps them: `python -m benchmarks.people.finish FOLDER`, into pictures/."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.people.gallery import PICTURES

_GRAIN = 2.5  # of 255
_QUALITY = 88


def main() -> None:
    """Each PNG of the folder with a sensor's grain, as JPEG."""
    for path in sorted(Path(sys.argv[1]).glob("*.png")):
        drawn = np.asarray(Image.open(path).convert("RGB"), np.float32)
        rng = np.random.default_rng(sum(path.stem.encode()))
        grain = rng.normal(0, _GRAIN, drawn.shape[:2])[..., None] + rng.normal(0, 0.5 * _GRAIN, drawn.shape)
        photo = np.clip(drawn + grain, 0, 255).round().astype(np.uint8)
        Image.fromarray(photo).save(PICTURES / f"{path.stem}.jpg", quality=_QUALITY)


if __name__ == "__main__":
    main()
