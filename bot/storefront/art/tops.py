"""What is worn above: t-shirts, knitwear, shirts, jackets, coats, dresses."""

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
from bot.storefront.art.palette import is_dark, shift


def t_shirt(look: Look) -> str:
    """A t-shirt; by chance with a V or a round neck, and long sleeves on a Breton one."""
    rng = look.rng()
    is_v = "col-v" in look.slug or rng.random() < 0.15
    is_long = look.slug.startswith("mariniere") or "manches-longues" in look.slug
    neck = "L300 232 L352 138" if is_v else "Q300 200 356 138"
    body = f"M244 138 {neck} L412 164 Q408 300 414 566 Q300 584 186 566 Q192 300 188 164 Z"
    arm = ("M190 163 Q146 182 130 246 Q104 400 98 540 L146 552 Q172 420 192 318 Z" if is_long
           else "M190 163 Q146 182 128 232 L98 320 L164 348 L194 286 Z")
    cuff = "M101 526 L148 538" if is_long else "M103 307 L169 334"
    back = f'<path d="M244 138 Q300 118 356 138 Q300 {232 if is_v else 196} 244 138" fill="{look.deep}"/>'
    return (
        back + both(piece(look, arm) + seams(look, cuff) + folds("M190 290 Q178 250 184 206")) + piece(look, body)
        + folds("M206 300 Q250 330 236 470", "M396 280 Q350 340 372 500", "M250 540 Q290 500 330 545")
        + shines("M270 250 Q258 380 274 520") + seams(look, "M187 550 Q300 568 413 550")
        + f'<path d="M244 138 {neck}" fill="none" stroke="{shift(look.base, -0.16)}" stroke-width="11"/>'
        + seams(look, "M192 170 Q198 240 194 290", "M408 170 Q402 240 406 290", dashed=False)
    )


def sweater(look: Look) -> str:
    """A jumper with ribbed edges; a roll neck, a V or a round neck by its name or by chance."""
    name, rng = look.slug, look.rng()
    body = "M232 148 Q300 196 368 148 L424 176 Q416 330 424 560 L176 560 Q184 330 176 176 Z"
    arm = "M178 174 Q124 196 106 280 L74 520 L132 534 Q164 410 184 330 Z"
    parts = both(
        piece(look, arm) + piece(look, "M74 514 L136 528 L130 564 L70 550 Z")
        + ribs(look, 78, 522, 128, 30) + folds("M180 330 Q166 270 174 210", "M96 420 Q116 404 134 410", strength=0.3)
    )
    parts += f'<path d="M228 152 Q300 120 372 152 Q300 210 228 152" fill="{look.deep}"/>' + piece(look, body)
    parts += piece(look, "M178 556 L422 556 L416 604 Q300 616 184 604 Z") + ribs(look, 184, 560, 416, 42)
    if "roule" in name or rng.random() < 0.2:
        parts += piece(look, "M230 150 Q224 104 238 84 Q300 66 362 84 Q376 104 370 150 Q300 190 230 150 Z", light="drum")
        parts += ribs(look, 242, 84, 362, 66)
    elif "col-v" in name:
        parts += f'<path d="M236 148 L300 270 L364 148 Q300 118 236 148" fill="{look.deep}"/>'
        parts += f'<path d="M236 148 L300 270 L364 148" fill="none" stroke="{shift(look.base, -0.15)}" stroke-width="14"/>'
    else:
        parts += f'<path d="M230 150 Q300 214 370 150" fill="none" stroke="{shift(look.base, -0.14)}" stroke-width="17"/>'
    if "marin" in name:
        parts += button(204, 168, "#cda24b", 6) + button(222, 158, "#cda24b", 6)
    return parts + folds("M200 330 Q250 360 232 500", "M402 300 Q356 350 376 510") + shines("M272 260 Q254 390 272 530")


