"""Stage A4: a shop's `policy.toml` -> Policy: what is promised, allowed and asked for, checked when it is read.

Nothing that the bot says about delivery, returns, payment or proof of identity comes from anywhere else.
"""

import re
import tomllib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.errors import FixConfiguration

Text = Annotated[str, Field(min_length=1)]
Minor = Annotated[int, Field(ge=0)]
Days = Annotated[int, Field(ge=0, le=365)]
AccountField = Literal["email", "phone", "name", "address"]


class Part(BaseModel):
    """A table of the file: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Bilingual(Part):
    """A text of the shop in both languages."""

    fr: Text
    en: Text

    def into(self, language: str) -> str:
        """The text in the customer's language."""
        return self.fr if language == "fr" else self.en


class ShopPart(Part):
    """Who the shop is, and where its people read what the bot hands over."""

    name: Text
    inbox: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    hours: Bilingual
    answers_within_hours: Annotated[int, Field(ge=1)]
    people_leave_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 30  # of silence: then the bot speaks again
    phone: str = ""

    @property
    def people_leave_after(self) -> timedelta:
        """How long a person may say nothing in a conversation that they took."""
        return timedelta(minutes=self.people_leave_after_minutes)


class VerificationPart(Part):
    """How somebody who is not signed in proves who they are."""

    guest_orders: Literal["number_and_code", "account"]
    account_by: Annotated[list[Literal["email", "name_postcode"]], Field(min_length=1)]
    account_code: bool
    whatsapp_number: bool = False  # whether WhatsApp's verified number proves whose account it is
    linked_days: Days = 0  # unused for so long, a conversation that goes on from the website proves nothing any more
    code_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    code_tries: Annotated[int, Field(ge=1, le=10)] = 5
    codes_per_hour: Annotated[int, Field(ge=1, le=60)] = 5
    lookups_per_hour: Annotated[int, Field(ge=1, le=120)] = 12
    verified_minutes: Annotated[int, Field(ge=1)] = 30


class SecondStepPart(Part):
    """Which changes of the account ask for a code after the yes."""

    email: bool = True
    phone: bool = True
    address: bool = True
    name: bool = False

    def asks_for(self, field: AccountField) -> bool:
        """Whether a change of this field needs a code."""
        return bool(getattr(self, field))


class DeliveryOption(Part):
    """One way of delivering, its price and how many working days it takes."""

    names: Bilingual
    price_minor: Minor
    days_min: Days
    days_max: Days
    free_from_minor: Minor | None = None

    @model_validator(mode="after")
    def _check_days(self) -> "DeliveryOption":
        if self.days_max < self.days_min:
            raise ValueError("days_max must not be below days_min")
        return self


Remedy = Literal["wait", "resend", "refund", "exchange", "return", "person"]


class RemediesPart(Part):
    """What is offered for a parcel that is not as it should be, the likeliest first."""

    late: list[Remedy] = ["wait", "person"]
    stuck: list[Remedy] = ["wait", "person"]  # no news for `stuck_after_hours`
    lost: list[Remedy] = ["resend", "refund", "person"]  # no news for `lost_after_hours`
    not_there: list[Remedy] = ["wait", "resend", "refund", "person"]  # marked delivered, and nowhere to be found
    damaged: list[Remedy] = ["exchange", "return", "person"]
    wrong_item: list[Remedy] = ["exchange", "return", "person"]


class DeliveryPart(Part):
    """How parcels travel."""

    # What the bot asks the carrier for when a parcel is on its way, where engine and carrier can.
    choices: list[Literal["day", "neighbour", "pickup_point"]] = ["day", "neighbour", "pickup_point"]

    unshipped_after_hours: Annotated[int, Field(ge=1)] = 96  # an order that no carrier has
    stuck_after_hours: Annotated[int, Field(ge=1)] = 72
    lost_after_hours: Annotated[int, Field(ge=1)] = 240
    remedies: RemediesPart = RemediesPart()

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    options: Annotated[list[DeliveryOption], Field(min_length=1)]
    countries: Bilingual
    pickup: Bilingual | None = None  # how collecting in a store works; absent: the shop has none
    problem: Bilingual  # what is done for a parcel that is lost, damaged or marked delivered and not there
    change: Bilingual  # until when an order's address can change


