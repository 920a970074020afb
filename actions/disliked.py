"""Not this one: what somebody does not want to be shown again, by a card's button or in words; taken back at a tap."""

from actions.asking import button, tell
from actions.base import Reply, Turn
from actions.shelf import catalogue_of, find_meant, product_name, product_or_none
from bot.commerce.types import Product
from bot.contracts.messages import QuickReply, dump_payload
from bot.recommend.dislikes import disliked_by, note_dislike
from bot.service.dislikes import is_dislike, until_kind, until_pointed

NO, AGAIN = "not_for_me", "show_again"  # what the buttons say, in the entity `option`
_POINTED = frozenset({"last", "page", "only"})
_MOST_NAMED = 3
_STYLE = frozenset({"product_type", "place", "colour", "material", "pattern", "brand", "origin"})  # kinds of demands


def dislike_button(turn: Turn, product: Product) -> QuickReply:
    """A card's button: not this."""
    return button(turn, "Not for me", "set_style_preferences", product=product.ref, option=NO)


def reply_to_dislike(turn: Turn) -> Reply | None:
    """Keep a no to a product that was shown, or that it is taken back; None where the message says neither."""
    said = turn.entity("option")
    if said in (NO, AGAIN):
        product = product_or_none(turn, turn.entity("product"))
        return _keep(turn, product, is_taken_back=said == AGAIN) if product else None
    product = _find_disliked(turn) if is_dislike(turn.text) else None
    return _keep(turn, product, is_taken_back=False) if product else None


def name_disliked(turn: Turn) -> tuple[str, tuple[QuickReply, ...]]:
    """What is left out for the person, in words, and buttons that take it back; "" for nothing."""
    with turn.services.store.read() as connection:
        refs = disliked_by(connection, turn.conversation.customer_id)
    catalogue = catalogue_of(turn)
    products = [catalogue.products[row] for row in catalogue.rows(list(refs))]
    if not products:
        return "", ()
    names = ", ".join(product_name(turn, each) for each in products)
    return turn.say("I leave out: {products}.", products=names), tuple(
        _again_button(turn, each) for each in products[:_MOST_NAMED]
    )


def _keep(turn: Turn, product: Product, *, is_taken_back: bool) -> Reply:
    note_dislike(
        turn.services.store, turn.conversation.customer_id, product.ref, key=turn.key, now=turn.now,
        is_taken_back=is_taken_back,
    )
    name, more = product_name(turn, product), button(turn, "Suggest something", "recommend_products")
    if is_taken_back:
        return tell(turn, turn.say("All right, I may suggest {product} again.", product=name), buttons=(more,))
    text = turn.say("Noted: I will not suggest {product} to you again.", product=name)
    return tell(turn, text, buttons=(more, _again_button(turn, product)))


def _again_button(turn: Turn, product: Product) -> QuickReply:
    title = turn.say("Show again: {product}", product=product_name(turn, product))
    return QuickReply(title, dump_payload("set_style_preferences", product=product.ref, option=AGAIN))


def _find_disliked(turn: Turn) -> Product | None:
    """The one product that is meant: by its place in the list, its whole name, or a word that points at it.

    "I hate turtlenecks" means all of them, and "I don't like red, it does not suit me" a colour: matters of style.
    """
    meant = find_meant(turn)
    how, product = meant.reference.how, meant.product
    if product is None:
        return None
    is_named = any(name.lower() in turn.text.lower() for name in product.names.values())
    is_pointed = how in _POINTED and _is_pointing(turn) or _is_of_kind(turn, product)
    return product if how in ("ordinal", "button") or is_named or is_pointed else None


def _is_pointing(turn: Turn) -> bool:
    """Whether the no is said of "it", and nothing before that is a matter of style: "wool, I don't like it"."""
    if not (said := until_pointed(turn.text)):
        return False
    asked = turn.services.finder.read(said, language=turn.language, now=turn.now)
    return not asked.has_price and not any(each.kind in _STYLE for each in asked.demands)


def _is_of_kind(turn: Turn, product: Product) -> bool:
    """Whether the no is said of this one of its kind: "I don't like this dress"."""
    if not (said := until_kind(turn.text)):
        return False
    asked = turn.services.finder.read(said, language=turn.language, now=turn.now)
    return product.product_type in (*asked.of("product_type"), *asked.avoided("product_type"))
