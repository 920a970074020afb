"""Measurement: a difference and its interval -> whether one way of doing it beats another, in words. Pure."""

from bot.texts.catalogue import translate


def say_difference(language: str, what: str, than: str, effect: float, half_width: float) -> str:
    """As a report says it: `personal targeting does not beat mailing everyone (+0.0018 ± 0.0047).`"""
    figures = f"{effect:+.4f} ± {half_width:.4f}"
    if effect > half_width:
        sentence = "{what} beats {than} ({figures})."
    elif effect < -half_width:
        sentence = "{what} does worse than {than} ({figures})."
    else:
        sentence = "{what} does not beat {than} ({figures})."
    return translate(language, sentence, what=what, than=than, figures=figures)
