"""A small run of `make faults`: calls to a live Vendure fail, and nobody is told what is not so."""

import pytest

from benchmarks.faults import measure
from bot.commerce.vendure.engine import VendureEngine
from bot.profile.store.engine import Store
from tests.commerce.vendure.conftest import make_engine
from tests.servers.fault_proxy import run_fault_proxy
from tests.servers.vendure_shop import VendureShop

pytestmark = pytest.mark.slow  # one live shop a run: beside the other store there is none


def test_nothing_is_doubled_lost_or_untrue_when_calls_fail(
    vendure: VendureShop, engine: VendureEngine, store: Store
) -> None:
    with run_fault_proxy(vendure.url, seed=7) as proxy:
        through = make_engine(vendure, proxy.url, deadline_seconds=1.5)
        found = measure(through, engine, proxy, vendure.admin, store, jobs=6, share=0.3, seed=7)
    assert (found["doubled"], found["lost"], found["untrue"]) == (0, 0, 0)
    assert sum(found["faults"].values()) > found["faults"]["none"] > 0
