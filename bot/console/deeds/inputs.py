"""The console: what a page's form or a call of the API may say, checked once for both; and what each refusal is."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.charter.book import LONGEST_SUBJECT
from bot.errors import Conflict, FixInput, NotAllowed, NotFound, PrevenantError, RateLimited, Unsupported
from bot.invalid import say_invalid

LEAST_REASON, MOST_REASON = 3, 200
MOST_NUMBER = 2**63 - 1  # that a database can look for
_STATUS: Mapping[type[PrevenantError], int] = {
    NotFound: 404, NotAllowed: 403, FixInput: 400, Unsupported: 400, Conflict: 409, RateLimited: 429,
}
REFUSALS = tuple(_STATUS)


def _tidy(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _require_readable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that nobody can read")
    return value


Text = Annotated[str, BeforeValidator(_tidy), AfterValidator(_require_readable)]
Reason = Annotated[Text, Field(min_length=LEAST_REASON, max_length=MOST_REASON, description="It is kept in the trail.")]
Number = Annotated[int, Field(ge=1, le=MOST_NUMBER)]
PathName = Annotated[str, Path(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]  # PostgreSQL refuses a NUL
PathSubject = Annotated[str, Path(max_length=LONGEST_SUBJECT, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Asked(BaseModel):
    """Of every deed: no field that nobody reads, nothing that changes on the way."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Why(Asked):
    """A deed that needs nothing but a reason."""

    reason: Reason


def read_asked[T: Asked](kind: type[T], form: Mapping[str, Any]) -> T:
    """What a form asks for, by the fields that the deed knows. FixInput names the first that is wrong."""
    try:
        return kind.model_validate({name: form[name] for name in kind.model_fields if name in form})
    except ValidationError as error:
        first = error.errors()[0]
        raise FixInput(str(first["loc"][0]) if first["loc"] else "", "{wrong}", wrong=say_invalid(first)) from error


def status_of(error: PrevenantError) -> int:
    """The HTTP status that says what the caller should do next."""
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))
