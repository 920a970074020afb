"""Stage 3: what is not settled between a person and the shop: a complaint, a return, a talk with the support desk.

While one is open, nothing is sold to them. It is open from an event that begins it until one that settles it, of the
same kind and about the same thing; a settling that names no thing settles all of its kind. What nobody settled is taken
for forgotten after the shop's days. One by one and for a crowd it is the same, and the tests compare the two. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from bot.intake.names import (
    RETURN_FINISHED,
    RETURN_REQUESTED,
    SUPPORT_OPENED,
    SUPPORT_SETTLED,
    SUPPORT_WRITTEN,
)
from bot.profile.satisfaction import COMPLAINED, COMPLAINT_RESOLVED
from bot.toml_file import TomlFile

BEGINS = {
    COMPLAINED: "complaint", RETURN_REQUESTED: "return", SUPPORT_WRITTEN: "support",
    **dict.fromkeys(SUPPORT_OPENED, "support"),
}
SETTLES = {
    COMPLAINT_RESOLVED: "complaint", RETURN_FINISHED: "return", **dict.fromkeys(SUPPORT_SETTLED, "support"),
}
MATTER_NAMES = (*BEGINS, *SETTLES)
ABOUT_KEYS = ("return_id", "complaint_id", "ticket_id", "conversation_id", "order_id", "order_ref")  # the first told
MOST_DAYS = 180  # how far back anything is looked for
LOOKS_BACK = timedelta(days=MOST_DAYS)
OPEN_DAYS = 60.0


@dataclass(frozen=True)
class Said:
    """An event that begins or settles something, by its name; `about`: the thing, "" where it names none."""

    name: str
    about: str
    at: datetime


def read_open_days(file: TomlFile) -> float:
    """The line `[open_matters] days` of a shop's guardrails. FixConfiguration names it where it is wrong."""
    table = file.table("open_matters")
    table.refuse_unknown(frozenset({"days"}))
    days = table.number("days", OPEN_DAYS)
    if not 1 <= days <= MOST_DAYS:
        raise table.fail("days", "must be from 1 to {most}", most=MOST_DAYS)
    return days


def has_open_matter(said: Iterable[Said], now: datetime, days: float) -> bool:
    """Whether anything is open at that moment."""
    since = now - timedelta(days=days)
    begun, settled = dict[tuple[str, str], datetime](), dict[tuple[str, str], datetime]()
    for each in said:
        if each.name in SETTLES:
            _keep_latest(settled, (SETTLES[each.name], each.about), each.at)
        elif each.at > since and _begins(each):
            _keep_latest(begun, (BEGINS[each.name], each.about), each.at)
    return any(
        all(at > settled.get((kind, thing), since) for thing in {about, ""}) for (kind, about), at in begun.items())


def _keep_latest(moments: dict[tuple[str, str], datetime], key: tuple[str, str], at: datetime) -> None:
    moments[key] = max(at, moments.get(key, at))


def _begins(said: Said) -> bool:
    """A message to a support desk takes a talk up again only where it says which."""
    return said.name in BEGINS and (said.name != SUPPORT_WRITTEN or said.about != "")


def find_with_open(said: pl.DataFrame, now: datetime, days: float) -> pl.DataFrame:
    """`has_open_matter` of everybody at once: `person` of those with anything open, of `person, name, about, at`."""
    known = said.with_columns(kind=pl.col("name").replace_strict(BEGINS | SETTLES, return_dtype=pl.String))
    latest = pl.col("at").max()
    begun = known.filter(
        pl.col("name").is_in(list(BEGINS)), pl.col("at") > now - timedelta(days=days),
        (pl.col("name") != SUPPORT_WRITTEN) | (pl.col("about") != ""),
    ).group_by("person", "kind", "about").agg(latest)
    settled = known.filter(pl.col("name").is_in(list(SETTLES))).group_by("person", "kind", "about").agg(
        settled_at=latest)
    at_large = settled.filter(pl.col("about") == "").select("person", "kind", all_settled_at="settled_at")
    seen = begun.join(settled, on=("person", "kind", "about"), how="left").join(
        at_large, on=("person", "kind"), how="left")
    is_open = pl.all_horizontal(
        (pl.col("at") > pl.col(each)).fill_null(value=True) for each in ("settled_at", "all_settled_at"))
    return seen.filter(is_open).select("person").unique()
