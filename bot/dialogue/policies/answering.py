"""Stage A3: what we asked for and what was said -> whether it answers. Pure.

A wish said clearly is a digression, whatever we asked; what has the form of the thing asked for is an answer.
"""

import re
from typing import Any, Iterable, Mapping

from bot.dialogue.nlu.text import fold

CLEAR = 0.55  # from here a wish is clear enough to leave the question for
SMALL_TALK = frozenset("affirm deny".split())
NEVER_ANSWERS = frozenset(
    "contact_human_agent stop_messages change_language bot_challenge help greet goodbye complaint why_this_message".split()
)
NEVER_ORDERS = frozenset("contact_human_agent change_language bot_challenge why_this_message stop_messages".split())
_MESSAGES = re.compile(r"\b(?:messages?|mails?|e-?mails?|texts?|writing|contact(?:ing)?|notif\w*|unsubscribe|ecri\w*|pub|promos?|sms)\b")
_YES = re.compile(
    r"^(?:oui|ouais|ouai|yes|yep|yeah|yup|ok|okay|d'?\s?accord|dac|sure|volontiers|absolument|absolutely|bien sur|of course"
    r"|vas[- ]y|allez[- ]y|go ahead|do it|please do|parfait|exactement|correct|tout a fait|je confirme|i confirm|avec plaisir"
    r"|pourquoi pas|why not|ca marche|c'est (?:bon|ca)|je veux bien|ajoute[sz]?[- ](?:la|le|les)|add (?:it|them)|no problem"
    r"|sounds good|pas de (?:probleme|souci))(?!\w)"
)
_NO = re.compile(
    r"^(?:non|nan|no|nope|nah|pas (?:maintenant|la peine|besoin|pour)|not (?:now|today|really)|sans facon|never ?mind|laisse[z]? tomber"
    r"|annule[z]? tout|forget it|surtout pas|plus tard|later|maybe later|jamais|rather not|don'?t|oubliez?|stop)(?!\w)"
)
_DROP = re.compile(
    r"\b(?:laisse[zr]?[- ]tomber|never ?mind|forget (?:it|about it)|annule[z]? tout|oublie[z]? (?:ca|tout)|on arrete|drop it|changed my mind"
    r"|change d'avis)\b|^(?:cancel|annule[rz]?)[ .!]*$"
)
_ORDINAL = re.compile(
    r"\b(?:premier|premiere|1ere?|1er|1re|first|1st|deuxieme|seconde?|second|2nde?|2e(?:me)?|2nd|troisieme|third|3e(?:me)?|3rd|quatrieme"
    r"|fourth|4e(?:me)?|4th|dernier|derniere|last|celui|celle|l'autre|that one|this one|the other|option \d|number \d|numero \d|les deux|both)\b"
)
_QUESTION = re.compile(
    r"\?\s*$|^(?:ou|quand|comment|combien|pourquoi|est[- ]ce|qu'est|quel|quelle|quels|quelles|where|when|how|why|what|which|who|can|could"
    r"|do you|is there|are there|avez|puis-je|pouvez)\b"
)
_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"(?<!\d)\d{3}[ .-]?\d{3}(?!\d)")
_PHONE = re.compile(r"(?:\+|\b0|\b\(?\d)[\d ().-]{7,}\d")
_ORDER = re.compile(r"#?\b[a-z]{0,4}-?\d[\da-z-]{3,}\b")
_POSTCODE = re.compile(r"\b(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]{1,2}-?\d{4,5}|\d{4,6}(?:-\d{4})?)\b")
_NUMBER_OF_PLACE = re.compile(r"[^\W\d_]{2}.*(?<![#\w-])\d{5}(?![\w-])", re.DOTALL)
_SIZE = re.compile(
    r"\b(?:xxs|xs|s|m|l|xl|xxl|[2-5]xl|small|medium|large|petit|moyen|grand|(?:extra )?large|taille unique|one size|[2-6]\d(?:[.,/-]\d{1,2})?)\b"
)
_ADDRESS = re.compile(r"\d.*[a-z]{3}|[a-z]{3}.*\d")
_BARE = re.compile(r"^(?:le|la|les|l'|the|en|in|du|un|une|taille|size|pointure)?\s*[\w'#-]+(?:\s[\w'#-]+)?$")
_CHANGES_BASKET = re.compile(
    r"^(?:oui|yes|ok|mais|but|et|and)?[ ,]*(?:sans|without|sauf|except|pas (?:de|le|la|les|du|des)|no|not the|leave|take|drop|remove|skip"
    r"|enleve|retire|supprime|ajoute|rajoute|add|mets|mettez|plutot|instead|only|just|seulement|juste|plus de|with|avec)\b"
    r"|\b(?:the same|le meme|la meme|les memes|pareil|instead|plutot|a la place|of each|de chaque|a mettre en plus|as well)\b"
    r"|^(?:\d{1,2}|une?|one|deux|two|trois|three|quatre|four|cinq|five|six|dix|ten)\b"
)
BASKET_WISHES = frozenset("add_to_cart remove_from_cart".split())
FORMS: Mapping[str, "re.Pattern[str]"] = {
    "email": _EMAIL,
    "code": _CODE,
    "phone": _PHONE,
    "order_number": _ORDER,
    "postcode": _POSTCODE,
}
CHOICE_ENTITIES = frozenset("ordinal option order_number size colour city product variant".split())
SHORT_WORDS = 4
NAME_WORDS = 5


