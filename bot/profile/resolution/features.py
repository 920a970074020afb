"""Stage B2: candidate pairs -> what two records have in common, as numbers. Runs in DuckDB.

Every number is the same whichever of the two comes first. What is missing is NaN, not 0.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from bot.profile.resolution.records import Column

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Features:
    """One row a pair (left < right, ordered by both), one column a comparison."""

    left: Ints
    right: Ints
    values: Floats
    names: tuple[str, ...]


def load_tables(connection: duckdb.DuckDBPyConnection, records: object) -> None:
    """Make the tables `records` and `words` (id, w, weight) from a frame of normalised records."""
    connection.register("given", records)
    connection.execute("CREATE OR REPLACE TABLE records AS SELECT * EXCLUDE (tokens) FROM given")
    connection.execute("CREATE OR REPLACE TABLE words AS SELECT DISTINCT id, unnest(tokens) AS w FROM given")
    connection.execute(
        "CREATE OR REPLACE TABLE words AS SELECT id, w, "
        "ln((SELECT count(*) FROM records) / count(*) OVER (PARTITION BY w)) AS weight FROM words"
    )
    connection.unregister("given")


def compare_pairs(connection: duckdb.DuckDBPyConnection, columns: list[Column]) -> Features:
    """Compare every row of `pairs`. Reads the tables that `load_tables` made."""
    weighted = [column.name for column in columns if column.name != "full_name"]
    weighted += ["postcode_area"] if "postcode" in weighted else []
    _weigh(connection, weighted)
    wanted = {**_compare_words(), **_compare_names(columns)}
    for column in columns:
        if column.role != "name":
            wanted.update(_compare_column(column))
    chosen = ", ".join(f"({sql})::FLOAT AS {name}" for name, sql in wanted.items())
    table = connection.sql(
        f"SELECT p.a, p.b, {chosen} FROM pairs p "
        "JOIN weighed x ON x.id = p.a JOIN weighed y ON y.id = p.b LEFT JOIN shared s ON s.a = p.a AND s.b = p.b "
        "ORDER BY p.a, p.b"
    ).to_arrow_table()
    values = [table[name].to_numpy(zero_copy_only=False) for name in wanted]
    left, right = (table[name].to_numpy(zero_copy_only=False).astype(np.int64) for name in ("a", "b"))
    stacked = np.column_stack(values).astype(np.float32) if len(left) else np.zeros((0, len(wanted)), np.float32)
    return Features(left, right, stacked, tuple(wanted))


def _weigh(connection: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """`weighed`: records with the surprise of each value, ln(records / records that hold it); `shared` words."""
    surprises = ", ".join(
        f"CASE WHEN {name} IS NOT NULL THEN ln(count(*) OVER () / count(*) OVER (PARTITION BY {name})) END AS u_{name}"
        for name in names
    )
    connection.execute(
        f"CREATE OR REPLACE TABLE weighed AS SELECT r.*, coalesce(t.n, 0) AS n_words, coalesce(t.weight, 0) AS u_words "
        f"FROM (SELECT *, {surprises} FROM records) r "
        "LEFT JOIN (SELECT id, count(*) AS n, sum(weight) AS weight FROM words GROUP BY id) t USING (id)"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE shared AS SELECT p.a, p.b, sum(x.weight) AS weight, max(x.weight) AS most, "
        "count(*) AS n FROM pairs p JOIN words x ON x.id = p.a JOIN words y ON y.id = p.b AND y.w = x.w "
        "GROUP BY p.a, p.b"
    )


def _compare_words() -> dict[str, str]:
    """The words of both names, in whatever order: what they share, and what one has alone."""
    weight = "coalesce(s.weight, 0)"
    return {
        "words_shared": weight, "words_rarest": "coalesce(s.most, 0)", "words_count": "coalesce(s.n, 0)",
        "words_alone_least": f"least(x.u_words, y.u_words) - {weight}",
        "words_alone_most": f"greatest(x.u_words, y.u_words) - {weight}",
        "words_of_less": f"{weight} / nullif(least(x.u_words, y.u_words), 0)",
        "words_of_more": f"{weight} / nullif(greatest(x.u_words, y.u_words), 0)",
        "words_difference": "abs(x.n_words - y.n_words)", "words_least": "least(x.n_words, y.n_words)",
    }


def _compare_names(columns: list[Column]) -> dict[str, str]:
    names = {column.name for column in columns}
    wanted: dict[str, str] = {}
    if "full_name" in names:
        wanted["full_name_alike"] = _alike("full_name")
    for name in ("given_name", "family_name"):
        if name in names:
            wanted |= {
                f"{name}_alike": _alike(name), f"{name}_same": f"(x.{name} = y.{name})::INT * x.u_{name}",
                f"{name}_initial": f"(left(x.{name}, 1) = left(y.{name}, 1))::INT",
                f"{name}_shortest": f"least(length(x.{name}), length(y.{name}))",
                f"{name}_surprise": f"x.u_{name} + y.u_{name}", f"{name}_missing": _missing(name),
            }
    if {"given_name", "family_name"} <= names:
        wanted["names_swapped"] = (
            "greatest(jaro_winkler_similarity(x.given_name, y.family_name), "
            "jaro_winkler_similarity(x.family_name, y.given_name))"
        )
    return wanted


def _compare_column(column: Column) -> dict[str, str]:
    name = column.name
    wanted = {
        f"{name}_same": f"CASE WHEN x.{name} = y.{name} THEN x.u_{name} END", f"{name}_missing": _missing(name),
        f"{name}_equal": f"(x.{name} = y.{name})::INT",
    }
    match column.role:
        case "date":
            return wanted | _compare_dates(name)
        case "postcode":
            return wanted | {
                "postcode_edits": "levenshtein(x.postcode, y.postcode)",
                "postcode_area_same": "CASE WHEN x.postcode_area = y.postcode_area THEN x.u_postcode_area END",
                "postcode_start": "(left(x.postcode, 2) = left(y.postcode, 2))::INT",
            }
        case "phone":
            return wanted | {"phone_edits": "levenshtein(x.phone, y.phone)"}
        case "email":
            mailbox = "jaro_winkler_similarity(split_part(x.email, '@', 1), split_part(y.email, '@', 1))"
            return wanted | {"email_mailbox_alike": mailbox}
        case "place" | "street":
            return wanted | {f"{name}_alike": _alike(name)}
        case _:
            return wanted


def _compare_dates(name: str) -> dict[str, str]:
    day = "coalesce((right({0}." + name + ", 5) = '01-01')::INT, 0)"  # many silos write it where they know no day
    return {
        f"{name}_edits": f"damerau_levenshtein(x.{name}, y.{name})",
        f"{name}_years": f"abs(try_cast(left(x.{name}, 4) AS INT) - try_cast(left(y.{name}, 4) AS INT))",
        f"{name}_month": f"(x.{name}[6:7] = y.{name}[6:7])::INT",
        f"{name}_day": f"(x.{name}[9:10] = y.{name}[9:10])::INT",
        f"{name}_firsts": f"{day.format('x')} + {day.format('y')}",
        f"{name}_surprise": f"x.u_{name} + y.u_{name}",
    }


def _alike(name: str) -> str:
    return f"jaro_winkler_similarity(x.{name}, y.{name})"


def _missing(name: str) -> str:
    return f"(x.{name} IS NULL)::INT + (y.{name} IS NULL)::INT"
