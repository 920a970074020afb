"""Which colours go together: a small rule of thumb, as a table that can be looked up for whole columns."""

import numpy as np

from bot.recommend.types import Mask

NEUTRALS = frozenset({
    "black", "white", "off_white", "ivory", "cream", "ecru", "grey", "gray", "charcoal", "navy", "beige", "camel",
    "sand", "taupe", "brown", "chocolate", "denim", "indigo", "raw_denim", "tan", "cognac", "gold", "silver",
})
_PAIRS = frozenset(
    frozenset(pair.split("+"))
    for pair in (
        "red+blue", "red+pink", "burgundy+pink", "burgundy+khaki", "burgundy+blue", "green+blue", "khaki+rust",
        "khaki+mustard", "olive+rust", "olive+mustard", "green+pink", "blue+yellow", "blue+orange", "blue+mustard",
        "teal+rust", "teal+pink", "light_blue+pink", "sky_blue+pink", "purple+pink", "lilac+green", "sage+pink",
        "sage+terracotta", "green+mustard", "burgundy+mustard", "terracotta+blue", "forest+rust", "forest+burgundy",
    )
)


def go_together(one: str, other: str) -> bool:
    """Whether two colours may be worn together: alike, one of them neutral, or a known pair."""
    if not one or not other:
        return True
    one, other = _plain(one), _plain(other)
    return one == other or one in NEUTRALS or other in NEUTRALS or frozenset({one, other}) in _PAIRS


def harmonious(colours: tuple[str, ...], has_colour: Mask, with_colours: tuple[str, ...]) -> Mask:
    """The rows that come in a colour which goes with one of `with_colours`; those without colours do."""
    fits = np.array([any(go_together(c, w) for w in with_colours) or not with_colours for c in colours], dtype=np.bool_)
    return (has_colour & fits).any(axis=1) | ~has_colour.any(axis=1)


def _plain(colour: str) -> str:
    return colour.lower().replace(" ", "_").replace("-", "_")
