"""What of a product may be shown to a customer who looks at a list that is nobody's: what is reduced."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.commerce.types import Product, Variant
from bot.recommend.rules import wearable_variants
from bot.recommend.shopper import Shopper
from bot.recommend.sizes import customer_size
from bot.recommend.traits import sizes_of


@dataclass(frozen=True)
class Choice:
    """The variants of a product that suit somebody, whatever their stock. `is_size_known`: they are of their size."""

    variants: tuple[Variant, ...]
    is_size_known: bool


Choose = Callable[[Product], Choice]


def choices_of(shopper: Shopper) -> Choose:
    """Product -> what of it suits them: nothing of what they said no to, refuse or sent back."""
    unwanted = shopper.disliked | {p.product_ref for p in shopper.purchases if p.returned}

    def choose(product: Product) -> Choice:
        is_refused = product.ref in unwanted or shopper.style.refuses(product)
        is_size_known = not sizes_of(product) or bool(customer_size(product, shopper.sizes, shopper.style))
        return Choice(() if is_refused else wearable_variants(product, shopper), is_size_known)

    return choose
