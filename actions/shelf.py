"""What the selling topics share: whose basket, which product is meant, cards, and what "it" is from here on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actions.asking import button
from actions.base import Turn
from bot.channels.web.tokens import read_cart_token
from bot.commerce.spoken_prices import minor_per_unit
from bot.commerce.types import CustomerRef, Product, ProductRef, Variant, VariantRef
from bot.contracts.messages import Card, QuickReply, dump_payload
from bot.errors import NotFound
from bot.profile.state import ConversationState, Shown
from bot.recommend.catalogue import Catalogue
from bot.recommend.size_tables import own_sizes
from bot.recommend.style import Style
from bot.recommend.traits import colours_of, name_of, size_of, variant_colour
from bot.recommend.types import Recommendation
from bot.service.basket import Owner
from bot.service.references import Reference, resolve
from bot.service.wishes import Wish, read_wish
from bot.texts.catalogue import format_money


def shop_ref(turn: Turn) -> CustomerRef | None:
    """The shop's customer, only when this person proved to be them (promise 5)."""
    ref = turn.conversation.verified_ref
    return CustomerRef(ref) if ref and turn.is_verified else None


def past_ref(turn: Turn) -> CustomerRef | None:
    """The shop's customer whose past orders may choose for them: only with their leave."""
    ref = shop_ref(turn)
    return ref if ref and turn.services.recommender.is_personal(turn.conversation.customer_id) else None


def owner_of(turn: Turn) -> Owner:
    """Whose basket this turn is about."""
    token = str(turn.page.get("cart_token") or "")
    return Owner(
        customer_id=turn.conversation.customer_id,
        sender_id=turn.conversation.sender_id,
        message_id=turn.key,
        customer_ref=shop_ref(turn),
        cart_ref=turn.state.cart_ref,
        page_cart_ref=read_cart_token(token, turn.services.settings.session_secret) if token else "",
    )


def catalogue_of(turn: Turn) -> Catalogue:
    """The shop's products and words, at most a minute old, without stock."""
    return turn.services.recommender.catalogue(turn.now)


def currency_of(turn: Turn) -> str:
    """The currency that the shop's prices are in."""
    return catalogue_of(turn).currency


def wish_of(turn: Turn) -> Wish:
    """What this message looks for, in the shop's words."""
    catalogue = catalogue_of(turn)
    return read_wish(turn.text, turn.entities, catalogue.words, minor_per_unit=minor_per_unit(catalogue.currency))


def style_of(turn: Turn, wish: Wish | None = None) -> Style:
    """The stated style, with what this message adds: a type or price named now replaces an older one."""
    style = Style.from_data(turn.state.style)
    return style if wish is None else with_wish(style, wish)


def with_wish(style: Style, wish: Wish) -> Style:
    """A style with what one message adds to it."""
    avoided = tuple(dict.fromkeys((*(c for c in style.avoid_colours if c not in wish.colours), *wish.avoid_colours)))
    return replace(
        style,
        types=wish.types or (),
        colours=wish.colours or tuple(c for c in style.colours if c not in avoided),
        sizes=wish.sizes,
        brands=wish.brands or style.brands,
        occasions=wish.occasions or style.occasions,
        only_for=wish.occasions,
        avoid_colours=avoided,
        price_max_minor=wish.price_max_minor or style.price_max_minor,
    )


@dataclass(frozen=True)
class Meant:
    """The product that a message is about, with how it was found. `product` None: none, or several."""

    reference: Reference
    product: Product | None = None
    variant: Variant | None = None


def find_meant(turn: Turn) -> Meant:
    """The product of a message: a button, a name that is said, "the second one", "it", the page.

    What is called by name is meant, whatever was shown; where several go by it, they are the `candidates`.
    """
    named = _called_by_name(turn)
    last, page = turn.state.last_product, page_product(turn)
    reference = resolve(
        turn.text, turn.entities, [each for each in turn.state.last_shown if _may_be(turn, each.product_ref, named)],
        last if last and _may_be(turn, last.product_ref, named) else None,
        page if page and _may_be(turn, page, named) else "",
        catalogue_of(turn).words.get("colour", {}),
    )
    if named and reference.how != "button" and reference.product_ref not in {each.ref for each in named}:
        return _meant_by_name(turn, reference, named)
    whole = _by_whole_name(turn) if reference.how in ("none", "last", "page", "only", "unclear") and not named else None
    if whole is not None and whole.ref != reference.product_ref:
        return _meant_by_name(turn, reference, (whole,))
    return _found(turn, reference)


