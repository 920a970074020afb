"""Shoes, in pairs: one seen from the side, the other behind it."""

from bot.storefront.art.cloth import Look, folds, piece, seams, shines
from bot.storefront.art.palette import shift

_RUBBER = "#efe8da"
_LEATHER = "#5b4130"


def _pair(one: str) -> str:
    return (f'<g transform="translate(62 -112) scale(.96)">{one}</g><g transform="translate(-34 66)">{one}</g>')


def sneakers(look: Look) -> str:
    """Trainers with laces and a rubber sole."""
    rng = look.rng()
    upper = "M112 300 Q124 268 170 272 Q206 296 262 278 L300 262 Q352 318 438 340 Q506 356 512 404 L510 424 H112 Q102 350 112 300 Z"
    laces = "".join(f'<path d="M{286 + 27 * step} {284 + 15 * step} l30 -19" stroke="#fbf7ef" stroke-width="9" stroke-linecap="round"/>' for step in range(5))
    stripe = shift(look.base, 0.6 if rng.random() < 0.5 else -0.4)
    high = rng.choice((26, 34, 42))
    return _pair(
        f'<path d="M112 300 Q150 250 300 262 L262 300 Q200 316 150 306Z" fill="{look.deep}"/>' + piece(look, upper, light="drum")
        + piece(look, "M400 330 Q506 350 512 404 L510 424 H400 Q380 380 400 330 Z", light="drum", fill=shift(look.base, 0.12))
        + piece(look, "M112 300 Q104 350 112 424 H190 Q200 350 160 296 Z", light="drum", fill=shift(look.base, -0.18))
        + f'<path d="M214 420 Q250 350 232 312 M258 420 Q296 366 270 318" fill="none" stroke="{stripe}" stroke-width="15"/>'
        + laces + seams(look, "M390 334 Q372 380 388 420", "M178 298 Q204 350 196 420", "M300 272 Q350 330 430 350")
        + piece(look, f"M104 418 H514 Q532 {424 + high // 2} 506 {424 + high} H122 Q98 {424 + high} 104 418 Z", light="drum", fill=_RUBBER)
        + f'<path d="M112 {430 + high // 2} H516" stroke="{stripe}" stroke-width="3"/>' + shines("M420 358 Q470 366 496 396", strength=0.5)
    )


def ankle_boots(look: Look) -> str:
    """Ankle boots: Chelsea, laced, or with a heel."""
    return _pair(_boot(look, shaft=170))


def boots(look: Look) -> str:
    """Tall boots."""
    return f'<g transform="translate(84 84) scale(.84)">{_boot(look, shaft=-40)}</g><g transform="translate(-18 124) scale(.84)">{_boot(look, shaft=-40)}</g>'


def loafers(look: Look) -> str:
    """Loafers, or laced derbies."""
    upper = "M104 330 Q116 306 160 320 Q232 350 300 322 Q400 316 478 366 Q520 396 516 426 H104 Q98 370 104 330 Z"
    top = "M300 322 Q356 344 438 350 L478 366 Q400 388 330 372 Q290 360 300 322 Z"
    if "derbies" in look.slug:
        detail = "".join(f'<path d="M{258 + 24 * step} {346 + 3 * step} l22 -22" stroke="{look.thread}" stroke-width="6" stroke-linecap="round"/>' for step in range(4))
    else:
        detail = piece(look, "M262 338 Q330 322 366 336 L356 384 Q310 366 254 392 Z", light="drum") + f'<path d="M296 362 h36" stroke="{look.deep}" stroke-width="7" stroke-linecap="round"/>'
    return _pair(
        f'<path d="M106 330 Q150 296 300 322 Q240 366 160 340Z" fill="{look.deep}"/>' + piece(look, upper, light="drum")
        + piece(look, top, light="drum") + detail + seams(look, "M308 330 Q300 372 350 382 Q430 392 486 374", "M150 326 Q170 380 158 424")
        + folds("M236 352 Q252 390 240 420") + shines("M420 372 Q480 382 500 410", strength=0.55) + _sole(430, 20, 96)
    )


def heels(look: Look) -> str:
    """Court shoes on a heel."""
    upper = "M118 268 Q136 250 160 276 Q220 350 330 384 Q440 360 500 410 Q528 436 514 450 Q430 464 344 440 Q220 410 166 352 Q124 318 118 268 Z"
    sandal = "sandales" in look.slug or "slingback" in look.slug
    strap = f'<path d="M124 262 Q190 236 236 300" fill="none" stroke="{look.base}" stroke-width="10"/>' if sandal else ""
    return _pair(
        piece(look, "M124 300 Q160 340 176 352 Q166 400 160 462 H140 Q132 380 118 330 Z", fill=shift(look.base, -0.15))
        + f'<path d="M160 276 Q260 300 440 372 Q390 380 330 392 Q220 360 160 276Z" fill="{shift(look.base, 0.55)}"/>'
        + piece(look, upper, light="drum") + strap + shines("M420 394 Q480 402 502 430", strength=0.6)
        + folds("M220 366 Q270 398 330 412") + '<path d="M170 356 Q230 424 350 448 Q440 468 516 452" fill="none" stroke="#2b221d" stroke-width="6"/>'
    )


