"""A live Medusa keeps the contract of every engine: `make contract ENGINE=medusa`, as it takes minutes to start."""

import time
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from bot.commerce.medusa.engine import MedusaEngine
from bot.errors import ForeignPayload
from tests.commerce.medusa.stage import make_stage
from tests.contracts.commerce import CommerceEngineContract, Stage
from tests.servers.medusa_shop import MedusaShop

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(medusa: MedusaShop, engine: MedusaEngine) -> Stage:
    """The seeded shop, and two orders."""
    return make_stage(medusa, engine)


class TestMedusaEngine(CommerceEngineContract):
    """Every case of the suite that Medusa can serve, on a live one."""


def test_tells_changes_at_once_under_the_ids_of_the_log(stage: Stage, engine: MedusaEngine, door: HTTPServer) -> None:
    order = stage.place(stage.cart_with(stage.take_variant()).ref)
    stage.send(order.ref)
    last = f"order.changed:{order.ref}:"
    logged = {each for each in _log(engine) if order.ref in each}
    told = _wait_for(max(each for each in logged if each.startswith(last)), engine, door)
    assert f"order.placed:{order.ref}" in told & logged
    call, _ = door.log[0]
    with pytest.raises(ForeignPayload):
        engine.read_webhook(call.get_data() + b" ", dict(call.headers), datetime.now(UTC))


def _log(engine: MedusaEngine) -> set[str]:
    """The ids of all changes that polling tells."""
    ids, cursor = set(), ""
    while (found := engine.poll_changes(cursor))[0]:
        events, cursor = found
        ids |= {each.id for each in events}
    return ids


def _wait_for(wanted: str, engine: MedusaEngine, door: HTTPServer) -> set[str]:
    """The ids of all changes that calls told, once the wanted one is among them: Medusa calls behind its answer."""
    until, told = time.monotonic() + 20, set[str]()
    while wanted not in told and time.monotonic() < until:
        time.sleep(0.3)
        told = {
            each.id for call, _ in list(door.log)
            for each in engine.read_webhook(call.get_data(), dict(call.headers), datetime.now(UTC))
        }
    assert wanted in told
    return told


def test_keeps_no_ways_to_pay(stage: Stage, engine: MedusaEngine) -> None:
    assert engine.list_payment_methods(stage.customer) == []
