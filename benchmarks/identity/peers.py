"""What ours is measured beside, in the same run: splink's documented example, recordlinkage, exact keys."""

import logging
import time
from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bot.profile.resolution.clusters import Pairs

Ints = NDArray[np.int64]
SPLINK_THRESHOLD = 0.95  # the example's own, of its connected components
Columns = dict[str, str]  # role in splink's example -> column of the file


def find_columns(table: pl.DataFrame) -> Columns:
    """The columns of splink's example, where the file has them. Others leave splink and recordlinkage out."""
    wanted = {"first_name": "first_name", "surname": "surname", "dob": "dob", "postcode": "postcode_fake",
              "birth_place": "birth_place", "occupation": "occupation"}
    return {role: name for role, name in wanted.items() if name in table.columns}


def link_by_splink_example(table: pl.DataFrame) -> tuple[Pairs, Ints]:
    """https://moj-analytical-services.github.io/splink, "Deduplicate 50k rows historical persons" (2026-11)."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    given = table.with_columns(
        unique_id=pl.int_range(table.height),
        first_name_surname_concat=pl.concat_str("first_name", "surname", separator=" "),
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"), block_on("surname", "dob"),
            block_on("first_name", "dob"), block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"), block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"), block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    with duckdb.connect() as connection:
        connection.register("given", given.to_arrow())
        connection.execute("CREATE TABLE people AS SELECT * FROM given")
        linker = Linker(DuckDBAPI(connection).register("people"), settings, log_level=None)
        train = linker.training
        train.estimate_probability_two_random_records_match(
            [
                "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
                "substr(l.first_name,1,2) = substr(r.first_name,1,2) and l.surname = r.surname "
                "and substr(l.postcode_fake,1,2) = substr(r.postcode_fake,1,2)",
                "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
            ],
            recall=0.6,
        )
        train.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
        for rule in (block_on("first_name", "surname"), block_on("dob")):
            train.estimate_parameters_using_expectation_maximisation(rule)
        predicted = linker.inference.predict(threshold_match_probability=0.01, warning_mode="never")
        wanted = "unique_id_l, unique_id_r, match_probability"
        table_of = predicted.as_duckdbpyrelation().select(wanted).to_arrow_table()
    left, right, chance = (table_of[at].to_numpy() for at in range(3))
    pairs = Pairs(left.astype(np.int64), right.astype(np.int64), chance.astype(np.float64))
    return pairs, connect(pairs, table.height, SPLINK_THRESHOLD)


def link_by_recordlinkage(table: pl.DataFrame) -> tuple[Pairs, Ints]:
    """Its documented unsupervised way: index by blocks, compare, ECMClassifier."""
    import recordlinkage
    import recordlinkage.index

    frame = table.to_pandas()
    index = recordlinkage.Index()
    for rule in (["surname", "dob"], ["first_name", "dob"], ["postcode_fake", "surname"],
                 ["postcode_fake", "first_name"], ["first_name", "surname"], ["dob", "birth_place"]):
        index.add(recordlinkage.index.Block(rule))
    candidates = index.index(frame)
    compare = recordlinkage.Compare()
    for name in ("first_name", "surname"):
        compare.string(name, name, method="jarowinkler", threshold=0.85, missing_value=0)
    for name in ("dob", "postcode_fake", "birth_place", "occupation"):
        compare.exact(name, name, missing_value=0)
    compared = compare.compute(candidates, frame)
    model = recordlinkage.ECMClassifier()
    model.fit(compared)
    chance = np.asarray(model.prob(compared), dtype=np.float64)
    left, right = (np.asarray(compared.index.get_level_values(at), dtype=np.int64) for at in (0, 1))
    pairs = Pairs(left, right, chance)
    return pairs, connect(pairs, table.height, 0.5)


def link_by_exact_key(table: pl.DataFrame) -> tuple[Pairs, Ints]:
    """Whoever agrees on every column of names and on the birth date (or e-mail): what a join in SQL does."""
    names = [name for name in ("first_name", "surname", "full_name", "name") if name in table.columns][:2]
    keys = [*names, *[name for name in ("dob", "birth_date", "email") if name in table.columns][:1]]
    key = table.select(pl.concat_str(keys, separator="|")).to_series()
    known = {value: at for at, value in enumerate(key.to_list()) if value is not None}
    labels = np.array([known.get(value, at) if value else at for at, value in enumerate(key.to_list())], dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    return Pairs(nothing, nothing, np.zeros(0)), labels


def connect(pairs: Pairs, n: int, threshold: float) -> Ints:
    """Connected components over the pairs above a chance."""
    kept = pairs.chance >= threshold
    parent = list(range(n))

    def find(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for one, other in zip(pairs.left[kept].tolist(), pairs.right[kept].tolist(), strict=True):
        parent[find(one)] = find(other)
    return np.array([find(each) for each in range(n)], dtype=np.int64)


def timed(link: Callable[[pl.DataFrame], tuple[Pairs, Ints]], table: pl.DataFrame) -> tuple[Pairs, Ints, float]:
    """What it gives, and the seconds it took."""
    started = time.monotonic()
    pairs, labels = link(table)
    return pairs, labels, time.monotonic() - started


