"""Stage B2: records -> the pairs worth comparing. Runs in DuckDB; changes nothing but its own tables.

Each rule gives a record some keys; two records that share a key are compared. A key that stands on
more than its share of records is no key: it would cost much and prove nothing.
"""

import duckdb

from bot.profile.resolution.records import CONTACTS, Column

MOST_SHARING = 100  # records with one key
MOST_SHARING_WEAK = 50  # keys that tell little: one word of a name, a day, a place
_ALIKE = 0.85  # Jaro-Winkler: given names of one person, typing errors included
_PAIRED = ("date", "postcode", "place", "street", "category")  # roles that narrow a word of a name


def find_candidates(connection: duckdb.DuckDBPyConnection, columns: list[Column]) -> int:
    """Fill the table `pairs` (a < b) from the tables `records` and `words`; their number."""
    connection.execute("CREATE OR REPLACE TABLE met (a INTEGER, b INTEGER)")
    for query, most in list_keys(columns):
        connection.execute(
            f"CREATE OR REPLACE TABLE keys AS SELECT DISTINCT id, k FROM ({query}) WHERE k IS NOT NULL "
            f"QUALIFY count(*) OVER (PARTITION BY k) BETWEEN 2 AND {most}"
        )
        connection.execute("INSERT INTO met SELECT x.id, y.id FROM keys x JOIN keys y ON x.k = y.k AND x.id < y.id")
    connection.execute("CREATE OR REPLACE TABLE pairs AS SELECT DISTINCT a, b FROM met ORDER BY a, b")
    connection.execute("DROP TABLE met; DROP TABLE IF EXISTS keys")
    return int(connection.sql("SELECT count(*) FROM pairs").fetchall()[0][0])


def list_keys(columns: list[Column]) -> list[tuple[str, int]]:
    """The rules, each as a query of (id, k) and the most records that may share a key."""
    rules = [(f"SELECT id, {_concat('w', key)} AS k FROM words JOIN records USING (id)", most)
             for key, most in _narrowing(columns)]
    if any(column.role == "place" for column in columns):
        rules += [(f"SELECT id, {_concat(part, 'city')} AS k FROM words JOIN records USING (id) WHERE length(w) > 4",
                   MOST_SHARING) for part in ("left(w, 4)", "right(w, 4)")]
    if any(column.role == "postcode" for column in columns):
        rules.append((f"SELECT id, {_concat('left(w, 4)', 'postcode_area')} AS k FROM words JOIN records USING (id) "
                      "WHERE length(w) > 4", MOST_SHARING))
    rules.append(("SELECT x.id, x.w || '|' || y.w AS k FROM words x JOIN words y ON x.id = y.id AND x.w < y.w",
                  MOST_SHARING))
    rules.append(("SELECT id, w AS k FROM words", MOST_SHARING_WEAK))
    rules += [(f"SELECT id, {key} AS k FROM records", most) for key, most in _whole(columns)]
    return rules


def _narrowing(columns: list[Column]) -> list[tuple[str, int]]:
    """What makes a word of a name rare enough."""
    keys = [(column.name, MOST_SHARING) for column in columns if column.role in _PAIRED and column.name != "gender"]
    if any(column.role == "postcode" for column in columns):
        keys.append(("postcode_area", MOST_SHARING))
    if any(column.role == "date" for column in columns):
        keys.append(("left(birth_date, 4)", MOST_SHARING))
        keys.append(("nullif(right(birth_date, 5), '01-01')", MOST_SHARING))
    return keys


def _whole(columns: list[Column]) -> list[tuple[str, int]]:
    """Keys that need no word of a name as it is spelt."""
    names = {column.name for column in columns}
    keys: list[tuple[str, int]] = [(name, MOST_SHARING) for name in (*CONTACTS, "postcode") if name in names]
    if {"given_name", "family_name"} <= names:
        keys.append((_concat("left(given_name, 3)", "left(family_name, 4)"), MOST_SHARING))
        keys.append((_concat("right(given_name, 3)", "right(family_name, 4)"), MOST_SHARING))
    if "email" in names:
        keys.append(("nullif(split_part(email, '@', 1), '')", MOST_SHARING_WEAK))
    if "birth_date" not in names:
        return keys
    keys.append(("CASE WHEN right(birth_date, 5) <> '01-01' THEN birth_date END", MOST_SHARING_WEAK))
    keys += [(_concat("birth_date", other), MOST_SHARING_WEAK)
             for other in ("postcode_area", "city", "occupation", "street") if other in names
             or (other == "postcode_area" and "postcode" in names)]
    if {"given_name", "family_name"} <= names:
        keys.append((_concat("left(given_name, 2)", "left(family_name, 2)", "left(birth_date, 4)"), MOST_SHARING))
    if "city" in names:
        keys.append((_concat("city", "left(birth_date, 4)"), MOST_SHARING_WEAK))
    return keys


def _concat(*parts: str) -> str:
    """NULL when any part is."""
    return " || '|' || ".join(parts)


def find_households(connection: duckdb.DuckDBPyConnection, columns: list[Column]) -> list[tuple[int, int]]:
    """Candidates behind one mailbox, phone or door whose given names differ: a family, or twins. Rarely one person."""
    names = {column.name for column in columns}
    contacts = [f"x.{name} = y.{name}" for name in CONTACTS if name in names]
    if not contacts or "given_name" not in names:
        return []
    swapped = "AND coalesce(x.given_name <> y.family_name, true) AND coalesce(x.family_name <> y.given_name, true)"
    rows = connection.sql(
        "SELECT a, b FROM pairs JOIN records x ON x.id = a JOIN records y ON y.id = b "
        f"WHERE ({' OR '.join(contacts)}) AND least(length(x.given_name), length(y.given_name)) > 1 "
        "AND NOT starts_with(x.given_name, y.given_name) AND NOT starts_with(y.given_name, x.given_name) "
        f"AND jaro_winkler_similarity(x.given_name, y.given_name) < {_ALIKE} "
        f"{swapped if 'family_name' in names else ''} ORDER BY a, b"
    ).fetchall()
    return [(int(one), int(other)) for one, other in rows]
