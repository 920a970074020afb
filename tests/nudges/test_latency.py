"""From an event to the vendor's call in well under a second, when a trigger waits for nothing."""

import time
from dataclasses import replace

from tests.nudges.world import World


def test_reaches_the_vendor_within_a_second_of_the_event(world: World) -> None:
    world.triggers = tuple(replace(each, wait_seconds=0) for each in world.triggers)
    world.adds(world.person(), "coat-navy-M")
    began = time.perf_counter()
    assert len(world.passes(0)) == 1
    assert time.perf_counter() - began < 1
