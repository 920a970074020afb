"""Stage A4: a product -> whether it can be tried on, the consent that comes first, and a link to where it is done.

The link holds what is tried on and nothing that tells who does it. One whose picture is made in the browser also holds,
encrypted, where the yes was said: another yes, to another way, is kept beside it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Literal

import sqlalchemy as sa

from bot.commerce.types import Product
from bot.contracts.messages import Language
from bot.errors import NotFound
from bot.profile.consent import CHANNELS, record_consent
from bot.profile.customers import is_kept
from bot.service.answers import simplify
from bot.service.links import language_of, seal, unseal, unveil, veil
from bot.settings import Settings
from bot.texts.catalogue import translate

PURPOSE = "try_on"
DECLARED: Mapping[str, frozenset[str]] = {PURPOSE: frozenset(CHANNELS)}
VERSION = "try-on-2"  # of both texts below; another one for every change of what they say
CONSENT_FOR_TOPS = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours: it is worked on in memory, on "
    "the shop's own server, and gone with the answer; nobody keeps it, and nothing is measured that would recognise "
    "you. What comes back is a simulation of colour and print, not of fit. The photo must be of yourself, and you "
    "must be 18 or older. Do you agree?"
)
CONSENT_FOR_LOOKS = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours: it is worked on in memory, on "
    "the shop's own server, and gone with the answer; nobody keeps it, and nothing is measured that would recognise "
    "you. What comes back is a simulation of the look, not of the size. The photo must be of yourself, and you must "
    "be 18 or older. Do you agree?"
)
VERSION_HERE = "try-on-here-1"
CONSENT_HERE = (
    "I can show {product} on a picture of you, from your camera or a photo. The picture stays on this device: your own "
    "browser does the work, nothing of it is sent to us or to anybody, and nothing is measured that would recognise "
    "you. What you see is a simulation of the look, not of the size. The picture must be of yourself, and you must be "
    "18 or older. Do you agree?"
)
VERSION_HERE_FOR_HATS = "try-on-here-hat-1"
CONSENT_HERE_FOR_HATS = (
    "I can show {product} on a photo of you. The photo stays on this device: your own browser does the work, nothing "
    "of it is sent to us or to anybody, and nothing is measured that would recognise you. What you see is a simulation "
    "of the look, not of the size. The photo must be of yourself, and you must be 18 or older. Do you agree?"
)
VERSION_ELSEWHERE = "try-on-elsewhere-1"
CONSENT_ELSEWHERE = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours; it then leaves the shop: {maker} "
    "makes the picture on its computers, by its own terms, and sends it back. Nothing of it is kept here. What comes "
    "back is made by an AI and shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. "
    "Do you agree?"
)
VERSION_OWN_SERVER = "try-on-own-server-1"
CONSENT_OWN_SERVER = (
    "I can show {product} on a photo of you. You choose the photo on a page of ours; it then goes on to another "
    "server, run by {maker}, which makes the picture and sends it back. Nothing of it is kept here. What comes back is "
    "made by an AI and shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. Do you "
    "agree?"
)
VERSION_CHANNEL = "try-on-channel-2"
CONSENT_CHANNEL_FOR_TOPS = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all "
    "that passes here. I work on it in memory, on the shop's own server, and delete it at once: nobody looks at it, "
    "and nothing is measured that would recognise you. Only if a person of our team has taken over is it theirs to "
    "see. In your own chat it stays until you delete it. Or choose it on a page of ours, which {channel} does not "
    "see. What comes back is a simulation of colour and print, not of fit. The photo must be of yourself, and you "
    "must be 18 or older. Do you agree?"
)
CONSENT_CHANNEL_FOR_LOOKS = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all "
    "that passes here. I work on it in memory, on the shop's own server, and delete it at once: nobody looks at it, "
    "and nothing is measured that would recognise you. Only if a person of our team has taken over is it theirs to "
    "see. In your own chat it stays until you delete it. Or choose it on a page of ours, which {channel} does not "
    "see. What comes back is a simulation of the look, not of the size. The photo must be of yourself, and you must "
    "be 18 or older. Do you agree?"
)
VERSION_CHANNEL_ELSEWHERE = "try-on-channel-elsewhere-1"
CONSENT_CHANNEL_ELSEWHERE = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all that "
    "passes here; or choose it on a page of ours, which {channel} does not see. From there it leaves the shop: {maker} "
    "makes the picture on its computers, by its own terms, and sends it back. Nothing of it is kept here, unless a "
    "person of our team has taken over; in your own chat it stays until you delete it. What comes back is made by an "
    "AI and shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. Do you agree?"
)
VERSION_CHANNEL_OWN_SERVER = "try-on-channel-own-server-1"
CONSENT_CHANNEL_OWN_SERVER = (
    "I can show {product} on a photo of you. Send it to me here within 15 minutes: {channel} sees it then, as all that "
    "passes here; or choose it on a page of ours, which {channel} does not see. From there it goes on to another "
    "server, run by {maker}, which makes the picture and sends it back. Nothing of it is kept here, unless a person of "
    "our team has taken over; in your own chat it stays until you delete it. What comes back is made by an AI and "
    "shows neither fit nor size. The photo must be of yourself, and you must be 18 or older. Do you agree?"
)
PHOTO_CHANNELS: Mapping[str, str] = {"whatsapp": "WhatsApp", "messenger": "Messenger"}  # that a photo can be sent on
SHORT_CHANNELS = frozenset({"sms"})  # whose messages hold neither the question whole nor the link
SHOWN: Mapping[str, str] = {  # said with a picture in the chat
    "top": "{product} on you: a simulation of colour and print, not of fit. Your photo is deleted here.",
    "glasses": "{product} on you: a simulation of the look, not of the size. Your photo is deleted here.",
    "hat": "{product} on you: a simulation of the look, not of the size. Your photo is deleted here.",
    "elsewhere": "{product} on you: made by an AI, it shows neither fit nor size. Your photo is deleted here.",
}
OWN_SERVER = "server"  # an engine's word, too
MAKERS: Mapping[str, str] = {  # of the engines elsewhere, as people know them
    "fashn": "FASHN AI", "vertex": "Google Cloud", OWN_SERVER: "the shop itself",
}
_BY_ITS_TERMS = "{maker}, by its own terms"  # of a server that somebody else runs for the shop
IN_BROWSER = "browser"  # stands for an engine: the shopper's own device makes the picture
Kind = Literal["top", "glasses", "hat"]
KINDS: Mapping[str, Kind] = {  # of the demo's types; another shop's records say of each product what it is
    "sunglasses": "glasses", "hat": "hat", "t-shirt": "top", "shirt": "top", "blouse": "top", "sweater": "top",
    "sweatshirt": "top",
}
# Words that leave no doubt, their hyphens read as spaces: a slip is also a dress, and the French for arms are bras.
_SWIMWEAR = (
    r"(?:bi|mono|tri|tan|bur|micro)kinis?|swim(?:ming)? ?(?:wear|suits?|shorts?|trunks|briefs|(?:t ?)?shirts?|tees?|"
    r"vests?|tops?|bottoms?|bras?|dress(?:es)?|costumes?)|bathing (?:suits?|costumes?|tops?|bottoms?|trunks)|"
    r"(?:one|two) pieces? (?:swim|bathing)|board ?shorts?|rash ?(?:guards?|vests?)|"
    r"(?:maillots?|shorts?|slips?|boxers?|calecons?|culottes?|(?:t|tee) ?shirts?|tops?|hauts?|bas|tenues?|robes?|"
    r"combinaisons?|vetements?) de bain|maillots? (?:une|deux|1|2) pieces?|(?:haut|bas) de maillot"
)
_LINGERIE = (
    r"lingerie|underwear|underpants|undergarments?|briefs|panties|knickers|thongs?|g ?strings?|jockstraps?|bra|"
    r"bralettes?|brassieres?|negligees?|boxer (?:shorts?|briefs?|trunks)|calecons?|tangas?|sous vetements?|"
    r"soutiens? gorges?|nuisettes?|guepieres?|porte jarretelles|jarretelles?|garter belts?|"
    r"intimates|intimate (?:apparel|wear)|"
    r"(?:lace|sheer|mesh) bod(?:y ?suits?|y|ies)|bod(?:ys?|ies) (?:en )?dentelle|"
    r"(?:lace|sheer|mesh|silk) tedd(?:y|ies)(?! (?:coats?|jackets?|fleece|bears?))|negliges? (?:en|de)|"
    r"(?<!robe )(?<!top )(?<!blouse )(?<!style )(?<!coupe )baby ?dolls?"
    r"(?! (?:dress(?:es)?|tops?|tees?|t ?shirts?|blouses?|tunics?|sleeves?|collars?|style|cut|fit))"
)
# Alone, or at the beginning: negligent, below and a piece in every other place.
_ALONE = r"^(?:neglige|one piece|two pieces?|(?:les |des )?dessous(?! (?:de|du|des)\b))(?:$| (?:en|de|femme|homme)\b)"
# These are a dress, a pair of trousers, a dog or a cord as well. Whoever names nothing else, counts one in French, or
# goes on as French labels do ("en dentelle", "femme") means what is worn below.
_BELOW = r"(?:strings?|slips?|boxers?|culottes?)"
_IN_FRENCH = (
    r"(?:en|de|pour|homme|femme|fille|garcon|taille|coton|dentelle|bresiliens?|bresiliennes?|menstruelles?|invisibles?|"
    r"sans couture)"
)
_SOMETHING_ELSE = r"(?! (?:on|dress|dogs?|skirt|pants|trousers|jeans|bags?|lights?|ties?|of|de sol|de bataille))"
_SWIMWEAR_OR_LINGERIE = re.compile(
    rf"\b(?:{_SWIMWEAR}|{_LINGERIE})\b|{_ALONE}|^(?:strings?|slips?|boxers?|culotte)$|"
    rf"(?<!jupe )(?<!jupes )(?<!pantalon )(?<!pantalons )\b{_BELOW} {_IN_FRENCH}\b|"
    rf"\b(?:un|une|mon|ma|mes|des|les|cette|vos|votre|petites?) {_BELOW}\b{_SOMETHING_ELSE}"
)
# In English alone; some shops keep a French name there, too.
_BRAS = re.compile(
    r"(?<!\ba )(?<!\baux )(?<!\bles )(?<!\bdes )(?<!\bde )(?<!\bsans )\bbras\b(?! (?:nus?|longs?|courts?|larges?)\b)"
)
_ONLY_AS_TYPE = re.compile(r"^(?:swim|maillots?)$|\bbeach ?wear\b")  # a maillot of a name may be a jersey
MOST_SIZE_CHARACTERS = 250  # of the size, in a link: `links.py` opens none that is very long
LINK_LIFE = timedelta(minutes=15)
PHOTOS_A_LINK = 8
_AUDIENCE = "prevenant-try-on"


@dataclass(frozen=True)
class Fitting:
    """What is tried on: the words that its cloth or its frame is made from, and what the basket knows it by."""

    slug: str
    product_type: str
    colour: str
    pattern: str
    material: str
    name: str
    engine: str = ""  # whose engine the consent names; "" ours, on the shop's server
    product_ref: str = ""
    recorded_as: Kind | Literal[""] = ""  # by its record; "" what is drawn, by its type

    @property
    def kind(self) -> Kind:
        """Which way it is tried on. KeyError for what has no record and a type that is none of `KINDS`."""
        return self.recorded_as or KINDS[self.product_type]


@dataclass(frozen=True)
class Asked:
    """Who was asked for consent, and where."""

    customer_id: str
    channel: str


@dataclass(frozen=True)
class Visit:
    """What a link opens."""

    fitting: Fitting
    language: Language
    link_id: str
    asked: Asked | None = None  # only where the browser makes the picture
    size: str = ""  # what was said of the size when it was asked for, in the visit's language


def find_fitting(
    settings: Settings, product: Product, colour: str, name: str, recorded_as: Kind | Literal[""]
) -> Fitting | None:
    """How the product is tried on: as its record says, in the demo without records by its type. None for what has no
    record that may be shown (""), or a type that cannot be. Swimwear and lingerie never are, whatever kind the shop
    files them under.
    """
    is_drawn = draws_fittings(settings) and product.product_type in KINDS
    if not (recorded_as or is_drawn) or is_never_shown(product):
        return None
    return describe_fitting(product, colour, name, recorded_as)


def is_never_shown(product: Product) -> bool:
    """Whether it is swimwear or lingerie by its type or one of its names."""
    kind, names = product.product_type, product.names
    is_by_type = _ONLY_AS_TYPE.search(_spaced(kind)) is not None
    return is_by_type or is_swimwear_or_lingerie(kind, *names.values(), english=(kind, names.get("en", "")))


def is_swimwear_or_lingerie(*words: str, english: Iterable[str] = ()) -> bool:
    """Whether one of these (a question, a type, a name) names what is shown on nobody's own photo; `english` are those
    whose language is known for it.
    """
    return any(_SWIMWEAR_OR_LINGERIE.search(_spaced(each)) for each in words) or any(
        _BRAS.search(_spaced(each)) for each in english
    )


def _spaced(words: str) -> str:
    """Without hyphens and underscores, which every shop sets otherwise."""
    return simplify(re.sub(r"[-_\u2010-\u2013]+", " ", words))


def describe_fitting(product: Product, colour: str, name: str, recorded_as: Kind | Literal[""] = "") -> Fitting:
    """What is tried on of a product in a colour, its kind being one that can be."""
    pattern, material = (str(product.attributes.get(each) or "") for each in ("pattern", "material"))
    return Fitting(
        product.slug, product.product_type, colour, pattern, material, name, product_ref=product.ref,
        recorded_as=recorded_as,
    )


def draws_fittings(settings: Settings) -> bool:
    """Whether cloth and frames are drawn from a product's words: the demo shop's alone, no real product looks so."""
    return is_demo_shop(settings) and not settings.try_on_records


def is_demo_shop(settings: Settings) -> bool:
    """Whether it is the demo with its own catalogue; another shop may run on the demo's engine."""
    return (settings.engine, settings.shop) == ("demo", "demo")


