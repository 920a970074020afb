"""Which colours go together: a small rule of thumb."""

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


def _plain(colour: str) -> str:
    return colour.lower().replace(" ", "_").replace("-", "_")
