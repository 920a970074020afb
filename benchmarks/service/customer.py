"""A scripted customer: knows what a task's instruction and actions say, reads what a customer sees, says it in words.

It types no id but order numbers, names items by name and options, and never sees more than the bot's words.
"""

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PHRASINGS = Path(__file__).with_name("phrasings.toml")
MOST_TRIES = 3


def load_phrasings() -> dict[str, list[str]]:
    """Every way to say a thing, by what is said."""
    return tomllib.loads(PHRASINGS.read_text(encoding="utf-8"))


@dataclass
class Wish:
    """One of the task's actions, in words."""

    kind: str  # a key of the phrasings
    number: str
    facts: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    method: str = ""
    swaps: dict[str, str] = field(default_factory=dict)  # item -> what is wanted, in words
    expected: tuple[str, ...] = ()  # words that the summary has to hold
    tries: int = 0


class Customer:
    """One customer with one task; `answer` gives the next thing that they say, None when they are done or give up."""

    def __init__(self, task: Mapping[str, Any], state: Mapping[str, Any], seed: int) -> None:
        """`state` is what the task starts from: the customer knows their own orders."""
        self._say = load_phrasings()
        self._rng = random.Random(seed)  # varied, and the same for the same seed
        self._user = state["users"][task["user_id"]]
        self._state = state
        instruction = task["instruction"]
        self._knows_email = self._user["email"] in instruction
        self.wishes = [self._read(action) for action in task["actions"]]
        self._wish: Wish | None = None
        self.failure = ""

    # -- what they know --------------------------------------------------------------------

    def _read(self, action: Mapping[str, Any]) -> Wish:
        given = action["kwargs"]
        number = given.get("order_id", "")
        match action["name"]:
            case "cancel_pending_order":
                return Wish("cancel", number, reason=given["reason"], expected=(number[1:],))
            case "modify_pending_order_address":
                address = self._address(given)
                return Wish("address", number, {"address": address}, expected=(number[1:], given["zip"]))
            case "modify_user_address":
                return Wish("new_home", "", {"address": self._address(given)}, expected=(given["zip"],))
            case "modify_pending_order_payment":
                method = self._method(given["payment_method_id"])
                return Wish("payment", number, {"method": method}, method=method, expected=(number[1:],))
            case "return_delivered_order_items":
                ids = given["item_ids"]
                items = list(dict.fromkeys(self._item(number, each, ids, is_return=True) for each in ids))
                return Wish("return", number, {"items": _join(items)}, method=self._method(given["payment_method_id"]),
                            expected=(number[1:], *items_titles(self._state, number, given["item_ids"])))
            case _:
                kind = "modify" if action["name"].startswith("modify") else "exchange"
                swaps, expected = self._swaps(number, given)
                said = _join([self._pick("swap", item=item, wish=wish) for item, wish in swaps.items()])
                return Wish(kind, number, {"swaps": said}, method=self._method(given["payment_method_id"]),
                            swaps=swaps, expected=(number[1:], *expected))

    def _address(self, given: Mapping[str, str]) -> str:
        parts = [given["address1"], given["address2"], given["city"], f"{given['state']} {given['zip']}"]
        return ", ".join(part for part in parts if part)

    def _item(self, number: str, item_id: str, wanted: Sequence[str], *, is_return: bool = False) -> str:
        """An item by its name, and by its options where the order holds another of that name."""
        items = self._state["orders"][number]["items"]
        item = next(each for each in items if each["item_id"] == item_id)
        alike = [each for each in items if each["name"] == item["name"]]
        name = item["name"].lower()
        if len(alike) < 2 or is_return and all(each["item_id"] in wanted for each in alike):
            return f"the {name}"
        return f"the {name} ({', '.join(item['options'].values())})"

    def _swaps(self, number: str, given: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
        swaps, expected = {}, []
        for item_id, new_id in zip(given["item_ids"], given["new_item_ids"], strict=True):
            items = self._state["orders"][number]["items"]
            item = next(each for each in items if each["item_id"] == item_id)
            new = self._state["products"][item["product_id"]]["variants"][new_id]["options"]
            changed = {name: value for name, value in new.items() if item["options"].get(name) != value}
            name = self._item(number, item_id, given["item_ids"]).removeprefix("the ")
            swaps[name] = ", ".join(self._option(*pair) for pair in changed.items()) or self._pick("wish_same")
            expected += list(new.values())
        return swaps, expected

    def _option(self, name: str, value: str) -> str:
        if value in ("yes", "no"):
            return f"{'with' if value == 'yes' else 'without'} {name}"
        if value == "none":
            return f"no {name}"
        return self._rng.choice((value, f"{name} {value}", f"{value} {name}"))

    def _method(self, method_id: str) -> str:
        method = self._user["payment_methods"][method_id]
        alike = [each for each in self._user["payment_methods"].values() if each["source"] == method["source"]]
        said = self._pick(method["source"], digits=method.get("last_four", ""), brand=method.get("brand", ""))
        if len(alike) > 1 and method.get("last_four") and method["last_four"] not in said:
            said = f"{method.get('brand', '')} card ending in {method['last_four']}"
        return said

    # -- what they say ---------------------------------------------------------------------

    def _pick(self, what: str, **facts: str) -> str:
        return self._rng.choice(self._say[what]).format(**facts)

    def begin(self) -> str:
        """The first words."""
        return self._pick("hello")

    def answer(self, heard: str) -> str | None:
        """What they say to the bot's words; a wish that gets nowhere is given up, and the next one told."""
        said = self._answer(heard.lower())
        return said if said is not None or self._wish is None else self._next()

    def _answer(self, said: str) -> str | None:
        if "what is your e-mail address" in said or "which e-mail address" in said:
            return self._identify()
        if "what is your postcode" in said:
            return self._pick("zip", zip=self._user["address"]["zip"])
        if "first name and last name" in said and "?" in said and "thank you" in said:
            return self._pick("name", name=self._name())
        wish = self._wish
        if wish is None:
            return self._next()
        if "done:" in said or "done." in said:
            return self._next()
        if "is that right?" in said:
            return self._check(said, wish)
        return self._reply(said, wish)

    def _name(self) -> str:
        return f"{self._user['name']['first_name']} {self._user['name']['last_name']}"

    def _identify(self) -> str:
        if self._knows_email:
            return self._pick("email", email=self._user["email"])
        return self._pick("name_zip", name=self._name(), zip=self._user["address"]["zip"])

    def _next(self) -> str | None:
        is_first = self._wish is None
        self._wish = self.wishes.pop(0) if self.wishes else None
        if self._wish is None:
            return None
        said = self._tell(self._wish)
        return said if is_first else self._pick("more", wish=said)

    def _tell(self, wish: Wish) -> str:
        reason = self._reason(wish) if wish.reason else ""
        return self._pick(wish.kind, number=wish.number, reason=reason, **wish.facts)

    def _reason(self, wish: Wish) -> str:
        return self._pick(f"reason_{wish.reason.replace(' ', '_')}")

    def _check(self, said: str, wish: Wish) -> str | None:
        """Yes to a summary that says what was wanted; else no, and once more."""
        missing = [each for each in wish.expected if _plain(each) not in _plain(said)]
        if not missing:
            return self._pick("yes")
        return self._again(wish, f"the summary lacks {missing}") and self._pick("no")

    def _reply(self, said: str, wish: Wish) -> str | None:
        if "why do you want to cancel" in said:
            return self._reason(wish)
        if "which items" in said or "which item" in said:
            items = wish.facts.get("items") or _join([f"the {each}" for each in wish.swaps] or ["all of it"])
            return self._again(wish, "asked which items again and again") and self._pick("items", items=items)
        if "which one would you like instead of" in said:
            about = said.split("instead of", 1)[1]
            item = next((each for each in wish.swaps if each.split(" (")[0] in about), next(iter(wish.swaps), ""))
            wanted = wish.swaps.get(item, "the same")
            return self._again(wish, "asked which one again and again") and self._pick("wish", wish=wanted)
        if re.search(r"where shall (?:the money|it) go|do you want to pay|order be paid|which means", said):
            return self._again(wish, "asked how to pay again and again") and self._pick("method", method=wish.method)
        if re.search(r"\bwhich order\b|in which order|from which order", said):
            return self._again(wish, "asked which order again and again") and self._pick("number", number=wish.number)
        if "what is the new address" in said:
            return self._pick("address_only", address=wish.facts["address"])
        return self._again(wish, f"did not get on: {said[:80]}") and self._tell(wish)

    def _again(self, wish: Wish, why: str) -> str | None:
        """Something true while there is patience left; None, with the reason kept, when it is over."""
        wish.tries += 1
        if wish.tries <= MOST_TRIES + 2 * len(wish.swaps):
            return "again"
        self.failure = why
        return None


def items_titles(state: Mapping[str, Any], number: str, item_ids: Sequence[str]) -> list[str]:
    """The names of an order's items."""
    return [each["name"] for each in state["orders"][number]["items"] if each["item_id"] in item_ids]


def _join(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.lower().replace(",", ""))
