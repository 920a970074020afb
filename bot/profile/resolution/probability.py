"""Stage B2: candidate pairs -> splink's probability that both are one person, trained on the records themselves.

Fellegi and Sunter's model: how often a comparison agrees among the same (m, by expectation maximisation)
and among strangers (u, by sampling pairs), rarer values weighing more. Small tables, from which nothing can
be learned, keep the starting values below.
"""

import logging
from typing import Any

import duckdb
import numpy as np
import splink.comparison_level_library as levels
import splink.comparison_library as library
from numpy.typing import NDArray
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.comparison_creator import ComparisonCreator
from splink.internals.exceptions import EMTrainingException, SplinkException

from bot.profile.resolution.records import Column

Doubles = NDArray[np.float64]
_ENOUGH_TO_TRAIN = 2_000  # records
_SAMPLED_PAIRS = 5e6
# condition, m, u: from the most alike to the rest
_Level = tuple[str, float, float]


def score_by_splink(
    connection: duckdb.DuckDBPyConnection, columns: list[Column], n: int, *, seed: int
) -> Doubles:
    """A probability for every row of `pairs`, in the order of (a, b). Trains first where `n` records suffice."""
    logging.getLogger("splink").setLevel(logging.ERROR)  # it tells of every level that it could not train
    connection.execute("CREATE OR REPLACE TABLE compared AS SELECT * FROM records")
    connection.execute(
        "CREATE OR REPLACE TABLE blocked AS SELECT '0' AS match_key, a AS join_key_l, b AS join_key_r FROM pairs"
    )
    api = DuckDBAPI(connection)
    linker = Linker(api.register("compared"), _describe(columns, n), log_level=None)
    if n >= _ENOUGH_TO_TRAIN:
        _train(linker, columns, seed)
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
    predicted = linker.inference.predict(warning_mode="never").as_duckdbpyrelation()
    both = "least(id_l, id_r) AS a, greatest(id_l, id_r) AS b"
    ordered = predicted.select(f"{both}, match_probability AS p").order("a, b")
    found: Doubles = ordered.to_arrow_table()["p"].to_numpy(zero_copy_only=False)
    return found.astype(np.float64)


def _describe(columns: list[Column], n: int) -> SettingsCreator:
    compared: list[ComparisonCreator | dict[str, Any]] = [
        _compare(column) for column in columns if column.name != "full_name"
    ]
    compared.append(_compare_whole_name())
    if n >= _ENOUGH_TO_TRAIN:  # a few records say nothing of how rare a name is
        compared = [
            each.configure(term_frequency_adjustments=True) for each in compared if isinstance(each, ComparisonCreator)
        ]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=compared,
        # Never used: candidates come from candidates.py. The settings want a rule.
        blocking_rules_to_generate_predictions=[block_on("full_name")],
        probability_two_random_records_match=1 / max(n, 100),
        retain_matching_columns=False,
    )


def _compare_whole_name() -> library.CustomComparison:
    """Only where the words are the same in another order or shape: the parts are compared by themselves."""
    return _levels("full_name", ("full_name_l = full_name_r", 0.3, 0.0002), rest=(0.7, 0.9998))


def _compare(column: Column) -> library.CustomComparison:
    name = column.name
    same = f"{name}_l = {name}_r"

    def alike(least: float) -> str:
        return f"jaro_winkler_similarity({name}_l, {name}_r) >= {least}"

    match column.role:
        case "name":
            close, near = (alike(0.92), 0.15, 0.004), (alike(0.8), 0.05, 0.02)
            initial = (f"left({name}_l, 1) = left({name}_r, 1)", 0.05, 0.08)
            return _levels(name, (same, 0.7, 0.006), close, near, initial, rest=(0.05, 0.89))
        case "date":
            edit = (f"damerau_levenshtein({name}_l, {name}_r) <= 1", 0.12, 0.002)
            year = (f"left({name}_l, 4) = left({name}_r, 4)", 0.04, 0.015)
            decade = (_years_apart(name, 10), 0.02, 0.2)
            return _levels(name, (same, 0.8, 0.0001), edit, year, decade, rest=(0.02, 0.7829))
        case "postcode":
            edit = ("levenshtein(postcode_l, postcode_r) <= 1", 0.1, 0.003)
            area = ("postcode_area_l = postcode_area_r", 0.08, 0.01)
            return _levels(name, (same, 0.7, 0.001), edit, area, rest=(0.12, 0.986))
        case "email":
            box = ("split_part(email_l, '@', 1) = split_part(email_r, '@', 1)", 0.1, 0.0002)
            return _levels(name, (same, 0.6, 0.0001), box, (alike(0.92), 0.1, 0.001), rest=(0.2, 0.9987))
        case "phone":
            edit = ("levenshtein(phone_l, phone_r) <= 1", 0.1, 0.0002)
            return _levels(name, (same, 0.6, 0.0001), edit, rest=(0.3, 0.9997))
        case "place" | "street":
            return _levels(name, (same, 0.75, 0.01), (alike(0.88), 0.1, 0.01), rest=(0.15, 0.98))
        case "category":
            return _levels(name, (same, 0.9, 0.3), rest=(0.1, 0.7))


def _levels(name: str, *found: _Level, rest: tuple[float, float]) -> library.CustomComparison:
    (_, m, u), *others = found
    return library.CustomComparison(
        output_column_name=name,
        comparison_levels=[
            levels.NullLevel(name),
            levels.ExactMatchLevel(name).configure(m_probability=m, u_probability=u),
            *(levels.CustomLevel(sql).configure(m_probability=m, u_probability=u) for sql, m, u in others),
            levels.ElseLevel().configure(m_probability=rest[0], u_probability=rest[1]),
        ],
    )


def _train(linker: Linker, columns: list[Column], seed: int) -> None:
    """One maximisation for each set of columns that holds the others free; one that finds no pairs is left out."""
    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=seed)
    names = {column.name for column in columns}
    rules = [("given_name", "family_name"), ("birth_date",), ("postcode",), ("email",), ("phone",)]
    certain = [("full_name", name) for name in ("birth_date", "postcode", "email", "phone") if name in names]
    certain += [("birth_date", "postcode")] if {"birth_date", "postcode"} <= names else []
    if certain:
        linker.training.estimate_probability_two_random_records_match([block_on(*pair) for pair in certain], recall=0.6)
    for rule in rules:
        if set(rule) <= names:
            _maximise(linker, rule)


def _maximise(linker: Linker, rule: tuple[str, ...]) -> None:
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    except (EMTrainingException, SplinkException):  # no two records agree on it: nothing to learn there
        logging.getLogger(__name__).info("nothing to learn from records that agree on %s", " and ".join(rule))


def _years_apart(name: str, most: int) -> str:
    return f"abs(try_cast(left({name}_l, 4) AS INT) - try_cast(left({name}_r, 4) AS INT)) <= {most}"