def answers(expects: str, intent: str, confidence: float, entities: Iterable[Mapping[str, Any]], text: str) -> bool:
    """Whether the message answers a question that expects that; a digression does not."""
    if not expects or not text.strip():
        return False
    if text.startswith("/"):
        return _answers_by_button(expects, intent, entities)
    said = fold(text).strip()
    if expects in ("detail", "agreement", "order"):
        return is_for_desk(intent, confidence, text)
    if _DROP.search(said):
        return True
    if intent in NEVER_ANSWERS and confidence >= CLEAR:
        return False
    return _has_form(expects, said, intent, confidence, {each.get("entity", "") for each in entities})


def is_for_desk(intent: str, confidence: float, text: str) -> bool:
    """Whether the service desk hears a typed message first: all but what is never about an order. It lets go the rest."""
    if not text.strip() or text.startswith("/"):
        return False
    if intent == "stop_messages" and not _MESSAGES.search(fold(text)):
        return True
    return not (intent in NEVER_ORDERS and confidence >= CLEAR)


def may_say_who(text: str) -> bool:
    """Whether a typed message holds what somebody may be known by: an e-mail address, or a postcode among words."""
    return not text.startswith("/") and bool(_EMAIL.search(text) or _NUMBER_OF_PLACE.search(text))


def _answers_by_button(expects: str, intent: str, entities: Iterable[Mapping[str, Any]]) -> bool:
    """A tapped button says what it is for: only yes, no and options are answers."""
    return intent in SMALL_TALK


def _has_form(expects: str, said: str, intent: str, confidence: float, names: "set[str]") -> bool:
    is_wish = intent not in SMALL_TALK | {"", "nlu_fallback", "out_of_scope", "thank"} and confidence >= CLEAR
    asks = bool(_QUESTION.search(said))
    if expects == "yes_no":
        return _says_yes_or_no(said, intent, confidence, is_wish)
    if expects == "basket":
        return _speaks_of_basket(said, intent, confidence, is_wish, asks)
    if _NO.match(said) and not is_wish:
        return True
    if expects == "choice":
        return _chooses(said, intent, names, is_wish, asks)
    if expects == "size":
        return bool(_SIZE.search(said)) and not asks or (not is_wish and not asks and _is_short(said))
    if expects == "email_or_postcode":
        return bool(_EMAIL.search(said) or _POSTCODE.search(said)) or _is_lame_try(said, is_wish, asks)
    if expects == "identity":  # an e-mail, or name and postcode, in one message or in several
        if _EMAIL.search(said):
            return True
        has_form = bool(_POSTCODE.search(said)) or "person_name" in names
        return has_form and not asks or not (is_wish or asks)
    if expects in FORMS:
        return bool(FORMS[expects].search(said)) and not (asks and is_wish) or _is_lame_try(said, is_wish, asks)
    if expects == "address":
        return bool(_ADDRESS.search(said)) and not asks or (not is_wish and not asks)
    if expects == "name":
        return (
            not asks
            and not any(sign.isdigit() for sign in said)
            and len(said.split()) <= NAME_WORDS + 3
            and not (is_wish and confidence > 0.8 and len(said.split()) > 2)
        )
    return not (is_wish and (asks or confidence > 0.8))


def _says_yes_or_no(said: str, intent: str, confidence: float, is_wish: bool) -> bool:
    if intent in SMALL_TALK and confidence >= 0.4:
        return True
    if not (_YES.match(said) or _NO.match(said)):
        return False
    rest = re.sub(_NO, "", re.sub(_YES, "", said)).strip(" ,.!;:-")
    return not is_wish or len(rest.split()) <= SHORT_WORDS + 1 and not _QUESTION.search(rest)


def _speaks_of_basket(said: str, intent: str, confidence: float, is_wish: bool, asks: bool) -> bool:
    """A yes, a no or a change of what is proposed: "sans le savon", "two of the first", "the same in blue"."""
    if intent in BASKET_WISHES or _says_yes_or_no(said, intent, confidence, is_wish):
        return True
    return not asks and (bool(_CHANGES_BASKET.search(said) or _YES.match(said) or _ORDINAL.search(said)) or not is_wish)


def _chooses(said: str, intent: str, names: "set[str]", is_wish: bool, asks: bool) -> bool:
    if intent in SMALL_TALK:
        return True
    if _ORDINAL.search(said) and not asks:
        return True
    if re.fullmatch(r"#?\d{1,2}", said):
        return True
    if names & CHOICE_ENTITIES and not asks:
        return not is_wish or _is_short(said)
    return not is_wish and not asks and _is_short(said) and bool(_BARE.match(said))


def _is_short(said: str) -> bool:
    return len(said.split()) <= SHORT_WORDS


def _is_lame_try(said: str, is_wish: bool, asks: bool) -> bool:
    """Something short that is no wish: a mistyped answer, which the topic asks for again."""
    return not is_wish and not asks and _is_short(said) and any(sign.isdigit() or sign == "@" for sign in said)
