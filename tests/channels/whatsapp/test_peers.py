"""WhatsApp as others understand it: pywa's client and its parser, and Meta's own OpenAPI document."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from pytest_httpserver import HTTPServer
from pywa import WhatsApp
from pywa.types import Button, Message, Section, SectionList, SectionRow
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML

from bot.channels.whatsapp.limits import fit_content
from bot.channels.whatsapp.send import WhatsAppSender
from bot.channels.whatsapp.updates import Heard, read_batch
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.settings import Settings
from tests.channels.rows import make_row

TO = "33612345678"
TEXT = OutboundMessage("Your parcel is on its way.")
BUTTONS = OutboundMessage("Shall I cancel it?", quick_replies=(QuickReply("Yes", "/affirm"), QuickReply("No", "/deny")))
CARDS = OutboundMessage("Here is what I found.", cards=tuple(
    Card(f"Jumper {number}", price_text="€89.00", buttons=(QuickReply("Add", f"/add{number}"),)) for number in (1, 2)
))


def _send(server: HTTPServer, message: OutboundMessage) -> dict[str, Any]:
    server.expect_request("/v25.0/555/messages").respond_with_json({"messages": [{"id": "wamid.1"}]})
    settings = Settings(graph_url=server.url_for("/v25.0"), whatsapp_phone_number_id="555", whatsapp_token="t")
    WhatsAppSender(settings).send(make_row(channel="whatsapp", address=TO, payload=message))
    body: dict[str, Any] = server.log[-1][0].json
    return body


def _pywa_sends(say: Callable[[WhatsApp], object]) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        contact = {"input": TO, "wa_id": TO}
        return httpx.Response(200, json={"messaging_product": "whatsapp", "contacts": [contact],
                                         "messages": [{"id": "wamid.1"}]})

    with httpx.Client(transport=httpx.MockTransport(answer)) as session:
        say(WhatsApp(phone_id="555", token="t", session=session))
    return sent[-1]


def _alike(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The same content, but for what pywa leaves at Meta's default."""
    assert ours["type"] == theirs["type"] and ours["to"] == theirs["to"]
    assert ours["messaging_product"] == theirs["messaging_product"] == "whatsapp"
    kind = ours["type"]
    assert _bare(ours[kind]) == _bare(theirs[kind])


def _bare(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _bare(each) for name, each in part.items() if each not in (None, False, "")}
    return [_bare(each) for each in part] if isinstance(part, list) else part


def test_writes_as_pywa_does(httpserver: HTTPServer) -> None:
    _alike(_send(httpserver, TEXT), _pywa_sends(lambda wa: wa.send_message(to=TO, text=TEXT.text)))
    buttons = [Button("Yes", callback_data="/affirm"), Button("No", callback_data="/deny")]
    theirs = _pywa_sends(lambda wa: wa.send_message(to=TO, text=BUTTONS.text, buttons=buttons))
    _alike(_send(httpserver, BUTTONS), theirs)
    rows = [SectionRow(f"Jumper {number}", callback_data=f"/add{number}", description="€89.00") for number in (1, 2)]
    choices = SectionList("Choose", sections=[Section("", rows=rows)])
    _alike(_send(httpserver, CARDS), _pywa_sends(lambda wa: wa.send_message(to=TO, text=CARDS.text, buttons=choices)))


def test_reads_what_pywa_reads(shared_data: Path) -> None:
    """Who, when, what, on every recorded message that both read as one."""
    with httpx.Client() as session:
        pywa = WhatsApp(phone_id="1122334455667", token="t", session=session, server=None)
        recorded = json.loads((shared_data / "fixtures" / "pywa" / "message.json").read_text())
        compared = 0
        for batch in recorded.values():
            ours = [each for each in read_batch(batch, "1122334455667") if isinstance(each, Heard)]
            if not ours:
                continue
            theirs = Message.from_update(client=pywa, update=batch)
            assert (ours[0].message_id, ours[0].wa_id) == (theirs.id, theirs.from_user.wa_id)
            assert ours[0].at.timestamp() == theirs.timestamp.timestamp()
            assert ours[0].text == (theirs.text or theirs.caption or ours[0].text)
            compared += 1
    assert compared > 12


@cache
def _meta(path: Path) -> dict[str, Any]:
    return YAML(typ="safe", pure=False).load(path)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("schema", "message"), [
    ("TextMessage", TEXT), ("InteractiveMessage", BUTTONS), ("InteractiveMessage", CARDS),
], ids=["text", "buttons", "list"])
def test_fits_metas_own_description(
    httpserver: HTTPServer, shared_data: Path, schema: str, message: OutboundMessage
) -> None:
    """Its two halves one by one: Meta's document forbids in each what the other demands, and so every whole message.

    Left out: `biz_opaque_callback_data`, `recipient` and pictures by `link` in a header, which it does not know.
    """
    document = _meta(shared_data / "fixtures" / "meta-whatsapp" / "business-messaging-api_v23.0.yaml")
    body = _send(httpserver, message)
    base, own = document["components"]["schemas"][schema]["allOf"]
    common = {name: body[name] for name in ("messaging_product", "recipient_type", "to", "type")}
    assert _find_errors(document, base, common) == []
    assert _find_errors(document, own, {"type": body["type"], body["type"]: body[body["type"]]}) == []
    assert _find_errors(document, own, {"type": body["type"], body["type"]: {"nonsense": 1}}) != []


def _find_errors(document: dict[str, Any], schema: dict[str, Any], body: dict[str, Any]) -> list[str]:
    whole = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:meta", whole)
    resolved = json.loads(json.dumps(schema).replace('"#/', '"urn:meta#/'))
    return [each.message for each in OAS31Validator(resolved, registry=registry).iter_errors(body)]


def test_offers_no_more_than_meta_takes() -> None:
    many = OutboundMessage("Which?", quick_replies=tuple(QuickReply(f"Nr {n}", f"/a{n}") for n in range(10)))
    assert len(fit_content(many)["interactive"]["action"]["sections"][0]["rows"]) == 10