def ballerinas(look: Look) -> str:
    """Ballet flats with a small bow."""
    upper = "M100 372 Q112 352 146 366 Q240 410 350 398 Q420 370 480 394 Q524 416 512 446 Q300 462 108 446 Q94 410 100 372 Z"
    bow = "M396 384 q-26 -22 -36 0 q10 18 36 4 q26 16 36 -4 q-10 -22 -36 0 z"
    return _pair(
        f'<path d="M102 372 Q230 330 440 380 Q390 390 350 400 Q230 408 140 366Z" fill="{shift(look.base, 0.5)}"/>'
        + piece(look, upper, light="drum") + seams(look, "M110 372 Q230 424 352 408 Q424 384 478 402") + piece(look, bow, light="drum")
        + shines("M430 410 Q480 416 496 434", strength=0.5) + _sole(444, 9, 100)
    )


def sandals(look: Look) -> str:
    """Sandals with straps, or espadrilles."""
    if "espadrilles" in look.slug:
        rope = "".join(f'<path d="M98 {444 + 10 * row} Q300 {462 + 10 * row} 514 {442 + 10 * row}" stroke="#b18f5c" stroke-width="2.5" fill="none"/>' for row in range(4))
        return _pair(piece(look, "M110 380 Q150 350 230 384 Q300 350 430 376 Q524 400 514 440 H104 Z", light="drum")
                     + seams(look, "M230 386 Q300 420 420 384") + piece(look, "M96 436 Q300 456 518 434 L512 484 Q300 500 104 484 Z", light="drum", fill="#d8b988") + rope)
    bed = piece(look, "M94 430 Q200 400 330 424 Q450 440 520 424 Q528 452 508 462 H110 Q90 456 94 430 Z", light="drum", fill="#b98a5c")
    straps = "".join(
        f'<path d="{path}" fill="none" stroke="{shade}" stroke-width="{width}" stroke-linecap="round"/>'
        for path in ("M380 440 Q404 330 486 428", "M306 434 Q340 300 404 400", "M110 428 Q108 300 196 288 Q268 300 256 424", "M188 292 Q300 330 356 356")
        for shade, width in ((shift(look.base, -0.35), 25), (look.base, 21))
    )
    return _pair(bed + straps + shines("M116 400 Q120 316 190 300", "M330 360 Q350 330 372 352", strength=0.4, width=6) + _sole(458, 14, 96))


def _sole(y: int, high: int, left: int) -> str:
    return (f'<path d="M{left} {y - 8} H516 Q526 {y + high // 2} 504 {y + high} H300 L292 {y + high - 4} H{left + 12} Q{left - 6} {y + high // 2} {left} {y - 8}Z" '
            f'fill="{_LEATHER}"/><path d="M{left + 6} {y - 4} H510" stroke="#d8b98a" stroke-dasharray="5 4" stroke-opacity=".8"/>')


def _boot(look: Look, shaft: int) -> str:
    upper = (f"M136 {shaft} Q210 {shaft - 12} 282 {shaft} Q276 270 300 316 Q330 350 430 362 Q520 384 514 440 H112 "
             f"Q100 380 126 320 Q146 {(shaft + 300) // 2} 136 {shaft} Z")
    heel = "talon" in look.slug or "western" in look.slug
    if "lacees" in look.slug or "moto" in look.slug:
        rows = range(max(shaft + 30, 190), 330, 26)
        detail = "".join(f'<path d="M{262 + (y - 190) // 6} {y} l34 8" stroke="#e8dcc4" stroke-width="6" stroke-linecap="round"/>' for y in rows)
    elif shaft > 0:
        detail = f'<path d="M186 {shaft + 26} L236 {shaft + 26} L222 316 L204 316 Z" fill="{look.deep}"/>' + "".join(
            f'<path d="M{190 + 8 * n} {shaft + 30} L{206 + 3 * n} 312" stroke="#000" stroke-opacity=".35"/>' for n in range(6))
    else:
        detail = seams(look, f"M210 {shaft + 10} Q204 200 216 320") + seams(look, f"M140 {shaft + 24} Q210 {shaft + 12} 280 {shaft + 24}")
    stack = f'<path d="M112 440 H190 L180 492 H122 Z" fill="{_LEATHER}"/><path d="M112 438 H514 Q524 450 508 458 H190 L180 448 Z" fill="{_LEATHER}"/>'
    return (
        f'<ellipse cx="209" cy="{shaft}" rx="73" ry="12" fill="{look.deep}"/>' + piece(look, upper, light="tube") + detail
        + folds("M140 320 Q200 352 270 318", "M150 290 Q190 306 240 296", "M310 356 Q320 400 304 436") + seams(look, "M296 322 Q290 390 330 438")
        + shines(f"M168 {shaft + 30} Q160 260 160 320", "M430 378 Q490 392 500 428", strength=0.45) + (stack if heel else _sole(444, 24, 104))
    )
