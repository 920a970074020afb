"""The console's bench asks for every page that reads, over a store that was filled set by set."""

from benchmarks.console.__main__ import measure
from bot.console.api.rights import PAGE_OF
from bot.console.roles import RIGHTS


def test_asks_for_every_page_and_call_that_reads() -> None:
    found = measure(300, 1_000, 1, 1)
    asked = {each.partition("?")[0] for each in found["p95_ms"]}
    reads = [*(each for each in RIGHTS if each.startswith("GET")),
             *(f"api {each}" for each in PAGE_OF if each.startswith("GET"))]
    assert {*reads} <= asked
    assert found["peers"]["bare_page"]["p95_ms"] > 0
