"""The embedded shop's carriers, invented like the shop, and what they say of a parcel."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.commerce.types import Address, ShipmentState
from bot.texts.catalogue import translate


@dataclass(frozen=True)
class Carrier:
    """Who brings parcels; `tracking_url` takes the number."""

    code: str
    name: str
    tracking_url: str


CARRIERS = (
    Carrier("colibri", "Colibri Express", "https://suivi.colibri-express.example/{number}"),
    Carrier("hirondelle", "Hirondelle Relais", "https://hirondelle-relais.example/colis/{number}"),
    Carrier("boreal", "Boréal Logistique", "https://boreal-logistique.example/track?n={number}"),
)

# Pick-up points that every town has, invented as well.
_POINTS = (
    ("Librairie du Marché", "5 place du Marché", "lun.–sam. 9 h–19 h"),
    ("Fleuriste des Halles", "21 rue des Halles", "mar.–dim. 9 h–18 h"),
    ("Épicerie de la Gare", "2 avenue de la Gare", "tous les jours, 8 h–21 h"),
)


def points_near(address: Address) -> tuple[tuple[str, Address, str], ...]:
    """The pick-up points near an address: name, where it is, when it is open."""
    return tuple(
        (name, Address(line1=line1, city=address.city, postcode=address.postcode, country=address.country), opening)
        for name, line1, opening in _POINTS
    )


_SENTENCES: Mapping[ShipmentState, str] = {
    "label_created": "The parcel is being prepared in our warehouse.",
    "pre_transit": "The parcel is packed and waits for the carrier.",
    "in_transit": "The parcel is on its way.",
    "out_for_delivery": "The parcel is out for delivery today.",
    "attempted": "The carrier came by and found nobody.",
    "ready_for_pickup": "The parcel waits for you at the pick-up point.",
    "delivered": "The parcel was delivered.",
    "delayed": "The carrier is running late.",
    "exception": "The carrier reports a problem with the parcel.",
    "returned": "The parcel went back to the sender.",
    "cancelled": "The delivery was cancelled.",
    "unknown": "The carrier sent an update.",
}


def carrier_text(state: ShipmentState, locale: str) -> str:
    """What the carrier says of this state, in the customer's language."""
    return translate(locale[:2] or "fr", _SENTENCES[state])