def make_link(
    settings: Settings, fitting: Fitting, language: str, link_id: str, now: datetime, asked: Asked | None = None,
    size: str = "",
) -> str:
    """Where it can be tried on for `LINK_LIFE`. What is known of the size is a customer's own: nobody reads it here."""
    # What is empty stays out: WhatsApp's buttons go with 1,024 characters, link and all.
    told = {name: value for name, value in asdict(fitting).items() if value}
    claims = {**told, "lang": language, "jti": link_id}
    if size:
        claims["size"] = veil(settings, _AUDIENCE, shorten(size, MOST_SIZE_CHARACTERS, placeholder="…"))
    if asked and fitting.engine == IN_BROWSER:
        claims["asked"] = veil(settings, _AUDIENCE, json.dumps(asdict(asked)))
    token = seal(settings, _AUDIENCE, claims, now + LINK_LIFE)
    return f"{settings.public_url.rstrip('/')}/try-on/{token}"


def read_link(settings: Settings, token: str, now: datetime) -> Visit:
    """What a link opens. NotAllowed("link_invalid") for a false or old one."""
    claims = unseal(settings, _AUDIENCE, token, ("jti", "slug"), now)
    fitting = Fitting(**{name: claims.get(name, "") for name in Fitting.__dataclass_fields__})
    asked = Asked(**json.loads(unveil(settings, _AUDIENCE, str(claims["asked"])))) if "asked" in claims else None
    size = unveil(settings, _AUDIENCE, str(claims["size"])) if "size" in claims else ""
    return Visit(fitting, language_of(claims), str(claims["jti"]), asked, size)


