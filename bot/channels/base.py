"""Stage B5: what every channel is made of: a sender, and one way to call a vendor.

A vendor's call ends in one of few ways, by what may have happened on the other side:

    never reached, or refused for now     RetryLater    the same row may be tried again
    reached, and no answer                UnknownFate   it may have left: nobody sends it again
    refused for good                      NotAllowed    with the vendor's word for it
    refused because of our own settings   FixConfiguration
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import orjson
import requests
import urllib3

from bot.calling import read_retry_after, was_never_reached
from bot.channels.outbox import OutboxRow
from bot.channels.wire import Answer, NoAnswerError, NotReachedError, Wire
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable, UnknownFate

_NOT_TAKEN = (502, 503)  # the vendor's own front says that nobody behind it took the call
_OUR_FAULT = (401, 403, 404, 405)
_KEPT_OPEN = 16  # connections to a process of ours
Result = str | BaseException  # the vendor's id, or what was raised


class ChannelSender(Protocol):
    """The way out of one channel."""

    def send(self, row: OutboxRow) -> str:
        """Send once; the vendor's id of the message. Raises what this module's first lines say."""


@runtime_checkable
class MassSender(ChannelSender, Protocol):
    """A channel that takes many calls at once over connections that stay open."""

    async def send_among(self, wire: Wire, row: OutboxRow) -> str:
        """As `send`, beside others."""


@runtime_checkable
class BulkSender(ChannelSender, Protocol):
    """A channel that takes many messages in one call; several to one person arrive in the call's order."""

    def send_together(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """What came of each, in their order. What fails for one message to a person fails for their later ones, too."""


class OwnProcess:
    """Calls to a process of ours, past any proxy, over connections that stay open; threads may share it.

    By urllib3 alone: what requests does around it costs more than such a call. Only for calls that may be repeated:
    where the other side closes a connection as we use it, nobody knows whether the call was taken.
    """

    def __init__(self) -> None:
        """Opens nothing."""
        self._pools = urllib3.PoolManager(maxsize=_KEPT_OPEN, retries=False)

    def post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], *, connect_seconds: float,
        deadline_seconds: float,
    ) -> Answer:
        """POST JSON once. Raises what urllib3 does, an HTTPError."""
        heard = self._pools.request(
            "POST", url, body=orjson.dumps(body), headers={**headers, "Content-Type": "application/json"},
            timeout=urllib3.Timeout(connect=connect_seconds, read=deadline_seconds), redirect=False,
        )
        return Answer(heard.status, heard.headers, heard.data)


@dataclass(frozen=True)
class Vendor:
    """One vendor's HTTP interface. `setting` is what an operator has to look at when it refuses us."""

    name: str
    setting: str
    connect_seconds: float = 2.0
    deadline_seconds: float = 10.0
    own: OwnProcess | None = None  # None: a vendor's, which takes a new connection for each call

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """POST JSON once and read the JSON answer; every failure in our own words."""
        return self._post_own(self.own, url, body, headers) if self.own else self._post(url, headers, json=body)

    def post_form(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """The same with a form."""
        return self._post(url, headers, data=form)

    def post_files(
        self, url: str, form: Mapping[str, str], files: Mapping[str, tuple[str, bytes, str]], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """The same with a form and files, each a name, its bytes and its type: from memory, in one call."""
        return self._post(url, headers, data=form, files=files)

    def delete(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """DELETE once."""
        return self._call("DELETE", url, headers)

    async def post_among(
        self, wire: Wire, url: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """As `post`, over a connection of the wire."""
        try:
            answer = await wire.post(
                url, orjson.dumps(body), {**headers, "Content-Type": "application/json"},
                connect_seconds=self.connect_seconds, deadline_seconds=self.deadline_seconds,
            )
        except NotReachedError as error:
            raise Unavailable(f"{self.name} cannot be reached") from error
        except NoAnswerError as error:
            raise UnknownFate(f"{self.name} took the call and did not answer") from error
        except ValueError as error:
            raise FixConfiguration(f"{self.setting} is not an address that can be called") from error
        return self._conclude(answer)

    def _post_own(
        self, own: OwnProcess, url: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        try:
            answer = own.post(
                url, body, headers, connect_seconds=self.connect_seconds, deadline_seconds=self.deadline_seconds
            )
        except urllib3.exceptions.HTTPError as error:
            raise self._translate_own(error) from error
        return self._conclude(answer)

    def _post(self, url: str, headers: Mapping[str, str], **body: Any) -> dict[str, Any]:
        return self._call("POST", url, headers, **body)

    def _call(self, method: str, url: str, headers: Mapping[str, str], **body: Any) -> dict[str, Any]:
        try:
            heard = requests.request(
                method, url, headers=dict(headers), timeout=(self.connect_seconds, self.deadline_seconds),
                allow_redirects=False, **body,
            )
        except requests.exceptions.RequestException as error:
            raise self._translate_failure(error) from error
        return self._conclude(Answer(heard.status_code, heard.headers, heard.content))

    def _conclude(self, answer: Answer) -> dict[str, Any]:
        """An answer that cannot be read was a yes all the same: the message was taken."""
        if answer.status >= 300:
            raise self._translate_refusal(answer)
        return answer.read()

    def _translate_failure(self, error: requests.exceptions.RequestException) -> Exception:
        match error:
            case requests.exceptions.ConnectTimeout():
                return Unavailable(f"{self.name} did not answer")
            case requests.exceptions.InvalidURL() | requests.exceptions.MissingSchema() | (
                requests.exceptions.InvalidSchema()
            ):
                return FixConfiguration(f"{self.setting} is not an address that can be called")
            case requests.exceptions.ConnectionError() if was_never_reached(error):
                return Unavailable(f"{self.name} cannot be reached")
            case _:
                return UnknownFate(f"{self.name} took the call and did not answer")

    def _translate_own(self, error: urllib3.exceptions.HTTPError) -> Exception:
        match error:
            case urllib3.exceptions.LocationValueError():
                return FixConfiguration(f"{self.setting} is not an address that can be called")
            case _ if was_never_reached(error):
                return Unavailable(f"{self.name} cannot be reached")
            case _:
                return UnknownFate(f"{self.name} took the call and did not answer")

    def _translate_refusal(self, answer: Answer) -> Exception:
        status = answer.status
        if status == 429:
            return RateLimited(f"{self.name} asks us to slow down", read_retry_after(answer.headers))
        if status in _NOT_TAKEN:
            return Unavailable(f"{self.name} answered {status}")
        if status in _OUR_FAULT or status < 400:
            return FixConfiguration(f"{self.name} answered {status}: check {self.setting}")
        if status >= 500:
            return UnknownFate(f"{self.name} answered {status}")
        return NotAllowed("refused", f"{self.name} answered {status}")


def bearer(secret: str) -> dict[str, str]:
    """The header between our own processes, and to vendors that take it."""
    return {"Authorization": f"Bearer {secret}"}