def cardigan(look: Look) -> str:
    """An open-necked cardigan with its buttons and pockets."""
    shade = shift(look.base, -0.15)
    buttons = "".join(button(300, y, shift(look.base, 0.45 if is_dark(look.base) else -0.5)) for y in range(316, 600, 56))
    return (
        sweater(Look("cardigan-col-v", look.base, look.pattern, look.material, look.gender))
        + f'<path d="M300 268V608" stroke="{shade}" stroke-width="26"/>' + seams(look, "M287 274V606", "M313 274V606")
        + buttons + both(piece(look, "M204 440h66v76h-66z") + seams(look, "M204 452h66"))
    )


def sweatshirt(look: Look) -> str:
    """A sweatshirt; hooded when its name says so."""
    plain = Look("sweat-sans-col", look.base, look.pattern, "cotton", look.gender)
    hood = ""
    if "capuche" in look.slug or "zippe" in look.slug:
        hood = (
            piece(look, "M214 162 Q196 80 300 66 Q404 80 386 162 Q340 214 300 216 Q260 214 214 162 Z", light="drum")
            + f'<path d="M246 158 Q244 108 300 102 Q356 108 354 158 Q300 208 246 158Z" fill="{look.deep}"/>'
            + f'<path d="M270 196Q262 250 266 300M330 196Q338 250 334 300" stroke="{shift(look.base, 0.6)}" stroke-width="5" '
            'fill="none" stroke-linecap="round"/>'
        )
    pocket = piece(look, "M236 430 L364 430 L398 520 L392 548 L208 548 L202 520 Z")
    zipper = '<path d="M300 210V604" stroke="#d9d6d0" stroke-width="7" stroke-dasharray="3 3"/>'
    return sweater(plain) + (pocket if hood else "") + hood + (zipper if "zippe" in look.slug else "")


def shirt(look: Look) -> str:
    """A shirt with collar, placket, cuffs and pocket."""
    body = "M238 146 L300 182 L362 146 L422 172 Q410 330 420 576 Q360 612 300 586 Q240 612 180 576 Q190 330 178 172 Z"
    arm = "M180 171 Q132 190 116 270 L88 520 L138 532 Q168 400 188 318 Z"
    collar = "M244 128 Q268 142 300 150 L268 208 L222 156 Z"
    buttons = "".join(button(300, y, "#f3efe6", 5.5) for y in range(214, 580, 58))
    return (
        f'<path d="M240 132 Q300 112 360 132 L300 190Z" fill="{look.deep}"/>'
        + both(piece(look, arm) + piece(look, "M86 514 L142 528 L138 572 L80 558 Z") + seams(look, "M85 522 L139 535")
               + button(114, 548, "#f3efe6", 4.5) + folds("M184 316 Q168 260 178 204"))
        + piece(look, body) + folds("M204 300 Q248 340 230 500", "M398 290 Q352 350 374 520", "M250 560 Q262 480 258 420")
        + piece(look, "M288 184H312V588H288Z", light="tube") + seams(look, "M291 190V584", "M309 190V584") + buttons
        + shines("M246 250 Q236 380 250 520") + piece(look, "M336 262H398V326L367 342L336 326Z") + seams(look, "M336 274H398")
        + both(piece(look, collar, light="drum") + seams(look, "M230 156 L266 198"))
    )


def blouse(look: Look) -> str:
    """A blouse with gathered sleeves and a bow."""
    body = "M246 140 Q300 176 354 140 L406 166 Q398 320 426 574 Q300 604 174 574 Q202 320 194 166 Z"
    arm = "M196 164 Q120 170 92 300 Q70 420 96 500 L150 508 Q190 420 196 316 Z"
    bow = "M300 168 Q252 130 232 168 Q246 204 300 176 Q354 204 368 168 Q348 130 300 168 Z"
    return (
        f'<path d="M246 140 Q300 112 354 140 Q300 182 246 140" fill="{look.deep}"/>'
        + both(piece(look, arm) + piece(look, "M94 496 L154 504 L150 536 L92 528 Z")
               + folds("M120 490 Q116 400 140 330", "M138 494 Q150 420 168 350", "M108 480 Q100 430 106 390"))
        + piece(look, body) + folds("M240 220 Q224 400 214 560", "M288 240 Q276 420 270 570", "M350 230 Q372 420 384 560")
        + shines("M320 240 Q330 400 326 560", "M258 240 Q244 400 240 540")
        + piece(look, "M292 176 Q270 260 256 330 L290 322 Z M308 176 Q330 260 344 320 L312 324 Z")
        + piece(look, bow, light="drum") + folds("M252 168 Q276 168 292 172", "M348 168 Q324 168 308 172")
    )


