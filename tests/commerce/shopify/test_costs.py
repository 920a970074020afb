"""No document asks for more points than Shopify lets a single query ask for, by the dearest rule that it had.

An object is a point, a mutation ten, a connection two and then each thing that could come back. Shopify counts large
connections cheaper today (2026-11): who keeps to this keeps to that.
"""

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLOutputType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
    parse,
)

from bot.commerce.shopify import aftersales, changes, checking, customers, offers, orders, stock
from tests.servers.shopify.schemas import read_schema

MOST = 1_000
DOCUMENTS = {
    "order": (orders._BY_ID, 0), "orders in a list": (orders._MANY, orders._TOGETHER),
    "more lines": (orders._LINES, 0), "orders by number": (orders._BY_NUMBER, 0),
    "ids of a customer's orders": (orders._OF_CUSTOMER, 250), "stock": (stock._LEVELS, stock._TOGETHER),
    "places": (stock._PLACES, 0), "people of a name": (customers._FIND, customers._MOST),
    "offers": (offers._OFFERS, 0), "orders touched": (changes._TOUCHED, changes._PAGE),
    "customers touched": (changes._CUSTOMERS, changes._PAGE), "cancelling": (aftersales._CANCEL, 0),
    "people looked at": (checking._PEOPLE, 0), "subscriptions": (checking._SUBSCRIBED, 0),
    "a sample": (checking._SAMPLE, 0),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_asks_for_no_more_than_one_query_may(name: str) -> None:
    document, things = DOCUMENTS[name]
    assert _cost_of(document, things) <= MOST


def test_counts_as_shopify_did() -> None:
    assert _cost_of('query { products(first: 10) { nodes { title variants(first: 5) { nodes { id } } } } }', 0) == 82


def _cost_of(document: str, things: int) -> int:
    """Points; `things` is how many a variable asks for."""
    definitions = parse(document).definitions
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    (operation,) = (each for each in definitions if isinstance(each, OperationDefinitionNode))
    schema = read_schema("admin")
    root = schema.mutation_type if operation.operation.value == "mutation" else schema.query_type

    def of_set(selections: SelectionSetNode | None, parent: GraphQLOutputType) -> int:
        total = 0
        for each in selections.selections if selections else ():
            if isinstance(each, FieldNode):
                total += of_field(each, parent)
            elif isinstance(each, FragmentSpreadNode):
                found = fragments[each.name.value]
                total += of_set(found.selection_set, schema.type_map[found.type_condition.name.value])  # type: ignore[arg-type]
            elif isinstance(each, InlineFragmentNode) and each.type_condition:
                total += of_set(each.selection_set, schema.type_map[each.type_condition.name.value])  # type: ignore[arg-type]
        return total

    def of_field(field: FieldNode, parent: GraphQLOutputType) -> int:
        fields = getattr(parent, "fields", {})
        if field.name.value not in fields:
            return 0  # __typename
        told = get_named_type(fields[field.name.value].type)
        if not is_composite_type(told) or told.name == "PageInfo":
            return 0
        inside = of_set(field.selection_set, told)
        sizes = [
            int(each.value.value) if isinstance(each.value, IntValueNode) else things
            for each in field.arguments or () if each.name.value in ("first", "ids")
        ]
        if told.name.endswith("Connection"):
            return 2 + sizes[0] * inside
        if field.name.value == "nodes" and not sizes:
            return 1 + inside  # a connection's own
        return sizes[0] * (1 + inside) if sizes else 1 + inside

    is_write = operation.operation.value == "mutation"
    return (10 if is_write else 0) + of_set(operation.selection_set, root)
