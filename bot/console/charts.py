"""The console: numbers -> charts in SVG, each with a title and what it says for who cannot see it. Pure.

No script and no style of their own: the page's content policy allows none, and they print. Words stand beside the
picture in HTML, so that they keep their size on a phone; a table with the same numbers stands below each.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _GAP = 600.0, 160.0, 3.0


def draw_columns(values: Sequence[float | None], names: Sequence[str], *, title: str, says: str, name: str) -> Markup:
    """A column for each value, the highest as high as the picture; each tells its own name on a pause of the mouse."""
    highest = max((each for each in values if each), default=0) or 1
    step = _WIDTH / max(len(values), 1)
    gap = min(_GAP, step / 4)
    columns = [
        Markup('<rect x="{}" y="{}" width="{}" height="{}"{}><title>{}</title></rect>').format(
            round(n * step, 1), round(_HEIGHT - (height := max(2, _HEIGHT * (value or 0) / highest)), 1),
            round(step - gap, 1), round(height, 1), Markup("") if value else Markup(' class="none"'), told)
        for n, (value, told) in enumerate(zip(values, names, strict=True))
    ]
    return _picture(name, "bars plot", Markup("").join(columns), title, says)


def draw_band(
    points: Sequence[tuple[float, float, float] | None], *, title: str, says: str, name: str
) -> tuple[Markup, tuple[float, float]]:
    """A line with the band that holds it, and the lowest and highest value of the picture; zero is a line of its own.

    Points that are not known leave a gap.
    """
    known = [each for each in points if each]
    low = min((each[1] for each in known), default=0.0)
    high = max((each[2] for each in known), default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    spread = (high - low) or 1.0
    step = _WIDTH / max(len(points) - 1, 1)

    def at(n: int, value: float) -> str:
        return f"{n * step:.1f},{_HEIGHT * (high - value) / spread:.1f}"

    drawn = []
    for run in _runs(points):
        upper = [at(n, point[2]) for n, point in run]
        lower = [at(n, point[1]) for n, point in reversed(run)]
        drawn.append(Markup('<polygon class="band" points="{}"/>').format(" ".join([*upper, *lower])))
        drawn.append(Markup('<polyline class="line" points="{}"/>').format(" ".join(at(n, p[0]) for n, p in run)))
        if len(run) == 1:
            n, (_, bottom, top) = run[0]
            ends = (at(n, top).split(","), at(n, bottom).split(","))
            drawn.append(Markup('<line class="line" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(*ends[0], *ends[1]))
    zero = f"{_HEIGHT * high / spread:.1f}"
    drawn.append(Markup('<line class="zero" x1="0" y1="{}" x2="{}" y2="{}"/>').format(zero, _WIDTH, zero))
    return _picture(name, "lift plot", Markup("").join(drawn), title, says), (low, high)


def draw_interval(value: float, low: float, high: float, reach: float, *, title: str) -> Markup:
    """A value and the interval that holds it, on a scale from minus to plus `reach` with zero in its middle."""
    def x(amount: float) -> float:
        return round(100 + 100 * max(-1.0, min(1.0, amount / (reach or 1.0))), 1)

    shape = Markup(
        '<line class="zero" x1="100" y1="0" x2="100" y2="20"/>'
        '<rect class="band" x="{}" y="7" width="{}" height="6"/><rect class="dot" x="{}" y="3" width="4" height="14"/>'
    ).format(x(low), max(1.0, round(x(high) - x(low), 1)), round(x(value) - 2, 1))
    return Markup(
        '<svg class="interval" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">'
        '<title>{}</title>{}</svg>').format(title, shape)


def warmth(value: float, highest: float) -> int:
    """How warm a cell is, from 0 (nothing) to 5."""
    return min(5, math.ceil(5 * value / highest)) if value > 0 and highest > 0 else 0


def _runs(
    points: Sequence[tuple[float, float, float] | None]
) -> list[list[tuple[int, tuple[float, float, float]]]]:
    """Known points side by side, each with its place."""
    runs: list[list[tuple[int, tuple[float, float, float]]]] = [[]]
    for n, point in enumerate(points):
        if point is None:
            runs.append([])
        else:
            runs[-1].append((n, point))
    return [each for each in runs if each]


def _picture(name: str, kind: str, inside: Markup, title: str, says: str) -> Markup:
    """`name` is the picture's own on its page."""
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>'
    ).format(kind, _WIDTH, _HEIGHT, name, name, name, title, name, says, inside)
