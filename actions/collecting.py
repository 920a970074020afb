"""The store that somebody collects from: chosen at a tap or named for once; what is shown is what it has."""

from dataclasses import replace

from actions.asking import button, tell
from actions.base import Reply, Turn
from actions.shelf import style_of
from actions.store_place import say_missing_store, tells_stores
from bot.commerce.types import Location
from bot.contracts.messages import QuickReply, dump_payload
from bot.profile.traits import set_trait
from bot.recommend.style import Style
from bot.service.store_asked import StoreAsked, says_anywhere

EVERYWHERE = "everywhere"  # what the button says that repeats a search for whatever can be sent home
HOME = "home"  # what the button says that ends collecting, in the entity `option`
_SUGGEST = ("Suggest something", "recommend_products")


def find_store(turn: Turn, ref: str) -> Location | None:
    """A store to collect from, by its reference; None where there is none, or this shop does not tell what it has."""
    if not ref or not tells_stores(turn):
        return None
    return next((each for each in turn.services.commerce.list_pickup_locations() if each.ref == ref), None)


def collected_at(turn: Turn, style: Style) -> tuple[Style, Location | None]:
    """A style and its store; without one where the shop has that store no more: nothing is kept back for it."""
    store = find_store(turn, style.store)
    return replace(style, store=store.ref if store else ""), store


def with_place(turn: Turn, style: Style, place: StoreAsked) -> Style:
    """A style with the store that a message names, where it names one alone."""
    return replace(style, store=place.stores[0].ref) if len(place.stores) == 1 else style


def or_chosen(turn: Turn, place: StoreAsked) -> StoreAsked:
    """With the store that the customer collects from, where a message names none and does not want it from anywhere."""
    if place.stores or place.unknown or says_anywhere(place.rest):
        return place
    store = find_store(turn, style_of(turn).store)
    return replace(place, stores=(store,)) if store else place


def tell_everywhere(turn: Turn, reply: Reply, place: StoreAsked) -> Reply:
    """The answer to a search, which offers to look everywhere where it looked in the store that is collected from."""
    if [each.ref for each in place.stores] != [style_of(turn).store]:
        return reply
    *others, last = reply.messages
    look = button(turn, "Look everywhere", "search_products", option=EVERYWHERE)
    return replace(reply, messages=(*others, replace(last, quick_replies=(*last.quick_replies, look))))


def tell_place(turn: Turn, reply: Reply, place: StoreAsked, style: Style) -> Reply:
    """The reply, which says first what cannot be told of the place asked for, and offers the stores to choose from."""
    is_open = len(place.stores) > 1 and style.store not in {each.ref for each in place.stores}
    if is_open and tells_stores(turn):
        said, buttons = turn.say("Choose a store, and I keep to what it has."), [
            QuickReply(each.name, dump_payload("store_pickup", option=each.ref)) for each in place.stores]
    elif place.unknown or (place.stores and not tells_stores(turn)):
        said, buttons = say_missing_store(turn, place), []
    else:
        return reply
    first, *others = reply.messages
    told = replace(first, text=f"{said} {first.text}", quick_replies=(*first.quick_replies, *buttons))
    return replace(reply, messages=(told, *others))


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
    search = {key: value for key, value in turn.state.search.items() if key != "stores"}  # it was for the one before
    return tell(turn, text, buttons=buttons, state=replace(turn.state, style=style, search=search))
