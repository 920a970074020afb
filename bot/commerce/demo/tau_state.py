"""The embedded shop told in the shape of tau_retail, so that its end state can be compared with a task's."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.database import read_meta
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.tau import FULFILLMENTS

_COUNTRIES = {"US": "USA"}


def export_state(engine: DemoEngine) -> dict[str, Any]:
    """`users` and `orders` by their ids, as tau_retail writes them; money in dollars, rounded to cents."""
    with engine.database.read() as connection:
        parcels = read_meta(connection).get(FULFILLMENTS, {})
        lines = _grouped(connection, schema.order_lines, schema.order_lines.c.position)
        payments = _grouped(connection, schema.payments, schema.payments.c.payment_id)
        requests = _grouped(connection, schema.order_requests, schema.order_requests.c.at)
        rows = connection.execute(sa.select(schema.orders).order_by(schema.orders.c.placed_at)).all()
        orders = {
            row.number: _order(
                row, lines[row.order_ref], payments[row.order_ref], requests[row.order_ref], parcels.get(row.number, [])
            )
            for row in rows
        }
        return {"users": _users(connection, orders), "orders": orders}


def _grouped(connection: sa.Connection, table: sa.Table, position: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(sa.select(table).order_by(position)):
        found[row.order_ref].append(row)
    return found


def _dollars(minor: int) -> float:
    return round(minor / 100, 2)


def _order(row: Any, lines: list[Any], payments: list[Any], requests: list[Any], parcels: list[Any]) -> dict[str, Any]:
    told = {
        "order_id": row.number,
        "user_id": row.customer_ref,
        "address": _address(row.shipping_address),
        "items": [
            {"name": line.title, "product_id": line.product_ref, "item_id": line.variant_ref,
             "price": _dollars(line.unit_price_minor), "options": line.options}
            for line in lines
        ],
        "fulfillments": parcels,
        "status": row.native_status,
        "payment_history": [
            {"transaction_type": each.kind, "amount": _dollars(each.amount_minor), "payment_method_id": each.method}
            for each in payments
        ],
    }
    items = {line.line_id: line.variant_ref for line in lines}
    for request in requests:
        told |= _request(request, items)
    return told


def _request(request: Any, items: dict[str, str]) -> dict[str, Any]:
    match request.kind:
        case "cancel":
            return {"cancel_reason": request.reason}
        case "return":
            back = [items[each["line_id"]] for each in request.lines for _ in range(each["pieces"])]
            return {"return_items": sorted(back), "return_payment_method_id": request.method}
        case _:
            return {
                "exchange_items": sorted(items[each["line_id"]] for each in request.lines),
                "exchange_new_items": sorted(each["variant_ref"] for each in request.lines),
                "exchange_payment_method_id": request.method,
                "exchange_price_difference": _dollars(request.difference_minor),
            }


def _address(fields: dict[str, str]) -> dict[str, str]:
    country = fields.get("country", "")
    return {
        "address1": fields.get("line1", ""), "address2": fields.get("line2", ""), "city": fields.get("city", ""),
        "country": _COUNTRIES.get(country, country), "state": fields.get("region_code", ""),
        "zip": fields.get("postcode", ""),
    }


def _users(connection: sa.Connection, orders: dict[str, Any]) -> dict[str, Any]:
    owned: dict[str, list[str]] = defaultdict(list)
    for number, order in orders.items():
        owned[order["user_id"]].append(number)
    homes = {
        row.customer_ref: row.fields
        for row in connection.execute(sa.select(schema.addresses).where(schema.addresses.c.is_default_shipping))
    }
    methods: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in connection.execute(sa.select(schema.payment_methods)):
        methods[row.customer_ref][row.method_id] = _method(row)
    return {
        row.customer_ref: {
            "name": {"first_name": row.first_name, "last_name": row.last_name},
            "address": _address(homes.get(row.customer_ref, {})),
            "email": row.email,
            "payment_methods": methods[row.customer_ref],
            "orders": owned[row.customer_ref],
        }
        for row in connection.execute(sa.select(schema.customers))
    }


def _method(row: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"source": row.kind, "id": row.method_id}
    if row.brand or row.last_four:
        told |= {"brand": row.brand, "last_four": row.last_four}
    if row.balance_minor is not None:
        told["balance"] = _dollars(row.balance_minor)
    return told
