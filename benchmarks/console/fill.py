"""A month of a shop's days in a SQLite store, set by set: a million customers with ten million events in minutes.

Each table is filled by one statement from a table of numbers, without its indexes; these are made again at the end, as
sorting once is quicker than ten million insertions. Triggers stay, but for the index of words, which is filled at once.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bot.bootstrap import Services

DAYS = 30
SAID = ("où est mon colis perdu", "je voudrais un remboursement", "bonjour la taille ne va pas", "where is my parcel",
        "quand arrive ma commande", "merci beaucoup", "this coat is too small", "le manteau bleu est en stock")
_DONE = ("Product Viewed", "Product Viewed", "Product Viewed", "Product Viewed", "Product Viewed", "Product Viewed",
         "Product Added", "Cart Viewed", "Email Link Clicked", "Order Rated")
_BULK = ("customers", "identities", "traits", "consents", "events", "conversations", "inbox", "messages", "decisions",
         "outbox", "purchases", "segment_members", "waits", "handoffs", "rejects", "console_trail")
_AT = "strftime('%Y-%m-%d %H:%M:%f000', :first + {n} * :span / {of})"  # the later, the higher the number
# 0 to ten million, in order.
_NUMBERS = (f"SELECT {' + '.join(f'{name}.d * {10**power}' for power, name in enumerate('gfedcba'))} AS n "
            f"FROM {' CROSS JOIN '.join(f'temp.digits {name}' for name in 'abcdefg')}")
_CANDIDATES = ('[{"name": "web:remind", "value": 0.7, "probability": 0.7, "held": {held}}, '
               '{"name": "email:remind", "value": 0.3, "probability": 0.3, "held": {held}}]')


def fill_store(services: Services, customers: int, events: int) -> float:
    """So many customers, one conversation and one decision each, and so many events; seconds. Writes."""
    began = time.monotonic()
    with _bulk(services) as run:
        run("CREATE TEMP TABLE digits (d INTEGER PRIMARY KEY)")
        run("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)")
        # At random, as ids are: neighbours in time are no neighbours in an index.
        run("CREATE TEMP TABLE people (n INTEGER PRIMARY KEY, id TEXT NOT NULL)")
        run(f"INSERT INTO people SELECT n, lower(hex(randomblob(16))) FROM ({_NUMBERS} LIMIT :most)", most=customers)
        now = services.clock()
        _fill(run, {
            "first": _julian(now - timedelta(days=DAYS)), "span": float(DAYS), "people": customers, "events": events,
            "count": len(services.triggers),
        }, [each.name for each in services.triggers])
    return time.monotonic() - began


def _fill(run: Any, values: dict[str, Any], journeys: list[str]) -> None:
    everybody = "FROM temp.people"
    at, held = _AT.format(n="n", of=":people"), _CANDIDATES.replace("{held}", '["cap_week"]')
    free, journey = _CANDIDATES.replace("{held}", "[]"), _choice("n", journeys)
    happened = _AT.format(n="e.n", of=":events")
    last = "strftime('%Y-%m-%d %H:%M:%f000', :first)"
    inserts = {
        "customers (customer_id, root_id, is_holdout, created_at)":
            f"SELECT id, id, n % 20 = 0, {last} {everybody} ORDER BY id",
        "identities (kind, value, customer_id, is_verified, source, first_seen_at)":
            f"SELECT 'email', printf('person%07d@example.org', n), id, 1, 'shop', {last} {everybody}",
        "traits (customer_id, name, silo, value, set_at)":
            f"SELECT id, 'language', 'crm', CASE n % 4 WHEN 0 THEN '\"en\"' ELSE '\"fr\"' END, {last} {everybody}",
        "consents (customer_id, purpose, channel, state, source, wording, changed_at)":
            f"SELECT id, 'marketing', 'email', CASE n % 50 WHEN 0 THEN 'withdrawn' ELSE 'granted' END, 'shop', '', "
            f"{at} {everybody} WHERE n % 2 = 0",
        "conversations (sender_id, channel, address, customer_id, language, timezone, created_at, last_inbound_at)":
            f"SELECT printf('s%07d', n), CASE n % 4 WHEN 0 THEN 'whatsapp' ELSE 'web' END, printf('b%07d', n), id, "
            f"CASE n % 4 WHEN 0 THEN 'en' ELSE 'fr' END, '', {last}, {at} {everybody}",
        "inbox (channel, message_id, sender_id, payload, state, attempts, received_at)":
            "SELECT CASE n % 4 WHEN 0 THEN 'whatsapp' ELSE 'web' END, printf('m%07d', n), printf('s%07d', n), "
            "json_object('message_id', printf('m%07d', n), 'channel', 'web', 'sender_id', printf('s%07d', n), 'text', "
            f"{_choice('n', SAID)} || ' ' || 'ref' || n), CASE n % 5000 WHEN 0 THEN 'failed' ELSE 'done' END, 1, "
            f"{at} {everybody}",
        "messages (sender_id, message_id, direction, payload, at)":
            f"SELECT printf('s%07d', n), printf('m%07d', n), 'in', '{{}}', {at} {everybody}",
        'decisions (customer_id, "trigger", subject, candidates, chosen, probability, decided_at)':
            f"SELECT id, {journey}, 's', CASE n % 2 WHEN 1 THEN '{held}' ELSE '{free}' END, CASE WHEN n % 2 = 1 "
            f"THEN '' WHEN n % 10 THEN 'web:remind' ELSE 'email:remind' END, 0.7, {at} {everybody}",
        "outbox (idempotency_key, kind, customer_id, sender_id, channel, address, purpose, nudge, about, facts, "
        "payload, state, reason, vendor_message_id, attempts, not_before, created_at)":
            f"SELECT printf('o%07d', n), 'nudge', id, printf('s%07d', n), 'web', 'a', 'marketing', "
            f"{journey}, 's', '{{}}', '{{\"text\": \"Bonjour\"}}', "
            f"CASE n % 500 WHEN 0 THEN 'failed' ELSE 'sent' END, '', '', 1, {at}, {at} {everybody} WHERE n % 2 = 0",
        "purchases (customer_id, silo, order_id, line, sold_at, quantity, amount_minor, currency, product_id, "
        "variant_id, product_type, brand, colour, size)":
            f"SELECT id, 'shop', printf('p%07d', n), 1, {at}, 1, 4000, 'EUR', '', '', '', '', '', '' {everybody} "
            "WHERE n % 5 = 0",
        "segment_members (segment, customer_id, entered_at)":
            f"SELECT CASE n % 2 WHEN 0 THEN 'regulars' ELSE 'big_spenders' END, id, {at} {everybody} WHERE n % 3 = 0",
        'waits ("trigger", customer_id, subject, facts, due_at, state, created_at, updated_at)':
            f"SELECT {journey}, id, 's', json_object('event_id', n, 'event_at', {at} || '+00:00', 'first_due_at', "
            f"{at} || '+00:00'), {at}, CASE n % 20 WHEN 0 THEN 'waiting' ELSE 'decided' END, "
            f"{at}, {at} {everybody}",
        "handoffs (turn_key, reference, name, sender_id, customer_id, channel, language, about, order_number, email, "
        "summary, state, taken_by, asked_at, outside_ref, outside_state, outside_heard, outside_told)":
            f"SELECT printf('t%07d', n), 'R', '', printf('s%07d', n), id, 'web', 'fr', 'x', '', '', '', "
            f"CASE n % 5000 WHEN 0 THEN 'waiting' ELSE 'ended' END, '', {at}, '', '', 0, 0 "
            f"{everybody} WHERE n % 100 = 0",
        "console_trail (at, person, deed, about, note)":
            f"SELECT {at}, 'demo', 'saw', 'customer:' || id, '' {everybody} WHERE n % 10 = 0",
        "events (message_id, customer_id, silo, type, name, properties, occurred_at, received_at)":
            f"SELECT printf('e%09d', e.n), (SELECT p.id FROM temp.people p WHERE p.n = (e.n * 7919) % "
            f":people), "
            f"{_choice('e.n', ('web', 'web', 'web', 'web', 'web', 'shop', 'web', 'web', 'mail', 'web'))}, 'track', "
            f"{_choice('e.n / 7', _DONE)}, '{{}}', {happened}, {happened} "
            f"FROM ({_NUMBERS} LIMIT :events) e",
    }
    for table, rows in inserts.items():
        run(f"INSERT INTO {table} {rows}", **values)
    _refuse(run, values, last)


def _refuse(run: Any, values: dict[str, Any], last: str) -> None:
    """Forty imports of two silos, of which one refused a customer in ten."""
    counts = "json_object('used', :people / 20, 'rejected:traits.spend: no number', :people / 10)"
    run("INSERT INTO import_runs (silo, source, position, counts, state, started_at, finished_at) SELECT 'crm', "
        f"'clients' || a.d || b.d || '.csv@1#people', :people, {counts}, 'done', {last}, {last} "
        "FROM temp.digits a, temp.digits b WHERE a.d < 4", **values)
    run("INSERT INTO rejects (silo, run_id, row, reason, payload, received_at) SELECT 'crm', 1 + n % 40, n, "
        "'traits.spend: no number', json_object('E-mail', printf('person%07d@example.org', n), 'Prénom', 'Camille', "
        f"'Nom', 'Martin', 'Ville', 'Lyon', 'Montant', '12,50', 'Date', '03/11/2026'), {last} FROM temp.people "
        "WHERE n % 10 = 0", **values)


def _choice(number: str, words: tuple[str, ...] | list[str]) -> str:
    cases = " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(words))
    return f"CASE ({number}) % {len(words)} {cases} END"


def _julian(moment: Any) -> float:
    return float(moment.timestamp() / 86_400 + 2_440_587.5)


@contextmanager
def _bulk(services: Services) -> Iterator[Any]:
    """Runs statements outside of any transaction but their own, with the indexes of the large tables away."""
    raw = services.store.engine.raw_connection()
    driver: Any = raw.driver_connection
    try:
        for pragma in ("synchronous=OFF", "secure_delete=OFF", "foreign_keys=OFF", "cache_size=-1500000",
                       "temp_store=MEMORY", "journal_size_limit=0"):
            driver.execute(f"PRAGMA {pragma}")
        marks = ", ".join("?" * len(_BULK))
        indexes = driver.execute(
            f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN ({marks})",
            _BULK).fetchall()
        for name, _ in indexes:
            driver.execute(f"DROP INDEX {name}")

        def run(statement: str, **values: Any) -> None:
            began = time.monotonic()
            driver.execute(statement, values)
            print(f"{time.monotonic() - began:6.1f} s  {statement[:70]}", file=sys.stderr)

        yield run
        for _, sql in indexes:
            run(sql)
        run("ANALYZE")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.invalidate()  # with its pragmas
        raw.close()
