"""Stage A4: what somebody tells of themselves -> the account or order it names, and the proof that it is theirs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, ShopCustomer
from bot.contracts.messages import SenderId
from bot.errors import NotFound
from bot.profile.conversations import Conversation, verify_conversation
from bot.profile.state import ConversationState
from bot.service.answers import Answer, find_email, find_postcode, simplify

_LEAD_WORDS = frozenset(
    [
        "je",
        "suis",
        "m'appelle",
        "mon",
        "ma",
        "nom",
        "prenom",
        "est",
        "c'est",
        "moi",
        "et",
        "code",
        "postal",
        "e-mail",
        "email",
        "mail",
        "adresse",
        "my",
        "name",
        "is",
        "i",
        "am",
        "i'm",
        "it's",
        "its",
        "this",
        "here",
        "and",
        "zip",
        "postcode",
        "postal",
        "the",
        "hi",
        "hello",
        "bonjour",
        "first",
        "last",
        "in",
        "au",
        "a",
        "de",
        "la",
        "le",
        "sure",
        "yes",
        "oui",
    ]
)


_CAPITALS = re.compile(r"[A-ZÀ-Ý][\w'-]+(?: (?:(?:de|du|le|la|van|von|den|der|dos|da|el|al|bin) )*[A-ZÀ-Ý][\w'-]+)+")


@dataclass(frozen=True)
class Claim:
    """What the customer told so far. Nothing of it is believed yet."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    postcode: str = ""

    @property
    def names_somebody(self) -> bool:
        """Whether it is enough to look an account up."""
        return bool(self.email or (self.first_name and self.last_name and self.postcode))


def read_claim(answer: Answer, before: Mapping[str, str], *, takes_names: bool) -> Claim:
    """The claim so far with what this message adds to it."""
    email = find_email(answer.text) or find_email(answer.entity("email")) or before.get("email", "")
    if not takes_names:
        return Claim(email=email)
    postcode = find_postcode(answer.entity("postcode")) or find_postcode(answer.text) or before.get("postcode", "")
    first, last = read_name(answer.entity("person_name") or answer.text)
    if before.get("last_name") and not answer.entity("person_name") and not _CAPITALS.search(answer.text):
        first, last = "", ""  # "oops, 98148 I meant": the name stands
    return Claim(
        email=email,
        first_name=(first if last else "") or before.get("first_name", ""),
        last_name=last or before.get("last_name", ""),
        postcode=postcode,
    )


_INTRODUCED = re.compile(
    r"(?:my (?:full )?name(?: is|'s|:)?|i'?m|i am|this is|it'?s|name:?|je m'appelle|je suis|c'est|mon nom est|here is|call me)\s+"
    r"((?:[A-Za-zÀ-ÿ][\w'’-]+\s+){1,2}[A-Za-zÀ-ÿ][\w'’-]+)", re.IGNORECASE
)  # fmt: skip
_ZIP_NAMED = re.compile(r"\b(?:zip(?: ?code)?|post(?:al )?code|code postal|postcode|cp)\b\W*(?:is|est|:|of|number)?\W*([A-Z]{0,2}\d[\w-]{3,9})", re.IGNORECASE)
_BARE_CLAIM = re.compile(r"^\W*(?:hi|hello|hey|sure|yes|ok|bonjour)?\W*((?:[A-Za-zÀ-ÿ][\w'’-]+\s+){1,2}[A-Za-zÀ-ÿ][\w'’-]+)\W+(?:(?:in|at|from|zip|code|postcode)\W+)*(\d{4,5})(?:-\d{4})?\W*$", re.IGNORECASE)


def find_claim(text: str, *, takes_names: bool) -> Claim:
    """Who somebody says that they are in a message about anything: an e-mail address, or a name that is introduced."""
    email = find_email(text)
    if email or not takes_names:
        return Claim(email=email)
    bare = _BARE_CLAIM.match(text)
    if bare:
        first, last = read_name(bare.group(1))
        return Claim(first_name=first, last_name=last, postcode=bare.group(2))
    named, zipped = _INTRODUCED.search(text), _ZIP_NAMED.search(text)
    spoken = named.group(1).split() if named else []
    words = [word for word in spoken if word[:1].isupper() and simplify(word) not in _LEAD_WORDS]
    postcode = zipped.group(1) if zipped else ""
    if named and not postcode:
        near = re.match(r"\W{0,3}(?:(?:in|at|from|living in|zip)\W+)*(\d{5})\b", text[named.end(1) :])
        postcode = near.group(1) if near else ""
    first, last = (words[0], " ".join(words[1:3])) if len(words) > 1 else ("", "")
    return Claim(first_name=first, last_name=last, postcode=postcode)


