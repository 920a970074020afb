"""A finished picture -> the same over a strip that says what it is: a simulation, and not of the fit. Pure.

Written in the font that OpenCV 5 carries: Pillow's own has no accents.
"""

import cv2
import numpy as np

from bot.contracts.messages import Language
from bot.tryon.photo import Picture

WORDS: dict[Language, str] = {
    "fr": "Image simulée : la couleur et le motif, pas la coupe",
    "en": "A simulation of colour and print, not of fit",
}
FACE_WORDS: dict[Language, str] = {
    "fr": "Image simulée : l’allure, pas la taille",
    "en": "A simulation of the look, not of the size",
}
ENGINE_WORDS: dict[Language, str] = {
    "fr": "Image générée par une IA, pas une photo de l’essayage",
    "en": "Made by an AI: no photo of a fitting",
}
_PAPER, _INK = (250, 248, 244), (60, 55, 50)
_LEAST_SIZE_PX = 6
_REGULAR = 400


def label(picture: Picture, words: str) -> Picture:
    """The picture with a strip added below it; nothing of the picture is covered."""
    width = picture.shape[1]
    height = max(28, width // 18)
    strip = np.empty((height, width, 3), np.uint8)
    strip[:] = _PAPER
    font, size = cv2.FontFace("sans"), height // 2
    while size > _LEAST_SIZE_PX and _length_px(words, font, size) > 0.94 * width:
        size -= 1
    start = ((width - _length_px(words, font, size)) // 2, (height + round(0.7 * size)) // 2)
    cv2.putText(strip, words, start, _INK, font, size, _REGULAR)
    return np.concatenate([picture, strip])


def _length_px(words: str, font: cv2.FontFace, size: int) -> int:
    return int(cv2.getTextSize((0, 0), words, (0, 0), font, size, _REGULAR)[2])
