"""How cloth is drawn: a piece with its pattern and light, folds and seams over it, a soft ground under it."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from bot.storefront.art.palette import GROUNDS, is_dark, shift

WIDTH, HEIGHT = 600, 720
METAL = {"gold": "#cda24b", "silver": "#c3c6ca"}


@dataclass(frozen=True)
class Look:
    """What a drawing is made from: base colour, pattern, material, and the chance that its slug deals."""

    slug: str
    base: str
    pattern: str
    material: str
    gender: str

    def rng(self) -> Random:
        """The same draw for the same product, whatever its colour."""
        return Random(sha256(self.slug.encode()).digest())

    @property
    def thread(self) -> str:
        """What seams are sewn with."""
        return shift(self.base, 0.32) if is_dark(self.base) else shift(self.base, -0.32)

    @property
    def deep(self) -> str:
        """The inside of a garment, in its own shadow."""
        return shift(self.base, -0.42)


def piece(look: Look, path: str, *, light: str = "body", fill: str = "") -> str:
    """One part of a garment: colour, pattern, light and a thin edge."""
    patterned = "" if fill else f'<path d="{path}" fill="url(#pattern)"/>'
    edge = shift(fill or look.base, -0.3)
    return (
        f'<path d="{path}" fill="{fill or look.base}"/>{patterned}<path d="{path}" fill="url(#{light})"/>'
        f'<path d="{path}" fill="none" stroke="{edge}" stroke-width="1.6" stroke-opacity=".75" stroke-linejoin="round"/>'
    )


def folds(*paths: str, strength: float = 0.26) -> str:
    """Soft shadows where the cloth falls."""
    return "".join(
        f'<path d="{path}" fill="none" stroke="#000" stroke-opacity="{strength}" stroke-width="9" '
        'stroke-linecap="round" filter="url(#soft)"/>' for path in paths
    )


def shines(*paths: str, strength: float = 0.3, width: int = 11) -> str:
    """Where the light lies on it."""
    return "".join(
        f'<path d="{path}" fill="none" stroke="#fff" stroke-opacity="{strength}" stroke-width="{width}" '
        'stroke-linecap="round" filter="url(#soft)"/>' for path in paths
    )


def seams(look: Look, *paths: str, dashed: bool = True) -> str:
    """Stitches."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return "".join(
        f'<path d="{path}" fill="none" stroke="{look.thread}" stroke-width="1.7" stroke-opacity=".8" '
        f'stroke-linecap="round"{dash}/>' for path in paths
    )


def button(x: float, y: float, colour: str, size: float = 7) -> str:
    """A sewn button."""
    return (
        f'<circle cx="{x}" cy="{y + 1.5}" r="{size}" fill="#000" opacity=".25"/><circle cx="{x}" cy="{y}" r="{size}" '
        f'fill="{colour}"/><circle cx="{x}" cy="{y}" r="{size * 0.62}" fill="none" stroke="#000" stroke-opacity=".25"/>'
        f'<circle cx="{x - 1.7}" cy="{y}" r="1.1" opacity=".6"/><circle cx="{x + 1.7}" cy="{y}" r="1.1" opacity=".6"/>'
    )


def mirror(content: str) -> str:
    """The same on the other side."""
    return f'<g transform="translate({WIDTH} 0) scale(-1 1)">{content}</g>'


def both(content: str) -> str:
    """On either side."""
    return content + mirror(content)


def ribs(look: Look, left: float, top: float, right: float, height: float) -> str:
    """A ribbed edge of knitwear, in a box."""
    lines = "".join(f"M{x} {top + 2}v{height - 4}" for x in range(int(left) + 5, int(right), 8))
    return f'<path d="{lines}" stroke="{shift(look.base, -0.35)}" stroke-opacity=".45" stroke-width="2"/>'


def frame(look: Look, drawing: str, title: str, tilt: float = 0.0) -> str:
    """The whole picture: ground, shadow, garment, grain."""
    rng = look.rng()
    ground = rng.choice(GROUNDS)
    turn = f' transform="rotate({tilt:.1f} {WIDTH / 2} {HEIGHT / 2})"' if tilt else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{title}</title><defs>{_defs(look, ground)}</defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#ground)"/>'
        f'<g filter="url(#drop)"><g{turn}>{drawing}</g></g>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" filter="url(#grain)" opacity=".16"/></svg>'
    )


