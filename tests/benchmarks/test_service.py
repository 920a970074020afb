"""evaluate-service: its reference keeps the policy, its customer reads what is asked, and a few tasks can be played."""

import gzip
import json
import os
import subprocess
import sys
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.service.__main__ import Played, find_differences, summarise
from benchmarks.service.customer import Customer, load_phrasings
from benchmarks.service.reference import apply_actions
from bot.bootstrap import PROJECT
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.tau import import_tau
from bot.commerce.demo.tau_state import export_state
from tests.servers.ports import find_free_port

TAU = PROJECT.parent / "shared" / "data" / "tau_retail"
ADDRESS = {"address1": "1 Main St", "address2": "", "city": "Denver", "country": "USA", "state": "CO", "zip": "80279"}
MUG = {"name": "Mug", "product_id": "p", "item_id": "red", "price": 10.0, "options": {"color": "red"}}


def make_state(status="pending", balance=100.0):
    return {
        "users": {"ann": {
            "name": {"first_name": "Ann", "last_name": "Lee"}, "address": ADDRESS, "email": "ann@example.com",
            "orders": ["#W1"], "payment_methods": {
                "gift": {"source": "gift_card", "id": "gift", "balance": balance},
                "pp": {"source": "paypal", "id": "pp"},
            },
        }},
        "orders": {"#W1": {
            "order_id": "#W1", "user_id": "ann", "address": ADDRESS, "items": [MUG], "fulfillments": [],
            "status": status,
            "payment_history": [{"transaction_type": "payment", "amount": 10.0, "payment_method_id": "pp"}],
        }},
        "products": {"p": {"name": "Mug", "product_id": "p", "variants": {
            "red": {"item_id": "red", "options": {"color": "red"}, "available": True, "price": 10.0},
            "blue": {"item_id": "blue", "options": {"color": "blue"}, "available": True, "price": 12.5},
            "green": {"item_id": "green", "options": {"color": "green"}, "available": False, "price": 8.0},
        }}},
    }


def swap(name="modify_pending_order_items", new="blue", method="gift"):
    return {"name": name, "kwargs": {
        "order_id": "#W1", "item_ids": ["red"], "new_item_ids": [new], "payment_method_id": method,
    }}


def test_settles_the_difference_with_the_method_named():
    after = apply_actions(make_state(), [swap()])
    order = after["orders"]["#W1"]
    assert (order["status"], order["items"][0]["item_id"]) == ("pending (item modified)", "blue")
    assert order["payment_history"][-1] == {"transaction_type": "payment", "amount": 2.5, "payment_method_id": "gift"}
    assert after["users"]["ann"]["payment_methods"]["gift"]["balance"] == 97.5


@pytest.mark.parametrize(("state", "action"), [
    (make_state("delivered"), swap()),
    (make_state("pending"), swap("exchange_delivered_order_items")),
    (make_state(balance=1.0), swap()),
    (make_state(), swap(new="green")),
    (make_state(), {"name": "modify_pending_order_payment", "kwargs": {"order_id": "#W1", "payment_method_id": "pp"}}),
])
def test_changes_nothing_that_the_policy_forbids(state, action):
    before = deepcopy(state)
    assert apply_actions(state, [action]) == before


def test_changes_an_orders_items_once():
    once = apply_actions(make_state(), [swap()])
    assert apply_actions(once, [swap(new="red")]) == once


def test_names_where_two_states_differ():
    assert find_differences(apply_actions(make_state(), [swap()]), make_state()) == [
        "orders #W1 items", "orders #W1 status", "orders #W1 payment_history", "users ann payment_methods",
    ]


def test_a_task_passes_four_times_only_if_each_does():
    good, bad = Played(True, "", 3, 0.1, []), Played(False, "why", 3, 0.1, [])
    figures = summarise([[good] * 4, [good, good, good, bad]])
    assert (figures["pass_1"], figures["pass_4"], figures["failures"]) == (0.875, 0.5, {"why": 1})


def test_says_things_in_many_ways_without_ids_but_order_numbers():
    assert sum(len(each) for each in load_phrasings().values()) >= 200
    task = {"user_id": "ann", "instruction": "ann@example.com", "actions": [swap()], "outputs": []}
    customer = Customer(task, make_state(), seed=1)
    said = [customer.begin(), customer.answer("Hello!"), customer.answer("What is your e-mail address?")]
    said.append(customer.answer("By which means shall the difference be settled?"))
    said.append(customer.answer("I will change this in order W1:\nMug (red) → blue\nIs that right?"))
    words = " ".join(each or "" for each in said)
    assert "#W1" in words and "mug" in words.lower() and "blue" in words and "ann@example.com" in words
    assert said[-1] in load_phrasings()["yes"]


@pytest.fixture
def tau():
    if not TAU.exists():
        pytest.skip("../shared/data/tau_retail is absent")
    return TAU


def test_tells_the_shops_state_as_it_was_loaded(tau, tmp_path):
    engine = DemoEngine(f"sqlite:///{tmp_path}/shop.sqlite", public_url="http://shop", clock=lambda: datetime.now(UTC))
    import_tau(engine, tau)
    state = export_state(engine)
    for name in ("users", "orders"):
        assert state[name] == json.loads(gzip.decompress((tau / f"{name}.json.gz").read_bytes()))
    engine.close()


@pytest.mark.browser  # the whole bot, without a browser
@pytest.mark.slow
def test_plays_a_few_tasks_to_their_end(tau, tmp_path):
    ports = {name: f"http://127.0.0.1:{find_free_port()}" for name in ("PREVENANT_RASA_URL", "PREVENANT_ACTIONS_URL")}
    environ = {**os.environ, **ports, "PREVENANT_SITE_PORT": str(find_free_port())}
    command = [sys.executable, "-m", "benchmarks.service", str(tau), str(tau / "tau1_tasks_dev.json.gz"), "--n", "5"]
    played = subprocess.run(
        [*command, "--out", str(tmp_path)], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False,
        timeout=300,
    )
    assert played.returncode == 0, played.stderr[-2000:]
    figures = json.loads(played.stdout.splitlines()[-1])
    transcripts = "\n\n".join(path.read_text() for path in sorted(Path(tmp_path).iterdir()))
    assert figures["n"] == 5 and figures["pass_1"] >= 0.4, transcripts
