"""What a task's actions do to tau_retail's state, by its POLICY.md; nothing of the bot or its shop is used."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

State = dict[str, Any]  # users, orders, products


def apply_actions(state: State, actions: Sequence[Mapping[str, Any]]) -> State:
    """The state after the actions; only the users and orders that they touch are copied."""
    after = {**state, "orders": dict(state["orders"]), "users": dict(state["users"])}
    for action in actions:
        given = dict(action["kwargs"])
        if order_id := given.get("order_id"):
            after["orders"][order_id] = deepcopy(after["orders"][order_id])
            user_id = after["orders"][order_id]["user_id"]
            after["users"][user_id] = deepcopy(after["users"][user_id])
        if _is_allowed(after, action["name"], given):
            _EFFECTS[action["name"]](after, given)
    return after


def _is_allowed(state: State, name: str, given: Mapping[str, Any]) -> bool:
    """Whether the policy lets an action happen; one that it does not changes nothing."""
    if "order_id" not in given:
        return True
    order = state["orders"][given["order_id"]]
    if order["status"] != ("delivered" if "_delivered_" in name else "pending"):
        return False
    methods = state["users"][order["user_id"]]["payment_methods"]
    method = methods.get(given.get("payment_method_id", ""))
    first = order["payment_history"][0]
    match name:
        case "modify_pending_order_payment":
            is_single = len(order["payment_history"]) == 1 and first["transaction_type"] == "payment"
            is_other = first["payment_method_id"] != given["payment_method_id"]
            return is_single and is_other and method is not None and _covers(method, first["amount"])
        case "modify_pending_order_items" | "exchange_delivered_order_items":
            pairs = _pairs(state, given)
            difference = sum(new["price"] - item["price"] for item, new in pairs)
            is_there = all(new["available"] or new["item_id"] == item["item_id"] for item, new in pairs)
            return is_there and method is not None and _covers(method, difference)
        case "return_delivered_order_items":
            is_first = given["payment_method_id"] == first["payment_method_id"]
            return method is not None and (is_first or method["source"] == "gift_card")
        case _:
            return True


def _covers(method: Mapping[str, Any], amount: float) -> bool:
    return "balance" not in method or bool(method["balance"] >= amount)


def _cents(amount: float) -> float:
    return round(amount, 2)


def _settle(state: State, order: dict[str, Any], kind: str, amount: float, method_id: str) -> None:
    order["payment_history"].append(
        {"transaction_type": kind, "amount": _cents(amount), "payment_method_id": method_id}
    )
    method = state["users"][order["user_id"]]["payment_methods"][method_id]
    if "balance" in method:
        method["balance"] = _cents(method["balance"] + (amount if kind == "refund" else -amount))


def _cancel(state: State, given: dict[str, Any]) -> None:
    order = state["orders"][given["order_id"]]
    for payment in list(order["payment_history"]):
        _settle(state, order, "refund", payment["amount"], payment["payment_method_id"])
    order |= {"status": "cancelled", "cancel_reason": given["reason"]}


def _modify_address(state: State, given: dict[str, Any]) -> None:
    names = ("address1", "address2", "city", "country", "state", "zip")
    state["orders"][given["order_id"]]["address"] = {name: given[name] for name in names}


def _modify_payment(state: State, given: dict[str, Any]) -> None:
    order = state["orders"][given["order_id"]]
    first = order["payment_history"][0]
    _settle(state, order, "payment", first["amount"], given["payment_method_id"])
    _settle(state, order, "refund", first["amount"], first["payment_method_id"])


def _pairs(state: State, given: Mapping[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each item of the order with the product's item that is wanted instead."""
    left = list(state["orders"][given["order_id"]]["items"])
    pairs = []
    for item_id, new_id in zip(given["item_ids"], given["new_item_ids"], strict=True):
        item = next(each for each in left if each["item_id"] == item_id)
        left.remove(item)
        pairs.append((item, state["products"][item["product_id"]]["variants"][new_id]))
    return pairs


def _modify_items(state: State, given: dict[str, Any]) -> None:
    order = state["orders"][given["order_id"]]
    pairs = _pairs(state, given)
    difference = _cents(sum(new["price"] - item["price"] for item, new in pairs))
    _settle(state, order, "payment" if difference > 0 else "refund", abs(difference), given["payment_method_id"])
    for item, new in pairs:
        item |= {"item_id": new["item_id"], "price": new["price"], "options": new["options"]}
    order["status"] = "pending (item modified)"


def _return(state: State, given: dict[str, Any]) -> None:
    state["orders"][given["order_id"]] |= {
        "status": "return requested",
        "return_items": sorted(given["item_ids"]),
        "return_payment_method_id": given["payment_method_id"],
    }


def _exchange(state: State, given: dict[str, Any]) -> None:
    pairs = _pairs(state, given)
    state["orders"][given["order_id"]] |= {
        "status": "exchange requested",
        "exchange_items": sorted(given["item_ids"]),
        "exchange_new_items": sorted(given["new_item_ids"]),
        "exchange_payment_method_id": given["payment_method_id"],
        "exchange_price_difference": _cents(sum(new["price"] - item["price"] for item, new in pairs)),
    }


def _modify_user_address(state: State, given: dict[str, Any]) -> None:
    user_id = given.pop("user_id")
    state["users"][user_id] = {**deepcopy(state["users"][user_id]), "address": given}


_EFFECTS: Mapping[str, Callable[[State, dict[str, Any]], None]] = {
    "cancel_pending_order": _cancel,
    "modify_pending_order_address": _modify_address,
    "modify_pending_order_payment": _modify_payment,
    "modify_pending_order_items": _modify_items,
    "return_delivered_order_items": _return,
    "exchange_delivered_order_items": _exchange,
    "modify_user_address": _modify_user_address,
    "transfer_to_human_agents": lambda _state, _given: None,
}
