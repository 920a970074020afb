"""The console's API under /console/api/v1: what its pages show and do, for programs, by the same deeds."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bot.bootstrap import Services
from bot.console.api.admission import CSRF_HEADER, CallRoute
from bot.console.api.assistant import add_assistant_calls
from bot.console.api.charter import add_charter_calls
from bot.console.api.content import add_content_calls
from bot.console.api.content_pictures import add_picture_calls
from bot.console.api.conversations import add_conversation_calls
from bot.console.api.customers import add_customer_calls
from bot.console.api.data import add_data_calls
from bot.console.api.drafts import add_draft_calls
from bot.console.api.fittings import add_fitting_calls
from bot.console.api.guide import add_guide_calls
from bot.console.api.journeys import add_journey_calls
from bot.console.api.offers import add_offer_calls
from bot.console.api.overview import add_overview_calls
from bot.console.api.problems import MEDIA_TYPE, TOLD, Problem, answer_http, answer_invalid, answer_refusal
from bot.console.api.results import add_result_calls
from bot.console.api.rules import add_rule_calls
from bot.console.api.segments import add_segment_calls
from bot.console.api.tasks import add_task_calls
from bot.console.api.training import add_training_calls
from bot.console.deeds.inputs import REFUSALS
from bot.console.sessions import COOKIE

_ABOUT = """What the console's pages show and do, by the same roles and with the same trail. Make a token under your
name in the console and send it as `Authorization: Bearer pvt_…`; a browser that is signed in sends its cookie, and with
what changes something its form's token as `X-Form-Token`. Refusals are problem+json (RFC 9457) and name the field."""
_PROBLEM = {"description": "Why nothing was done.", "content": {MEDIA_TYPE: {
    "schema": {"$ref": "#/components/schemas/Problem"},
}}}


def build_console_api(services: Services) -> FastAPI:
    """An application to mount. Opens nothing until the first request."""
    app = _Api(
        title="Prévenant: the console", version="1", description=_ABOUT, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.services = services
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    for each in REFUSALS:
        app.add_exception_handler(each, answer_refusal)
    router = APIRouter(route_class=CallRoute, responses=dict.fromkeys(TOLD, _PROBLEM))
    for add_calls in (
        add_overview_calls, add_journey_calls, add_guide_calls, add_draft_calls, add_charter_calls, add_rule_calls,
        add_task_calls, add_customer_calls,
        add_segment_calls, add_data_calls, add_fitting_calls, add_conversation_calls, add_training_calls,
        add_assistant_calls, add_content_calls, add_offer_calls, add_picture_calls, add_result_calls,
    ):
        add_calls(router, services)
    app.include_router(router)
    return app


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The document, with what FastAPI cannot see: how callers say who they are, and how they are refused."""
        if not self.openapi_schema:
            document = super().openapi()
            parts = document.setdefault("components", {})
            parts.setdefault("schemas", {}).update(_schemas_of_problem())
            parts["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "form": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            }
            document["security"] = [{"token": []}, {"session": [], "form": []}]
        return self.openapi_schema or {}


def _schemas_of_problem() -> dict[str, Any]:
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**schema.pop("$defs"), "Problem": schema}
