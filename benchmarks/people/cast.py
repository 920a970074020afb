"""Who is drawn: no real persons. `TUNED` are for tuning; `HELD` and then `FRESH` were looked at once, at the end."""

from dataclasses import dataclass

from benchmarks.people.bodies import Look

Colour = tuple[float, float, float]  # light, 0 to 1


@dataclass(frozen=True)
class Member:
    """One of the cast: who, their skin, hair and clothes, and the room and camera. Metres."""

    look: Look
    skin: Colour
    hair: Colour
    style: str
    colour: Colour
    second: Colour = (0.8, 0.8, 0.78)
    print: str = "plain"
    sleeves: float = 0.42
    hem: float = 0.4
    loose: float = 0.5
    beard: float = 0.0
    curl: float = 1.0
    iris: Colour = (0.09, 0.04, 0.015)
    wall: Colour = (0.6, 0.58, 0.54)
    room: float = 4.0
    key: float = 1.0
    light: float = 130.0
    exposure: float = 0.0
    far: float = 1.3
    down: float = 0.40
    tilt: float = 0.1
    turn: float = 0.0
    views: tuple[str, ...] = ("front", "side")


TUNED = (
    Member(
        Look("amina", 0, 0.1, 0.45, (1, 0, 0), 3),
        (0.13, 0.062, 0.036),
        (0.012, 0.009, 0.008),
        "cropped",
        (0.55, 0.09, 0.05),
        iris=(0.02, 0.009, 0.004),
        curl=3,
        wall=(0.55, 0.6, 0.5),
        views=("front", "back", "side"),
    ),
    Member(
        Look("dan", 1, 0.3, 0.95, (0, 0.1, 0.9), 12),
        (0.55, 0.33, 0.25),
        (0.1, 0.045, 0.02),
        "short",
        (0.015, 0.015, 0.017),
        beard=0.6,
        loose=0.7,
        key=-1,
        wall=(0.66, 0.66, 0.64),
        down=0.42,
        far=1.4,
    ),
    Member(
        Look("elif", 0, 0.2, 0.35, (0.1, 0.2, 0.7), 21),
        (0.44, 0.25, 0.16),
        (0.02, 0.011, 0.007),
        "medium",
        (0.6, 0.56, 0.5),
        (0.05, 0.08, 0.2),
        "striped",
        sleeves=1.0,
        wall=(0.5, 0.3, 0.26),
        turn=4,
        views=("front", "back"),
    ),
    Member(
        Look("femi", 1, 0.6, 0.55, (0.9, 0, 0.1), 33),
        (0.085, 0.042, 0.026),
        (0.02, 0.019, 0.018),
        "cropped",
        (0.05, 0.2, 0.12),
        iris=(0.02, 0.009, 0.004),
        curl=3,
        beard=0.4,
        wall=(0.7, 0.68, 0.62),
        tilt=-0.1,
        light=160,
    ),
)
HELD = (
    Member(
        Look("gita", 0, 0.45, 0.65, (0.25, 0.35, 0.4), 41),
        (0.26, 0.135, 0.078),
        (0.012, 0.009, 0.008),
        "medium",
        (0.5, 0.28, 0.03),
        sleeves=0.42,
        loose=0.6,
        wall=(0.42, 0.5, 0.52),
        key=-1,
        turn=-5,
    ),
    Member(
        Look("hans", 1, 1.0, 0.5, (0, 0, 1), 52),
        (0.62, 0.42, 0.35),
        (0.6, 0.6, 0.58),
        "bald",
        (0.3, 0.035, 0.04),
        (0.03, 0.04, 0.12),
        "checked",
        sleeves=1.0,
        loose=0.6,
        iris=(0.1, 0.2, 0.3),
        wall=(0.36, 0.42, 0.34),
        far=1.4,
        views=("front", "back"),
    ),
    Member(
        Look("jiro", 1, 0.75, 0.7, (0, 1, 0), 77),
        (0.42, 0.25, 0.16),
        (0.25, 0.25, 0.25),
        "short",
        (0.33, 0.34, 0.36),
        sleeves=1.0,
        loose=0.9,
        wall=(0.6, 0.55, 0.48),
        key=-1,
        turn=9,
        down=0.42,
    ),
    Member(
        Look("kofi", 1, 0.1, 0.3, (1, 0, 0), 83),
        (0.055, 0.028, 0.018),
        (0.008, 0.007, 0.007),
        "cropped",
        (0.75, 0.74, 0.7),
        (0.35, 0.03, 0.03),
        "striped",
        iris=(0.018, 0.008, 0.004),
        curl=3,
        wall=(0.25, 0.3, 0.36),
        light=170,
        turn=-4,
        views=("front", "back"),
    ),
)
FRESH = (
    Member(
        Look("lena", 0, 0.3, 0.4, (0, 0.05, 0.95), 101),
        (0.6, 0.4, 0.32),
        (0.32, 0.2, 0.08),
        "medium",
        (0.1, 0.22, 0.4),
        sleeves=1.0,
        loose=0.7,
        iris=(0.08, 0.16, 0.26),
        wall=(0.58, 0.54, 0.46),
        turn=6,
        views=("front", "back"),
    ),
    Member(
        Look("moussa", 1, 0.35, 0.85, (1, 0, 0), 113),
        (0.05, 0.026, 0.017),
        (0.008, 0.007, 0.007),
        "cropped",
        (0.02, 0.02, 0.022),
        sleeves=0.42,
        loose=0.8,
        iris=(0.018, 0.008, 0.004),
        curl=3,
        beard=0.5,
        wall=(0.3, 0.24, 0.2),
        light=165,
        key=-1,
        far=1.4,
        views=("front", "back"),
    ),
    Member(
        Look("nadia", 0, 0.85, 0.75, (0.1, 0.3, 0.6), 127),
        (0.36, 0.2, 0.125),
        (0.3, 0.29, 0.28),
        "short",
        (0.45, 0.1, 0.25),
        (0.7, 0.66, 0.6),
        "striped",
        sleeves=1.0,
        loose=0.8,
        wall=(0.66, 0.6, 0.5),
        tilt=0.2,
        far=1.5,
        turn=-7,
        views=("front", "side"),
    ),
    Member(
        Look("omar", 1, 0.5, 0.4, (0.2, 0.3, 0.5), 139),
        (0.3, 0.16, 0.1),
        (0.012, 0.009, 0.008),
        "short",
        (0.7, 0.68, 0.62),
        sleeves=0.42,
        beard=0.8,
        wall=(0.38, 0.45, 0.5),
        key=-1,
        down=0.42,
        turn=3,
        views=("front", "back"),
    ),
)
CAST = (*TUNED, *HELD, *FRESH)
