"""`searchCriteria` played: filters, order and pages of things as they are told. Beyond the last page is the last."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_FILTER = re.compile(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_type)\]")
Told = dict[str, Any]


def listed(told: Iterable[Told], query: Mapping[str, str]) -> Told:
    """One page of a listing."""
    items = [each for each in told if _fits(each, query)]
    for position in (1, 0):
        if name := query.get(f"searchCriteria[sortOrders][{position}][field]", ""):
            is_reversed = query.get(f"searchCriteria[sortOrders][{position}][direction]") == "DESC"
            items.sort(key=lambda each: _field(each, name), reverse=is_reversed)
    size = int(query.get("searchCriteria[pageSize]", "0")) or max(len(items), 1)
    page = min(int(query.get("searchCriteria[currentPage]", "1")), max(-(-len(items) // size), 1))
    return {
        "items": items[(page - 1) * size : page * size], "search_criteria": {"filter_groups": [], "page_size": size},
        "total_count": len(items),
    }


def _fits(said: Told, query: Mapping[str, str]) -> bool:
    """Each group holds by one of its filters."""
    groups: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in query.items():
        if found := _FILTER.fullmatch(name):
            groups.setdefault(found[1], {}).setdefault(found[2], {})[found[3]] = value
    return all(any(_holds(said, **each) for each in filters.values()) for filters in groups.values())


def _holds(said: Told, field: str, value: str, condition_type: str = "eq") -> bool:
    held = _field(said, field)
    text = str(int(held) if isinstance(held, bool) else held).lower()
    match condition_type:
        case "eq":
            return text == value.lower()
        case "in":
            return text in value.lower().split(",")
        case "like":
            return bool(re.fullmatch(re.escape(value.lower()).replace("%", ".*"), text))
        case "gteq":
            return text >= value
        case "lteq":
            return text <= value
    raise AssertionError(condition_type)


def _field(said: Told, name: str) -> Any:
    """Columns that an answer tells by other names."""
    if name == "entity_id" and name not in said:
        return said["id"]
    if name == "customer_id" and name not in said:
        return (said.get("customer") or {}).get("id", 0)
    if name == "billing_telephone":
        return next((each["telephone"] for each in said["addresses"] if each.get("default_billing")), "")
    return said.get(name, 0)
