"""A seed -> a world and everything that is going to happen in it: scenes that are made to catch a guardrail asleep."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.simulate.world import Customer, Deed, Expected, Order, Timeline, World

STARTS = ("2026-03-05", "2026-10-13")  # 25 days from here hold both days on which clocks change, in Europe and America
ZONES = ("Europe/Paris", "Europe/Paris", "Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kathmandu",
         "Pacific/Chatham", "", "", "Mars/Olympus")
CHANNELS = ("web", "email", "sms", "whatsapp", "messenger")
MARKETING = ("cart", "viewed", "birthday")
Scene = Callable[["Planner", str, int], None]


@dataclass
class Planner:
    """Gathers the deeds of one slice."""

    chance: random.Random
    world: World
    days: int
    deeds: list[Deed] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    _number: int = 0

    def number(self) -> int:
        """A new one."""
        self._number += 1
        return self._number

    def add(self, at: datetime, kind: str, who: str, *, is_racing: bool = False, **details: Any) -> None:
        """Something that somebody does."""
        self.deeds.append(Deed(at, kind, who, details, is_racing))

    def local(self, who: str, day: int, hour: float) -> datetime:
        """That hour of the customer's own clock, on a day of the slice."""
        name = self.world.customers[who].zone
        zone = ZoneInfo(name if "/" in name and not name.startswith("Mars") else "Europe/Paris")
        date = (self.world.begins_at + timedelta(days=day)).date()
        wall = datetime.combine(date, time(0), zone) + timedelta(hours=hour)
        return wall.astimezone(UTC)

    def product(self) -> str:
        """Any product but the flickering ones."""
        return self.chance.choice([each for each in self.world.prices if not each.startswith("F")])

    # -- reasons to speak ----------------------------------------------------------------------

    def cart(self, who: str, at: datetime, product: str = "") -> str:
        """Something goes into a basket; the basket."""
        product, cart = product or self.product(), f"cart-{who}-{self.number()}"
        self.world.open_cart(cart, who, is_known=self.chance.random() < 0.5)
        self.world.carts[cart].set(at, (product,))
        self.event(who, at, "Product Added", cart_id=cart, product_id=product, variant_id=f"{product}-one")
        return cart

    def viewed(self, who: str, at: datetime, product: str = "") -> str:
        """A product is looked at; the product."""
        product = product or self.product()
        self.event(who, at, "Product Viewed", product_id=product, variant_id=f"{product}-one")
        return product

    def back(self, who: str, at: datetime) -> str:
        """What was asked for is back; the product."""
        product = self.product()
        self.event(who, at, "Stock Changed", silo="shop", product_id=product, variant_id=f"{product}-one")
        return product

    def order(self, who: str, at: datetime, state: str) -> Order:
        """An order comes into a state, and the shop says so."""
        number = f"N{who[1:]}-{self.number()}"
        email = self.world.customers[who].addresses.get("email", "")
        order = Order(number, who, email, self.product(), at - timedelta(days=3))
        order.state.set(at, state)
        self.world.orders[number] = order
        name = "Shipment Updated" if state == "late" else "Order Updated"
        self.event(who, at, name, silo="shop", order_ref=number)
        return order

    def birthday(self, who: str, at: datetime) -> None:
        """A birthday."""
        self.event(who, at, "Birthday")

    def event(self, who: str, at: datetime, name: str, silo: str = "web", **properties: Any) -> None:
        """An event: often twice, sometimes heard of late."""
        late = self.chance.choice((0, 0, 0, 30, 600, 5_000))
        copies = self.chance.choice((1, 1, 2, 3))
        details = {"id": f"event-{who}-{self.number()}", "name": name, "silo": silo, "properties": properties,
                   "occurred_at": at}
        self.add(at + timedelta(seconds=late), "event", who, copies=copies, **details)
        if copies > 2:
            self.add(at + timedelta(seconds=late + 4_000), "event", who, **details)

    def reason(self, who: str, at: datetime, kinds: Sequence[str] = (*MARKETING, "back", "late", "ready")) -> str:
        """Some reason to speak; its kind."""
        kind = self.chance.choice(kinds)
        if kind in ("late", "ready"):
            self.order(who, at, kind)
        else:
            getattr(self, kind)(who, at)
        return kind


