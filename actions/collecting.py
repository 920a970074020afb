"""The store that somebody collects from: chosen at a tap or named for once, and suggestions are what it has."""

from dataclasses import replace

from actions.asking import button, tell
from actions.base import Reply, Turn
from bot.commerce.types import Location
from bot.contracts.messages import QuickReply, dump_payload
from bot.profile.traits import set_trait
from bot.service.answers import simplify

HOME = "home"  # what the button says that ends collecting, in the entity `option`
_SUGGEST = ("Suggest something", "recommend_products")


def tells_stores(turn: Turn) -> bool:
    """Whether this shop says how much of a thing each store has: without, nothing can be promised of one."""
    return "per_location_stock" in turn.services.commerce.capabilities()


def find_store(turn: Turn, ref: str) -> Location | None:
    """A store to collect from, by its reference; None where there is none, or this shop does not tell what it has."""
    if not ref or not tells_stores(turn):
        return None
    return next((each for each in turn.services.commerce.list_pickup_locations() if each.ref == ref), None)


def store_named(turn: Turn) -> Location | None:
    """The one store in the town that a message names."""
    city = simplify(turn.entity("city"))
    if not city or not tells_stores(turn):
        return None
    stores = turn.services.commerce.list_pickup_locations()
    found = [each for each in stores if city in simplify(f"{each.name} {each.address.city}")]
    return found[0] if len(found) == 1 else None


def collect_button(turn: Turn, store: Location) -> QuickReply:
    """A card's button: this is the store I collect from."""
    return QuickReply(turn.say("Collect here"), dump_payload("store_pickup", option=store.ref))


def home_button(turn: Turn) -> QuickReply:
    """The way back: no store any more."""
    return button(turn, "Send it to me instead", "store_pickup", option=HOME)


def reply_to_choice(turn: Turn) -> Reply | None:
    """Keep the store that was tapped, or none any more; None where nothing was."""
    said = turn.entity("option")
    if said == HOME:
        text = turn.say("All right: suggestions are what can be sent to you.")
        return _keep(turn, "", text, (button(turn, *_SUGGEST),))
    store = find_store(turn, said)
    if store is None:
        return None
    text = turn.say("Noted: suggestions are what {store} has for you to collect.", store=store.name)
    return _keep(turn, store.ref, text, (button(turn, *_SUGGEST), home_button(turn)))


def _keep(turn: Turn, ref: str, text: str, buttons: tuple[QuickReply, ...]) -> Reply:
    style = {key: value for key, value in {**turn.state.style, "store": ref}.items() if value}
    with turn.services.store.write() as connection:
        set_trait(connection, turn.conversation.customer_id, "style", style, silo="chat", now=turn.now)
    return tell(turn, text, buttons=buttons, state=replace(turn.state, style=style))
