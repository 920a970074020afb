"""A finished picture -> the same over a strip that says what it is: a simulation, and not of the fit. Pure."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bot.contracts.messages import Language
from bot.tryon.photo import Picture

WORDS: dict[Language, str] = {
    "fr": "Simulation de la couleur et du motif, pas de la coupe",
    "en": "A simulation of colour and print, not of fit",
}
FACE_WORDS: dict[Language, str] = {
    "fr": "Simulation du style, pas de la taille",
    "en": "A simulation of the look, not of the size",
}


def label(picture: Picture, words: str) -> Picture:
    """The picture with a strip added below it; nothing of the picture is covered."""
    height = max(28, picture.shape[1] // 18)
    strip = Image.new("RGB", (picture.shape[1], height), (250, 248, 244))
    size = height * 0.5
    font = ImageFont.load_default(size)
    while font.getlength(words) > picture.shape[1] * 0.94 and size > 6:
        size -= 1
        font = ImageFont.load_default(size)
    ImageDraw.Draw(strip).text((picture.shape[1] / 2, height / 2), words, (60, 55, 50), font, anchor="mm")
    return np.concatenate([picture, np.asarray(strip)])
