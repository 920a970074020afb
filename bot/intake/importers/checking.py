"""Rows as received + a mapping -> what can be stored, and the rest with the reason. Columns at once; writes nothing."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import polars as pl

from bot.intake.importers.mapping import SENDER, Column, Mapping, type_of_kind
from bot.intake.importers.values import as_text, is_filled, read_values
from bot.intake.silos.protocol import ROW

IDENTIFIED = "Identified"
MAX_ID_CHARACTERS = 320
MAX_NAME_CHARACTERS = 128
MAX_MESSAGE_ID_CHARACTERS = 128
_FUTURE_TOLERANCE = timedelta(days=1)
_EARLIEST = datetime.fromisoformat("1900-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Checked:
    """What a page of rows says.

    `rows`: row, of (the rows of the source that it is made of), message_id, kind, value (whose it is), type, name,
    properties and traits as JSON, occurred_at; `links`: row, kind, value of the further identities;
    `rejects`: row, reason. An order of several rows is its first one's, here and in `links`.
    """

    rows: pl.DataFrame
    links: pl.DataFrame
    rejects: pl.DataFrame
    counts: Counter[str] = field(default_factory=Counter)  # `filled:<field>`, `invalid:<field>`

    def rows_of(self, row: int) -> list[int]:
        """The rows of the source that `row` of `rows` is made of."""
        found: list[int] = self.rows.filter(pl.col("row") == row)["of"][0].to_list()
        return found


class _Page:
    """A page being read: its good columns, and the first complaint about each row."""

    def __init__(self, raw: pl.DataFrame, mapping: Mapping) -> None:
        self.raw, self.mapping = raw, mapping
        self.of = raw.select(pl.concat_list(ROW).alias("of")).to_series()
        self.products: pl.Series | None = None
        self.reason = pl.Series("reason", [None] * raw.height, dtype=pl.String)
        self.counts: Counter[str] = Counter()

    def refuse(self, where: pl.Series, reason: str) -> None:
        """Keep a complaint where there is none yet."""
        where = where.fill_null(value=True) & self.reason.is_null()
        if where.any():
            self.reason = self.reason.set(where, reason)

    def read(self, name: str, column: Column) -> pl.Series:
        """A field; rows in which something is written that is none of its type are refused."""
        if column.column not in self.raw.columns:
            values = pl.Series(name, [None] * self.raw.height, dtype=pl.String)
        else:
            values = self.raw[column.column]
        mapping = self.mapping
        read = read_values(values, column, decimal=mapping.decimal, timezone=mapping.timezone, region=mapping.region)
        filled = is_filled(values)
        wrong = filled & read.is_null()
        self.counts[f"filled:{name}"] += self._count(filled)
        if wrong.any():
            self.counts[f"invalid:{name}"] += self._count(wrong)
            self.refuse(wrong, f"{name}: no {column.type}{' in ' + column.currency if column.type == 'money' else ''}")
        if read.dtype == pl.String:
            self.refuse(read.str.contains("\0", literal=True).fill_null(value=False), f"{name}: holds U+0000")
        return read.alias(name)

    def _count(self, where: pl.Series) -> int:
        return int(where.sum()) if self.products is None else int(self.of.filter(where).list.len().sum())


def check_rows(raw: pl.DataFrame, mapping: Mapping, silo: str, now: datetime) -> Checked:
    """Every row of `raw` (with its number in ROW) once: in `rows` or in `rejects`."""
    page = _gather_orders(raw, mapping) if mapping.lines else _Page(raw, mapping)
    raw = page.raw
    kind, value, links = _read_identities(page, silo)
    name, at = _read_event(page, now)
    properties = _with_products(_to_json(page, "properties"), page.products)
    traits = _to_json(page, "traits")
    message_id = _message_ids(page, silo)
    rows = pl.DataFrame({
        "row": raw[ROW], "of": page.of, "message_id": message_id, "kind": kind, "value": value,
        "type": pl.Series(["track" if mapping.event else "identify"]).new_from_index(0, raw.height),
        "name": name, "properties": properties, "traits": traits, "occurred_at": at,
    })
    rows = _refuse_repeats(page, rows)
    used = page.reason.is_null()
    refused = pl.DataFrame({"row": page.of, "reason": page.reason}).filter(~used)
    return Checked(rows.filter(used), links, refused.explode("row"), page.counts)


def _gather_orders(raw: pl.DataFrame, mapping: Mapping) -> _Page:
    """Rows that follow one another with the same key are one: its first, with `products` of all.

    One bad line refuses its order: an order without one of its lines would be another.
    """
    keys = [pl.col(each) if each in raw.columns else pl.lit(None).alias(each) for each in _key_of(mapping)]
    number = raw.select(pl.struct(keys).rle_id()).to_series()
    lines = _Page(raw, mapping)
    products = _to_json(lines, "lines")
    told = pl.DataFrame({"number": number, "row": raw[ROW], "line": products, "reason": lines.reason})
    orders = told.group_by("number", maintain_order=True).agg(
        pl.col("row").first(), pl.col("row").alias("of"), pl.col("reason").drop_nulls().first(),
        pl.col("line").str.join(","), is_torn=pl.col("row").last() - pl.col("row").first() >= pl.len(),
    )
    page = _Page(raw.filter(number != number.shift().fill_null(-1)), mapping)
    page.of, page.products, page.reason, page.counts = orders["of"], orders["line"], orders["reason"], lines.counts
    page.refuse(orders["is_torn"], "lines: one between these is broken")
    return page


def _key_of(mapping: Mapping) -> tuple[str, ...]:
    return mapping.event.key if mapping.event else ()


def _read_identities(page: _Page, silo: str) -> tuple[pl.Series, pl.Series, pl.DataFrame]:
    """Whose row it is: the first filled identity; the further ones are links."""
    mapping, raw = page.mapping, page.raw
    kind = pl.Series("kind", [None] * raw.height, dtype=pl.String)
    value = kind.alias("value")
    links: list[pl.DataFrame] = []
    for each, identity in mapping.identities.items():
        read = page.read(f"identities.{each}", Column(column=identity.column, type=type_of_kind(each)))
        prefix = mapping.prefix_of(each, silo)
        read = (prefix + read).alias("value") if prefix else read
        page.refuse((read.str.len_chars() > MAX_ID_CHARACTERS).fill_null(value=False),
                    f"identities.{each}: longer than {MAX_ID_CHARACTERS} characters")
        first = kind.is_null() & read.is_not_null()
        kind, value = kind.set(first, each), value.zip_with(~first, read)
        if each != SENDER:
            further = read.is_not_null() & ~first
            links.append(pl.DataFrame({"row": raw[ROW], "value": read}).filter(further).with_columns(kind=pl.lit(each)))
    page.refuse(kind.is_null(), "identities: nobody is named")
    schema = {"row": pl.Int64, "value": pl.String, "kind": pl.String}
    linked = pl.concat([each.cast({"row": pl.Int64}) for each in links]) if links else pl.DataFrame(schema=schema)
    return kind, value, linked


def _read_event(page: _Page, now: datetime) -> tuple[pl.Series, pl.Series]:
    """The event's name and moment; a customer's row is as it is now."""
    event, height = page.mapping.event, page.raw.height
    if event is None:
        return (pl.Series("name", [IDENTIFIED]).new_from_index(0, height),
                pl.Series("at", [now]).cast(pl.Datetime("us", "UTC")).new_from_index(0, height))
    at = page.read("event.time", Column(column=event.time, type="time", format=event.time_format))
    page.refuse(at.is_null(), "event.time: is empty")
    page.refuse((at > now + _FUTURE_TOLERANCE).fill_null(value=False), "event.time: lies in the future")
    page.refuse((at < _EARLIEST).fill_null(value=False), "event.time: lies before 1900")
    if event.name:
        return pl.Series("name", [event.name]).new_from_index(0, height), at
    name = page.read("event.name", Column(column=event.name_column))
    page.refuse(name.is_null(), "event.name: is empty")
    if event.names:
        known = {key.strip().lower(): value for key, value in event.names.items()}
        name = name.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)
        page.refuse(name.is_null(), "event.name: is not in [event.names]")
    page.refuse((name.str.len_chars() > MAX_NAME_CHARACTERS).fill_null(value=False), "event.name: too long")
    return name, at


def _to_json(page: _Page, group: str) -> pl.Series:
    """One JSON object a row, of what is filled."""
    columns: dict[str, Column] = getattr(page.mapping, group)
    if not columns:
        return pl.Series(group, ["{}"]).new_from_index(0, page.raw.height)
    read = {name: page.read(f"{group}.{name}", column) for name, column in columns.items()}
    frame = pl.DataFrame([values.alias(name) for name, values in read.items()])
    parts = [_part(name, columns[name], frame[name].dtype) for name in columns]
    body = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return frame.select(pl.concat_str(pl.lit("{"), body, pl.lit("}")).alias(group)).to_series()


def _with_products(properties: pl.Series, products: pl.Series | None) -> pl.Series:
    if products is None:
        return properties
    frame = pl.DataFrame({"rest": properties.str.strip_suffix("}"), "products": products})
    comma = pl.when(pl.col("rest") == "{").then(pl.lit("")).otherwise(pl.lit(","))
    whole = pl.concat_str("rest", comma, pl.lit('"products":['), "products", pl.lit("]}"))
    return frame.select(whole.alias("properties")).to_series()


def _part(name: str, column: Column, dtype: pl.DataType) -> pl.Expr:
    """`"name":value`, null where the value is."""
    key, value = orjson.dumps(name).decode() + ":", pl.col(name)
    if column.type == "json" or dtype.is_integer() or dtype == pl.Boolean:
        return pl.lit(key) + value.cast(pl.String)
    if dtype == pl.Datetime("us", "UTC"):
        value = value.dt.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00")
    encoded = pl.struct(value.alias(name)).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")
    return pl.when(pl.col(name).is_not_null()).then(encoded)


def _message_ids(page: _Page, silo: str) -> pl.Series:
    """Silo, records and the row's key; without a key its content. The same row has the same one for ever."""
    mapping, raw = page.mapping, page.raw
    start = f"{silo}:{mapping.records}:"
    keys = _key_of(mapping)
    if not keys:
        return _digest_rows(raw.select(pl.exclude(ROW)), start)
    key = _join_keys(page, keys)
    page.refuse(key.is_null(), f"event.key: {' or '.join(keys)} is empty")
    ids = (start + key).alias("message_id")
    long = (ids.str.len_chars() > MAX_MESSAGE_ID_CHARACTERS).fill_null(value=False)
    if long.any():
        ids = ids.zip_with(~long, pl.Series([_digest(each, start) if each else None for each in ids], dtype=pl.String))
    return ids


