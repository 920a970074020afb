"""The console: numbers -> bars in SVG, without a style or a script. Pure."""

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH_PX, _GAP_PX, _LEAST_PX = 600, 4, 2


def draw_bars(counts: Sequence[int], *, height_px: int, titles: Sequence[str] = ()) -> Markup:
    """A bar for each number, the highest as high as the picture; one of nothing is a line. Hidden from screen
    readers: the list behind it says the same.
    """
    highest = max(counts, default=0) or 1
    step = _WIDTH_PX / max(len(counts), 1)
    bars = [
        _draw_bar(round(n * step, 1), round(step - _GAP_PX, 1), count, highest, height_px, titles[n] if titles else "")
        for n, count in enumerate(counts)
    ]
    picture = Markup('<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>')
    return picture.format(_WIDTH_PX, height_px, Markup("").join(bars))


def _draw_bar(x: float, width: float, count: int, highest: int, height_px: int, title: str) -> Markup:
    height = max(_LEAST_PX, round(height_px * count / highest, 1))
    bar = Markup('<rect x="{}" y="{}" width="{}" height="{}"{}>{}</rect>')
    says = Markup("<title>{}</title>").format(title) if title else Markup("")
    empty = Markup("") if count else Markup(' class="none"')
    return bar.format(x, round(height_px - height, 1), width, height, empty, says)
