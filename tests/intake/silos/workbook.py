"""The smallest workbook that a spreadsheet opens: what nobody here has a package to write."""

from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZipFile

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _relation(kind: str, target: str) -> str:
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/{kind}" Target="{target}"/></Relationships>'
    )


def write_workbook(path: Path, rows: list[list[object]]) -> None:
    """One sheet of texts and numbers; the first row names the columns."""
    lines = "".join(
        f'<row r="{y}">' + "".join(_cell(f"{chr(65 + x)}{y}", value) for x, value in enumerate(row)) + "</row>"
        for y, row in enumerate(rows, 1)
    )
    with ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", f'<?xml version="1.0"?><workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}">'
                         '<sheets><sheet name="Feuil1" sheetId="1" r:id="rId1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", _relation("worksheet", "worksheets/sheet1.xml"))
        archive.writestr("xl/worksheets/sheet1.xml",
                         f'<?xml version="1.0"?><worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData></worksheet>')


def _cell(place: str, value: object) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