def choose_engine(settings: Settings, fitting: Fitting, channel: str) -> str:
    """Whose engine the photo is sent to; "" our server, `IN_BROWSER` nobody's: glasses and hats, where no chat takes
    photos.
    """
    if fitting.kind == "top":
        return settings.try_on_engine
    return "" if channel in PHOTO_CHANNELS else IN_BROWSER


def on_page(fitting: Fitting, channel: str) -> Fitting:
    """The same on a page of ours: there a browser puts glasses and hats on: less than what a chat asked for. Out of a
    chat that takes photos no page leads back into a basket.
    """
    page = fitting if fitting.kind == "top" else replace(fitting, engine=IN_BROWSER)
    return replace(page, product_ref="") if channel in PHOTO_CHANNELS else page


def has_mirror(fitting: Fitting) -> bool:
    """Whether its page shows it before the camera, too: a browser does so with glasses, not with hats."""
    return fitting.engine == IN_BROWSER and fitting.kind == "glasses"


def choose_consent(fitting: Fitting, channel: str) -> tuple[str, str]:
    """The question for consent on a channel, in whole sentences for the kind, and the version of its words."""
    if fitting.engine == IN_BROWSER:
        is_hat = fitting.kind == "hat"
        return (CONSENT_HERE_FOR_HATS, VERSION_HERE_FOR_HATS) if is_hat else (CONSENT_HERE, VERSION_HERE)
    is_top, is_on_channel = fitting.kind == "top", channel in PHOTO_CHANNELS
    if fitting.engine == OWN_SERVER:
        own = (CONSENT_OWN_SERVER, VERSION_OWN_SERVER), (CONSENT_CHANNEL_OWN_SERVER, VERSION_CHANNEL_OWN_SERVER)
        return own[is_on_channel]
    if fitting.engine:
        elsewhere = (CONSENT_ELSEWHERE, VERSION_ELSEWHERE), (CONSENT_CHANNEL_ELSEWHERE, VERSION_CHANNEL_ELSEWHERE)
        return elsewhere[is_on_channel]
    if is_on_channel:
        return CONSENT_CHANNEL_FOR_TOPS if is_top else CONSENT_CHANNEL_FOR_LOOKS, VERSION_CHANNEL
    return CONSENT_FOR_TOPS if is_top else CONSENT_FOR_LOOKS, VERSION


