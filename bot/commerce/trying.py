"""One call of a shop's back end -> its answer within a deadline, all tries together, behind a breaker; its connections.

What may be tried again is the vendor's business: its client raises `TryAgain` in a try.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from bot.calling import was_never_reached
from bot.commerce.breaker import Breaker
from bot.errors import PrevenantError, RateLimited, Unavailable, UnknownFate

NO_ANSWER = (requests.RequestException, HTTPError, TimeoutError)  # what `requests` raises while a body is read, too
_PAUSES_SECONDS = (0.1, 0.4)
_PIECE_BYTES = 65_536
_MOST_BYTES = 32 * 1024 * 1024


class TryAgain(PrevenantError):
    """What a try came to, where another may be made after `wait_seconds` or a short pause; else `error` is raised."""

    def __init__(self, error: PrevenantError, wait_seconds: float = 0.0) -> None:
        """Keeps both."""
        super().__init__(str(error))
        self.error, self.wait_seconds = error, wait_seconds


class Tries:
    """Of one outside system."""

    def __init__(self, name: str) -> None:
        """`name` is whose, for what is said when it rests."""
        self._breaker = Breaker(name)

    def run[Said](self, once: Callable[[float], Said], seconds: float) -> Said:
        """What `once`, told until when, gives; again after each `TryAgain` while there is time. Whatever it raises."""
        self._breaker.require_rested()
        until, is_lost = time.monotonic() + seconds, False
        for pause in (*_PAUSES_SECONDS, None):
            try:
                said = once(until)
                self._breaker.note(has_answered=True)
                return said
            except TryAgain as again:
                is_lost = is_lost or isinstance(again.error, UnknownFate)
                wait = again.wait_seconds or (pause or 0) * random.uniform(0.5, 1.5)  # noqa: S311  # not all at once
                if pause is None or time.monotonic() + wait > until:
                    raise self._give_up(again.error, is_lost=is_lost) from again.__cause__
                time.sleep(wait)
            except PrevenantError as error:
                raise self._give_up(error, is_lost=is_lost) from error.__cause__
        raise AssertionError("the last try returns or raises")

    def _give_up(self, error: PrevenantError, *, is_lost: bool) -> PrevenantError:
        """What is raised: one try whose fate is not known stands for all."""
        self._breaker.note(has_answered=not isinstance(error, Unavailable | UnknownFate))
        return UnknownFate(str(error)) if is_lost and isinstance(error, Unavailable | RateLimited) else error


def judge_silence(name: str, error: Exception, *, is_write: bool, is_repeatable: bool) -> PrevenantError:
    """What a try without an answer comes to, one of `NO_ANSWER`: what never arrived may always be sent again."""
    what = Unavailable(f"{name} did not answer: {type(error).__name__}")
    if was_never_reached(error):
        return TryAgain(what)
    return judge_unheard(what, is_write=is_write, is_repeatable=is_repeatable)


def judge_unheard(error: Unavailable, *, is_write: bool, is_repeatable: bool) -> PrevenantError:
    """What a try comes to that may have been heard or not: to be made again, or of a fate that nobody knows."""
    final = UnknownFate(str(error)) if is_write else error
    return TryAgain(final) if is_repeatable else final


def read_body(answer: requests.Response, until: float) -> bytes:
    """The body of a streamed answer. TimeoutError where it comes drop by drop, or will not end."""
    got = bytearray()
    while piece := answer.raw.read1(_PIECE_BYTES, decode_content=True):
        got += piece
        if time.monotonic() > until or len(got) > _MOST_BYTES:
            raise TimeoutError
    return bytes(got)


def open_session() -> requests.Session:
    """Connections that stay open, no proxy of this machine's, and no cookies: one customer's are nobody else's."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32))
    return session


def read_clock(session: requests.Session, url: str, name: str, seconds: float) -> datetime:
    """What the clock behind an address shows, to the second. Unavailable, also where it does not tell."""
    try:
        answer = session.head(url, timeout=seconds, allow_redirects=False)
        return parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError) as error:
        raise Unavailable(f"{name} did not tell the time: {type(error).__name__}") from error
