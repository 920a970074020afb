"""Answers of a live Medusa 2.21, recorded (2026-11): tests/fixtures/medusa/<event>.json."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.commerce.medusa.pages import Pages

FOLDER = Path(__file__).parents[2] / "fixtures" / "medusa"
PAGES = Pages("https://shop.example")


def recorded(event: str) -> dict[str, Any]:
    """What Medusa answered, read as the client reads it."""
    said: dict[str, Any] = json.loads((FOLDER / f"{event}.json").read_text(encoding="utf-8"), parse_float=Decimal)
    return said
