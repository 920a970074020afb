"""What customers say in a day, as Meta would tell it: batches, repeats, others' signatures. Pure, by a seed."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

NUMBER_ID = "1122334455667"


@dataclass(frozen=True)
class Call:
    """One webhook call. A forged one must leave nothing behind."""

    customer: str
    body: bytes
    is_forged: bool


@dataclass(frozen=True)
class Day:
    """Every call by customer, in the order that it is sent, and what each customer says in all."""

    calls: dict[str, list[Call]]
    said: dict[str, list[str]]


def make_day(webhooks: int, *, customers: int, began_at: int, seed: int) -> Day:
    """So many calls: a third forged, the others with one to five messages each; a quarter of those come again."""
    rng = random.Random(seed)
    day = Day({}, {})
    names = [f"336{number:08}" for number in range(customers)]
    moment = began_at
    for number in range(webhooks):
        customer = rng.choice(names)
        calls, said = day.calls.setdefault(customer, []), day.said.setdefault(customer, [])
        if number % 3 == 0:
            calls.append(Call(customer, _batch(customer, [(f"forged.{number}", moment)], rng), is_forged=True))
            continue
        again = [each for each in calls[-4:] if not each.is_forged]
        if again and rng.random() < 0.25:
            calls.append(rng.choice(again))
            continue
        messages = []
        for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
            moment += 1
            messages.append((f"wamid.{customer}.{len(said)}", moment))
            said.append(messages[-1][0])
        calls.append(Call(customer, _batch(customer, messages, rng), is_forged=False))
    return day


def sign(call: Call, secret: str) -> str:
    """The header; a forged call is signed with something else, with an older hash, or not at all."""
    if call.is_forged:
        return ("", "sha1=" + "0" * 40, "sha256=" + "0" * 64)[len(call.body) % 3]
    return "sha256=" + hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()


def status_of(message_id: str, tracker: str, state: str, moment: int) -> bytes:
    """A receipt for a message of ours."""
    status = {"id": message_id, "status": state, "timestamp": str(moment), "biz_opaque_callback_data": tracker}
    return _wrap({"statuses": [status]})


def _batch(customer: str, messages: list[tuple[str, int]], rng: random.Random) -> bytes:
    """Within a batch the order is not the one in which it was said."""
    shuffled = rng.sample(messages, len(messages))
    said = [
        {"from": customer, "id": message_id, "timestamp": str(at), "type": "text", "text": {"body": message_id}}
        for message_id, at in shuffled
    ]
    return _wrap({"contacts": [{"wa_id": customer, "profile": {"name": "x"}}], "messages": said})


def _wrap(parts: dict[str, Any]) -> bytes:
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER_ID}, **parts}
    change = {"field": "messages", "value": value}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def count_calls(day: Day) -> Iterator[Call]:
    """Every call."""
    for calls in day.calls.values():
        yield from calls
