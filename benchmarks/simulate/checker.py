"""An independent look at everything that left: what does it break?

It shares no code with the system, and reads none of its tables.

It knows the simulated world's truth (who is who and where, what the shop held when), what people did and when that was
acknowledged, and what the vendor was asked to send. Times are the workers' own clocks; what came first within a round
is told by the machine's monotonic clock.

A deed done while the workers worked may count already or not yet for what left in that round: a message is wrong if it
is so either way. Only a plea to stop and an accepted offer are strict: acknowledged, they hold at once.

A vendor's refusal is heard by whoever asked: where a worker was killed it may have died with it, and counts only when
it is told again.
"""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.simulate.world import CHATS, Call, Noted, World

FACTS_AGE = timedelta(seconds=5)
DAY = timedelta(days=1)
SHOP_ZONE = "Europe/Paris"
STRICTEST_FIRST = ("withdrawn", "unknown", "granted")
EVENT_OF = {"Product Added": "cart_left", "Product Viewed": "viewed", "Stock Changed": "back",
            "Shipment Updated": "late", "Order Updated": "ready", "Birthday": "birthday"}
BEGINS = {"Return Requested": "Return Finished", "Complaint Received": "Complaint Resolved"}  # what it is settled by
EXAMPLES = 5  # of each word
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Reason:
    """What somebody did, or the shop told, that may be spoken of."""

    trigger: str
    subject: str  # product or order; "" for a birthday
    at: datetime


@dataclass
class Known:
    """What is known of a customer, as the deeds were acknowledged."""

    said: dict[tuple[str, str], tuple[datetime, int, str]] = field(default_factory=dict)  # purpose, channel -> state
    wrote_at: dict[str, datetime] = field(default_factory=dict)  # channel -> when
    has_signed_out: bool = False  # on the web
    asked_at: datetime | None = None  # our open question
    has_handoff: bool = False
    took_offer: bool = False
    open: set[tuple[str, str]] = field(default_factory=set)  # what it is settled by, and about which order
    reasons: list[Reason] = field(default_factory=list)
    got: list[Call] = field(default_factory=list)
    parted_at: datetime = NEVER


