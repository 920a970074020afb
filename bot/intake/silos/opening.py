"""A file on disk -> the silo that reads it, by the end of its name."""

from pathlib import Path

from bot.errors import FixInput
from bot.intake.importers.mapping import Mapping
from bot.intake.silos.csv_file import CsvFile
from bot.intake.silos.jsonl_file import JsonLinesFile
from bot.intake.silos.protocol import Silo
from bot.intake.silos.table_file import ExcelFile, ParquetFile


def open_file(path: Path, mapping: Mapping | None, separator: str = "", encoding: str = "") -> Silo:
    """The reader for a file, by the end of its name. FixInput for one that nobody reads."""
    kind = path.suffix.lower()
    form = mapping.file if mapping else None
    if kind in (".csv", ".tsv", ".txt"):
        default = "\t" if kind == ".tsv" else ","
        sep = separator or (form.separator if form and "separator" in form.model_fields_set else default)
        return CsvFile(path, sep, encoding or (form.encoding if form else "utf-8"))
    if kind in (".jsonl", ".ndjson"):
        return JsonLinesFile(path)
    if kind in (".parquet", ".pq"):
        return ParquetFile(path)
    if kind in (".xlsx", ".xls", ".xlsb", ".ods"):
        return ExcelFile(path, form.sheet if form else "")
    raise FixInput(path.name, "must end in .csv, .tsv, .jsonl, .ndjson, .parquet or .xlsx")
