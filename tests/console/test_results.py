"""The page of results: what was counted is what happened, and nobody is told of fewer than ten."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services, open_services
from bot.console import result_pages
from bot.console.figures import count_figures
from bot.console.lift_figures import measure_lift, read_groups, read_weeks
from bot.console.measures import Question
from bot.console.result_figures import count_results, first_counted, read_again, read_results, read_sizes
from bot.console.result_sums import Counted, answer
from bot.console.trail import read_trail
from tests.conftest import NOW
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
