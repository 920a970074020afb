"""A yes, and where the person's country asks for it, the letter that confirms it: until then it counts as no."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
import sqlalchemy as sa

from bot.commerce.types import CustomerRef
from bot.errors import NotFound, RetryLater
from bot.privacy.links import Letter, Link, send_link
from bot.privacy.services import PrivacyServices
from bot.profile.consent import EVERY_CHANNEL, Recorded, consent_state, record_consent
from bot.profile.identities import identities_of, members_of
from bot.profile.store.tables import traits
from bot.texts.catalogue import translate

CONFIRMED = "double_opt_in"  # the source of a grant that a letter confirmed


@dataclass(frozen=True)
class Yes:
    """What somebody agreed to, where and in which words. `customer_ref` is the shop's, of somebody verified."""

    customer_id: str
    purpose: str
    channel: str
    source: str
    wording: str
    key: str  # of the message that said it
    language: str
    sender_id: str = ""
    customer_ref: str = ""


def grant(services: PrivacyServices, yes: Yes) -> Recorded:
    """Keep a yes: granted, or pending with a letter on its way. Writes. FixInput for what is not declared."""
    home = find_country(services, yes.customer_id, yes.customer_ref)
    with services.store.write() as connection:
        return keep_yes(connection, services, yes, home)


def keep_yes(connection: sa.Connection, services: PrivacyServices, yes: Yes, home: tuple[str, str]) -> Recorded:
    """`grant` in somebody's transaction; `home` is what `find_country` found, which asks the shop. Writes."""
    now, (country, email) = services.clock(), home
    state = _choose_state(connection, services, yes, country)
    record_consent(
        connection, yes.customer_id, purpose=yes.purpose, channel=yes.channel, state=state, source=yes.source,
        wording=yes.wording, now=now, declared=services.privacy.declared,
    )
    if state == "pending" and email:
        _send_letter(connection, services, yes, email, now)
    return state


def confirm(connection: sa.Connection, services: PrivacyServices, link: Link, now: datetime) -> bool:
    """The letter's link was followed: the yes counts. False when it was taken back meanwhile. Writes."""
    if consent_state(connection, link.customer_id, link.purpose, link.channel) != "pending":
        return False
    record_consent(
        connection, link.customer_id, purpose=link.purpose, channel=link.channel, state="granted", source=CONFIRMED,
        wording=link.wording, now=now, declared=services.privacy.declared,
    )
    return True


def find_country(services: PrivacyServices, customer_id: str, customer_ref: str) -> tuple[str, str]:
    """The person's country ("" unknown) and proven address, from the shop's account, else from what is known.

    A shop that does not answer leaves the country unknown: then what the shop decided for that holds.
    """
    if customer_ref:
        try:
            account = services.commerce.get_customer(CustomerRef(customer_ref))
        except (NotFound, RetryLater):
            return "", ""
        home = account.addresses[0].country if account.addresses else ""
        return (home or _country_of_locale(account.locale)).upper(), account.email
    with services.store.read() as connection:
        known = identities_of(connection, customer_id)
        said = _read_traits(connection, customer_id)
    email = next((each.value for each in known if each.kind == "email" and each.is_verified), "")
    phones = [_country_of_phone(each.value) for each in known if each.kind == "phone"]
    guesses = (said.get("country", ""), *phones, _country_of_locale(said.get("locale", "")))
    return next((each.upper() for each in guesses if len(each) == 2), ""), email


def _choose_state(connection: sa.Connection, services: PrivacyServices, yes: Yes, country: str) -> Recorded:
    if consent_state(connection, yes.customer_id, yes.purpose, yes.channel) == "granted":
        return "granted"  # confirmed before, or asked where no letter is wanted
    channels = services.privacy.declared.get(yes.purpose, frozenset())
    meant = channels if yes.channel == EVERY_CHANNEL else (yes.channel,)
    wants = any(services.privacy.wants_letter(yes.purpose, each, country) for each in meant)
    return "pending" if wants else "granted"


def _send_letter(connection: sa.Connection, services: PrivacyServices, yes: Yes, email: str, now: datetime) -> None:
    shop = services.policy.shop.name
    text = translate(
        yes.language,
        "You said yes to this at {shop}: “{wording}” Please confirm it with this link, within {hours} hours. "
        "If that was not you, do nothing: then it counts as a no.",
        shop=shop, wording=yes.wording, hours=services.privacy.double_opt_in.confirm_hours,
    )
    link = Link("consent", members_of(connection, yes.customer_id)[0], yes.language, yes.purpose, yes.channel,
                yes.wording, uses_left=1)
    letter = Letter(
        key=yes.key, sender_id="", address=email, text=text, button=translate(yes.language, "Confirm"),
        public_url=services.settings.public_url,
    )
    life = timedelta(hours=services.privacy.double_opt_in.confirm_hours)
    send_link(connection, link, letter, life=life, now=now)


def _read_traits(connection: sa.Connection, customer_id: str) -> dict[str, str]:
    rows = connection.execute(
        sa.select(traits.c.name, traits.c.value)
        .where(traits.c.customer_id.in_(members_of(connection, customer_id)), traits.c.name.in_(("country", "locale")))
        .order_by(traits.c.set_at)
    )
    return {row.name: row.value for row in rows if isinstance(row.value, str)}


def _country_of_locale(locale: str) -> str:
    return locale.replace("_", "-").partition("-")[2][:2]


def _country_of_phone(phone: str) -> str:
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""
