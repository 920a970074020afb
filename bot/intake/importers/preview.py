"""A file nobody has mapped yet -> a mapping to edit, guessed by what its columns are called and hold."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from bot.errors import NotFound
from bot.intake.importers.checking import check_rows
from bot.intake.importers.mapping import Column, Mapping, Type, parse_mapping
from bot.intake.importers.values import is_filled, read_values
from bot.intake.silos.protocol import ROW

_ENOUGH = 0.9  # of the filled values must be of a type
_SOME = 0.5  # where the column's name says the same
# What columns are called, in French and English, without accents and signs.
_IDENTITIES = {
    "email": r"e?mail|courriel|adresse(e)?mail|emailaddress",
    "phone": r"(tele)?phone|tel|mobile|portable|gsm|numero(de)?tel(ephone)?|phonenumber",
    "loyalty_id": r"(carte|numero|no|n|id)?(de)?fidelite|loyalty(id|card|number)?|numerocarte",
    "customer_id": r"(id|no|n|numero|code|ref)?client(e)?(id|no|number)?|customer(id|no|number|ref)?|userid|compte",
}
_TRAITS = {
    "first_name": r"prenom|firstname|givenname", "last_name": r"nom(defamille)?|lastname|surname|familyname",
    "city": r"ville|city|town", "postcode": r"cp|codepostal|postcode|postalcode|zip(code)?", "country": r"pays|country",
    "birthday": r"(date(de)?)?naissance|birth(day|date)|dob|nee?le", "language": r"langue|language",
    "gender": r"sexe|civilite|gender|title", "address": r"adresse|address|rue|street",
}
_TIME = r"(date|heure|horodatage|time(stamp)?|datetime|createdat|at|le|jour|moment|quand)\w*|\w*(date|at|time)"
_KEY = (
    r"(id|no|n|numero|number|ref|reference)?(de)?(commande|order|facture|invoice|ticket|transaction|vente|sale|event|"
    r"message)(id|no|number|ref)?|id|numero|reference"
)
_ORDER = r".*(commande|order|facture|invoice|ticket|montant|total|vente).*"
_MONEY = r".*(montant|total|prix|price|amount|ttc|ht|ca|spend).*"
_TOTAL = r".*(total|montant|ttc|amount).*"  # of an order ...
_PART = r".*(tva|tax|remise|discount|rabais|frais|livraison|shipping|sous|sub|unit).*|.*ht"  # ... but not these
_EVENT = r"evenement|event(name|type)?|type|action|statut|status"
_ORDERED = 'name = "Order Completed"'
_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y")


@dataclass(frozen=True)
class Preview:
    """A guessed or given mapping as text, and its first rows as they would be understood."""

    text: str
    rows: list[dict[str, str]]


def guess_mapping(sample: pl.DataFrame, records: str, *, separator: str = "", encoding: str = "") -> str:
    """A mapping's text for a sample of raw rows. Every column is in it, the unused ones as remarks."""
    decimal = "," if _looks_french(sample) else "."
    left = [name for name in sample.columns if name != ROW and bool(is_filled(sample[name]).any())]
    empty = [name for name in sample.columns if name != ROW and name not in left]
    identities = _take(left, sample, _IDENTITIES, decimal)
    traits = _take(left, sample, _TRAITS, decimal)
    time, form = _find_time(left, sample)
    is_event = bool(time) and (len(traits) < 3 or any(_matches(name, _ORDER) for name in left))
    head = [f'records = "{records}"', 'timezone = "Europe/Paris"', f'decimal = "{decimal}"', 'region = "FR"', ""]
    if separator or encoding:
        head += ["[file]", *([f'separator = "{separator}"'] if separator else []),
                 *([f'encoding = "{encoding}"'] if encoding else []), ""]
    parts = [*head, "[identities]  # who it is; the first that is filled says whose row it is"]
    parts += [f"{kind} = {_quote(name)}" for kind, name in identities.items()] or [
        '# customer_id = "..."  # nothing looked like a person: name a column']
    if is_event:
        left.remove(time)
        key = _find_order(left, sample) or _find_key(left, sample)
        parts += _event_part(left, sample, time, form, key)
        ours = _name_order(left, key, sample, decimal) if _ORDERED in parts else {}
        lines = [name for name in left if key and _differs_within(sample, key, name)]
        left = [name for name in left if name not in lines]
        if lines:
            parts += ["", "[lines]  # rows that follow one another with the same key are one order",
                      *(_field(name, sample[name], decimal) for name in lines)]
        parts += ["", "[properties]", *(_field(name, sample[name], decimal, ours.get(name, "")) for name in left)]
        left = []
    parts += ["", "[traits]", *(_field(column, sample[column], decimal, key) for key, column in traits.items())]
    parts += [_field(name, sample[name], decimal) for name in left]
    parts += [f"# {_quote(name)} is empty in the first rows" for name in empty]
    return "\n".join(parts) + "\n"