class ReturnsPart(Part):
    """Sending back, exchange and money back."""

    days: Days
    fee_minor: Minor
    refund_days_min: Days
    refund_days_max: Days
    conditions: Bilingual
    how: Bilingual
    exchange: Bilingual
    cancel: Bilingual


class CancelReason(Part):
    """A reason that the shop accepts for a cancellation, as its engine knows it and as people say it."""

    id: Text
    names: Bilingual
    means: list[str] = []  # what understanding calls it: ordered_by_mistake, no_longer_needed, changed_mind, ...


class OrdersPart(Part):
    """What the bot does to an order itself, after a summary and a yes; a person does the rest."""

    does: list[Literal["cancel", "address", "payment", "items", "return", "exchange"]]
    cancel_reasons: list[CancelReason] = []
    once: Bilingual | None = None  # what the shop lets happen to an order only once; told before the yes


class PaymentPart(Part):
    """How one pays."""

    methods: Annotated[list[Bilingual], Field(min_length=1)]
    problem: Bilingual
    invoice: Bilingual  # when there is one, and where
    gives_invoices: bool = True  # false: a person does, even where the engine could


class AccountPart(Part):
    """What happens on the shop's pages and not in the chat."""

    create: Bilingual
    password: Bilingual
    privacy: Bilingual  # how data are exported and erased
    erasure: Literal["chat", "person"] = "person"  # who erases a customer: the bot, or a person whom it tells
    export: Literal["chat", "person"] = "person"  # who sends a customer their data
    review: Bilingual


class Policy(Part):
    """Everything a shop decides about service."""

    shop: ShopPart
    verification: VerificationPart
    second_step: SecondStepPart = SecondStepPart()
    delivery: DeliveryPart
    returns: ReturnsPart
    orders: OrdersPart
    payment: PaymentPart
    account: AccountPart


def load_policy(path: Path) -> Policy:
    """Read a shop's policy. FixConfiguration names the file, the line and the key of each mistake."""
    return load_shop_file(path, Policy)


def load_shop_file[P: Part](path: Path, kind: type[P]) -> P:
    """Read one of a shop's files. FixConfiguration names the file, the line and the key of each mistake."""
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
        return kind.model_validate(tomllib.loads(text))
    except FileNotFoundError as error:
        raise FixConfiguration(f"{name} is missing: copy data/shops/demo/{path.name} and adapt it") from error
    except tomllib.TOMLDecodeError as error:
        raise FixConfiguration(f"{name}: {error}") from error
    except ValidationError as error:
        lines = text.splitlines()
        mistakes = [_describe(name, lines, each["loc"], each["msg"]) for each in error.errors()]
        raise FixConfiguration("\n".join(mistakes)) from error


def _describe(name: str, lines: Sequence[str], place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    return f"{name}, line {find_line(lines, place)}: {key}: {message}"


def find_line(lines: Sequence[str], place: tuple[Any, ...]) -> int:
    """The line (from 1) where a key stands; the nearest table above it when the key itself is missing."""
    line, names = 1, []
    for index, part in enumerate(place):
        if isinstance(part, int):
            continue
        names.append(part)
        repeat = place[index + 1] if index + 1 < len(place) and isinstance(place[index + 1], int) else 0
        found = _find_header(lines, ".".join(names), repeat) or _find_key(lines, part, line)
        line = found or line
    return line


def _find_header(lines: Sequence[str], table: str, repeat: int) -> int:
    pattern = re.compile(rf"\s*\[\[?{re.escape(table)}\]\]?\s*(#.*)?$")
    found = [number for number, text in enumerate(lines, start=1) if pattern.match(text)]
    return found[min(repeat, len(found) - 1)] if found else 0


def _find_key(lines: Sequence[str], key: str, after: int) -> int:
    pattern = re.compile(rf"\s*([\w.]+\.|.*\{{.*\b)?{re.escape(key)}\s*[.=]")
    for number in range(after, len(lines) + 1):
        text = lines[number - 1]
        if number > after and text.lstrip().startswith("["):
            break
        if pattern.match(text):
            return number
    return 0
