"""Everything that we send to Shopify is right by its own published schemas, version 2026-10."""

import ast
import importlib
from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, NoDeprecatedCustomRule, parse, validate

from bot.commerce.shopify import order_shapes, statuses, stock
from tests.servers.shopify.schemas import read_schema

FOLDER = Path(__file__).parents[3] / "bot" / "commerce" / "shopify"
_APIS = {"read": "admin", "write": "admin", "browse": "storefront", "shop": "storefront"}


def _documents() -> list[tuple[str, str, str]]:
    """(module, name, document) of every operation that a module holds."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        module = importlib.import_module(f"bot.commerce.shopify.{path.stem}")
        found += [
            (path.stem, name, value) for name, value in vars(module).items()
            if isinstance(value, str) and value.lstrip().startswith(("query", "mutation")) and "{" in value
        ]
    return found


def _api_of(module: str, name: str) -> str:
    """By the calls that send it; one that is sent by a loop's name is the Admin API's."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    apis = {
        _APIS[call.func.attr] for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _APIS
        and call.args and isinstance(call.args[0], ast.Name) and call.args[0].id == name
    }
    assert len(apis) <= 1, f"{module}.{name} goes to {apis}"
    return apis.pop() if apis else "admin"


@pytest.mark.parametrize(("module", "name", "document"), _documents(), ids=lambda value: str(value)[:20])
def test_keeps_to_the_schema(module: str, name: str, document: str) -> None:
    errors = validate(read_schema(_api_of(module, name)), parse(document))
    assert [f"{module}.{name}: {each.message}" for each in errors] == []


def test_checks_every_document_that_is_sent() -> None:
    documents = _documents()
    assert len(documents) >= 35
    assert {_api_of(module, name) for module, name, _ in documents} == {"admin", "storefront"}


def test_asks_for_nothing_that_shopify_will_drop() -> None:
    used = {
        f"{module}.{name}: {field}"
        for module, name, document in _documents()
        for field in _deprecated_in(read_schema(_api_of(module, name)), document)
    }
    assert used == set()


def _deprecated_in(schema: GraphQLSchema, document: str) -> list[str]:
    return [each.message for each in validate(schema, parse(document), [NoDeprecatedCustomRule])]


@pytest.mark.parametrize(("enum", "mapped"), [
    ("OrderDisplayFinancialStatus", statuses.PAYMENTS), ("OrderDisplayFulfillmentStatus", statuses.ORDERS),
    ("FulfillmentDisplayStatus", statuses.SHIPMENTS), ("DeliveryLocalPickupTime", stock._READY),
])
def test_has_a_word_for_every_status(enum: str, mapped: dict[str, str]) -> None:
    assert set(_values(enum)) == set(mapped)


def test_has_a_word_for_every_event_of_a_carrier_and_every_way_to_deliver() -> None:
    assert set(_values("FulfillmentEventStatus")) <= set(statuses.SHIPMENTS)
    assert set(_values("DeliveryMethodType")) == set(order_shapes._DELIVERIES)
    assert set(_values("ReturnStatus")) > statuses.DEAD_RETURNS | statuses.OPEN_RETURNS


def _values(name: str) -> list[str]:
    enum = read_schema("admin").type_map[name]
    assert isinstance(enum, GraphQLEnumType)
    return list(enum.values)
