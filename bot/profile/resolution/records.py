"""Stage B2: a table of a silo's records, whatever its columns are called -> a table that compares.

A record is what one silo said of one person. Its columns here have fixed names, and each a role that
says how two values compare; columns that are missing or empty take no part.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers
import polars as pl

from bot.errors import FixInput
from bot.profile.resolution.normalise import (
    fold,
    normalise_date,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    normalise_street,
    normalise_text,
    postcode_area,
)

Role = Literal["name", "date", "postcode", "place", "street", "email", "phone", "category"]


@dataclass(frozen=True)
class Column:
    """A column of a record: how it compares, and under which other names silos keep it."""

    name: str
    role: Role
    synonyms: tuple[str, ...] = ()


COLUMNS = (
    Column("given_name", "name", ("first_name", "firstname", "forename", "prenom")),
    Column("family_name", "name", ("last_name", "lastname", "surname", "nom")),
    Column("full_name", "name", ("name", "nom_complet")),
    Column("birth_date", "date", ("dob", "date_of_birth", "birthday", "birthdate", "date_naissance")),
    Column("postcode", "postcode", ("postal_code", "zip", "zip_code", "postcode_fake", "code_postal")),
    Column("city", "place", ("town", "suburb", "birth_place", "ville")),
    Column("street", "street", ("address", "address_1", "address_line_1", "street_address", "adresse")),
    Column("email", "email", ("email_address", "mail", "courriel")),
    Column("phone", "phone", ("phone_number", "mobile", "telephone", "tel")),
    Column("gender", "category", ("sex", "title", "civilite")),
    Column("occupation", "category", ("job", "job_title", "profession")),
)
NAMES = ("given_name", "family_name", "full_name")
CONTACTS = ("email", "phone", "street")
# What some silos write where they know nothing; folded.
_NOTHING = frozenset({
    "", "null", "none", "nan", "n a", "na", "unknown", "inconnu", "test", "xxx",
    "1900 01 01", "01 01 1900", "1970 01 01", "01 01 1970", "0001 01 01", "1111 11 11",
})


def column_of(name: str) -> str | None:
    """Our name of a silo's column or trait, None when it takes no part: `firstName` -> `given_name`."""
    spaced = "".join(f"_{each}" if each.isupper() else each for each in name).strip("_")
    plain = "_".join(fold(spaced.replace("_", " ")).split())
    for column in COLUMNS:
        if plain == column.name or plain in column.synonyms:
            return column.name
    return None


def map_columns(names: list[str]) -> dict[str, str]:
    """Ours -> theirs, the first that fits. FixInput when no column names people."""
    mapped: dict[str, str] = {}
    for name in names:
        ours = column_of(name)
        if ours:
            mapped.setdefault(ours, name)
    if not set(mapped) & set(NAMES):
        raise FixInput("columns", f"none of {', '.join(names)} holds names: call one given_name, family_name or name")
    return mapped


def normalise_records(table: pl.DataFrame, *, region: str = "FR") -> pl.DataFrame:
    """The same rows in the same order: `id` from 0, every column that holds anything, `tokens`, `postcode_area`.

    `region` is the country of phone numbers written without one. FixInput for none such, or when nobody has a name.
    """
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise FixInput("region", f"{region!r} is no country of phone numbers: FR, BE, GB, ...")
    mapped = map_columns(table.columns)
    columns = {
        column.name: _normalise(table[mapped[column.name]], _reader(column.role, region))
        for column in COLUMNS
        if column.name in mapped
    }
    if "postcode" in columns:
        columns["postcode_area"] = _normalise(columns["postcode"], postcode_area)
    made = pl.DataFrame({"id": pl.int_range(table.height, eager=True, dtype=pl.Int32), **columns})
    made = _complete_names(made)
    if made.height and made["full_name"].null_count() == made.height:
        raise FixInput("columns", "not one record holds a name")
    return made.drop([name for name in made.columns if name != "id" and made[name].null_count() == made.height])


def present_columns(records: pl.DataFrame) -> list[Column]:
    """The columns that take part in comparing these records, names first."""
    return [column for column in COLUMNS if column.name in records.columns]


def _normalise(values: pl.Series, read: Callable[[Any], str | None]) -> pl.Series:
    """Each distinct value read once."""
    known: Mapping[Any, str | None] = {value: read(value) for value in values.unique().drop_nulls().to_list()}
    return pl.Series([known.get(value) for value in values.to_list()], dtype=pl.String)


def _reader(role: Role, region: str) -> Callable[[Any], str | None]:
    readers: dict[Role, Callable[[Any], str | None]] = {
        "name": normalise_text, "place": normalise_text, "category": normalise_text, "date": normalise_date,
        "postcode": normalise_postcode, "street": normalise_street, "email": normalise_email,
        "phone": lambda value: normalise_phone(value, region),
    }
    read = readers[role]
    return lambda value: None if fold(str(value)) in _NOTHING else read(value)


def _complete_names(records: pl.DataFrame) -> pl.DataFrame:
    """Every name in every shape: the whole, its first and last word, its words."""
    for name in NAMES:
        if name not in records.columns:
            records = records.with_columns(pl.lit(None, pl.String).alias(name))
    parts = pl.concat_str("given_name", "family_name", separator=" ", ignore_nulls=True)
    whole = pl.coalesce("full_name", pl.when(parts != "").then(parts))
    words = pl.col("full_name").str.split(" ")
    return (
        records.with_columns(full_name=whole)
        .with_columns(
            tokens=words.list.set_union(parts.str.split(" "))
            .list.eval(pl.element().filter(pl.element() != "")).fill_null([]),
            given_name=pl.coalesce("given_name", pl.when(pl.col("family_name").is_null()).then(words.list.first())),
            family_name=pl.coalesce(
                "family_name", pl.when(pl.col("given_name").is_null() & (words.list.len() > 1)).then(words.list.last())
            ),
        )
    )
