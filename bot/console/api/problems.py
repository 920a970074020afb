"""The console's API: every refusal as problem+json (RFC 9457), naming the field, echoing nothing that was sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from bot.console.deeds.inputs import status_of
from bot.errors import FixInput, PrevenantError, RateLimited

MEDIA_TYPE = "application/problem+json"
HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
TOLD = (400, 401, 403, 404, 409, 413, 422, 429)  # of every call, in the document


class FieldProblem(BaseModel):
    """A field that is wrong, and what is."""

    field: str
    message: str


class Problem(BaseModel):
    """Why nothing was done."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: Sequence[FieldProblem] = ()


def answer_http(_request: Request, error: Exception) -> JSONResponse:
    """Who asks without a right, for nothing that is, or too much."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these alone
    return _answer(error.status_code, str(error.detail), headers=error.headers)


def answer_invalid(_request: Request, error: Exception) -> JSONResponse:
    """What does not fit the document."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = [FieldProblem(field=_name(each["loc"]), message=each["msg"]) for each in error.errors()]
    return _answer(422, "what was sent does not fit the document", fields)


def answer_refusal(_request: Request, error: Exception) -> JSONResponse:
    """What a deed refuses."""
    assert isinstance(error, PrevenantError)  # noqa: S101
    fields = [FieldProblem(field=error.field, message=error.message)] if isinstance(error, FixInput) else []
    headers = {"Retry-After": f"{error.retry_after_seconds:.0f}"} if isinstance(error, RateLimited) else None
    return _answer(status_of(error), str(error), fields, headers)


def _answer(
    status: int, detail: str, errors: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(problem.model_dump(), status, {**HEADERS, **(headers or {})}, MEDIA_TYPE)


def _name(place: Sequence[int | str]) -> str:
    """`body.reason` without where it came: a path or a query is told by its name alone."""
    return ".".join(str(each) for each in place[1:]) or str(place[0])
