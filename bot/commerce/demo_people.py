"""Whom one may be in the demo, whatever engine is behind it: the people of demo_customers.toml who have an account."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef
from bot.toml_file import read_toml


@dataclass(frozen=True)
class DemoPerson:
    """A person of the demo: `id` as the file names them, `ref` as the shop does; `line` by language."""

    id: str
    ref: CustomerRef
    first_name: str
    last_name: str
    line: dict[str, str]


def list_demo_people(commerce: CommerceEngine, shop_folder: Path) -> list[DemoPerson]:
    """The demo's people in their order, without those who closed their account; [] for a shop without any."""
    if isinstance(commerce, DemoEngine):  # which knows them by name, whatever address they have by now
        return [
            DemoPerson(str(each["ref"]), CustomerRef(str(each["ref"])), each["first_name"], each["last_name"],
                       each.get("line", {}))
            for each in commerce.list_demo_customers()
        ]
    path = shop_folder / "demo_customers.toml"
    people: list[dict[str, Any]] = read_toml(path).content.get("customers", []) if path.is_file() else []
    found = []
    for person in people:
        for account in commerce.find_customers(email=person["email"])[:1]:
            names = person["first_name"], person["last_name"]
            found.append(DemoPerson(person["id"], account.ref, *names, person["line"]))
    return found