def _called_by_name(turn: Turn) -> tuple[Product, ...]:
    if turn.text.startswith("/"):
        return ()
    last = (turn.state.last_product,) if turn.state.last_product else ()
    shown = {each.product_ref for each in (*turn.state.last_shown, *last)}
    return turn.services.finder.find_named(turn.text, types=wish_of(turn).types, shown=shown, now=turn.now)


def _meant_by_name(turn: Turn, reference: Reference, named: Sequence[Product]) -> Meant:
    """The one that goes by the name, in the colour and size that are said; else which do."""
    if len(named) > 1:
        candidates = tuple(shown_of(turn, each, None) for each in named)
        return Meant(replace(reference, how="names", product_ref="", variant_ref="", candidates=candidates))
    found = replace(reference, how="name", product_ref=named[0].ref, variant_ref="", candidates=())
    return Meant(replace(found, size=own_size(named[0], found.size)), named[0])


def colour_meant(product: Product, meant: Meant) -> str:
    """The product's own colour that the words or what was shown mean, "" for none."""
    own = colours_of(product)
    return next((colour for colour in (*meant.reference.colours, meant.reference.colour) if colour in own), "")


def variant_in(product: Product, colour: str) -> Variant | None:
    """The first variant of a colour, in whatever size; None where there is none, or no colour."""
    return next((each for each in product.variants if colour and variant_colour(product, each) == colour), None)


def own_size(product: Product, said: str) -> str:
    """A size as the product spells it, another country's converted where it is one of its own; else as it was said."""
    found = own_sizes(product, said)
    return found[0] if len(found) == 1 else said


def _found(turn: Turn, reference: Reference) -> Meant:
    if reference.variant_ref:
        product = turn.services.commerce.get_variant_product(VariantRef(reference.variant_ref))
        return Meant(reference, product, next(v for v in product.variants if v.ref == reference.variant_ref))
    if reference.product_ref:
        product = turn.services.commerce.get_product(ProductRef(reference.product_ref))
        return Meant(replace(reference, size=own_size(product, reference.size)), product)
    return Meant(reference)


def page_product(turn: Turn) -> str:
    """The product whose page the customer looks at, "" elsewhere."""
    ref = str(turn.page.get("product_id") or "")
    catalogue = catalogue_of(turn)
    if ref in catalogue.row_of:
        return ref
    return next((p.ref for p in catalogue.products if ref and p.slug == ref), "")


def _may_be(turn: Turn, product_ref: str, named: Sequence[Product]) -> bool:
    """Whether a product may be meant: one of those that are named, else of the type: "the navy jumper" is no skirt."""
    if named:
        return product_ref in {each.ref for each in named}
    catalogue = catalogue_of(turn)
    types = {*turn.entities.get("product_type", ())} & catalogue.words.get("product_type", {}).keys()
    row = catalogue.row_of.get(ProductRef(product_ref))
    return not types or row is None or catalogue.products[row].product_type in types


def _by_whole_name(turn: Turn) -> Product | None:
    """The one product whose whole name stands in the text."""
    said = turn.text.lower()
    if said.startswith("/"):
        return None
    found = [
        (len(name), product) for product in catalogue_of(turn).products
        for name in product.names.values() if name.lower() in said
    ]
    longest = max((length for length, _ in found), default=0)
    best = {product.ref: product for length, product in found if length == longest}
    return next(iter(best.values())) if len(best) == 1 else None


