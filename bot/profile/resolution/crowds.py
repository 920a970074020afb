"""Stage B2, guard: a value that points at too many people stops being evidence. Pure.

A till's phone number, a shared device's address or an agency's mailbox stands on the records of people
who have nothing else in common; a family's e-mail on those of two to five.
"""

from collections.abc import Sequence

import polars as pl

from bot.profile.resolution.records import CONTACTS

MOST_NAMES = 5  # initials of given names behind one mailbox, phone or door, before it is nobody's own
MOST_FAMILIES = 3


def crowded_values(records: pl.DataFrame, column: str) -> list[str]:
    """The values of a contact column that stand with too many different names."""
    if column not in records.columns or not {"given_name", "family_name"} <= set(records.columns):
        return []
    # Initials: neither a typing error nor a short form is another person.
    given, family = (pl.col(name).drop_nulls().str.slice(0, 1).n_unique() for name in ("given_name", "family_name"))
    counted = records.filter(pl.col(column).is_not_null()).group_by(column).agg(given=given, families=family)
    crowded = counted.filter((pl.col("given") > MOST_NAMES) | (pl.col("families") > MOST_FAMILIES))
    return sorted(crowded[column].to_list())


def drop_crowded(records: pl.DataFrame, columns: Sequence[str] = CONTACTS) -> tuple[pl.DataFrame, dict[str, int]]:
    """The records without such values, and how many distinct ones each column lost."""
    dropped: dict[str, int] = {}
    for column in columns:
        crowded = crowded_values(records, column)
        if crowded:
            dropped[column] = len(crowded)
            kept = pl.when(~pl.col(column).is_in(crowded)).then(pl.col(column)).alias(column)
            records = records.with_columns(kept)
    return records, dropped
