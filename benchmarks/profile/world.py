"""A shop's customers and what they did in two years, as frames ready for the tables. The same each time.

Shapes are those of the Segment Spec and of its published clients: most events are pages and product views, few
are orders; a few customers do most of it. Ids begin with a moment, as analytics-next makes them, so events
arrive in the order of their ids.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(days=730)
EVENTS_EACH = 50  # of a customer, on average
TYPES, COLOURS, SIZES = ("shoes", "coat", "scarf", "dress"), ("navy", "red", "black", "white", "green"), "SML"
CITIES = ("Lyon", "Paris", "Nice", "Lille", "Nantes", "Rennes")
FIRST = ("Adèle", "Bruno", "Chloé", "Damien", "Élodie", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Karine", "Loïc")
LAST = ("Martin", "Bernard", "Dubois", "Thomas", "Robert", "Petit", "Durand", "Leroy", "Moreau", "Simon", "Garcia")
_AT_ONCE = 500_000  # events of a frame
_SKEW = 1.2  # of the lognormal that activity follows: the busiest hundredth does a tenth of everything
_MERGED_EACH = 33  # one in so many was merged into another
_VIEW, _ORDER, _REVIEW, _MAIL, _PAGE, _REFUND = range(6)
# name, silo, type, share, what its properties are like
KINDS = (
    ("Home", "web", "page", 0.24, _PAGE), ("Product Viewed", "web", "track", 0.46, _VIEW),
    ("Product Added", "web", "track", 0.08, _VIEW), ("Cart Viewed", "web", "track", 0.06, _PAGE),
    ("Checkout Started", "web", "track", 0.03, _PAGE), ("Email Sent", "mailing", "track", 0.06, _MAIL),
    ("Email Opened", "mailing", "track", 0.032, _MAIL), ("Order Completed", "shop", "track", 0.033, _ORDER),
    ("Order Refunded", "shop", "track", 0.002, _REFUND), ("Product Reviewed", "web", "track", 0.003, _REVIEW),
)
Frames = dict[str, pl.DataFrame]
Chance = np.random.Generator


@dataclass(frozen=True)
class World:
    """So many customers, with all that is said of them; `events` come in pages, oldest first."""

    customers: int
    people: Frames
    ids: pl.Series
    activity: np.ndarray[Any, Any]  # cumulated, up to 1

    @property
    def event_count(self) -> int:
        """How many events there are."""
        return self.customers * EVENTS_EACH

    def events(self, at_once: int = _AT_ONCE) -> Iterator[pl.DataFrame]:
        """Every event, in the order of time and of ids."""
        for start in range(0, self.event_count, at_once):
            share = start / self.event_count, min(start + at_once, self.event_count) / self.event_count
            seconds = (NOW - BEGAN).total_seconds()
            span = tuple(BEGAN + timedelta(seconds=seconds * each) for each in share)
            yield self.happen(min(at_once, self.event_count - start), span, seed=start)

    def happen(self, number: int, span: tuple[datetime, ...], *, seed: int) -> pl.DataFrame:
        """So many events between two moments."""
        rng = np.random.default_rng([self.customers, seed])
        who = np.searchsorted(self.activity, rng.random(number)).clip(0, self.customers - 1)
        low, high = (int(each.timestamp() * 1e6) for each in span)
        moments = np.sort(rng.integers(low, high, number))
        kind = rng.choice(len(KINDS), number, p=[each[3] for each in KINDS])
        at = pl.Series(moments).cast(pl.Datetime("us", "UTC"))
        frame = pl.DataFrame({
            "kind": kind, "customer_id": self.ids.gather(who), "at": at, "product": rng.integers(0, 5_000, number),
            "tail": rng.integers(0, 2**62, number), "n": np.arange(number) + seed,
            "pool": rng.integers(0, 2_000, number),
        })
        return _to_events(frame)


def make_world(customers: int, seed: int = 1) -> World:
    """Customers oldest first, one in thirty-three merged into the one before."""
    rng = np.random.default_rng([customers, seed])
    ids = pl.Series("customer_id", [each.hex() for each in _cut(rng.bytes(16 * customers))])
    weights = rng.lognormal(0.0, _SKEW, customers)
    people = {"customers": _make_customers(ids, rng), "identities": _make_identities(ids, rng),
              "traits": _make_traits(ids, rng), "consents": _make_consents(ids, rng),
              "conversation_states": _make_states(ids, rng)}
    people["merges"] = _make_merges(people["customers"])
    return World(customers, people, ids, np.cumsum(weights) / weights.sum())


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 16] for start in range(0, len(data), 16))


def _make_customers(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    number = len(ids)
    roots = ids.to_numpy().copy()
    merged = np.arange(1, number, _MERGED_EACH)
    roots[merged] = roots[merged - 1]
    seconds = np.sort(rng.integers(0, 700 * 86_400, number))
    made = pl.Series(int(BEGAN.timestamp() * 1e6) + seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame({"customer_id": ids, "root_id": roots, "is_holdout": rng.random(number) < 0.1,
                         "created_at": made})


def _make_merges(people: pl.DataFrame) -> pl.DataFrame:
    merged = people.filter(pl.col("customer_id") != pl.col("root_id"))
    return merged.select(
        from_root="customer_id", into_root="root_id", left_id="root_id", right_id="customer_id",
        moved=pl.format('["{}"]', "customer_id"), state_before=pl.lit("{}"), reason=pl.lit("linked:0.990"),
        merged_at=pl.lit(NOW - timedelta(days=5))  # after every consent: what DuckDB is asked knows no other case
        .dt.cast_time_unit("us"),
    )


def _make_identities(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    """A browser of most, an address of many, an account of half, a number and a card of some."""
    number = len(ids)
    shares = {"anonymous_id": 0.7, "email": 0.6, "customer_id": 0.5, "phone": 0.25, "loyalty_id": 0.15,
              "whatsapp_id": 0.05}
    shapes = {"anonymous_id": "{:032x}", "email": "someone.{}@example.org", "customer_id": "c{}",
              "phone": "+336{:08}", "loyalty_id": "L{:010}", "whatsapp_id": "336{:08}"}
    frames = []
    for kind, share in shares.items():
        owners = np.flatnonzero(rng.random(number) < share)
        names = rng.permutation(number)[owners].tolist() if kind != "email" else owners.tolist()
        frames.append(pl.DataFrame({
            "kind": kind, "value": [shapes[kind].format(each) for each in names], "customer_id": ids.gather(owners),
            "is_verified": kind != "anonymous_id", "source": "web" if kind == "anonymous_id" else "shop",
        }))
    made = pl.concat(frames).sort("kind", "value")
    return made.with_columns(first_seen_at=pl.lit(BEGAN).dt.cast_time_unit("us"))


def _make_traits(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    """What two silos say, each of its own customers; computed ones come from the events."""
    said = {"crm": (0.6, ("first_name", "last_name", "email", "city", "postcode", "birth_date")),
            "shop": (0.5, ("first_name", "last_name", "locale", "city"))}
    frames = []
    for silo, (share, names) in said.items():
        owners = np.flatnonzero(rng.random(len(ids)) < share)
        values = {
            "first_name": rng.choice(FIRST, len(owners)), "last_name": rng.choice(LAST, len(owners)),
            "email": np.char.add(np.char.add("someone.", owners.astype(str)), "@example.org"),
            "city": rng.choice(CITIES, len(owners)), "postcode": rng.integers(10_000, 99_999, len(owners)).astype(str),
            "birth_date": (np.datetime64("1940-01-01") + rng.integers(0, 24_000, len(owners))).astype(str),
            "locale": rng.choice(("fr", "en"), len(owners)),
        }
        frames += [
            pl.DataFrame({"customer_id": ids.gather(owners), "name": name, "silo": silo,
                          "value": pl.Series(values[name]).cast(pl.String)})
            for name in names
        ]
    made = pl.concat(frames).with_columns(value=pl.format('"{}"', "value"))
    at = pl.lit(NOW - timedelta(days=300)).dt.cast_time_unit("us")
    return made.sort("silo", "customer_id", "name").with_columns(set_at=at)


def _make_consents(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    frames = []
    shares = (("marketing", "email", 0.4), ("marketing", "*", 0.05), ("personalisation", "*", 0.2))
    for purpose, channel, share in shares:
        owners = np.flatnonzero(rng.random(len(ids)) < share)
        frames.append(pl.DataFrame({
            "customer_id": ids.gather(owners), "purpose": purpose, "channel": channel,
            "state": rng.choice(("granted", "withdrawn"), len(owners), p=(0.7, 0.3)), "source": "form",
            "wording": "Oui, écrivez-moi des nouvelles et des offres.",
            "changed_at": pl.Series(int((NOW - timedelta(days=400)).timestamp() * 1e6)
                                    + rng.integers(0, 390 * 86_400, len(owners)) * 1_000_000
                                    ).cast(pl.Datetime("us", "UTC")),
        }))
    return pl.concat(frames).sort("changed_at")


def _make_states(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    owners = np.flatnonzero(rng.random(len(ids)) < 0.2)
    state = json.dumps({"language": "fr", "last_order": "10027", "last_product": {
        "product_ref": "p-12", "title": "Robe d’été", "variant_ref": "", "options": {"size": "M"}}})
    return pl.DataFrame({"customer_id": ids.gather(owners), "state": state, "version": 3}).with_columns(
        updated_at=pl.lit(NOW - timedelta(days=9)).dt.cast_time_unit("us"))


def _to_events(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table `events`."""
    of_kind = {number: pl.DataFrame(KINDS, schema=["a", "b", "c", "d", "e"], orient="row")[column]
               for column, number in (("a", "name"), ("b", "silo"), ("c", "type"), ("e", "shape"))}
    frame = frame.with_columns(
        *(values.gather(frame["kind"]).alias(name) for name, values in of_kind.items()),
    ).join(_make_baskets(), on=["pool", "shape"], how="left", maintain_order="left")
    order = pl.concat_str(
        pl.lit('{"order_id":"'), pl.col("n").cast(pl.String), pl.lit('","currency":"EUR","products":'), "basket",
        pl.lit("}"))
    product = pl.concat_str(
        pl.lit('{"product_id":"p-'), pl.col("product").cast(pl.String), pl.lit('","name":"Robe d’été n° '),
        pl.col("product").cast(pl.String), pl.lit('","price_minor":'), (pl.col("product") * 7 + 990).cast(pl.String),
        pl.lit(',"currency":"EUR","position":'), (pl.col("pool") % 24).cast(pl.String), pl.lit("}"))
    page = pl.concat_str(pl.lit('{"url":"https://shop.example/'), pl.col("pool").cast(pl.String),
                         pl.lit('","title":"Boutique","referrer":""}'))
    mail = pl.concat_str(pl.lit('{"campaign":"'), (pl.col("pool") % 90).cast(pl.String), pl.lit('"}'))
    review = pl.concat_str(pl.lit('{"product_id":"p-'), pl.col("product").cast(pl.String), pl.lit('","rating":'),
                           (pl.col("pool") % 5 + 1).cast(pl.String), pl.lit("}"))
    shape = pl.col("shape")
    return frame.select(
        message_id=pl.concat_str("silo", pl.lit(":ajs-next-"), pl.col("at").dt.epoch("ms").cast(pl.String), pl.lit("-"),
                                 pl.col("tail").cast(pl.String), pl.col("n").cast(pl.String)),
        customer_id="customer_id", silo="silo", type="type", name="name",
        properties=pl.when(shape == _VIEW).then(product).when(shape == _PAGE).then(page).when(shape == _MAIL).then(mail)
        .when(shape == _REVIEW).then(review).otherwise(order),
        occurred_at="at", received_at=pl.col("at"),
    )


@lru_cache(maxsize=1)
def _make_baskets() -> pl.DataFrame:
    """What orders hold, and what is sent back: one to three lines."""
    rng = np.random.default_rng(3)
    made = [
        json.dumps([
            {"product_id": f"p-{rng.integers(5_000)}", "name": "Robe d’été", "quantity": int(rng.integers(1, 3)),
             "price_minor": int(rng.integers(900, 12_000)), "product_type": str(rng.choice(TYPES)),
             "colour": str(rng.choice(COLOURS)), "size": str(rng.choice(list(SIZES))), "brand": "Atelier"}
            for _ in range(rng.integers(1, 4))
        ], separators=(",", ":"), ensure_ascii=False)
        for _ in range(2_000)
    ]
    baskets = pl.DataFrame({"pool": np.arange(2_000), "basket": made})
    return pl.concat([baskets.with_columns(shape=pl.lit(each, pl.Int64)) for each in (_ORDER, _REFUND)])
