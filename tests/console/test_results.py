"""The page of results: what was counted is what happened, and nobody is told of fewer than ten."""

from datetime import date

import pytest

from bot.bootstrap import Services
from bot.console.figures import count_figures
from bot.console.lift_figures import measure_lift
from bot.console.result_figures import count_results
from tests.console.past import fill_past, measured

TODAY = date(2026, 11, 24)


def count_all(services: Services, *, weeks: int = 3) -> None:
    """Everything that the worker would, pass after pass."""
    count_figures(services)
    for _ in range(9):
        count_results(services)
    for _ in range(weeks):
        measure_lift(services)


@pytest.fixture
def past(services: Services) -> Services:
    """A quarter of a shop, counted."""
    full = measured(services)
    fill_past(full)
    count_all(full)
    return full


def test_smoke(past: Services, sign_in, open_browser) -> None:
    visitor = sign_in("analyst")
    text = visitor.client.get("/console/results").text
    assert "What messages bring" in text