def make_plan(
    seed: int, *, customers: int, days: int = 25, scenes: Sequence[str] = (), share: float = 0.02
) -> Planner:
    """The plan of a slice. `share` of the customer-days see the beginning of a scene; `scenes` names those played."""
    chance = random.Random(seed)
    begins_at = datetime.fromisoformat(STARTS[seed % len(STARTS)]).replace(tzinfo=UTC)
    world = World(begins_at)
    for number in range(20):
        for kind in ("B", "B", "B", "C", "S"):
            _stock(world, chance, f"{kind}{number}{len(world.prices)}", days)
    world.offers = {"KNIT": Timeline(True), "POST": Timeline(True)}
    for number in range(customers):
        person = _person(chance, number, begins_at, seed)
        world.customers[person.ref] = person
    world.index()
    planner = Planner(chance, world, days)
    _play(planner, scenes or EVERY_SCENE, share)
    planner.deeds.sort(key=lambda deed: deed.at)
    return planner


def _play(planner: Planner, names: Sequence[str], share: float) -> None:
    chance, people = planner.chance, list(planner.world.customers)
    rate = share * planner.days
    apart = 100 if len(names) > 1 else 2  # from one pair to the next
    for number, who in enumerate(people):
        if number % apart >= apart - 2 and "pair" in names:  # these two are one person, now and then
            if number % apart == apart - 1:
                _pair(planner, people[number - 1], who)
            continue
        known = {**SCENES, **ONLY, **({"calm": _calm} if number % 10 == 7 else {})}
        wanted = ["calm"] if number % 10 == 7 and "calm" in names else [each for each in names if each in known]
        for _ in range(int(rate) + (chance.random() < rate % 1)) if wanted else ():
            name = chance.choices(wanted, [WEIGHTS.get(each, 4) for each in wanted])[0]
            known[name](planner, who, chance.randrange(1, planner.days - 1))
    for name in names:
        if name in EVERYBODY:
            EVERYBODY[name](planner)


