"""Each row leaves on its own channel, and every failure of the lower library is translated."""

import pytest
import requests

from bot.channels.base import Vendor, read_retry_after
from bot.channels.deliver import Senders, open_senders
from bot.channels.outbox import OutboxRow
from bot.channels.unsubscribe import make_link, read_token
from bot.errors import FixConfiguration, NotAllowed, PrevenantError
from bot.settings import Settings
from tests.channels.rows import make_row


class Recorder:
    """A sender that remembers."""

    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, row: OutboxRow) -> str:
        return f"{self.name}:{row.outbox_id}"


def test_sends_nothing_on_a_channel_that_is_not_there() -> None:
    with pytest.raises(FixConfiguration, match="pigeon"):
        Senders({}).send(make_row(channel="pigeon"))


def test_sends_each_row_on_its_channel() -> None:
    senders = Senders({"web": Recorder("web"), "sms": Recorder("sms")})
    assert senders.send(make_row(channel="sms")) == "sms:7"


def test_opens_every_channel_of_this_installation() -> None:
    assert set(open_senders(Settings()).by_channel) == {"web", "email", "sms"}


def _errors_of(library: type[BaseException]) -> list[type[BaseException]]:
    return [library, *(each for sub in library.__subclasses__() for each in _errors_of(sub))]


@pytest.mark.parametrize("error", _errors_of(requests.exceptions.RequestException))
def test_translates_every_error_of_requests(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error.__new__(error)

    monkeypatch.setattr(requests, "post", fail)
    with pytest.raises(PrevenantError):
        Vendor("vendor", "SETTING").post("https://x.example", {}, {})


@pytest.mark.parametrize(
    ("said", "seconds"), [({}, 1.0), ({"Retry-After": "30"}, 30.0), ({"Retry-After": "Wed, 21 Oct"}, 1.0),
                          ({"Retry-After": "-5"}, 0.1), ({"Retry-After": "999999"}, 3600.0)],
)
def test_reads_how_long_to_wait(said: dict[str, str], seconds: float) -> None:
    assert read_retry_after(said) == seconds


@pytest.mark.parametrize("token", ["", "x", "AAAA", "é", "a" * 80])
def test_believes_no_link_that_we_did_not_make(token: str) -> None:
    with pytest.raises(NotAllowed):
        read_token(Settings(session_secret="s" * 32), token)


def test_believes_no_link_signed_by_somebody_else() -> None:
    link = make_link(Settings(session_secret="other" * 8), "c" * 32, "email")
    with pytest.raises(NotAllowed):
        read_token(Settings(session_secret="s" * 32), link.rpartition("/")[2])
