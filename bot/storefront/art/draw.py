"""A product and a colour -> its picture: SVG text, the same every time."""

from collections.abc import Callable
from html import escape

from bot.commerce.types import Product
from bot.storefront.art import accessories, bottoms, shoes, tops
from bot.storefront.art.cloth import Look, frame
from bot.storefront.art.palette import colour_hex

DRAWINGS: dict[str, Callable[[Look], str]] = {
    "dress": tops.dress, "coat": tops.coat, "jacket": tops.jacket, "blazer": tops.blazer, "raincoat": tops.raincoat,
    "shirt": tops.shirt, "blouse": tops.blouse, "t-shirt": tops.t_shirt, "sweater": tops.sweater,
    "cardigan": tops.cardigan, "sweatshirt": tops.sweatshirt, "pyjamas": tops.pyjamas,
    "trousers": bottoms.trousers, "jeans": bottoms.jeans, "skirt": bottoms.skirt, "shorts": bottoms.shorts,
    "tights": bottoms.tights, "socks": bottoms.socks,
    "sneakers": shoes.sneakers, "ankle_boots": shoes.ankle_boots, "boots": shoes.boots, "loafers": shoes.loafers,
    "heels": shoes.heels, "sandals": shoes.sandals, "ballerinas": shoes.ballerinas,
    "handbag": accessories.handbag, "backpack": accessories.backpack, "belt": accessories.belt,
    "scarf": accessories.scarf, "hat": accessories.hat, "gloves": accessories.gloves,
    "sunglasses": accessories.sunglasses, "necklace": accessories.necklace, "earrings": accessories.earrings,
    "bracelet": accessories.bracelet,
}
_UPRIGHT = frozenset({"sneakers", "ankle_boots", "boots", "loafers", "heels", "sandals", "ballerinas", "handbag"})


def draw(product: Product, colour: str) -> str:
    """The picture of a product in a colour; a folded shirt stands for a type nobody drew."""
    look = Look(
        slug=product.slug, base=colour_hex(colour), pattern=str(product.attributes.get("pattern") or "plain"),
        material=str(product.attributes.get("material") or ""), gender=str(product.attributes.get("gender") or ""),
    )
    drawing = DRAWINGS.get(product.product_type, tops.shirt)(look)
    tilt = 0.0 if product.product_type in _UPRIGHT else look.rng().uniform(-3.5, 3.5)
    return frame(look, drawing, escape(product.names.get("en", product.slug)), tilt)
