"""So many customers with all that may hold a nudge, as frames ready for the store's tables. The same each time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import numpy as np
import polars as pl

from bot.decision.guardrails import Caps, Guardrails
from bot.decision.messages import Message
from bot.decision.pricing import Pricing
from bot.decision.quiet_hours import QuietHours
from bot.decision.triggers import Step, Trigger

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NAME, OFFER, ABOUT = "winter_offers", "MAILLE15", "campaign:winter_offers"
NUDGE = f"{NAME}:{OFFER}"
RIVAL = "browse_left"  # the campaign yields to it
CHANNELS = ("email", "sms", "whatsapp", "messenger", "web")
VALUES = {channel: 2.0 - number / 8 for number, channel in enumerate(CHANNELS)}
EXPIRES = timedelta(hours=6)
ZONES = ("Europe/Paris", "America/New_York", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kolkata", "Mars/Olympus")
# Strong, so that it decides much: it turns the order of channels round, and leaves alone who heard something lately.
PRICING = Pricing(4_000, {"email": 400_000, "sms": 7_000_000, "whatsapp": 5_000_000, "messenger": 40_000}, 0.9)
GUARDRAILS = Guardrails(
    caps={"marketing": Caps(per_day=1, per_week=2)}, quiet_hours={"marketing": QuietHours(time(21), time(8))},
    quiet_channels={"email": "free"}, nudge_question_seconds=3_600, pricing=PRICING,
    yields={NAME: (RIVAL,)},
)
_MERGED_EACH = 33  # one in so many was merged into the one before
Chance = np.random.Generator
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Shop:
    """What `benchmarks.profile.loading.load` takes: people at once, events in pages."""

    customers: int
    people: Frames
    told: pl.DataFrame

    def events(self) -> Iterator[pl.DataFrame]:
        """All of them; there are few."""
        yield self.told


def make_trigger(model: Trigger) -> Trigger:
    """A campaign of one offer in ten ways: five channels, two variants of each."""
    texts = {"fr": "Une offre, {name}, avec {offer} jusqu’au {day}.", "en": "An offer, {name}, till {day}: {offer}."}
    messages = (Message("warm", "offer", CHANNELS, texts), Message("short", "offer", CHANNELS, texts))
    return replace(model, channels=CHANNELS, values=VALUES, steps=(Step(OFFER, "", 0.0),), messages=messages,
                   expires_seconds=EXPIRES.total_seconds(), cooldown_seconds=86_400.0, audience="")


def make_shop(customers: int) -> Shop:
    """Customers oldest first."""
    rng = np.random.default_rng([customers, 7])
    numbers = pl.Series("n", np.arange(customers))
    tails = pl.Series("tail", rng.integers(0, 10**15, customers))
    ids = pl.select(pl.concat_str(
        pl.lit("0"), numbers.cast(pl.String).str.zfill(15), tails.cast(pl.String).str.zfill(16))).to_series()
    roots = _merge(ids)
    people = {
        "customers": pl.DataFrame({"customer_id": ids, "root_id": roots, "is_holdout": rng.random(customers) < 0.05,
                                   "created_at": _ago(rng, customers, 700)}),
        "identities": _make_identities(ids, numbers, rng), "consents": _make_consents(ids, rng),
        "traits": pl.concat([_make_traits(roots, ids, rng), _make_births(ids)]).sort("customer_id", "name"),
        "conversations": _make_conversations(ids, numbers, rng),
        "conversation_states": _make_states(roots.unique(maintain_order=True), rng),
        "outbox": _make_outbox(ids, rng), "suppressions": _make_suppressions(numbers, rng),
        "merges": _make_merges(ids, roots), "waits": _make_waits(ids, rng),
    }
    return Shop(customers, people, pl.concat([_make_events(ids, rng), _make_matters(ids)]))


def _merge(ids: pl.Series) -> pl.Series:
    number = np.arange(len(ids))
    number[1::_MERGED_EACH] -= 1
    return ids.gather(number)


def _some(rng: Chance, count: int, share: float) -> np.ndarray:
    return np.flatnonzero(rng.random(count) < share)


def _ago(rng: Chance, count: int, days: float) -> pl.Series:
    seconds = int(NOW.timestamp()) - rng.integers(60, int(days * 86_400), count)
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _pick(rng: Chance, count: int, values: tuple[str, ...], shares: tuple[float, ...]) -> pl.Series:
    return pl.Series(values).gather(rng.choice(len(values), count, p=shares))


def _make_identities(ids: pl.Series, numbers: pl.Series, rng: Chance) -> pl.DataFrame:
    frames = []
    for kind, share, prefix, suffix in (("email", 0.75, "ada", "@example.org"), ("phone", 0.35, "+336", ""),
                                        ("customer_id", 0.5, "c-", ""), ("anonymous_id", 0.4, "a-", "")):
        rows = _some(rng, len(ids), share)
        frames.append(pl.DataFrame({
            "kind": [kind] * len(rows), "value": numbers.gather(rows), "customer_id": ids.gather(rows),
            "is_verified": rng.random(len(rows)) < 0.95, "source": ["shop"] * len(rows),
            "first_seen_at": _ago(rng, len(rows), 600),
        }).with_columns(value=pl.concat_str(pl.lit(prefix), pl.col("value").cast(pl.String).str.zfill(8),
                                            pl.lit(suffix))))
    return pl.concat(frames).sort("customer_id", "kind")


def _make_consents(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    frames = []
    for channel, purpose, share in (("email", "marketing", 0.3), ("*", "marketing", 0.15), ("sms", "marketing", 0.1),
                                    ("*", "service", 0.3)):
        rows = _some(rng, len(ids), share)
        frames.append(pl.DataFrame({
            "customer_id": ids.gather(rows), "purpose": [purpose] * len(rows), "channel": [channel] * len(rows),
            "state": _pick(rng, len(rows), ("granted", "withdrawn", "pending"), (0.85, 0.1, 0.05)),
            "source": ["chat"] * len(rows), "wording": [""] * len(rows), "changed_at": _ago(rng, len(rows), 400),
        }))
    return pl.concat(frames).sort("changed_at").with_row_index("consent_id", 1)


def _make_traits(roots: pl.Series, ids: pl.Series, rng: Chance) -> pl.DataFrame:
    """One zone a person: of several the strictest chain counts, which no statement of DuckDB's says."""
    frames, ids = [], ids.filter(ids == roots)
    for name, share, values in (("timezone", 0.5, ZONES), ("language", 0.4, ("fr", "en")), ("city", 0.3, ("Lyon",))):
        rows = _some(rng, len(ids), share)
        shares = (0.7, 0.1, 0.08, 0.06, 0.05, 0.01) if name == "timezone" else (1 / len(values),) * len(values)
        frames.append(pl.DataFrame({
            "customer_id": ids.gather(rows), "name": [name] * len(rows), "silo": ["crm"] * len(rows),
            "value": _pick(rng, len(rows), tuple(f'"{each}"' for each in values), shares),
            "set_at": _ago(rng, len(rows), 300),
        }))
    return pl.concat(frames).sort("customer_id", "name")


