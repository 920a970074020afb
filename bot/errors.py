"""The errors that cross modules, named by what the caller should do next.

Standard library only, in Python 3.10 syntax: Rasa's environment imports this file.

    PrevenantError
    ├── RetryLater            the same call may succeed in a moment
    │   ├── RateLimited       ... after `retry_after_seconds`
    │   └── Unavailable       the other side is down or too slow
    ├── UnknownFate           sent, but no answer came: read back, never repeat blindly
    ├── FixInput              the caller's data is wrong; `field` says where
    ├── FixConfiguration      an operator has to change a setting; says which
    ├── NotFound              no such thing, or none that this person may know of
    ├── NotAllowed            the rules forbid it; `reason` is a word for the customer's sentence
    ├── Conflict              someone else changed it first: read again, then decide
    │   └── InsufficientStock only `available` are left
    ├── Unsupported           this engine or channel cannot do that at all
    ├── NudgeHeld             a nudge stays home; `reason` is kept with it
    ├── UnsupportedPayload    from this vendor, known, and ignored on purpose
    └── ForeignPayload        not from this vendor: refuse it
"""


class Said:
    """A sentence, and what its {placeholders} stand for: by these another language says it. Its `str` is English.

    A value may be another of them; a sentence without values may hold braces of its own.
    """

    def __init__(self, sentence: str, /, **values: object) -> None:
        self.sentence, self.values = sentence, values

    def __str__(self) -> str:
        return self.sentence.format(**self.values) if self.values else self.sentence


class PrevenantError(Exception):
    """Root of every error that we raise on purpose."""


class RetryLater(PrevenantError):
    """The same call may succeed in a moment."""


class RateLimited(RetryLater):
    """The other side asked us to slow down."""

    def __init__(self, message: str = "rate limited", retry_after_seconds: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(RetryLater):
    """The other side is down, or did not answer within the deadline."""


class UnknownFate(PrevenantError):
    """A write was sent and no answer came. Read back; never repeat blindly."""


class FixInput(PrevenantError):
    """The caller's data is wrong; `field` names the place, `said` tells what is wrong there."""

    def __init__(self, field: str, sentence: str, /, **values: object) -> None:
        self.field, self.said = field, Said(sentence, **values)
        self.message = str(self.said)
        super().__init__(f"{field}: {self.message}")


class FixConfiguration(PrevenantError):
    """An operator has to change a setting; the message says which and how."""


class NotFound(PrevenantError):
    """No such thing, or none that this person may know of: the two look alike."""


class NotAllowed(PrevenantError):
    """The rules forbid it. `reason` is a short word that the reply is chosen by."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class Conflict(PrevenantError):
    """Somebody else changed it first: read again, then decide."""

    def __init__(self, sentence: str = "", /, **values: object) -> None:
        self.said = Said(sentence, **values)
        super().__init__(str(self.said))


class InsufficientStock(Conflict):
    """Only `available` pieces are left."""

    def __init__(self, available: int) -> None:
        super().__init__(f"only {available} available")
        self.available = available


class Unsupported(PrevenantError):
    """This engine or channel cannot do that at all."""


class NudgeHeld(PrevenantError):
    """A nudge stays home; `reason` is kept beside it, in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnsupportedPayload(PrevenantError):
    """A payload of this vendor that we know and ignore on purpose."""


class ForeignPayload(PrevenantError):
    """A payload that is not from this vendor: refuse it."""