def show_rows(sample: pl.DataFrame, mapping: Mapping, silo: str, now: object, rows: int = 5) -> list[dict[str, str]]:
    """The first rows as they would be understood: whose, what, when, with what; or why not."""
    first = sample.head(rows)
    checked = check_rows(first, mapping, silo, now)  # type: ignore[arg-type]
    understood = {row["row"]: {
        "row": str(row["row"] + 1), "who": f"{row['kind']} {row['value']}", "what": row["name"],
        "when (UTC)": f"{row['occurred_at']:%Y-%m-%d %H:%M:%S}" if mapping.event else "",
        "properties": row["properties"], "traits": row["traits"], "refused": "",
    } for row in checked.rows.iter_rows(named=True)}
    for row, reason in checked.rejects.iter_rows():
        understood[row] = {"row": str(row + 1), "refused": reason}
    return [understood[row] for row in sorted(understood)]


def name_records(path: Path) -> str:
    """A word for a file's rows."""
    word = re.sub(r"[^a-z0-9]+", "_", _bare(path.stem, keep="_ -")).strip("_")[:32]
    return word if word[:1].isalpha() else f"rows_{word}"[:32]


def sniff_csv(path: Path) -> tuple[str, str]:
    """(separator, encoding) of a CSV file, by its first lines. NotFound without it."""
    try:
        with path.open("rb") as file:
            raw = file.read(65_536)
    except OSError as error:
        raise NotFound(f"there is no file {path.name}, or none that may be read") from error
    encoding = "utf-8"
    try:
        raw[: raw.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        encoding = "cp1252"
    header = raw.split(b"\n", 1)[0].decode(encoding, errors="replace")
    return max(",;\t|", key=header.count), encoding


def _find_order(left: list[str], sample: pl.DataFrame) -> str:
    """The column whose value several rows share that follow one another: they look like an order's lines."""
    for name in left:
        runs = sample[name].rle_id().n_unique()
        if _matches(name, _KEY) and sample[name].null_count() == 0 and sample[name].n_unique() == runs < sample.height:
            return name
    return ""


def _find_key(left: list[str], sample: pl.DataFrame) -> str:
    """The column that is called like a number of something, and whose every value is another; "" for none."""
    return next((name for name in left if _matches(name, _KEY) and sample[name].is_unique().all()), "")


def _name_order(left: list[str], key: str, sample: pl.DataFrame, decimal: str) -> dict[str, str]:
    """What an order's columns are called where orders are counted: its number, and what was paid for it."""
    totals = (name for name in left if _matches(name, _TOTAL) and not _matches(name, _PART))
    paid = next((name for name in totals if _type_of(name, sample[name], decimal)[0] == "money"), "")
    return {name: ours for name, ours in ((key, "order_id"), (paid, "total_minor")) if name}


def _differs_within(sample: pl.DataFrame, key: str, name: str) -> bool:
    """Whether rows of one order say different things there; what stands on its first row alone does not differ."""
    told = sample.filter(is_filled(sample[name])).group_by(key).agg(pl.col(name).n_unique().alias("told"))
    return name != key and bool((told["told"] > 1).any())


def _event_part(left: list[str], sample: pl.DataFrame, time: str, form: str, key: str) -> list[str]:
    kind = next((name for name in left if _matches(name, _EVENT) and sample[name].n_unique() < 20), "")
    parts = ["", "[event]"]
    if kind and not any(_matches(name, _ORDER) for name in left):
        left.remove(kind)
        names = sample[kind].cast(pl.String).drop_nulls().unique().sort().to_list()
        parts += [f"name_column = {_quote(kind)}"]
    else:
        names = []
        is_order = any(_matches(name, _ORDER) for name in (*left, time))
        parts += [_ORDERED if is_order else 'name = "Visited"']
    parts += [f"time = {_quote(time)}", *([f'time_format = "{form}"'] if form else [])]
    parts += [f"key = [{_quote(key)}]" if key else "# key = [...]  # what makes a row itself; now: all of its columns"]
    if names:
        parts += ["", "[event.names]  # value of the column = what happened", *(
            f"{_quote(name)} = {_quote(name)}" for name in names)]
    return parts


def _take(left: list[str], sample: pl.DataFrame, patterns: dict[str, str], decimal: str) -> dict[str, str]:
    """For each kind the first column that is called so; for addresses also the first that holds such."""
    taken: dict[str, str] = {}
    for kind, pattern in patterns.items():
        named = [name for name in left if _matches(name, pattern)]
        if kind in ("email", "phone"):
            named = [name for name in named if _holds(sample[name], kind, decimal, _SOME)] or [
                name for name in left if _holds(sample[name], kind, decimal)
                and (kind == "email" or not sample[name].dtype.is_numeric())]
        if named:
            taken[kind] = named[0]
            left.remove(named[0])
    order = ("customer_id", "loyalty_id", "email", "phone")
    return {kind: taken[kind] for kind in (order if patterns is _IDENTITIES else patterns) if kind in taken}


def _find_time(left: list[str], sample: pl.DataFrame) -> tuple[str, str]:
    named = sorted(left, key=lambda name: not _matches(name, _TIME))
    for name in named:
        form = _format_of(sample[name])
        if form is not None:
            return name, form
    return "", ""


def _format_of(values: pl.Series, enough: float = _ENOUGH) -> str | None:
    """The format that its values are written in; "" for ISO 8601, None for no moments."""
    if values.dtype.is_temporal():
        return ""
    if values.dtype != pl.String:
        return None
    return next((form for form in ("", *_FORMATS) if _share(values, Column(column="x", type="time", format=form), ".")
                 >= enough), None)


def _field(name: str, values: pl.Series, decimal: str, key: str = "") -> str:
    """One line of [properties] or [traits]."""
    kind, extra = _type_of(name, values, decimal)
    key = key or _key_of(name, kind)
    if kind == "text":
        return f"{key} = {_quote(name)}"
    return f'{key} = {{ column = {_quote(name)}, type = "{kind}"{extra} }}'


def _type_of(name: str, values: pl.Series, decimal: str) -> tuple[Type, str]:
    form = _format_of(values, _SOME if _matches(name, _TRAITS["birthday"]) else _ENOUGH)
    if form is not None:
        return "date", f', format = "{form}"' if form else ""
    if values.dtype == pl.Boolean:
        return "boolean", ""
    has_sign = values.dtype == pl.String and bool(values.str.contains("[€$£]").fill_null(value=False).any())
    if (_matches(name, _MONEY) or has_sign) and _holds(values, "money", decimal):
        return "money", ', currency = "EUR"'
    has_leading_zero = values.dtype == pl.String and bool(values.str.contains(r"^0\d").fill_null(value=False).any())
    numbers: tuple[Type, ...] = () if has_leading_zero else ("integer", "number")
    return next((kind for kind in numbers if _holds(values, kind, decimal)), "text"), ""


def _holds(values: pl.Series, kind: str, decimal: str, enough: float = _ENOUGH) -> bool:
    return _share(values, Column(column="x", type=kind), decimal) >= enough  # type: ignore[arg-type]


def _share(values: pl.Series, column: Column, decimal: str) -> float:
    filled = values.filter(is_filled(values))
    if filled.is_empty():
        return 0.0
    read = read_values(filled, column, decimal=decimal, timezone="Europe/Paris", region="FR")
    return float(read.is_not_null().sum()) / len(read)


def _looks_french(sample: pl.DataFrame) -> bool:
    texts = [sample[name] for name in sample.columns if sample[name].dtype == pl.String]
    return any(bool(each.str.contains(r"^\s*-?[\d \u00a0\u202f]+,\d{1,2}\s*€?\s*$").fill_null(value=False).any())
               for each in texts)


def _matches(name: str, pattern: str) -> bool:
    return re.fullmatch(pattern, _bare(name)) is not None


def _bare(name: str, keep: str = "") -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return "".join(each for each in plain if each.isalnum() or each in keep)


def _key_of(name: str, kind: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "_", _bare(name, keep="_ -")).strip("_")[:50] or "column"
    return f"{word}_minor" if kind == "money" and not word.endswith("_minor") else word


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def preview(
    sample: pl.DataFrame, text: str, name: str, silo: str, now: object
) -> Preview:
    """A mapping's text with the first rows as it understands them. FixConfiguration when it is wrong."""
    return Preview(text, show_rows(sample, parse_mapping(text, name), silo, now))