def _defs(look: Look, ground: str) -> str:
    return (
        f'<radialGradient id="ground" cx=".38" cy=".3" r=".95"><stop offset="0" stop-color="{shift(ground, 0.55)}"/>'
        f'<stop offset=".6" stop-color="{ground}"/><stop offset="1" stop-color="{shift(ground, -0.12)}"/></radialGradient>'
        '<linearGradient id="body" x1="0" y1="0" x2="1" y2=".25"><stop offset="0" stop-color="#000" stop-opacity=".2"/>'
        '<stop offset=".22" stop-color="#fff" stop-opacity=".2"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset=".78" stop-color="#000" stop-opacity=".04"/><stop offset="1" stop-color="#000" stop-opacity=".3"/>'
        '</linearGradient><linearGradient id="tube" x1="0" x2="1"><stop offset="0" stop-color="#000" stop-opacity=".26"/>'
        '<stop offset=".35" stop-color="#fff" stop-opacity=".24"/><stop offset=".6" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#000" stop-opacity=".32"/></linearGradient>'
        '<linearGradient id="drum" x2="0" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".32"/>'
        '<stop offset=".45" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".3"/>'
        '</linearGradient><linearGradient id="fall" x2="0" y2="1"><stop offset="0" stop-color="#000" stop-opacity=".22"/>'
        '<stop offset=".25" stop-color="#fff" stop-opacity=".1"/><stop offset="1" stop-color="#000" stop-opacity=".2"/>'
        '</linearGradient><filter id="soft" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur '
        'stdDeviation="5"/></filter><filter id="drop" x="-20%" y="-20%" width="140%" height="140%"><feDropShadow dx="5" '
        'dy="15" stdDeviation="13" flood-color="#3b2c1c" flood-opacity=".36"/></filter><filter id="grain"><feTurbulence '
        'type="fractalNoise" baseFrequency=".9" numOctaves="2" seed="4"/><feColorMatrix values="0 0 0 0 .35 0 0 0 0 .3 '
        f'0 0 0 0 .25 0 0 0 .9 -.35"/></filter>{_pattern(look)}'
    )


def _pattern(look: Look) -> str:
    line, accent = shift(look.base, -0.3), (shift(look.base, 0.78) if is_dark(look.base) else "#2c3a5c")
    tiles = {
        "striped": (60, 34, f'<rect y="5" width="60" height="11" fill="{accent}"/>'),
        "checked": (64, 64, (f'<path d="M0 8h64M0 20h64M8 0v64M20 0v64" stroke="{accent}" stroke-width="7" '
                            f'opacity=".55"/><path d="M0 46h64M46 0v64" stroke="{line}" stroke-width="3"/>')),
        "polka_dot": (38, 38, f'<circle cx="9" cy="9" r="5" fill="{accent}"/><circle cx="28" cy="28" r="5" fill="{accent}"/>'),
        "floral": (84, 84, _flower(20, 24, accent, "#d98a7b") + _flower(62, 66, "#e7c15f", accent)
                   + f'<path d="M50 10q14 8 6 22M6 60q14-10 24 6" fill="none" stroke="{line}" stroke-width="3"/>'),
        "printed": (70, 70, (f'<path d="M8 30q14-24 30-4t26-8M4 62q18-18 34-2" fill="none" stroke="{accent}" '
                            f'stroke-width="6" stroke-linecap="round"/><circle cx="54" cy="52" r="7" fill="#d98a4b"/>')),
        "houndstooth": (28, 28, (f'<path d="M0 0h14v14H0zM14 14h14v14H14zM14 0l7 0-7 7zM28 14l-7 0 7-7zM0 14l7 14h-7z" '
                                f'fill="{accent}" opacity=".75"/>')),
        "herringbone": (24, 24, (f'<path d="M0 12 6 4l6 8 6-8 6 8M0 24l6-8 6 8 6-8 6 8" fill="none" stroke="{line}" '
                                'stroke-width="2.4" opacity=".7"/>')),
        "cable_knit": (56, 40, (f'<path d="M18 0q20 10 0 20t0 20M38 0q-20 10 0 20t0 20" fill="none" stroke="{line}" '
                               f'stroke-width="5" opacity=".6"/><path d="M2 0v40M54 0v40" stroke="{line}" opacity=".5"/>')),
        "ribbed": (12, 20, f'<path d="M3 0v20" stroke="{line}" stroke-width="3" opacity=".5"/>'),
        "jacquard": (60, 46, (f'<path d="m30 4 9 12-9 12-9-12zM0 30l6 8-6 8M60 30l-6 8 6 8" fill="{accent}"/>'
                             f'<path d="M0 23h8m44 0h8" stroke="{accent}" stroke-width="4"/>')),
        "quilted": (58, 58, (f'<path d="M0 0l58 58M58 0 0 58" stroke="{line}" stroke-width="3" opacity=".8"/>'
                            '<path d="M4 0l58 58M62 0 4 58" stroke="#fff" stroke-width="2" opacity=".25"/>')),
    }
    width, height, drawn = tiles.get(look.pattern) or _weave(look, line)
    return f'<pattern id="pattern" width="{width}" height="{height}" patternUnits="userSpaceOnUse">{drawn}</pattern>'


def _weave(look: Look, line: str) -> tuple[int, int, str]:
    if look.material in ("merino", "cashmere", "wool", "mohair", "alpaca"):
        return 8, 10, f'<path d="m0 2 4 5 4-5" fill="none" stroke="{line}" stroke-width="1.3" opacity=".42"/>'
    if look.material in ("denim", "tweed", "corduroy"):
        return 6, 6, f'<path d="M0 6 6 0" stroke="{line}" stroke-width="1.2" opacity=".5"/>'
    return 7, 7, f'<path d="M0 3h7M3 0v7" stroke="{line}" stroke-width=".7" opacity=".16"/>'


def _flower(x: int, y: int, petal: str, heart: str) -> str:
    petals = "".join(
        f'<ellipse cx="{x}" cy="{y - 8}" rx="5" ry="8" fill="{petal}" transform="rotate({turn} {x} {y})"/>'
        for turn in range(0, 360, 72)
    )
    return f'{petals}<circle cx="{x}" cy="{y}" r="4" fill="{heart}"/>'