def name_maker(settings: Settings, fitting: Fitting, language: str) -> str:
    """Whose engine elsewhere makes the picture, as sentences name it; "" where it is made here."""
    if fitting.engine not in MAKERS:
        return ""
    if fitting.engine == OWN_SERVER and settings.try_on_engine_maker:
        return translate(language, _BY_ITS_TERMS, maker=settings.try_on_engine_maker)
    return translate(language, MAKERS[fitting.engine])


def words_with(fitting: Fitting) -> str:
    """What is said with a picture in the chat."""
    return SHOWN["elsewhere" if fitting.engine else fitting.kind]


def keep_answer(
    connection: sa.Connection, asked: Asked, *, version: str, wording: str, is_yes: bool, place: str, now: datetime
) -> None:
    """Keep what was answered to which words, their version, where and when; `place` is chat or page. Writes.

    NotFound where who was asked was erased since.
    """
    if not is_kept(connection, asked.customer_id):
        raise NotFound("nobody of that number")
    record_consent(
        connection, asked.customer_id, purpose=PURPOSE, channel=asked.channel,
        state="granted" if is_yes else "withdrawn", source=f"{place}:{version}", wording=wording, now=now,
        declared=DECLARED,
    )


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
    "no_top": (
        "I see no top on this photo, or one in the colour of your skin. A top is shown on what you wear: in a T-shirt "
        "of another colour it will do."
    ),
    "top_too_large": (
        "What you wear reaches further than this does, so I cannot show it honestly. In something closer, with sleeves "
        "of about this length, it will do."
    ),
    "top_not_fitting": "I cannot lay this over the way you stand. From the front, with your arms down, it will do.",
    "not_a_photo": "This file is no photo that I can read. JPEG, PNG, WebP and HEIC will do.",
    "too_large": "This file is too large: at most 16 MB and 50 megapixels.",
    "too_slow": "The photo took too long to arrive. Please try again, or choose a smaller one.",
    "took_too_long": "This photo took too long to work on, and I stopped. Please try another one, or a smaller one.",
    "busy": "Many people are trying things on right now. Please try again in a moment.",
    "unavailable": "The picture cannot be made right now. That is our side, not your photo. Please try again later.",
    "rate_limited": "That was many photos for one link. Ask me in the chat for another one.",
    "link_invalid": "This link has run out. Ask me in the chat for another one.",
}