def jacket(look: Look) -> str:
    """A short jacket with pockets, zip or buttons."""
    base = shirt(Look(look.slug, look.base, look.pattern, look.material, look.gender))
    metal = "#c9b48a" if look.material in ("denim", "leather", "suede") else shift(look.base, -0.5)
    pockets = both(piece(look, "M206 410H272V492H206Z") + piece(look, "M202 402H276V426L239 438L202 426Z", light="drum"))
    zipped = look.rng().random() < 0.5
    front = ('<path d="M300 190V584" stroke="#e6dcc8" stroke-width="8" stroke-dasharray="3 3"/>' if zipped
             else "".join(button(300, y, metal, 8) for y in range(222, 580, 70)))
    hem = piece(look, "M180 566 Q300 600 420 566 L418 606 Q300 634 182 606 Z", light="fall")
    return base + hem + seams(look, "M182 578 Q300 610 418 578") + pockets + front


def blazer(look: Look) -> str:
    """A tailored blazer; double-breasted when its name says so."""
    return _tailored(look, bottom=586, buttons=2, is_double="croise" in look.slug)


def coat(look: Look) -> str:
    """A long coat, single or double-breasted, belted now and then."""
    is_double = any(word in look.slug for word in ("croise", "caban", "duffle"))
    length = 560 if "caban" in look.slug else 664
    drawn = _tailored(look, bottom=length, buttons=3, is_double=is_double)
    if "peignoir" in look.slug or "trench" in look.slug:
        drawn += piece(look, "M186 396H414V428H186Z", light="drum") + piece(look, "M322 420L352 420L366 540L330 548Z")
    return drawn


def raincoat(look: Look) -> str:
    """A raincoat: a trench, or an oilskin with a hood."""
    if "trench" in look.slug or "impermeable" in look.slug:
        return coat(Look(f"trench-croise-{look.slug}", look.base, look.pattern, look.material, look.gender))
    hood = (
        piece(look, "M206 172 Q180 70 300 54 Q420 70 394 172 Q340 224 300 228 Q260 224 206 172 Z", light="drum")
        + f'<path d="M240 164 Q238 100 300 92 Q362 100 360 164 Q300 214 240 164Z" fill="{look.deep}"/>'
    )
    body = "M222 158 L378 158 L424 184 Q420 400 446 640 Q300 664 154 640 Q180 400 176 184 Z"
    arm = "M178 182 Q122 206 106 300 L76 540 L140 554 Q170 420 188 340 Z"
    snaps = "".join(button(300, y, "#f0ede6", 7) for y in range(262, 620, 66))
    return (
        both(piece(look, arm) + seams(look, "M80 520 L146 534") + folds("M186 336 Q168 280 176 220")) + piece(look, body)
        + folds("M216 300 Q206 480 196 620", "M396 300 Q400 480 410 620") + shines("M246 260 Q232 440 226 620", strength=0.5)
        + seams(look, "M284 220V646", "M316 220V646") + both(piece(look, "M196 436H268L262 516H196Z")) + snaps + hood
    )


