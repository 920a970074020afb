"""Bags, belts, scarves, hats, gloves, glasses and jewellery."""

from math import cos, pi, sin

from bot.storefront.art.cloth import (
    METAL,
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

_BRASS = "#cda24b"


def handbag(look: Look) -> str:
    """A handbag: tote, satchel, bucket or clutch."""
    name = look.slug
    handle = f'<path d="M212 300 Q214 116 300 112 Q386 116 388 300" fill="none" stroke="{shift(look.base, -0.3)}" stroke-width="19"/><path d="M212 300 Q214 116 300 112 Q386 116 388 300" fill="none" stroke="{look.base}" stroke-width="13"/>'
    if "cabas" in name or "paille" in name or "panier" in name:
        body = piece(look, "M130 290 H470 L438 610 Q300 628 162 610 Z", light="body")
        weave = "".join(f'<path d="M{136 + 2 * row // 3} {310 + row} H{464 - 2 * row // 3}" stroke="{shift(look.base, -0.3)}" stroke-opacity=".4" stroke-dasharray="14 8" stroke-width="4"/>' for row in range(0, 290, 16)) if "paille" in name else ""
        return handle + body + weave + seams(look, "M134 308 H466", "M168 596 Q300 612 432 596") + folds("M190 340 Q200 470 210 590", "M400 350 Q396 470 380 590") + shines("M260 330 Q256 460 264 590")
    if "pochette" in name:
        return piece(look, "M110 270 H490 Q500 270 498 284 L486 500 Q484 516 468 516 H132 Q116 516 114 500 L102 284 Q100 270 110 270 Z") + piece(look, "M104 270 H496 L312 420 Q300 430 288 420 Z", light="drum") + seams(look, "M118 282 L300 416 L482 282") + f'<circle cx="300" cy="412" r="15" fill="{_BRASS}"/><circle cx="296" cy="408" r="5" fill="#fff" opacity=".7"/>'
    if "seau" in name:
        return handle + piece(look, "M164 280 Q300 256 436 280 L412 600 Q300 628 188 600 Z") + f'<ellipse cx="300" cy="280" rx="136" ry="24" fill="{look.deep}"/>' + folds("M210 300 Q224 380 216 440", "M270 300 Q278 380 272 440", "M340 300 Q334 380 342 440", "M396 300 Q384 380 392 440") + piece(look, "M184 520 Q300 546 418 520 L412 600 Q300 628 188 600 Z", light="drum", fill=shift(look.base, -0.2)) + f'<path d="M170 330 Q300 354 430 330" stroke="{shift(look.base, -0.45)}" stroke-width="7" fill="none"/>'
    strap = f'<path d="M150 320 Q120 90 300 80 Q480 90 450 320" fill="none" stroke="{shift(look.base, -0.2)}" stroke-width="12"/>'
    return (
        strap + piece(look, "M122 320 Q122 296 146 296 H454 Q478 296 478 320 L466 580 Q464 606 438 606 H162 Q136 606 134 580 Z")
        + piece(look, "M116 300 Q116 284 136 284 H464 Q484 284 484 300 L474 420 Q460 480 300 480 Q140 480 126 420 Z", light="drum")
        + seams(look, "M132 300 L138 416 Q160 466 300 466 Q440 466 462 416 L468 300") + shines("M170 320 Q220 420 300 440", strength=0.22)
        + f'<rect x="276" y="448" width="48" height="46" rx="9" fill="{_BRASS}"/><rect x="286" y="458" width="28" height="10" rx="5" fill="#fff" opacity=".5"/><circle cx="300" cy="480" r="5" fill="#7d5d22"/>'
    )


def backpack(look: Look) -> str:
    """A backpack with flap, straps and front pocket."""
    straps = both(piece(look, "M176 250 Q110 300 116 470 L144 560 L162 540 Q140 420 196 300 Z", light="tube"))
    return (
        straps + f'<path d="M262 130 Q264 84 300 84 Q336 84 338 130" fill="none" stroke="{shift(look.base, -0.3)}" stroke-width="15"/>'
        + piece(look, "M168 220 Q168 124 300 124 Q432 124 432 220 L444 600 Q440 640 400 640 H200 Q160 640 156 600 Z")
        + piece(look, "M196 420 H404 L410 590 Q408 614 384 614 H216 Q192 614 190 590 Z", light="drum") + seams(look, "M200 440 H400", "M200 440 L196 590 Q200 604 218 604 H382 Q400 604 404 590 L400 440")
        + piece(look, "M162 200 Q170 118 300 118 Q430 118 438 200 L442 330 Q430 370 300 370 Q170 370 158 330 Z", light="drum") + seams(look, "M172 320 Q190 354 300 356 Q410 354 428 320")
        + both(f'<path d="M238 340 V470" stroke="{shift(look.base, -0.5)}" stroke-width="20"/><rect x="224" y="404" width="28" height="30" rx="5" fill="none" stroke="{_BRASS}" stroke-width="6"/>') + shines("M200 180 Q220 150 270 142", strength=0.4)
    )


def belt(look: Look) -> str:
    """A belt, rolled up, its buckle outside."""
    turns = []
    for number in range(4):
        radius = 176 - 34 * number
        for shade, wide in ((shift(look.base, -0.5), 32), (look.base, 27), (shift(look.base, 0.25), 5)):
            turns.append(f'<circle cx="290" cy="374" r="{radius}" fill="none" stroke="{shade}" stroke-width="{wide}"/>')
    metal = _BRASS if look.rng().random() < 0.6 else "#c3c6ca"
    tail = f'<path d="M290 198 Q420 196 500 300" fill="none" stroke="{shift(look.base, -0.5)}" stroke-width="32"/><path d="M290 198 Q420 196 500 300" fill="none" stroke="{look.base}" stroke-width="27"/>' + seams(look, "M290 208 Q412 206 492 308", "M292 189 Q428 187 508 294")
    buckle = f'<g transform="rotate(54 506 306)"><rect x="466" y="268" width="86" height="76" rx="14" fill="none" stroke="{shift(metal, -0.3)}" stroke-width="15"/><rect x="466" y="266" width="86" height="76" rx="14" fill="none" stroke="{metal}" stroke-width="11"/><path d="M470 304 H548" stroke="{metal}" stroke-width="9"/></g>'
    return "".join(turns) + shines("M150 300 Q190 210 270 204", strength=0.35) + tail + buckle


def scarf(look: Look) -> str:
    """A scarf knotted once; a square of silk folded."""
    if "carre" in look.slug or "foulard" in look.slug:
        return piece(look, "M300 96 L524 340 L300 600 L76 340 Z") + f'<path d="M300 128 L494 340 L300 566 L106 340 Z" fill="none" stroke="{shift(look.base, -0.45)}" stroke-width="13"/>' + folds("M300 110 Q280 350 300 590", "M120 340 Q300 320 480 340", "M200 230 Q300 340 400 470", strength=0.16) + shines("M240 210 Q320 330 300 500", "M380 240 Q360 330 420 400") + piece(look, "M300 600 L180 462 Q300 440 420 462 Z", light="drum")
    fringe = "".join(f'<path d="M{x} 640 q{(-4, 4)[n % 2]} 22 0 44" stroke="{shift(look.base, -0.12)}" stroke-width="6" fill="none" stroke-linecap="round"/>' for n, x in enumerate(range(182, 286, 11)))
    fringe2 = "".join(f'<path d="M{x} 572 q{(-4, 4)[n % 2]} 22 0 44" stroke="{shift(look.base, -0.12)}" stroke-width="6" fill="none" stroke-linecap="round"/>' for n, x in enumerate(range(322, 420, 11)))
    return (
        fringe2 + piece(look, "M310 330 Q350 440 424 576 H316 Q300 450 270 350 Z", light="tube") + folds("M320 370 Q356 470 384 570")
        + fringe + piece(look, "M250 330 Q330 330 322 380 Q300 500 292 646 H174 Q180 470 216 380 Z", light="tube") + folds("M268 380 Q236 500 222 640", "M296 390 Q270 520 262 640")
        + piece(look, "M150 190 Q160 110 300 106 Q440 110 450 190 Q456 290 372 346 Q300 380 228 346 Q144 290 150 190 Z", light="drum")
        + f'<path d="M196 196 Q210 150 300 148 Q390 150 404 196 Q380 268 300 274 Q220 268 196 196 Z" fill="{look.deep}"/>'
        + folds("M166 220 Q210 320 300 336", "M434 220 Q390 320 300 336", "M180 260 Q230 306 300 308") + shines("M170 180 Q180 136 260 124", "M230 330 Q300 356 360 330")
        + piece(look, "M238 318 Q296 296 340 326 L326 398 Q280 416 234 386 Z", light="drum")
    )


def hat(look: Look) -> str:
    """A beanie, a beret, a cap or a brimmed hat, by its name."""
    name = look.slug
    if "bonnet" in name:
        pompom = f'<circle cx="300" cy="158" r="46" fill="{shift(look.base, 0.12)}"/>' + "".join(f'<path d="M300 158 l{48 * cos(n * pi / 15):.0f} {48 * sin(n * pi / 15):.0f}" stroke="{shift(look.base, -0.15)}" stroke-opacity=".6" stroke-width="4"/>' for n in range(30)) if look.rng().random() < 0.5 else ""
        return pompom + piece(look, "M152 480 Q136 210 300 194 Q464 210 448 480 Z", light="body") + folds("M230 250 Q210 360 212 460", "M370 250 Q390 360 388 460", "M300 210 V470") + shines("M262 240 Q246 350 250 460") + piece(look, "M140 440 Q300 412 460 440 L464 552 Q300 582 136 552 Z", light="drum") + ribs(look, 146, 436, 458, 116)
    if "beret" in name:
        return f'<path d="M296 214 Q300 184 312 180" stroke="{look.base}" stroke-width="11" fill="none" stroke-linecap="round"/>' + piece(look, "M96 380 Q90 230 300 212 Q510 230 520 360 Q516 440 430 452 Q300 470 190 456 Q104 440 96 380 Z", light="drum") + piece(look, "M190 440 Q300 470 430 440 L424 474 Q300 500 196 474 Z", light="drum", fill=shift(look.base, -0.28)) + folds("M150 330 Q250 420 330 430", "M470 330 Q420 400 350 420") + shines("M160 310 Q220 250 320 240")
    if "casquette" in name:
        return piece(look, "M120 460 Q110 270 300 248 Q470 262 474 440 Q300 400 120 460 Z", light="drum") + seams(look, "M300 250 Q290 340 296 424", "M190 290 Q176 370 180 440", "M404 278 Q420 360 412 420") + button(300, 250, look.base, 11) + piece(look, "M112 456 Q300 384 474 434 Q500 480 430 500 Q260 480 130 520 Q90 500 112 456 Z", light="drum", fill=shift(look.base, -0.15)) + seams(look, "M128 500 Q270 460 440 484")
    rim = piece(look, "M60 430 Q80 360 300 356 Q520 360 540 430 Q520 520 300 526 Q80 520 60 430 Z", light="drum")
    rings = "".join(f'<ellipse cx="300" cy="438" rx="{rx}" ry="{rx * 0.33:.0f}" fill="none" stroke="{shift(look.base, -0.25)}" stroke-opacity=".35"/>' for rx in range(150, 240, 13))
    return rim + rings + piece(look, "M166 430 Q160 230 216 214 Q300 244 384 214 Q440 230 434 430 Q300 478 166 430 Z", light="tube") + folds("M300 240 Q296 300 300 340", "M220 220 Q250 270 240 330") + piece(look, "M166 392 Q300 440 434 392 L434 434 Q300 482 166 434 Z", light="drum", fill=shift(look.base, -0.55)) + shines("M220 260 Q208 330 212 390")


def gloves(look: Look) -> str:
    """A pair of gloves, or mittens."""
    fingers = "M226 420 Q190 380 172 322 Q176 298 198 306 L232 352 L222 180 Q230 158 250 178 L262 300 L268 140 Q282 120 296 140 L298 296 L318 156 Q334 140 344 162 L334 308 L362 206 Q378 194 386 214 L366 420 Z"
    hand = "M226 440 Q180 390 168 340 Q178 300 212 326 L236 360 Q220 170 300 160 Q384 170 372 440 Z" if "moufles" in look.slug or "mitaines" in look.slug else fingers
    one = piece(look, hand) + folds("M250 400 Q290 380 340 404", "M300 310 V350") + seams(look, "M262 360 V316", "M298 356 V312", "M332 362 V322", dashed=False) + piece(look, "M222 410 H370 L374 520 Q300 536 218 520 Z", light="drum") + ribs(look, 224, 414, 370, 104) + shines("M240 200 Q250 280 252 340", strength=0.22)
    return f'<g transform="translate(-106 24) rotate(-11 300 360)">{one}</g><g transform="translate(714 60) scale(-1 1) rotate(-9 300 360)">{one}</g>'


def sunglasses(look: Look) -> str:
    """Sunglasses; round, square, cat-eye or aviator."""
    name = look.slug
    shape = "M112 330 Q120 292 196 292 Q276 296 278 340 Q274 430 196 434 Q118 430 112 330 Z"
    if "rondes" in name:
        shape = "M196 286 a76 76 0 1 1 -.1 0 Z"
    elif "papillon" in name:
        shape = "M92 292 Q180 286 268 318 Q290 360 262 400 Q200 452 140 410 Q108 370 92 292 Z"
    elif "carrees" in name or "oversize" in name:
        shape = "M110 296 Q196 286 276 300 Q284 420 262 436 Q190 446 130 434 Q108 420 110 296 Z"
    lens = f'<path d="{shape}" fill="#2f2a2c" opacity=".84"/><path d="{shape}" fill="url(#drum)"/><path d="M140 400 L206 304 L234 304 L160 424Z" fill="#fff" opacity=".2"/><path d="{shape}" fill="none" stroke="{shift(look.base, -0.25)}" stroke-width="19"/><path d="{shape}" fill="none" stroke="{look.base}" stroke-width="14"/><path d="M130 316 Q160 300 220 302" stroke="#fff" stroke-opacity=".5" stroke-width="4" fill="none"/>'
    arm = f'<path d="M110 316 Q70 300 92 210 Q110 150 160 132" fill="none" stroke="{shift(look.base, -0.35)}" stroke-width="15" stroke-linecap="round"/>'
    return both(arm) + f'<path d="M272 332 Q300 308 328 332" fill="none" stroke="{look.base}" stroke-width="15"/>' + both(lens)


def necklace(look: Look) -> str:
    """A necklace: chain and pendant, or a string of pearls."""
    metal = METAL.get(_metal(look), look.base)
    if "perles" in look.slug or "plastron" in look.slug:
        beads = "".join(_bead(300 + 176 * sin(a * pi / 20), 250 + (250 if abs(a) < 20 else 0) * cos(a * pi / 40) * 1.05, 15, "#f4ede2" if "perles" in look.slug else look.base) for a in range(-17, 18))
        return f'<path d="M176 190 Q190 120 300 118 Q410 120 424 190" fill="none" stroke="{metal}" stroke-width="4"/>' + beads
    links = f'<path d="M160 120 Q170 420 300 480 Q430 420 440 120" fill="none" stroke="{shift(metal, -0.3)}" stroke-width="8"/><path d="M160 120 Q170 420 300 480 Q430 420 440 120" fill="none" stroke="{metal}" stroke-width="6" stroke-dasharray="9 5" stroke-linecap="round"/>'
    return links + _bead(300, 540, 58, metal) + f'<circle cx="300" cy="540" r="44" fill="none" stroke="{shift(metal, -0.35)}" stroke-width="3"/><path d="M300 508 L308 532 L332 540 L308 548 L300 572 L292 548 L268 540 L292 532 Z" fill="{shift(metal, 0.5)}"/>'


def earrings(look: Look) -> str:
    """Hoops, drops or studs, always two."""
    metal = METAL.get(_metal(look), look.base)
    if "creoles" in look.slug:
        one = f'<circle cx="160" cy="390" r="100" fill="none" stroke="{shift(metal, -0.35)}" stroke-width="32"/><circle cx="158" cy="386" r="100" fill="none" stroke="{metal}" stroke-width="26"/><path d="M74 340 Q100 292 160 286" fill="none" stroke="#fff" stroke-opacity=".75" stroke-width="7" stroke-linecap="round"/>'
    elif "puces" in look.slug:
        one = _bead(190, 370, 54, metal)
    else:
        one = f'<path d="M190 220 V430" stroke="{metal}" stroke-width="6"/>' + _bead(190, 226, 24, metal) + _bead(190, 330, 32, look.base) + _bead(190, 470, 60, look.base)
    return both(one)


def bracelet(look: Look) -> str:
    """A bangle, a chain or a strap."""
    metal = METAL.get(_metal(look), look.base)
    if "chaine" in look.slug:
        return "".join(f'<ellipse cx="{300 + 180 * cos(n * pi / 14):.0f}" cy="{370 + 140 * sin(n * pi / 14):.0f}" rx="23" ry="12" fill="none" stroke="{metal}" stroke-width="8" transform="rotate({n * 180 / 14 + 90:.0f} {300 + 180 * cos(n * pi / 14):.0f} {370 + 140 * sin(n * pi / 14):.0f})"/>' for n in range(28))
    thick = 40 if "cuir" in look.slug or "cordon" in look.slug else 27
    return f'<ellipse cx="300" cy="380" rx="186" ry="146" fill="none" stroke="{shift(metal, -0.4)}" stroke-width="{thick + 8}"/><ellipse cx="300" cy="374" rx="186" ry="146" fill="none" stroke="{metal}" stroke-width="{thick}"/><path d="M130 330 Q180 226 310 226" fill="none" stroke="#fff" stroke-opacity=".6" stroke-width="8" stroke-linecap="round"/>' + _bead(300, 522, 24, shift(metal, 0.2))


def _metal(look: Look) -> str:
    return {"#cda24b": "gold", "#c3c6ca": "silver"}.get(look.base, "gold" if look.material == "brass" else "silver")


def _bead(x: float, y: float, size: float, colour: str) -> str:
    return (f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size}" fill="{colour}"/><circle cx="{x:.0f}" cy="{y:.0f}" r="{size}" fill="url(#tube)"/>'
            f'<circle cx="{x - size * 0.32:.0f}" cy="{y - size * 0.35:.0f}" r="{size * 0.24:.1f}" fill="#fff" opacity=".8"/>')
