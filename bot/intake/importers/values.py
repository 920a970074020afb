"""A column as a silo writes it -> the same column in our types, null where it is empty or cannot be read.

Whole columns at once, by polars. Money never passes through binary fractions.
"""

from collections.abc import Callable

import orjson
import phonenumbers
import polars as pl
from babel.numbers import get_currency_precision

from bot.intake.importers.mapping import Column

_BLANKS = "[ \u00a0\u202f\u2009'’]"
_EMAIL = r"^[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}$"
_TRUE, _FALSE = ("true", "1", "yes", "y", "oui", "o", "vrai", "x"), ("false", "0", "no", "n", "non", "faux")
_MOMENTS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_ZONED = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z")
_HAS_ZONE = r"[+-]\d{2}:?\d{2}$"


def is_filled(values: pl.Series) -> pl.Series:
    """Whether somebody wrote anything."""
    if values.dtype == pl.String:
        return values.str.strip_chars().fill_null("") != ""
    return values.is_not_null()


def read_values(values: pl.Series, column: Column, *, decimal: str, timezone: str, region: str) -> pl.Series:
    """The column in our type: text, whole and other numbers, truths, ISO dates, moments in UTC."""
    readers: dict[str, Callable[[], pl.Series]] = {
        "text": lambda: as_text(values),
        "integer": lambda: _integer(values, decimal),
        "number": lambda: _number(values, decimal),
        "money": lambda: _money(values, column, decimal),
        "boolean": lambda: _boolean(values),
        "date": lambda: _moment(values, column.format, timezone).dt.convert_time_zone(timezone).dt.strftime("%Y-%m-%d"),
        "time": lambda: _moment(values, column.format, timezone),
        "email": lambda: _email(values),
        "phone": lambda: _phone(values, region),
        "json": lambda: _json(values),
    }
    return readers[column.type]()