_MOST_NAMES = 8
_POSTCODE = re.compile(r"(?<![#\w-])(\d{5})(?:-\d{4})?(?![\w-])")
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*")
_NO_NAMES = _LEAD_WORDS | frozenset(
    "hey there good morning evening afternoon day can could you your want would like need please pls plz order orders from with "
    "have has had are was were it that to of for on at by an me we us our so ok okay oh well thanks thank number code live living "
    "im i'd i've i'll cancel return exchange change track help zipcode near around bonsoir salut chez habite commande merci pour "
    "avec dans ici c'est voici".split()
)


def find_claims(text: str, *, takes_names: bool) -> list[Claim]:
    """Who a message about anything may say that it is from, the likeliest first: an e-mail address, or two or three
    words that stand side by side near a postcode. Nothing of it is believed: an account has to have that very name there.
    """
    if email := find_email(text):
        return [Claim(email=email)]
    claims: list[Claim] = []
    for found in _POSTCODE.finditer(text) if takes_names else ():
        before, after = text[: found.start()].split("\n")[-1], text[found.end() :]
        for words in (_WORD.findall(before)[-14:], _WORD.findall(after)[:4]):
            claims += [Claim(first_name=first, last_name=last, postcode=found[1]) for first, last in _pairs(words)]
    return sorted(claims, key=lambda each: not each.first_name[:1].isupper())[:_MOST_NAMES]  # stable


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """First and last names that stand side by side, the last named first; also last names of two words."""
    may = [simplify(word) not in _NO_NAMES and len(word) > 1 for word in words]
    pairs = [(words[at], words[at + 1]) for at in range(len(words) - 1) if may[at] and may[at + 1]]
    longer = [
        (words[at], f"{words[at + 1]} {words[at + 2]}") for at in range(len(words) - 2) if all(may[at : at + 3])
    ]
    return [*pairs[::-1], *longer[::-1]]


def read_name(text: str) -> tuple[str, str]:
    """First and last name in words such as `je m'appelle Anne Le Goff, 75011`; ("", "") when there are not two."""
    bare = re.sub(r"\S*@\S*|[#\w-]*\d[\w-]*", " ", text.replace("’", "'"))
    for run in _CAPITALS.findall(bare):
        names = [word for word in run.split() if simplify(word) not in _LEAD_WORDS]
        if len(names) > 1:
            return names[0], " ".join(names[1:3])
    words = [word for word in re.findall(r"[^\W\d_][\w'.-]*", bare) if simplify(word) not in _LEAD_WORDS]
    words = words[-2:] if len(words) > 3 else words  # "you can find me under james kim, 92199"
    return (words[0], " ".join(words[1:3])) if len(words) > 1 else ("", "")


def find_account(commerce: CommerceEngine, claim: Claim) -> ShopCustomer | None:
    """The one registered account the claim names; None for none, and for more than one: never picked silently."""
    if claim.email:
        found = commerce.find_customers(email=claim.email)
    else:
        found = commerce.find_customers(first_name=claim.first_name, last_name=claim.last_name, postcode=claim.postcode)
    return found[0] if len(found) == 1 else None


def owner_of(commerce: CommerceEngine, order: Order) -> ShopCustomer | None:
    """The account that a code to the order's e-mail opens: only one that has that very e-mail."""
    if not order.customer_ref:
        return None
    try:
        customer = commerce.get_customer(order.customer_ref)
    except NotFound:
        return None
    return customer if customer.email.lower() == order.email.lower() else None


def verify_as(
    connection: sa.Connection,
    conversation: Conversation,
    customer: ShopCustomer,
    *,
    by: str,
    minutes: int,
    now: datetime,
    salt: str,
) -> Conversation:
    """Note for some minutes that this conversation is the customer's. Writes."""
    return verify_conversation(
        connection,
        conversation.sender_id,
        customer_ref=customer.ref,
        by=by,
        until=now + timedelta(minutes=minutes),
        now=now,
        salt=salt,
        email=customer.email if by == "code" else "",
    )


def is_order_proved(state: ConversationState, order_ref: str, sender_id: SenderId, now: datetime) -> bool:
    """Whether a code opened this guest's order in this conversation, not too long ago."""
    proof = state.verified_orders.get(order_ref, {})
    return proof.get("sender_id") == sender_id and now < datetime.fromisoformat(proof["until"])


def may_see(order: Order, customer_ref: str | None, *, is_verified: bool) -> bool:
    """Whether the order is that of the customer this conversation was proved to be (promise 5)."""
    return bool(is_verified and customer_ref and order.customer_ref == CustomerRef(customer_ref))