def _stock(world: World, chance: random.Random, product: str, days: int) -> None:
    """Prices and stock that change now and then, each time at once."""
    world.prices[product] = Timeline(chance.randrange(1_000, 9_000))
    world.stock[product] = Timeline(chance.choice((2, 9, 40)))
    for _ in range(days // 3):
        at = world.begins_at + timedelta(seconds=chance.randrange(days * 86_400))
        world.prices[product].set(at, chance.randrange(1_000, 9_000))
        at = world.begins_at + timedelta(seconds=chance.randrange(days * 86_400))
        world.stock[product].set(at, chance.choice((0, 1, 2, 3, 9)))


def _person(chance: random.Random, number: int, begins_at: datetime, seed: int) -> Customer:
    ref = f"c{number}"
    whatsapp = chance.choice((f"336{number:08d}", f"336{number:08d}", f"1212{2_000_000 + number}"))
    dead = chance.random() < 0.02
    shares = (
        ("web", 1.0, f"anonymous-{number}"),
        ("email", 0.8, f"{'gone-' if dead else ''}{ref}@example.org"),
        ("sms", 0.5, f"+33{'799' if dead else '600'}{number:06d}"),
        ("whatsapp", 0.5, whatsapp),
        ("messenger", 0.2, f"psid-{number}"),
    )
    addresses = {channel: address for channel, share, address in shares if chance.random() < share}
    mood = chance.choices(("open", "mixed", "closed", "unasked"), (60, 20, 10, 10))[0]
    return Customer(
        ref, chance.choice(ZONES), chance.choice(("fr", "en")), chance.random() < 0.08, addresses,
        begins_at + timedelta(days=chance.choice((5, 60, 60))) if chance.random() < 0.8 else None,
        tuple(_consents(chance, mood)), _birth(random.Random(f"{seed}:{number}"), begins_at),
    )


def _birth(chance: random.Random, begins_at: datetime) -> str:
    """Of few anybody knows it; of these some are grown up, some are not, and some come of age in these days."""
    if chance.random() > 0.15:
        return ""
    days = chance.choice((-9_000.0, -400.0, 400.0, chance.uniform(1, 25), chance.uniform(1, 25)))
    day = (begins_at + timedelta(days=days)).date()
    return f"{day.year - 18}-{day:%m-%d}"


def _consents(chance: random.Random, mood: str) -> list[tuple[str, str, str]]:
    said = {"open": ("granted",), "closed": ("withdrawn",), "mixed": ("granted", "withdrawn", "")}.get(mood, ("",))
    found = [(purpose, channel, chance.choice(said)) for purpose in ("marketing", "service") for channel in CHANNELS]
    return [each for each in found if each[2]]


# -- scenes: a reason to speak, and what comes between ---------------------------------------------


def _plain(planner: Planner, who: str, day: int) -> None:
    """Nothing comes between; hours near the edges of the night, and everything told twice."""
    hour = planner.chance.choice((planner.chance.uniform(0, 24), planner.chance.uniform(19.5, 21.5),
                                  planner.chance.uniform(6, 8.5)))
    planner.reason(who, planner.local(who, day, hour))


def _calm(planner: Planner, who: str, day: int) -> None:
    """By day, once, to somebody who wants it: it has to arrive."""
    person = planner.world.customers[who]
    granted = {(purpose, channel) for purpose, channel, state in person.consents if state == "granted"}
    at = planner.local(who, day, planner.chance.uniform(9, 17))
    product = planner.back(who, at)
    until = at + timedelta(hours=12)
    is_sold = all(planner.world.stock[product].during(at, until))
    if ("service", "web") in granted and not person.zone.startswith("Mars") and is_sold:
        planner.expected.append(Expected(who, f"back|{product}|", at, until))


def _burst(planner: Planner, who: str, day: int) -> None:
    """More reasons in a day, and in a week, than the caps take."""
    for number in range(planner.chance.randrange(3, 6)):
        for each in range(min(day + 4, planner.days - 1) - day):
            planner.reason(who, planner.local(who, day + each, 9 + 2.1 * number), MARKETING)


def _again(planner: Planner, who: str, day: int) -> None:
    """The same thing twice within its cooldown."""
    product, at = planner.product(), planner.local(who, day, 10)
    planner.viewed(who, at, product)
    planner.viewed(who, at + timedelta(hours=5), product)


def _flicker(planner: Planner, who: str, day: int) -> None:
    """A price that changes every four seconds while it is spoken of: what was read six seconds ago is not so."""
    at = planner.local(who, day, 10)
    product = f"F{planner.number()}"
    planner.world.prices[product], planner.world.stock[product] = Timeline(1_000), Timeline(9)
    for number in range(400):
        moment = at + timedelta(minutes=30, seconds=4 * number - 1)
        planner.world.prices[product].set(moment, 1_000 + number)
    planner.viewed(who, at, product)


def _night(planner: Planner, who: str, day: int) -> None:
    """Decided in the evening, leaving in the morning; something changes meanwhile."""
    _twisted(planner.chance.choice(TWISTS), (*MARKETING, "back", "late", "ready"))(planner, who, day)


def _before_morning(planner: Planner, at: datetime, morning: datetime) -> datetime:
    return at + (morning - at) * planner.chance.uniform(0.5, 0.98)


def _withdraw(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    purpose = "marketing" if kind in MARKETING else "service"
    moment = _before_morning(planner, at, morning)
    for channel in planner.chance.choice((CHANNELS, ("*",), CHANNELS[:2], CHANNELS[1:])):
        planner.add(moment, "consent", who, purpose=purpose, channel=channel, state="withdrawn")
    if planner.chance.random() < 0.4:
        planner.add(morning + timedelta(hours=30), "consent", who, purpose=purpose, channel="*", state="granted")


def _stop(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    planner.add(morning, "stop", who, is_racing=True)


def _settle(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    """What it would say is over by the morning."""
    moment = _before_morning(planner, at, morning)
    for order in planner.world.orders.values():
        if order.owner == who and order.state.at(moment) in ("late", "ready"):
            order.state.set(moment, planner.chance.choice(("fine", "cancelled", "collected")))
    for cart in planner.world.carts_of([who]):
        planner.world.carts[cart].set(moment, ())


def _ask(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    planner.add(morning - timedelta(minutes=20), "question", who)
    planner.add(morning + timedelta(hours=2), "answer", who)


def _talk(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    channel = planner.chance.choice([
        each for each in ("web", "whatsapp", "messenger") if each in planner.world.customers[who].addresses
    ])
    planner.add(morning - timedelta(minutes=2), "wrote", who, channel=channel)


def _hand_over(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    planner.add(morning - timedelta(hours=1), "handoff", who, begins=True)
    planner.add(morning + timedelta(hours=3), "handoff", who, begins=False)


def _leave(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    planner.add(_before_morning(planner, at, morning), "sign_out", who)


def _complain(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    address = planner.world.customers[who].addresses.get("email")
    if address:
        planner.add(_before_morning(planner, at, morning), "complaint", who, address=address)


def _buy(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    planner.event(who, _before_morning(planner, at, morning), "Order Completed", silo="shop")


def _return(planner: Planner, who: str, at: datetime, morning: datetime, kind: str) -> None:
    """Something goes back, or is complained of, and is settled a day later."""
    begins, settles, silo = planner.chance.choice((
        ("Return Requested", "Return Finished", "shop"), ("Complaint Received", "Complaint Resolved", "desk")))
    facts = {"order_id": f"R-{who}-{planner.number()}"}
    planner.event(who, _before_morning(planner, at, morning), begins, silo=silo, **facts)
    planner.event(who, morning + timedelta(hours=planner.chance.choice((9, 40))), settles, silo=silo, **facts)


TWISTS = (_withdraw, _withdraw, _stop, _settle, _settle, _ask, _talk, _hand_over, _leave, _complain, _buy, _return)


def _twisted(twist: Callable[..., None], kinds: Sequence[str]) -> Scene:
    """A night of which one thing is sure."""

    def scene(planner: Planner, who: str, day: int) -> None:
        at = planner.local(who, day, planner.chance.uniform(20.8, 22.5))
        kind = planner.reason(who, at, kinds)
        twist(planner, who, at, planner.local(who, day + 1, 8 if kind in MARKETING else 2.5), kind)

    return scene


def _pair(planner: Planner, one: str, other: str) -> None:
    """Two who are taken for one person, and parted again, while both have reasons; some of it while workers work."""
    day, is_one = 1.0, False
    while day < planner.days - 2:
        hour = planner.chance.choice((8.0, 12.0, 20.99))
        at = planner.local(one, int(day), hour)
        planner.add(at, "unmerge" if is_one else "merge", one, other=other, is_racing=planner.chance.random() < 0.5)
        is_one = not is_one
        for who in (one, other):
            for _ in range(planner.chance.randrange(3)):
                planner.reason(who, at - timedelta(minutes=planner.chance.randrange(-240, 240)))
        if planner.chance.random() < 0.3:
            said = planner.chance.choice(("granted", "withdrawn"))
            purpose = planner.chance.choice(("marketing", "service"))
            planner.add(at + timedelta(hours=1), "consent", planner.chance.choice((one, other)), purpose=purpose,
                        channel=planner.chance.choice((*CHANNELS, "*")), state=said)
        day += planner.chance.choice((1, 1, 2, 5))


SCENES: dict[str, Scene] = {
    "plain": _plain, "burst": _burst, "again": _again, "night": _night,
}
WEIGHTS = {"burst": 1}  # a scene of a dozen messages; the others weigh 4
ONLY: dict[str, Scene] = {  # for tests of one guardrail each
    "withdraw": _twisted(_withdraw, (*MARKETING, "back")), "stop": _twisted(_stop, (*MARKETING, "back")),
    "settle": _twisted(_settle, ("late", "ready", "cart")),
    "ask": _twisted(_ask, ("viewed", "cart")),
    "talk": _twisted(_talk, ("viewed", "cart")), "hand_over": _twisted(_hand_over, ("viewed", "cart")),
    "flicker": _flicker, "leave": _twisted(_leave, ("late", "ready")),
    "return": _twisted(_return, ("viewed", "birthday")),
    "complain": _twisted(_complain, ("viewed", "birthday")),
}


def _campaign(planner: Planner) -> None:
    """An offer to everybody, taken by some before its second part leaves; launched again later."""
    day = planner.days // 2
    at = planner.world.begins_at + timedelta(days=day, hours=10)
    planner.add(at, "launch", "", campaign="winter")
    planner.add(at + timedelta(days=2), "launch", "", campaign="winter")
    for who in planner.world.customers:
        if planner.chance.random() < 0.2:
            moment = at + timedelta(seconds=planner.chance.randrange(600, 20_000))
            planner.add(moment, "accept", who, about="offer:KNIT", is_racing=True)


def _rest(planner: Planner) -> None:
    """A journey is stopped and goes on."""
    for day in range(2, planner.days - 1, 5):
        at = planner.world.begins_at + timedelta(days=day, hours=planner.chance.randrange(24))
        planner.add(at, "pause", "", journey="viewed")
        planner.add(at + timedelta(hours=14), "resume", "", journey="viewed")


def _outage(planner: Planner) -> None:
    """No worker works for hours."""
    for day in range(3, planner.days - 1, 8):
        hour, hours = planner.chance.choice(((5, 30), (20, 17), (14, 3)))  # what waited for the morning grows too old
        planner.add(planner.world.begins_at + timedelta(days=day, hours=hour), "outage", "", hours=hours)


EVERYBODY: dict[str, Callable[[Planner], None]] = {"campaign": _campaign, "rest": _rest, "outage": _outage}
EVERY_SCENE = (*SCENES, *EVERYBODY, "calm", "pair")