def as_text(values: pl.Series) -> pl.Series:
    """Texts without outer blanks; null where nothing is left."""
    if values.dtype == pl.Float64:  # a spreadsheet's 17850.0 is the number 17850
        whole = (values == values.round(0)).fill_null(value=False) & (values.abs() < 1e15)
        return pl.select(
            pl.when(whole).then(values.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(values.cast(pl.String))
        ).to_series()
    if values.dtype in (pl.Struct, pl.List):
        return values.to_frame().select(pl.struct(pl.all()).struct.json_encode()).to_series()
    texts = values.cast(pl.String).str.strip_chars()
    return texts.set(texts == "", None)


def _plain_number(values: pl.Series, decimal: str) -> pl.Series:
    """A number's text with a point and no thousands; null where it is none."""
    texts = as_text(values)
    if texts.is_null().all():
        return texts
    texts = texts.str.replace_all(_BLANKS, "")
    group, point = (r"\.", ",") if decimal == "," else (",", r"\.")
    right = texts.str.contains(rf"^[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)({point}\d+)?$")
    texts = texts.str.replace_all(group, "")
    if decimal == ",":
        texts = texts.str.replace(",", ".", literal=True)
    return texts.set(~right.fill_null(value=False), None)


def _integer(values: pl.Series, decimal: str) -> pl.Series:
    if values.dtype.is_integer():
        return values.cast(pl.Int64, strict=False)
    if values.dtype.is_float():
        whole = values == values.round(0)
        return values.set(~whole.fill_null(value=False), None).cast(pl.Int64, strict=False)
    return _plain_number(values, decimal).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def _number(values: pl.Series, decimal: str) -> pl.Series:
    texts = values if values.dtype.is_numeric() else _plain_number(values, decimal)
    numbers: pl.Series = texts.cast(pl.Float64, strict=False)
    return numbers.set(~numbers.is_finite().fill_null(value=False), None)


def _money(values: pl.Series, column: Column, decimal: str) -> pl.Series:
    """Minor units; null where there are more decimals than the currency has."""
    if column.is_minor:
        return _integer(values, decimal)
    digits = get_currency_precision(column.currency)
    if values.dtype.is_float():
        scaled = values * 10**digits
        near = (scaled - scaled.round(0)).abs() < 1e-4
        rounded: pl.Series = scaled.round(0).set(~near.fill_null(value=False), None)
        return rounded.cast(pl.Int64, strict=False)
    if values.dtype.is_integer():
        whole: pl.Series = values.cast(pl.Int64, strict=False) * 10**digits
        return whole
    bare = values.cast(pl.String).str.replace_all(rf"(?i)[€$£¥]|{column.currency}", "")
    plain = _plain_number(bare, decimal)
    parts = plain.str.extract_groups(r"^(?<sign>[+-]?)(?<whole>\d+)(?:\.(?<rest>\d+))?$").struct.unnest()
    rest = parts["rest"].fill_null("").str.strip_chars_end("0")
    fits = plain.is_not_null() & (rest.str.len_chars() <= digits)
    minor = (parts["whole"] + rest.str.pad_end(digits, "0")).set(~fits, None).cast(pl.Int64, strict=False)
    return pl.select(pl.when(parts["sign"] == "-").then(-minor).otherwise(minor)).to_series()


def _boolean(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Boolean:
        return values
    words = as_text(values).str.to_lowercase()
    return pl.select(
        pl.when(words.is_in(_TRUE)).then(pl.lit(value=True)).when(words.is_in(_FALSE)).then(pl.lit(value=False))
    ).to_series()


def _moment(values: pl.Series, form: str, timezone: str) -> pl.Series:
    """UTC, to the microsecond. An hour that two clocks name is the earlier; one that no clock names is null."""
    if values.dtype == pl.Date:
        return _place(values.cast(pl.Datetime("us")), timezone)
    if isinstance(values.dtype, pl.Datetime):
        moments = values.dt.cast_time_unit("us")
        return moments.dt.convert_time_zone("UTC") if values.dtype.time_zone else _place(moments, timezone)
    if form in ("unix", "unix_ms"):
        scale = 1_000_000 if form == "unix" else 1_000
        numbers = _number(values, ".") * scale
        safe = numbers.set((numbers.abs() > 2.5e17).fill_null(value=False), None)
        return safe.round(0).cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    texts = as_text(values)
    if form:
        return _parse(texts, form, timezone)
    texts = texts.str.replace(r"^(\d{4}-\d{2}-\d{2})[Tt]", "$1 ").str.replace("[Zz]$", "+00:00")
    zoned = texts.str.contains(_HAS_ZONE).fill_null(value=False) & (texts.str.len_chars() > 10)
    found = pl.Series([None], dtype=pl.Datetime("us", "UTC")).extend_constant(None, len(texts) - 1) if len(
        texts) else pl.Series([], dtype=pl.Datetime("us", "UTC"))
    for forms, mask in ((_MOMENTS, ~zoned), (_ZONED, zoned)):
        for each in forms:
            open_ones = found.is_null() & mask & texts.is_not_null()
            if not open_ones.any():
                break
            found = found.zip_with(~open_ones, _parse(texts.set(~open_ones, None), each, timezone))
    return found


def _parse(texts: pl.Series, form: str, timezone: str) -> pl.Series:
    if "%z" in form or "%#z" in form or "%:z" in form:
        return texts.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
    if not any(code in form for code in ("%H", "%I", "%T", "%R", "%X", "%c", "%s")):
        return _place(texts.str.to_date(form, strict=False).cast(pl.Datetime("us")), timezone)
    return _place(texts.str.to_datetime(form, time_unit="us", strict=False), timezone)


def _place(naive: pl.Series, timezone: str) -> pl.Series:
    placed = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return placed.dt.convert_time_zone("UTC")


def _email(values: pl.Series) -> pl.Series:
    texts = as_text(values).str.to_lowercase().str.replace("^mailto:", "")
    return texts.set(~texts.str.contains(_EMAIL).fill_null(value=False), None)


def _phone(values: pl.Series, region: str) -> pl.Series:
    """E.164. Each number is looked at once, however many rows have it."""
    texts = as_text(values)
    found = {each: _to_e164(each, region) for each in texts.drop_nulls().unique()}
    return texts.replace_strict(found, return_dtype=pl.String, default=None) if found else texts


def _to_e164(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _json(values: pl.Series) -> pl.Series:
    """JSON texts, written anew; null where it is none."""
    return pl.Series(values.name, [_rewrite(each) for each in values], dtype=pl.String)


def _rewrite(value: object) -> str | None:
    try:
        return orjson.dumps(orjson.loads(value) if isinstance(value, str) else value).decode()
    except (orjson.JSONDecodeError, TypeError):
        return None
