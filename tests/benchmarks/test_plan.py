"""`make bench ONLY=plan`, small: every key is there, and all ways agree on every decision."""

import pytest

from benchmarks.plan.__main__ import growth, measure, tell
from benchmarks.plan.duck import Duck
from benchmarks.plan.world import make_shop
from bot.decision.guardrails import Held


@pytest.fixture
def figures(tmp_path):
    return [measure(f"sqlite:///{tmp_path}/{size}.sqlite", size, 100, at_once=1_000) for size in (1_000, 3_000)]


def test_all_ways_agree_and_every_key_is_there(figures):
    told = tell({"sqlite": figures, "postgres": figures[:1]})
    assert told["agree"] is True and told["customers"] == 3_000 and told["candidates"] == 10
    assert told["customers_per_second"] > 0 and told["seconds_for_10_million"] > 0 and told["times_duckdb"] > 0
    assert told["is_extrapolated"] is True and len(told["sizes"]) == 2
    assert 0 < told["outbox_rows"] < told["people"] < told["customers"]
    assert set(told["peers"]) == {"duckdb", "row_by_row", "floor"} and told["peers"]["row_by_row"]["n"] == 100
    assert told["blocks"] >= 2 and set(told["times_floor"]) == {"reading", "writing"}  # the columns agree too
    assert told["postgres"]["customers"] == 1_000


def test_duckdb_is_asked_for_every_guardrail_that_the_plan_can_meet():
    duck = Duck(make_shop(3_000))
    duck.ask()
    told = duck.read()
    duck.close()
    met = {each for bits in told["email"].unique() for each in Held if bits & each}
    assert met >= {Held.MINOR, Held.OPEN_MATTER, Held.CAP_DAY, Held.HOLDOUT, Held.YIELDS_TO, Held.ALREADY_TAKEN}


def test_growth_is_the_power_of_n():
    sizes = [{"customers": number, "seconds": number**1.5} for number in (10, 100, 1_000)]
    assert growth(sizes) == 1.5 and growth(sizes[:1]) is None