def dress(look: Look) -> str:
    """A dress: sleeves, neck, waist and length by its slug."""
    rng, name = look.rng(), look.slug
    bottom = 664 if "longue" in name else rng.choice((600, 624, 648))
    flare = rng.choice((46, 66, 86))
    sleeve = rng.choice(("short", "long", "none"))
    is_wrap = "portefeuille" in name or rng.random() < 0.2
    neck = "L300 236 L350 118" if is_wrap else rng.choice(("Q300 190 350 118", "L300 196 L350 118"))
    body = (
        f"M250 118 {neck} L392 140 Q394 210 372 250 Q362 290 368 324 Q{392 + flare // 2} 460 {396 + flare} {bottom} "
        f"Q300 {bottom + 30} {204 - flare} {bottom} Q{208 - flare // 2} 460 232 324 Q238 290 228 250 Q206 210 208 140 Z"
    )
    arms = {
        "none": "",
        "short": piece(look, "M209 139 Q170 156 152 212 L140 262 L204 280 L226 236 Z") + seams(look, "M143 252 L207 270"),
        "long": piece(look, "M209 139 Q158 158 142 240 L112 470 L158 480 Q196 360 226 246 Z") + seams(look, "M113 458 L160 468"),
    }[sleeve]
    belt = piece(look, "M231 308 Q300 322 369 308 L370 336 Q300 350 230 336 Z", light="drum", fill=shift(look.base, -0.25))
    falls = tuple(f"M{x} 350 Q{x + (x - 300) * 0.35:.0f} 470 {x + (x - 300) * 0.95:.0f} {bottom - 6}" for x in
                  (248, 274, 324, 352))
    return (
        f'<path d="M250 118 Q300 98 350 118 L300 {236 if is_wrap else 190} Z" fill="{look.deep}"/>' + both(arms)
        + piece(look, body) + folds(*falls, "M232 250 Q262 270 268 300", "M368 250 Q338 270 332 300", strength=0.3)
        + shines(f"M300 360 Q296 480 290 {bottom - 20}", f"M264 360 Q240 480 214 {bottom - 30}")
        + (seams(look, "M350 118 L252 318", dashed=False) if is_wrap else "") + belt
        + seams(look, f"M{210 - flare} {bottom - 14} Q300 {bottom + 16} {390 + flare} {bottom - 14}")
    )


def pyjamas(look: Look) -> str:
    """A pyjama shirt over folded trousers; a nightdress or a dressing gown by its name."""
    if "chemise-de-nuit" in look.slug:
        return dress(Look("chemise-nuit-c", look.base, look.pattern, look.material, look.gender))
    if "robe-de-chambre" in look.slug:
        return coat(Look(f"peignoir-{look.slug}", look.base, look.pattern, look.material, look.gender))
    folded = piece(look, "M180 520H420V664H180Z", light="fall") + folds("M186 592H414") + seams(look, "M300 524V660")
    return f'{folded}<g transform="translate(30 -14) scale(.9)">{shirt(look)}</g>'


def _tailored(look: Look, *, bottom: int, buttons: int, is_double: bool) -> str:
    dark = shift(look.base, -0.55) if not is_dark(look.base) else shift(look.base, 0.22)
    flare = (bottom - 560) // 4
    body = (
        f"M236 128 L300 330 L364 128 L424 158 Q404 300 408 380 Q{412 + flare} 480 {424 + flare} {bottom} "
        f"Q300 {bottom + 22} {176 - flare} {bottom} Q{188 - flare} 480 192 380 Q196 300 176 158 Z"
    )
    arm = "M178 157 Q128 178 114 270 L86 546 L146 556 Q172 420 192 322 Z"
    lapel = "M236 126 Q262 120 276 128 L304 340 L224 262 L250 236 L212 216 Z"
    places = [(300 + offset, 350 + 62 * row) for row in range(buttons) for offset in ((-34, 34) if is_double else (0,))]
    sleeves = both(
        piece(look, arm) + folds("M190 320 Q170 260 178 200", "M104 430 Q124 416 144 422")
        + button(100, 524, dark, 5) + button(102, 506, dark, 5)
    )
    lining = f'<path d="M236 128 Q300 104 364 128 L300 340Z" fill="{look.deep}"/>'
    pockets = both(piece(look, "M204 446H276V468H204Z", light="drum"))
    front = seams(look, f"M{322 if is_double else 306} 340 Q312 460 310 {bottom + 8}", dashed=False)
    return (
        sleeves + lining + piece(look, body)
        + folds(f"M220 300 Q240 420 214 {bottom - 20}", f"M384 300 Q364 420 390 {bottom - 20}", "M236 390 Q262 400 280 390")
        + shines(f"M254 340 Q252 460 244 {bottom - 30}") + front + pockets
        + both(piece(look, lapel, light="drum") + seams(look, "M220 216 L250 236", dashed=False))
        + "".join(button(x, y, dark, 9) for x, y in places)
    )
