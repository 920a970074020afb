"""Not this one: what somebody does not want to be shown again, by a card's button or in words; taken back at a tap."""

from actions.asking import button, tell
from actions.base import Reply, Turn
from actions.shelf import catalogue_of, find_meant, product_name, product_or_none
from bot.commerce.types import Product
from bot.contracts.messages import QuickReply, dump_payload
from bot.recommend.dislikes import disliked_by, note_dislike
from bot.service.dislikes import is_dislike, is_pointing

NO, AGAIN = "not_for_me", "show_again"  # what the buttons say, in the entity `option`
_POINTED = frozenset({"last", "page", "only"})
_MOST_NAMED = 3


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

    "I hate turtlenecks" means all of them, and is a matter of style.
    """
    meant = find_meant(turn)
    how, product = meant.reference.how, meant.product
    is_named = product is not None and any(name.lower() in turn.text.lower() for name in product.names.values())
    is_meant = how in ("ordinal", "button") or is_named or (how in _POINTED and is_pointing(turn.text))
    return product if is_meant else None
