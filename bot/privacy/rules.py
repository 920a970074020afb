"""A shop's `privacy.toml` -> PrivacyRules: what may be asked for, what a country wants, how long things are kept."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bot.service.policy import Bilingual, Part, load_shop_file

DeclaredChannel = Literal["web", "email", "sms", "whatsapp", "messenger", "rest", "shell"]
KeptDays = Annotated[int, Field(ge=1, le=36_500)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class PurposePart(Part):
    """What messages may be for, in the words a customer reads, and where."""

    wording: Bilingual
    channels: Annotated[list[DeclaredChannel], Field(min_length=1)]
    double_opt_in: list[DeclaredChannel] = Field(default_factory=list)


class DoubleOptInPart(Part):
    """Where a yes counts only once it is confirmed by letter."""

    countries: dict[Country, bool] = Field(default_factory=dict)
    elsewhere: bool = False
    unknown: bool = True
    confirm_hours: Annotated[int, Field(ge=1, le=720)] = 72

    def asks_in(self, country: str) -> bool:
        """Whether a country's people confirm; "" where it is not known."""
        return self.countries.get(country.upper(), self.elsewhere) if country else self.unknown


class ExportPart(Part):
    """The link to a copy of one's data."""

    hours: Annotated[int, Field(ge=1, le=168)] = 24
    downloads: Annotated[int, Field(ge=1, le=20)] = 3


class RetentionPart(Part):
    """Days that each kind of data is kept."""

    events: KeptDays
    messages: KeptDays
    trackers: KeptDays
    decisions: KeptDays
    waits: KeptDays
    handoffs: KeptDays
    rejects: KeptDays
    parcels: KeptDays
    codes: KeptDays
    strangers: KeptDays
    mailbox: KeptDays
    audit: KeptDays

    def length(self, kind: str) -> timedelta:
        """How long a kind is kept."""
        return timedelta(days=int(getattr(self, kind)))


class AssistantPart(Part):
    """What the team's assistant and look-alikes never go by: product types, brands, events that tell too much."""

    never: list[str] = Field(default_factory=list)


class PrivacyRules(Part):
    """Everything a shop decides about its customers' data."""

    purposes: Annotated[dict[Literal["service", "marketing", "personalisation"], PurposePart], Field(min_length=1)]
    double_opt_in: DoubleOptInPart = DoubleOptInPart()
    export: ExportPart = ExportPart()
    retention: RetentionPart
    assistant: AssistantPart = AssistantPart()

    @property
    def declared(self) -> Mapping[str, frozenset[str]]:
        """The channels of each purpose, as `bot.profile.consent` takes them."""
        return {name: frozenset(part.channels) for name, part in self.purposes.items()}

    def wants_letter(self, purpose: str, channel: str, country: str) -> bool:
        """Whether a yes for this still has to be confirmed by letter."""
        found = {str(name): part for name, part in self.purposes.items()}.get(purpose)
        return found is not None and channel in found.double_opt_in and self.double_opt_in.asks_in(country)


def load_privacy(path: Path) -> PrivacyRules:
    """Read a shop's privacy.toml. FixConfiguration names the file, the line and the key of each mistake."""
    return load_shop_file(path, PrivacyRules)