def _make_conversations(ids: pl.Series, numbers: pl.Series, rng: Chance) -> pl.DataFrame:
    frames = []
    for channel, share in (("web", 0.12), ("whatsapp", 0.05), ("messenger", 0.03)):
        rows = _some(rng, len(ids), share)
        has_written = pl.Series(rng.random(len(rows)) < 0.8)
        frames.append(pl.DataFrame({
            "sender_id": numbers.gather(rows), "channel": [channel] * len(rows), "address": numbers.gather(rows),
            "customer_id": ids.gather(rows), "language": [""] * len(rows), "timezone": [""] * len(rows),
            "created_at": _ago(rng, len(rows), 90), "last_inbound_at": _ago(rng, len(rows), 4),
        }).with_columns(
            sender_id=pl.concat_str(pl.lit(f"{channel}-"), pl.col("sender_id").cast(pl.String)),
            address=pl.concat_str(pl.lit("336"), pl.col("address").cast(pl.String).str.zfill(8)),
            last_inbound_at=pl.when(has_written).then("last_inbound_at")))
    return pl.concat(frames).sort("customer_id", "channel")


def _make_states(roots: pl.Series, rng: Chance) -> pl.DataFrame:
    rows = _some(rng, len(roots), 0.05)
    asked = (NOW - timedelta(minutes=5)).isoformat()
    question = f'{{"open_question": {{"expects": "email", "asked_by": "request:x", "asked_at": "{asked}"}}}}'
    states = ('{"language": "fr"}', '{"handoff": {"id": "1"}}', question)
    return pl.DataFrame({
        "customer_id": roots.gather(rows), "state": _pick(rng, len(rows), states, (0.9, 0.04, 0.06)),
        "version": [1] * len(rows), "updated_at": [NOW] * len(rows),
    })


