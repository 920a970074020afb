"""The pictures of people that the project carries: who, from which side. `cast.py` says who they are."""

from pathlib import Path

PICTURES = Path(__file__).parent / "pictures"
TUNED = ("amina", "dan", "elif", "femi")  # may be looked at while something is made better
HELD = ("gita", "hans", "jiro", "kofi")  # were measured, and what went wrong is known: no longer a judge of the gates
FRESH = ("lena", "moussa", "nadia", "omar")  # are measured, and nothing is set by them
PRINTED = ("elif", "hans", "kofi", "nadia")


def fronts(names: tuple[str, ...] = TUNED + HELD + FRESH) -> dict[str, bytes]:
    """The photo from the front of each."""
    return {name: (PICTURES / f"{name}-front.jpg").read_bytes() for name in names}


def seen_from(name: str, view: str) -> bytes | None:
    """The photo from the back or the side; None where there is none."""
    path = PICTURES / f"{name}-{view}.jpg"
    return path.read_bytes() if path.is_file() else None
