"""The browser's gates take whom the server's take: dark skin in a lit room is no dark room."""

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from bot.tryon import gates
from tests.conftest import miss

_GATES = Path("bot/tryon/browser/src/gates.js").resolve()
_SCRIPT = """
import { findReason } from %s;
const [side, room, skin, clothes] = %s;
const data = new Uint8ClampedArray(4 * side * side).fill(255);
const mask = new Float32Array(side * side);
for (let at = 0; at < side * side; at++) {
  const [x, y] = [at %% side, Math.floor(at / side)];
  const isFace = x >= 100 && x < 200 && y >= 100 && y < 200;
  mask[at] = isFace || y >= 200 ? 1 : 0;
  data.fill(mask[at] ? (isFace ? skin : clothes) + 4 * ((x + y) %% 2) : room, 4 * at, 4 * at + 3);
}
const faces = [{ box: [100, 100, 100, 100] }];
console.log(findReason({ data, width: side, height: side }, { faces, mesh: null, body: null, mask, maskSide: side }));
"""
_SIDE = 300


def _browser(room: int, skin: int, clothes: int) -> str:
    if shutil.which("node") is None:
        miss("node (scripts/setup.sh test)")
    script = _SCRIPT % (json.dumps(_GATES.as_uri()), [_SIDE, room, skin, clothes])
    told = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _server(room: int, skin: int, clothes: int) -> str | None:
    photo = np.full((_SIDE, _SIDE, 3), room, np.uint8)
    y, x = np.indices((100, 300))
    photo[100:200, 100:200] = (skin + 4 * ((x + y) % 2))[:, :100, None]
    photo[200:] = (clothes + 4 * ((x + y) % 2))[..., None]
    mask = cv2.rectangle(np.zeros((_SIDE, _SIDE), np.float32), (100, 100), (199, 199), 1.0, -1)
    mask[200:] = 1.0
    face = SimpleNamespace(box=np.array([100.0, 100.0, 100.0, 100.0]))
    person = SimpleNamespace(faces=(face,), mesh=None, body=None, bodies=1, mask=mask)
    return gates.find_reason(photo, person, "glasses")


@pytest.mark.parametrize(
    ("room", "skin", "clothes", "is_too_dark"),
    [(180, 30, 30, False), (180, 12, 12, True), (100, 30, 30, True), (100, 60, 60, False), (180, 120, 8, False)],
)
def test_the_browser_calls_too_dark_what_the_server_does(room: int, skin: int, clothes: int, is_too_dark: bool) -> None:
    told = (_server(room, skin, clothes) == "too_dark", _browser(room, skin, clothes) == "too_dark")
    assert told == (is_too_dark, is_too_dark)