def _join_keys(page: _Page, keys: tuple[str, ...]) -> pl.Series:
    frame = pl.DataFrame([page.read(f"event.key.{each}", Column(column=each)).alias(each) for each in keys])
    if len(keys) > 1:  # so that ("a|b", "c") and ("a", "b|c") stay two
        frame = frame.with_columns(pl.all().str.replace_all("|", "||", literal=True))
    return frame.select(pl.concat_str(pl.all(), separator="|;").alias("message_id")).to_series()


def _digest_rows(raw: pl.DataFrame, start: str) -> pl.Series:
    """Of what is filled, column by column: whatever page it comes in, the same row has the same digest."""
    texts = pl.DataFrame([as_text(raw[name]).alias(name) for name in sorted(raw.columns)])
    parts = [pl.lit(f"{name}\x1f") + pl.col(name) for name in texts.columns]
    joined = texts.select(pl.concat_str(parts, separator="\x1e", ignore_nulls=True)).to_series()
    return pl.Series("message_id", [_digest(each, start) for each in joined], dtype=pl.String)


def _digest(text: str, start: str) -> str:
    return start + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _refuse_repeats(page: _Page, rows: pl.DataFrame) -> pl.DataFrame:
    """A key that comes twice with other words is refused, never dropped in silence; the same row twice is one."""
    if rows["message_id"].is_unique().all():
        return rows
    good = rows.with_columns(reason=page.reason).filter(pl.col("reason").is_null())
    first = good.group_by("message_id", maintain_order=True).agg(
        pl.col("row").first().alias("first_row"), pl.col("properties").first().alias("first_properties"))
    joined = rows.join(first, on="message_id", how="left", maintain_order="left")
    later = (joined["first_row"] < joined["row"]).fill_null(value=False)
    other = later & (joined["properties"] != joined["first_properties"]).fill_null(value=False)
    page.refuse(other, "event.key: another row with other words has the same key")
    page.counts["repeated"] += int((later & ~other & page.reason.is_null()).sum())
    return rows
