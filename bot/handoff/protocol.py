"""SupportDesk: a system of the shop in which its people answer; a conversation of ours has its twin there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType, Protocol

DeskRef = NewType("DeskRef", str)  # the desk's own id of a conversation


@dataclass(frozen=True)
class Newcomer:
    """A request for a person, as it is shown to a desk. `key` is one for each request, however often it is opened."""

    key: str
    name: str
    email: str  # only of somebody who proved it is theirs: desks join people by it
    facts: Mapping[str, str]


@dataclass(frozen=True)
class DeskNews:
    """Somebody over there answered, or gave the conversation back."""

    ref: DeskRef
    kind: Literal["answered", "given_back"]
    message_id: str = ""
    author: str = ""
    text: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as a desk takes it."""

    content_type: str
    content: bytes


class SupportDesk(Protocol):
    """Where the shop's people answer. Calls raise RetryLater, NotFound for a conversation that is gone over there, and
    FixConfiguration.
    """

    @property
    def name(self) -> str:
        """One word, which its webhook's path ends with."""

    def open_conversation(self, newcomer: Newcomer) -> DeskRef:
        """The twin of a conversation, made when there is none: the same key gives the same one."""

    def write_note(self, ref: DeskRef, text: str) -> None:
        """Say something that only the shop's people read."""

    def write_customer(self, ref: DeskRef, text: str) -> None:
        """What the customer said."""

    def write_picture(self, ref: DeskRef, text: str, picture: Picture) -> None:
        """A picture that the customer sent, and what they said with it."""

    def write_bot(self, ref: DeskRef, text: str) -> None:
        """What was said to the customer, by the bot or by somebody elsewhere."""

    def set_open(self, ref: DeskRef, *, is_open: bool) -> None:
        """Put the conversation before people, or close it."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> DeskNews:
        """What a call tells. ForeignPayload when it is not theirs, UnsupportedPayload when it is of no interest."""