def _make_outbox(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    rows = np.sort(rng.choice(len(ids), len(ids) // 8))  # some had several
    at = _ago(rng, len(rows), 9)
    same = {"kind": "nudge", "sender_id": "", "channel": "email", "address": "x", "purpose": "marketing",
            "facts": "{}", "payload": "{}", "reason": "", "vendor_message_id": "", "attempts": 1}
    return pl.DataFrame({
        "idempotency_key": [f"old:{number}" for number in range(len(rows))], "customer_id": ids.gather(rows),
        "nudge": _pick(rng, len(rows), (NUDGE, "cart_left", RIVAL), (0.1, 0.7, 0.2)),
        "about": _pick(rng, len(rows), (ABOUT, "cart:1"), (0.5, 0.5)),
        "state": _pick(rng, len(rows), ("sent", "held"), (0.9, 0.1)), "not_before": at, "created_at": at, "sent_at": at,
    }).with_columns(pl.lit(value).alias(name) for name, value in same.items())


def _make_waits(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    """Some that are over, some of another journey, some due before and after the week around."""
    rows = _some(rng, len(ids), 0.03)
    due_at = _ago(rng, len(rows), 20) + timedelta(days=10)
    return pl.DataFrame({
        "trigger": _pick(rng, len(rows), (RIVAL, "cart_left"), (0.7, 0.3)), "customer_id": ids.gather(rows),
        "state": _pick(rng, len(rows), ("waiting", "following", "decided"), (0.6, 0.2, 0.2)), "due_at": due_at,
    }).with_columns(subject=pl.lit("product:1"), facts=pl.lit("{}"), created_at="due_at", updated_at="due_at")


def _make_suppressions(numbers: pl.Series, rng: Chance) -> pl.DataFrame:
    rows = _some(rng, len(numbers), 0.01)
    return pl.DataFrame({"n": numbers.gather(rows)}).select(
        channel=pl.lit("email"), address=pl.concat_str(pl.lit("ada"), pl.col("n").cast(pl.String).str.zfill(8),
                                                       pl.lit("@example.org")),
        scope=pl.lit("nudges"), reason=pl.lit("bounced"), times=pl.lit(1),
        changed_at=pl.lit(NOW).dt.cast_time_unit("us"))


def _make_merges(ids: pl.Series, roots: pl.Series) -> pl.DataFrame:
    merged = pl.DataFrame({"right_id": ids, "left_id": roots}).filter(pl.col("right_id") != pl.col("left_id"))
    return merged.select(
        from_root="right_id", into_root="left_id", left_id="left_id", right_id="right_id",
        moved=pl.format('["{}"]', "right_id"), state_before=pl.lit("{}"), reason=pl.lit("test"),
        merged_at=pl.lit(NOW - timedelta(seconds=30)).dt.cast_time_unit("us"))


def _make_events(ids: pl.Series, rng: Chance) -> pl.DataFrame:
    frames = []
    for name, silo, share, properties in (("Email Sent", "mailing", 0.05, "{}"),
                                          ("Offer Accepted", "prevenant", 0.01, f'{{"about": "{ABOUT}"}}')):
        rows = _some(rng, len(ids), share)
        at = _ago(rng, len(rows), 12)
        frames.append(pl.DataFrame({
            "message_id": [f"{name}-{number}" for number in rows.tolist()], "customer_id": ids.gather(rows),
            "silo": [silo] * len(rows), "type": ["track"] * len(rows), "name": [name] * len(rows),
            "properties": [properties] * len(rows), "occurred_at": at, "received_at": at,
        }))
    return pl.concat(frames)


def _make_births(ids: pl.Series) -> pl.DataFrame:
    """Days of birth that two silos know, of members of a person too; one in twelve is a minor's."""
    rng, frames = np.random.default_rng([len(ids), 8]), []
    for silo, share in (("crm", 0.2), ("shop", 0.05)):
        rows = _some(rng, len(ids), share)
        days = pl.Series(rng.integers(12 * 365, 80 * 365, len(rows)))
        born = pl.select(pl.lit(NOW.date()) - pl.duration(days=days)).to_series()
        frames.append(pl.DataFrame({
            "customer_id": ids.gather(rows), "name": ["birth_date"] * len(rows), "silo": [silo] * len(rows),
            "value": born.dt.strftime('"%Y-%m-%d"'), "set_at": _ago(rng, len(rows), 300),
        }))
    return pl.concat(frames)


def _make_matters(ids: pl.Series) -> pl.DataFrame:
    """What begins something between a person and the shop, and what settles it, or all of its kind."""
    rng, frames = np.random.default_rng([len(ids), 9]), []
    for name, share, key in (("Complaint Received", 0.02, "complaint_id"), ("Complaint Resolved", 0.01, "complaint_id"),
                             ("Return Requested", 0.04, "order_id"), ("Return Finished", 0.03, "order_id"),
                             ("Support Conversation Opened", 0.01, "conversation_id"),
                             ("Support Message Received", 0.01, "conversation_id"),
                             ("Support Conversation Pending", 0.005, "conversation_id")):
        rows = np.sort(rng.choice(len(ids) // 4, int(len(ids) * share)))  # the same people: some settle what began
        at = _ago(rng, len(rows), 120)
        about = ("{}", f'{{"{key}": "1"}}', f'{{"{key}": "2"}}')
        frames.append(pl.DataFrame({
            "message_id": [f"{name}-{number}" for number in range(len(rows))], "customer_id": ids.gather(rows),
            "silo": ["helpdesk"] * len(rows), "type": ["track"] * len(rows), "name": [name] * len(rows),
            "properties": _pick(rng, len(rows), about, (0.2, 0.5, 0.3)), "occurred_at": at, "received_at": at,
        }))
    return pl.concat(frames)
