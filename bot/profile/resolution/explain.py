"""Stage B2: why two records were taken for one person's: field by field, in words. Pure."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any, Literal

from bot.profile.resolution.records import COLUMNS

Agreement = Literal["same", "alike", "differs", "missing"]
_ALIKE = 0.75  # share of letters in common, in order


def explain_pair(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Agreement]:
    """Each column that either record has, names first; only what says something."""
    found = {column.name: compare_values(left.get(column.name), right.get(column.name)) for column in COLUMNS}
    parts = ("given_name", "family_name")
    if all(found[part] != "missing" for part in parts):
        del found["full_name"]  # its parts say it
    return {name: how for name, how in found.items() if how != "missing" or left.get(name) or right.get(name)}


def compare_values(left: str | None, right: str | None) -> Agreement:
    """How two normalised values agree."""
    if not left or not right:
        return "missing"
    if left == right:
        return "same"
    return "alike" if SequenceMatcher(None, left, right).ratio() >= _ALIKE else "differs"
