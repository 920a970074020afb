"""Stage A4: a product -> whether it can be tried on, the consent that comes first, and a link to where it is done.

The link holds what is tried on and nothing about who does it: the page that it opens knows no customer.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.commerce.types import Product
from bot.contracts.messages import Language
from bot.profile.consent import CHANNELS
from bot.service.links import language_of, seal, unseal
from bot.settings import Settings

PURPOSE = "try_on"
DECLARED: Mapping[str, frozenset[str]] = {PURPOSE: frozenset(CHANNELS)}
VERSION = "try-on-1"  # of the words below; another one for every change of what they say
CONSENT = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours: it is worked on in memory, on the "
    "shop's own server, and gone with the answer; nobody keeps it, and nothing is measured that would recognise you. "
    "What comes back is a simulation of colour and print, not of fit. The photo must be of yourself, and you must be "
    "18 or older. Do you agree?"
)
VERSION_ELSEWHERE = "try-on-elsewhere-1"
CONSENT_ELSEWHERE = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours; it then leaves the shop: {maker} "
    "makes the picture on its computers, by its own terms, and sends it back. Nothing of it is kept here. What comes "
    "back is made by an AI and shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. "
    "Do you agree?"
)
VERSION_CHANNEL = "try-on-channel-1"
CONSENT_CHANNEL = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all that "
    "passes here. I work on it in memory, on the shop's own server, and delete it at once: nobody looks at it, and "
    "nothing is measured that would recognise you. Only if a person of our team has taken over is it theirs to see. In "
    "your own chat it stays until you delete it. Or choose it on a page of ours, which {channel} does not see. What "
    "comes back is a simulation of colour and print, not of fit. The photo must be of yourself, and you must be 18 or "
    "older. Do you agree?"
)
VERSION_CHANNEL_ELSEWHERE = "try-on-channel-elsewhere-1"
CONSENT_CHANNEL_ELSEWHERE = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all that "
    "passes here; or choose it on a page of ours, which {channel} does not see. From there it leaves the shop: {maker} "
    "makes the picture on its computers, by its own terms, and sends it back. Nothing of it is kept here, unless a "
    "person of our team has taken over; in your own chat it stays until you delete it. What comes back is made by an "
    "AI and shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. Do you agree?"
)
PHOTO_CHANNELS: Mapping[str, str] = {"whatsapp": "WhatsApp", "messenger": "Messenger"}  # that a photo can be sent on
SHOWN: Mapping[str, str] = {  # said with a picture in the chat
    "top": "{product} on you: a simulation of colour and print, not of fit. Your photo is deleted here.",
    "glasses": "{product} on you: a simulation of the look, not of the size. Your photo is deleted here.",
    "hat": "{product} on you: a simulation of the look, not of the size. Your photo is deleted here.",
    "elsewhere": "{product} on you: made by an AI, it shows neither fit nor size. Your photo is deleted here.",
}
MAKERS: Mapping[str, str] = {  # of the engines elsewhere, as people know them
    "fashn": "FASHN AI", "vertex": "Google Cloud", "server": "another server of the shop",
}
KINDS: Mapping[str, Literal["top", "glasses", "hat"]] = {
    "sunglasses": "glasses", "hat": "hat", "t-shirt": "top", "shirt": "top", "blouse": "top", "sweater": "top",
    "sweatshirt": "top",
}
LINK_LIFE = timedelta(minutes=15)
PHOTOS_A_LINK = 8
_AUDIENCE = "prevenant-try-on"


@dataclass(frozen=True)
class Fitting:
    """What is tried on: the words that its cloth or its frame is made from."""

    slug: str
    product_type: str
    colour: str
    pattern: str
    material: str
    name: str
    engine: str = ""  # whose engine the consent names; "" ours, here


@dataclass(frozen=True)
class Visit:
    """What a link opens."""

    fitting: Fitting
    language: Language
    link_id: str


def find_fitting(product: Product, colour: str, name: str) -> Fitting | None:
    """How the product is tried on; None for a kind that cannot be. Swimwear and lingerie never are."""
    return describe_fitting(product, colour, name) if product.product_type in KINDS else None


def describe_fitting(product: Product, colour: str, name: str) -> Fitting:
    """What is tried on of a product in a colour, its kind being one that can be."""
    pattern, material = (str(product.attributes.get(each) or "") for each in ("pattern", "material"))
    return Fitting(product.slug, product.product_type, colour, pattern, material, name)


def make_link(settings: Settings, fitting: Fitting, language: str, link_id: str, now: datetime) -> str:
    """Where it can be tried on for `LINK_LIFE`."""
    claims = {**asdict(fitting), "lang": language, "jti": link_id}
    token = seal(settings, _AUDIENCE, claims, now + LINK_LIFE)
    return f"{settings.public_url.rstrip('/')}/try-on/{token}"


def read_link(settings: Settings, token: str, now: datetime) -> Visit:
    """What a link opens. NotAllowed("link_invalid") for a false or old one."""
    claims = unseal(settings, _AUDIENCE, token, ("jti", *Fitting.__dataclass_fields__), now)
    fitting = Fitting(**{name: str(claims[name]) for name in Fitting.__dataclass_fields__})
    return Visit(fitting, language_of(claims), str(claims["jti"]))


def leaves_for(settings: Settings, fitting: Fitting) -> str:
    """The engine that the photo would be sent to; "" where it stays here. Glasses and hats are always put on here."""
    return settings.try_on_engine if KINDS[fitting.product_type] == "top" else ""


def choose_consent(fitting: Fitting, channel: str) -> tuple[str, str]:
    """The question for consent as it is put on a channel, and the version of its words."""
    if channel in PHOTO_CHANNELS:
        here, elsewhere = (CONSENT_CHANNEL, VERSION_CHANNEL), (CONSENT_CHANNEL_ELSEWHERE, VERSION_CHANNEL_ELSEWHERE)
    else:
        here, elsewhere = (CONSENT, VERSION), (CONSENT_ELSEWHERE, VERSION_ELSEWHERE)
    return elsewhere if fitting.engine else here


def words_with(fitting: Fitting) -> str:
    """What is said with a picture in the chat."""
    return SHOWN["elsewhere" if fitting.engine else KINDS[fitting.product_type]]


REASONS: Mapping[str, str] = {
    "engine_refused": (
        "The picture could not be made from this photo. One of you alone, from the front, in everyday clothes, "
        "works best."
    ),
    "no_person": "I see nobody on this photo. One of you from the front, in good light, works best.",
    "several_people": "There are several people on this photo. Please take one of you alone.",
    "head_only": (
        "Only your head is on this photo. For a top I need you from the hips up; sunglasses and hats can be tried on "
        "with this one."
    ),
    "back_view": "You are seen from behind. Please take a photo from the front.",
    "sideways": "You are seen from the side. Please face the camera.",
    "too_dark": "The photo is too dark. By a window, or with a lamp before you, it will do.",
    "blurred": "The photo is blurred. Hold the phone still for a moment, or lean it against something.",
    "too_small": "You are too small on this photo. Please come nearer, or send a larger file.",
    "no_face": "I do not find your face on this photo. Please face the camera, with nothing before your face.",
    "head_cut": "The top of your head is not on this photo. With some room above it, it will do.",
    "hat_too_small": (
        "Your hair, or what you wear on your head, reaches further than this hat, so I cannot show it honestly. With "
        "your hair down or tied, and nothing on your head, it will do."
    ),
    "top_not_seen": (
        "I do not see enough of the top you wear. Without a scarf or a bag, and with your arms down, it will do."
    ),
    "top_too_large": (
        "What you wear reaches further than this does, so I cannot show it honestly. In something closer, with sleeves "
        "of about this length, it will do."
    ),
    "top_not_fitting": "I cannot lay this over the way you stand. From the front, with your arms down, it will do.",
    "not_a_photo": "This file is no photo that I can read. JPEG, PNG, WebP and HEIC will do.",
    "too_large": "This file is too large: at most 16 MB and 50 megapixels.",
    "busy": "Many people are trying things on right now. Please try again in a moment.",
    "rate_limited": "That was many photos for one link. Ask me in the chat for another one.",
    "link_invalid": "This link has run out. Ask me in the chat for another one.",
}
