"""What is worn below: jeans, trousers, skirts, shorts, tights, socks."""

from bot.storefront.art.cloth import (
    Look,
    both,
    button,
    folds,
    piece,
    ribs,
    seams,
    shines,
)
from bot.storefront.art.palette import shift


def trousers(look: Look) -> str:
    """Trousers; the leg is wide, straight or tapered by name or chance."""
    return _legs(look, _leg_width(look), 668, is_jean=False)


def jeans(look: Look) -> str:
    """Jeans with their rivets, yoke and orange thread."""
    return _legs(look, _leg_width(look), 668, is_jean=True)


def shorts(look: Look) -> str:
    """Shorts, or longer bermudas."""
    return f'<g transform="translate(-90 -30) scale(1.3)">{_legs(look, 92, 400 if "bermuda" in look.slug else 352, is_jean="jean" in look.slug)}</g>'


def skirt(look: Look) -> str:
    """A skirt: pleated, pencil or flared."""
    name, rng = look.slug, look.rng()
    bottom = 650 if "longue" in name else rng.choice((560, 600, 632))
    flare = 14 if "crayon" in name else rng.choice((60, 86, 108))
    body = f"M210 158 H390 Q{404 + flare // 2} 340 {404 + flare} {bottom} Q300 {bottom + 34} {196 - flare} {bottom} Q{196 - flare // 2} 340 210 158 Z"
    number = 9 if "plissee" in name else 5
    lines = []
    for place in range(1, number):
        x = 210 + 180 * place / number
        lines.append(f"M{x:.0f} 176 Q{x + (x - 300) * 0.3:.0f} 340 {x + (x - 300) * flare / 92:.0f} {bottom + 8}")
    pleats = seams(look, *lines, dashed=False) if "plissee" in name else ""
    return (
        piece(look, body) + folds(*lines, strength=0.3) + pleats
        + shines(f"M268 220 Q250 400 {250 - flare // 3} {bottom - 20}", f"M330 220 Q340 400 {340 + flare // 4} {bottom - 20}")
        + piece(look, "M208 124 H392 V164 Q300 176 208 164 Z", light="drum") + seams(look, "M208 154 Q300 166 392 154")
        + seams(look, f"M{202 - flare} {bottom - 14} Q300 {bottom + 20} {398 + flare} {bottom - 14}")
        + button(300, 145, shift(look.base, -0.4), 7)
    )


def tights(look: Look) -> str:
    """Tights, laid flat."""
    leg = "M196 120 H300 V300 Q296 470 262 590 Q256 640 232 668 Q206 684 196 660 Q206 610 204 560 Q186 320 196 120 Z"
    return (
        both(piece(look, leg, light="tube") + folds("M236 560 Q246 590 232 640") + shines("M238 180 Q228 380 236 560"))
        + piece(look, "M192 92 H408 V132 Q300 142 192 132 Z", light="drum") + ribs(look, 196, 94, 406, 38)
    )


def socks(look: Look) -> str:
    """A pair of socks, one over the other."""
    one = (
        piece(look, "M226 110 H338 V400 Q340 440 388 472 L452 516 Q492 552 462 592 Q430 618 384 596 L262 520 Q222 494 226 440 Z")
        + piece(look, "M222 92 H342 V152 H222 Z", light="drum") + ribs(look, 226, 94, 340, 56)
        + piece(look, "M226 430 Q240 410 288 426 Q262 470 258 514 Q224 488 226 430 Z", fill=shift(look.base, -0.22))
        + piece(look, "M400 480 Q372 520 388 596 Q430 618 462 592 Q492 552 452 516 Z", fill=shift(look.base, -0.22))
        + folds("M244 400 Q290 420 330 396", "M250 300 Q290 312 330 298") + shines("M262 170 Q256 280 264 390")
    )
    return f'<g transform="translate(-96 12) rotate(-7 300 360)">{one}</g><g transform="translate(34 34)">{one}</g>'


def _leg_width(look: Look) -> int:
    widths = {"large": 150, "flare": 142, "slim": 84, "fusele": 92, "droit": 108}
    named = next((width for word, width in widths.items() if word in look.slug), None)
    return named or look.rng().choice((96, 108, 122, 140))


def _legs(look: Look, width: int, bottom: int, *, is_jean: bool) -> str:
    outer = 292 - width - 18
    leg = f"M204 104 H300 V262 L296 {bottom} H{outer + 12} Q182 {bottom // 2} 186 220 Q190 150 204 104 Z"
    if width > 130:
        leg = f"M204 104 H300 V262 L296 {bottom} H{outer + 6} Q170 400 184 220 Q190 150 204 104 Z"
    falls = ["M298 262 Q262 286 222 280"]
    if bottom > 500:
        falls += ["M296 300 Q270 330 250 400", f"M{outer + 60} {bottom - 60} Q{outer + 70} {bottom - 120} 240 420"]
    drawn = both(
        piece(look, leg, light="tube") + folds(*falls)
        + shines(f"M232 240 Q222 420 {outer + 66} {bottom - 30}", strength=0.34)
        + seams(look, f"M{outer + 14} {bottom - 16} H296", "M206 158 Q240 176 262 120")
    )
    waist = piece(look, "M202 78 H398 L396 116 Q300 126 204 116 Z", light="drum") + seams(look, "M204 86H396", "M206 108Q300 118 394 108")
    loops = "".join(piece(look, f"M{x} 74 h12 v48 h-12 z") for x in (226, 294, 362))
    fly = seams(look, "M300 118 V250 Q326 240 328 210 V120")
    metal = "#b98a4a" if is_jean else shift(look.base, -0.4)
    rivets = "".join(f'<circle cx="{x}" cy="{y}" r="3.4" fill="#b98a4a"/>' for x, y in
                     ((210, 160), (258, 126), (390, 160), (342, 126))) if is_jean else ""
    crease = "" if is_jean else both(f'<path d="M246 170 Q240 420 {outer + width // 2 + 14} {bottom - 6}" stroke="#000" stroke-opacity=".16" fill="none" stroke-width="2.5"/>')
    return drawn + crease + fly + waist + loops + button(300, 97, metal, 9) + rivets