class Checker:
    """Judges round after round. `wrong` counts by the word of what was broken, `examples` keeps a few of each."""

    def __init__(self, world: World, shop_files: Path) -> None:
        """Nothing has left yet."""
        self._world = world
        self._triggers: dict[str, Any] = tomllib.loads((shop_files / "triggers.toml").read_text())["triggers"]
        self._rules: dict[str, Any] = tomllib.loads((shop_files / "guardrails.toml").read_text())
        self._message_costs: dict[str, int] = tomllib.loads((shop_files / "goals.toml").read_text())["costs"]
        self._known = {ref: self._begin(ref) for ref in world.customers}
        self._partner: dict[str, tuple[str, datetime]] = {}
        self._paused: set[str] = set()
        self._closed: set[tuple[str, str]] = set()
        self._settled: set[tuple[str, str]] = set()  # each is settled once, and what is heard late opens nothing again
        self._launched: list[datetime] = []
        self._order = 0
        self._not_heard: set[int] = set()
        self.wrong: Counter[str] = Counter()
        self.examples: list[str] = []
        self.taken: Counter[int] = Counter()  # outbox id -> how often
        self.calls: dict[int, list[Call]] = defaultdict(list)
        self.sent_days: set[tuple[str, int]] = set()  # customers and days on which something reached them

    def judge(
        self, calls: Sequence[Call], before: Sequence[Noted], racing: Sequence[Noted], *, has_killed: bool = False
    ) -> None:
        """A round: what was done before the workers began, what they sent, and what was done meanwhile; whether one of
        the workers was killed in it.
        """
        for noted in before:
            self._do(noted)
        doubtful = []
        for call in sorted(calls, key=lambda each: each.ns):
            self.calls[call.outbox_id].append(call)
            broken = self._look(call)
            if broken:
                doubtful.append((call, broken))
            self._keep(call)
        for noted in racing:
            self._do(noted)
        for call, broken in doubtful:
            still = self._look(call) if racing else broken
            if still:
                self._accuse(call, still & broken or still)
        self._look_strictly(calls, racing)
        for call in calls:
            if call.fate == "refused" and not has_killed:
                self._closed.add((call.channel, call.address))

    def _look_strictly(self, calls: Sequence[Call], racing: Sequence[Noted]) -> None:
        for noted in racing:
            if noted.deed.kind not in ("stop", "accept") or noted.ns == 0:
                continue
            for call in calls:
                if call.ns > noted.ns and self._world.owner_of(call.channel, call.address) == noted.deed.who:
                    wanted = {"stop": "consent_withdrawn", "accept": "already_taken"}[noted.deed.kind]
                    if wanted in self._look(call):
                        self._accuse(call, {wanted})

    def _accuse(self, call: Call, broken: Iterable[str]) -> None:
        for word in broken:
            self.wrong[word] += 1
            if self.wrong[word] <= EXAMPLES:
                self.examples.append(f"{word}: {call}")

    # -- what people did -----------------------------------------------------------------------

    def _begin(self, ref: str) -> Known:
        person = self._world.customers[ref]
        said = {(purpose, channel): (NEVER, 0, state) for purpose, channel, state in person.consents}
        return Known(said=said)

    def _do(self, noted: Noted) -> None:
        act = getattr(self, f"_do_{noted.deed.kind}", None)
        if act:
            act(noted.deed.who, noted.deed.details, noted.deed.at)

    def _members(self, who: str) -> list[str]:
        return [who, self._partner[who][0]] if who in self._partner else [who]

    def _do_event(self, who: str, details: dict[str, Any], at: datetime) -> None:
        name, about = details["name"], details["properties"].get("order_id", "")
        if name in BEGINS and (BEGINS[name], about) not in self._settled:
            self._known[who].open.add((BEGINS[name], about))
        elif name in BEGINS.values():
            self._settled.add((name, about))
            self._known[who].open.discard((name, about))
        trigger = EVENT_OF.get(name)
        if trigger:
            facts = details["properties"]
            subject = facts.get("product_id") or facts.get("order_ref") or ""
            self._known[who].reasons.append(Reason(trigger, subject, min(at, details["occurred_at"])))

    def _do_consent(self, who: str, details: dict[str, Any], at: datetime) -> None:
        self._order += 1
        for each in self._members(who):
            self._known[each].said[details["purpose"], details["channel"]] = (at, self._order, details["state"])

    def _do_stop(self, who: str, _details: dict[str, Any], at: datetime) -> None:
        for purpose in ("service", "marketing"):
            self._do_consent(who, {"purpose": purpose, "channel": "*", "state": "withdrawn"}, at)

    def _do_merge(self, who: str, details: dict[str, Any], at: datetime) -> None:
        other = details["other"]
        self._partner[who], self._partner[other] = (other, at), (who, at)

    def _do_unmerge(self, who: str, details: dict[str, Any], at: datetime) -> None:
        """What was granted in between binds neither, what was withdrawn both."""
        other, since = self._partner.pop(who)
        del self._partner[other]
        self._order += 1
        for each in (who, other):
            known = self._known[each]
            known.parted_at = at
            for key, (said_at, _, state) in list(known.said.items()):
                if said_at >= since:
                    known.said[key] = (at, self._order, "withdrawn" if state == "withdrawn" else "unknown")

    def _do_wrote(self, who: str, details: dict[str, Any], at: datetime) -> None:
        self._known[who].wrote_at[details["channel"]] = at

    def _do_sign_out(self, who: str, _details: dict[str, Any], _at: datetime) -> None:
        self._known[who].has_signed_out = True

    def _do_question(self, who: str, _details: dict[str, Any], at: datetime) -> None:
        self._known[who].asked_at = at

    def _do_answer(self, who: str, _details: dict[str, Any], _at: datetime) -> None:
        self._known[who].asked_at = None

    def _do_handoff(self, who: str, details: dict[str, Any], _at: datetime) -> None:
        self._known[who].has_handoff = details["begins"]

    def _do_pause(self, _who: str, details: dict[str, Any], _at: datetime) -> None:
        self._paused.add(details["journey"])

    def _do_resume(self, _who: str, details: dict[str, Any], _at: datetime) -> None:
        self._paused.discard(details["journey"])

    def _do_complaint(self, _who: str, details: dict[str, Any], _at: datetime) -> None:
        self._closed.add(("email", details["address"]))

    def _do_bounce(self, _who: str, details: dict[str, Any], _at: datetime) -> None:
        self._closed.add(("email", details["address"]))

    def _do_accept(self, who: str, _details: dict[str, Any], _at: datetime) -> None:
        self._known[who].took_offer = True

    def _do_launch(self, _who: str, _details: dict[str, Any], at: datetime) -> None:
        self._launched.append(at)

    def _do_receipt(self, _who: str, details: dict[str, Any], _at: datetime) -> None:
        if details["state"] == "failed":
            self._not_heard.add(details["outbox_id"])

    # -- what left -----------------------------------------------------------------------------

    def _keep(self, call: Call) -> None:
        if call.was_taken:
            self.taken[call.outbox_id] += 1
            owner = self._world.owner_of(call.channel, call.address)
            if owner:
                self._known[owner].got.append(call)
                self.sent_days.add((owner, call.at.toordinal()))

    def _look(self, call: Call) -> set[str]:
        """The words of everything that a message breaks."""
        owner = self._world.owner_of(call.channel, call.address)
        name, *facts = call.text.split("|")
        name = "cart_left" if name == "cart_back" else name
        if not owner or name not in self._triggers:
            return {"nobody_or_nothing"}
        trigger, members = self._triggers[name], self._members(owner)
        begun = self._find_begun(members, name, facts, trigger)
        purpose = trigger["purpose"]
        checks = {
            "consent_" + self._consent(members, purpose, call.channel): True,
            "holdout": purpose == "marketing" and any(self._world.customers[each].is_holdout for each in members),
            "cap_day": self._is_over(members, purpose, call, DAY, "per_day"),
            "cap_week": self._is_over(members, purpose, call, 7 * DAY, "per_week"),
            "quiet_hours": self._is_quiet(members, purpose, call.at) or self._is_unlawful(members, purpose, call),
            "open_question": self._has_question(members, purpose, call),
            "in_conversation": self._is_talking(members, call),
            "handoff": (call.channel in CHATS or purpose == "marketing")
            and any(self._known[each].has_handoff for each in members),
            "unreachable": (call.channel, call.address) in self._closed,
            "unverified": self._is_unproven(owner, members, name, facts, call),
            "cooldown": self._is_repeated(members, name, facts, call, trigger["cooldown_seconds"]),
            "already_taken": name == "winter" and any(self._known[each].took_offer for each in members),
            "fact_false": not self._is_true(members, call.text.split("|"), call.at),
            "window_closed": self._is_window_closed(owner, purpose, call),
            "paused": name in self._paused,
            "minor": purpose == "marketing" and any(self._is_minor(each, call.at) for each in members),
            "open_matter": purpose == "marketing" and any(self._known[each].open for each in members),
            "yields_to": self._is_anothers(members, name, call),
            **self._judge_reason(owner, begun, trigger, call),
        }
        return {word for word, holds in checks.items() if holds and word != "consent_granted"}

    def _consent(self, members: Sequence[str], purpose: str, channel: str) -> str:
        latest = []
        for each in members:
            said = self._known[each].said
            entries = [said[key] for key in ((purpose, channel), (purpose, "*")) if key in said]
            latest += [max(entries)] if entries else []
        if not latest:
            return "unknown"
        newest = max(latest)
        if len(members) > 1 and newest[0] >= self._partner[members[0]][1]:
            return newest[2]
        return min((state for _, _, state in latest), key=STRICTEST_FIRST.index)

    def _got(self, members: Sequence[str], call: Call) -> list[Call]:
        """What reached the person before."""
        return [each for member in members for each in self._known[member].got
                if each.ns < call.ns and each.outbox_id not in self._not_heard]

    def _is_over(self, members: Sequence[str], purpose: str, call: Call, span: timedelta, key: str) -> bool:
        cap = self._rules["caps"][purpose].get(key, 0)
        earlier = [each for each in self._got(members, call)
                   if each.at > call.at - span and self._purpose(each) == purpose]
        return 0 < cap <= len(earlier)

    def _is_anothers(self, members: Sequence[str], name: str, call: Call) -> bool:
        """Whether a journey that goes first reached them within the week. What it is only about to say cannot be told
        from outside: a worker may not have heard of its reason yet.
        """
        rivals = self._rules["yields"].get(name, ())
        return any(_journey(each) in rivals and each.at > call.at - 7 * DAY for each in self._got(members, call))

    def _purpose(self, call: Call) -> str:
        return str(self._triggers[_journey(call)]["purpose"])

    def _is_quiet(self, members: Sequence[str], purpose: str, at: datetime) -> bool:
        hours = self._rules["quiet_hours"][purpose]
        begins, ends = time.fromisoformat(hours["begins"]), time.fromisoformat(hours["ends"])
        zones = {self._world.customers[each].zone for each in members} - {""} or {SHOP_ZONE}
        if any(zone.startswith("Mars") for zone in zones):
            return True  # nobody knows the hour there
        clocks = [at.astimezone(ZoneInfo(zone)).time() for zone in zones]
        return any(clock >= begins or clock < ends for clock in clocks)

    def _is_unlawful(self, members: Sequence[str], purpose: str, call: Call) -> bool:
        """By the law of France, where every customer is for whom nobody knows another country."""
        law = self._rules["lawful_quiet"]["FR"]
        zones = {self._world.customers[each].zone for each in members} - {""} or {SHOP_ZONE}
        if purpose == "service" or call.channel not in law["channels"] or SHOP_ZONE not in zones:
            return False
        wall = call.at.astimezone(ZoneInfo(SHOP_ZONE))
        is_early = wall.time() < time.fromisoformat(law["ends"]) or wall.time() >= time.fromisoformat(law["begins"])
        return is_early or wall.strftime("%a") == "Sun" or wall.strftime("%m-%d") in law["holidays"]

    def _is_minor(self, ref: str, at: datetime) -> bool:
        """Whether somebody's eighteenth birthday is still to come, by the calendar where they are."""
        person = self._world.customers[ref]
        if not person.birth:
            return False
        zone = ZoneInfo(SHOP_ZONE if person.zone in ("", "Mars/Olympus") else person.zone)
        year, month, day = (int(each) for each in person.birth.split("-"))
        today = at.astimezone(zone)
        return (today.year, today.month, today.day) < (year + 18, month, day)

    def _has_question(self, members: Sequence[str], purpose: str, call: Call) -> bool:
        if purpose == "service" and call.channel not in CHATS:
            return False
        asked = [at for each in members if (at := self._known[each].asked_at)]
        if any(call.at - at < DAY for at in asked):
            return True
        span = timedelta(seconds=self._rules["conversation"]["nudge_question_seconds"])
        parted_at = max(self._known[each].parted_at for each in members)
        return any(
            each.text.startswith("cart_") and each.channel in CHATS and parted_at < each.at
            and call.at - each.at < span for each in self._got(members, call)
        )

    def _is_talking(self, members: Sequence[str], call: Call) -> bool:
        span = timedelta(seconds=self._rules["conversation"]["in_conversation_seconds"])
        wrote = [at for each in members for at in self._known[each].wrote_at.values()]
        return call.channel in CHATS and any(timedelta(0) <= call.at - at < span for at in wrote)

    def _is_unproven(
        self, owner: str, members: Sequence[str], name: str, facts: Sequence[str], call: Call
    ) -> bool:
        """An order's news is told to its owner alone: where they are signed in, or at the order's own address."""
        if name not in ("late", "ready"):
            return False
        order = self._world.orders[facts[0]]
        if call.channel == "email":
            return call.address != order.email or order.owner not in members
        until = self._world.customers[owner].proven_until
        is_out = call.channel == "web" and self._known[owner].has_signed_out
        return order.owner != owner or is_out or until is None or until <= call.at

    def _is_repeated(
        self, members: Sequence[str], name: str, facts: Sequence[str], call: Call, seconds: float
    ) -> bool:
        """Of baskets the words do not tell which one they mean."""
        if name == "cart_left":
            return False
        return any(
            each.text.split("|")[:2] == [name, facts[0]] and call.at - each.at < timedelta(seconds=seconds)
            for each in self._got(members, call)
        )

    def _is_window_closed(self, owner: str, purpose: str, call: Call) -> bool:
        wrote_at = self._known[owner].wrote_at.get(call.channel)
        if call.channel not in ("whatsapp", "messenger") or (wrote_at and call.at - wrote_at < DAY):
            return False
        if call.channel == "messenger":
            return not call.template or purpose == "marketing"
        return not call.template or (purpose == "marketing" and call.address.startswith("1"))

    def _find_begun(
        self, members: Sequence[str], name: str, facts: Sequence[str], trigger: dict[str, Any]
    ) -> list[datetime]:
        """When each reason that there was for it came due."""
        if name == "winter":
            waits = {each["offer"]: each["wait_seconds"] for each in trigger["steps"]}
            return [at + timedelta(seconds=waits[facts[0]]) for at in self._launched]
        subject = "" if name == "birthday" else facts[0]
        wait = timedelta(seconds=trigger["wait_seconds"])
        return [each.at + wait for member in members for each in self._known[member].reasons
                if each.trigger == name and each.subject == subject]

    def _judge_reason(
        self, owner: str, begun: Sequence[datetime], trigger: dict[str, Any], call: Call
    ) -> dict[str, bool]:
        lives = timedelta(seconds=trigger["expires_seconds"])
        living = [at for at in begun if call.at < at + lives]
        return {"no_reason": not begun, "expired": bool(begun) and not living,
                "not_worth_it": bool(living) and self._is_worthless(owner, min(living) - DAY, trigger, call)}

    def _is_worthless(self, owner: str, since: datetime, trigger: dict[str, Any], call: Call) -> bool:
        """Whether it costs what it brings, by what its receiver had heard for sure before it was decided: a day before
        the earliest reason it can have come of, campaigns being decided at their launch.
        """
        worth, value = self._rules["worth"], trigger.get("values", {}).get(call.channel, 1.0)
        heard = sum(each.at < since and each.at > call.at - 7 * DAY and self._purpose(each) == trigger["purpose"]
                    for each in self._got([owner], call))
        cost = self._message_costs.get(call.channel, 0) / 1_000 / worth["purchase_minor"]
        return bool(trigger["purpose"] == "marketing" and value - cost - worth["fatigue"] * heard <= 0)

    def _is_true(self, members: Sequence[str], said: Sequence[str], at: datetime) -> bool:
        """Whether each thing it says was so at some moment of the last five seconds."""
        begin, (name, *facts) = at - FACTS_AGE, said
        world = self._world
        match name:
            case "birthday":
                return True
            case "winter":
                return any(world.offers[facts[0]].during(begin, at))
            case "late" | "ready":
                return name in world.orders[facts[0]].state.during(begin, at)
            case "cart_left":
                product, offered = facts[0], facts[2] if facts[2] != "." else ""
                is_there = any(product in lines for cart in world.carts_of(members)
                               for lines in world.carts[cart].during(begin, at))
                is_left = len(facts) < 5 or int(facts[3]) in world.stock[product].during(begin, at)
                return is_there and is_left and self._is_sold(product, begin, at) and self._costs(
                    offered or product, facts[1], begin, at)
            case _:
                return self._costs(facts[0], facts[1], begin, at)

    def _costs(self, product: str, price: str, begin: datetime, at: datetime) -> bool:
        minor = int("".join(each for each in price if each.isdecimal()))
        return minor in self._world.prices[product].during(begin, at) and self._is_sold(product, begin, at)

    def _is_sold(self, product: str, begin: datetime, at: datetime) -> bool:
        return any(self._world.stock[product].during(begin, at))


def _journey(call: Call) -> str:
    name = call.text.partition("|")[0]
    return "cart_left" if name == "cart_back" else name