def describe_options(turn: Turn, product: Product, variant: Variant) -> str:
    """The colour and size of a variant, as people say them; "" when there is nothing to choose."""
    colour = variant_colour(product, variant)
    parts = (catalogue_of(turn).label("colour", colour, turn.language) if colour else "", size_of(variant.options))
    return ", ".join(part for part in parts if part)


def describe_values(turn: Turn, kind: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """(value, what people call it) of colours or sizes."""
    return [(value, catalogue_of(turn).label(kind, value, turn.language)) for value in values if value]


def product_name(turn: Turn, product: Product) -> str:
    """A product's name in the customer's language."""
    return name_of(product, turn.language)


def price_text(turn: Turn, variant: Variant) -> str:
    """The price, with the former one when it is reduced."""
    price = format_money(turn.language, variant.price_minor, variant.currency)
    if not variant.compare_at_minor or variant.compare_at_minor <= variant.price_minor:
        return price
    return turn.say("{price} instead of {before}", price=price,
                    before=format_money(turn.language, variant.compare_at_minor, variant.currency))


def product_card(
    turn: Turn, product: Product, variant: Variant, *, note: str = "", is_size_known: bool = True
) -> Card:
    """A product as a card, with a button that adds it and one that shows its page."""
    colour = variant_colour(product, variant)
    label = catalogue_of(turn).label("colour", colour, turn.language) if colour else ""
    size = size_of(variant.options) if is_size_known else ""
    return Card(
        title=product_name(turn, product),
        subtitle=", ".join(part for part in (label, size) if part),
        image_url=variant.image_url or product.image_url,
        url=variant.url or product.url,
        price_text=price_text(turn, variant),
        note=note,
        buttons=(_add_button(turn, product, variant, size, is_size_known), _see_button(turn, product, variant)),
    )


def _add_button(turn: Turn, product: Product, variant: Variant, size: str, is_size_known: bool) -> QuickReply:
    if not is_size_known:
        colour = variant_colour(product, variant)
        chosen = {"colour": colour} if colour else {}
        return button(turn, "Add", "add_to_cart", product=product.ref, **chosen)
    title = turn.say("Add in {size}", size=size) if size else turn.say("Add")
    return QuickReply(title, dump_payload("add_to_cart", variant=variant.ref))


def _see_button(turn: Turn, product: Product, variant: Variant) -> QuickReply:
    url = variant.url or product.url
    return QuickReply(turn.say("See"), url=url) if url else button(turn, "See", "product_details", product=product.ref)


def recommendation_cards(turn: Turn, found: Sequence[Recommendation]) -> tuple[Card, ...]:
    """Recommendations as cards, each with its reason."""
    return tuple(
        product_card(turn, r.product, r.variant, note=r.reason_text, is_size_known=r.is_size_known) for r in found
    )


def shown_of(turn: Turn, product: Product, variant: Variant | None, *, is_size_known: bool = True) -> Shown:
    """A product as the conversation remembers it. A size that nobody chose is not remembered as chosen."""
    options = dict(variant.options) if variant else {}
    if variant and not is_size_known and size_of(variant.options):
        options = {key: value for key, value in options.items() if value != size_of(variant.options)}
        return Shown(product.ref, product_name(turn, product), "", options)
    return Shown(product.ref, product_name(turn, product), variant.ref if variant else "", options)


def remember(
    state: ConversationState, shown: Sequence[Shown], search: Mapping[str, Any] | None = None
) -> ConversationState:
    """The state after a list was shown: "the second one" means its second, and "it" the only one there is.

    `search` is what the list answers, so that "cheaper" may go on with it.
    """
    last = shown[0] if len(shown) == 1 else None
    return replace(state, last_shown=tuple(shown), last_product=last, search=dict(search or {}))


def remember_product(state: ConversationState, shown: Shown) -> ConversationState:
    """The state after one product was spoken of; the list that was shown before still stands."""
    return replace(state, last_product=shown)


def product_or_none(turn: Turn, ref: str) -> Product | None:
    """A product by its reference; None when it is no longer sold."""
    try:
        return turn.services.commerce.get_product(ProductRef(ref))
    except NotFound:
        return None
