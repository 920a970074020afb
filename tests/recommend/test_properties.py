"""Whatever a customer bought, sent back, and whatever is left: what is never suggested, and that reasons are true."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Product, ProductRef
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.recommend.outfit import goes_with
from bot.recommend.recommender import Recommender
from bot.recommend.traits import colours_of, size_of, size_system
from bot.recommend.types import Recommendation
from tests.fakes.shop import FakeShop, make_product

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ANNA = CustomerRef("anna")
PRODUCTS = [
    make_product(f"{kind}{number}", kind, colours=colours, sizes=sizes, price_minor=2_000 + 1_500 * number,
                 is_replenishable=kind == "socks", brand=f"brand{number % 2}",
                 **({"launched_on": "2026-11-10"} if number == 2 else {}))
    for kind, sizes in (("coat", ("S", "M", "L")), ("shirt", ("S", "M", "L")), ("scarf", ("one size",)),
                        ("boots", ("38", "39")), ("trousers", ("38", "40")), ("socks", ("36-38", "39-41")))
    for number, colours in enumerate((("navy", "red"), ("black",), ("green", "pink")))
]
VARIANTS = [variant.ref for product in PRODUCTS for variant in product.variants]
BY_REF = {product.ref: product for product in PRODUCTS}

_purchases = st.lists(
    st.tuples(st.sampled_from(VARIANTS), st.integers(1, 400), st.integers(1, 2), st.integers(0, 1)), max_size=6
)
_worlds = st.fixed_dictionaries({
    "bought": _purchases,
    "sold_out": st.sets(st.sampled_from(VARIANTS), max_size=len(VARIANTS)),
    "seen": st.lists(st.sampled_from(PRODUCTS).map(lambda p: p.ref), max_size=4),
    "context": st.none() | st.sampled_from(PRODUCTS).map(lambda p: p.ref),
    "style": st.fixed_dictionaries({}, optional={
        "colours": st.lists(st.sampled_from(["navy", "red", "black"]), max_size=2),
        "avoid_colours": st.just(["green"]), "sizes": st.just(["S"]), "price_max_minor": st.just(4_000),
    }),
    "is_allowed": st.booleans(),
})


def _suggest(world: dict[str, Any]) -> tuple[FakeShop, list[Recommendation]]:
    shop = FakeShop(products=PRODUCTS, now=NOW, stock=dict.fromkeys(world["sold_out"], 0))
    for variant, days, ordered, returned in world["bought"]:
        shop.sell(ANNA, variant, NOW - timedelta(days=days), ordered=ordered, returned=min(returned, ordered))
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'store.sqlite'}")
        migrate(store)
        customer_id = _customer(store, world)
        found = Recommender(store, cast(CommerceEngine, shop)).recommend(
            customer_id, ANNA, context_product=world["context"] and ProductRef(world["context"]), style=world["style"],
            limit=8, now=NOW,
        )
        store.close()
    return shop, found


def _customer(store: Store, world: dict[str, Any]) -> str:
    with store.write() as connection:
        customer_id = create_customer(connection, now=NOW, salt="a salt of sixteen")
        if world["is_allowed"]:
            record_consent(connection, customer_id, purpose="personalisation", channel="*", state="granted",
                           source="test", wording="May I?", now=NOW)
        append_events(connection, [
            Event(f"{customer_id}{n}", customer_id, "web", "track", "Product Viewed", {"product_id": ref},
                  NOW - timedelta(days=n + 1), NOW)
            for n, ref in enumerate(world["seen"])
        ])
    return customer_id


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(_worlds)
def test_keeps_every_rule_and_tells_only_true_reasons(world: dict[str, Any]) -> None:
    shop, found = _suggest(world)
    bought = {BY_REF_OF[variant] for variant, *_ in world["bought"]}
    returned = {BY_REF_OF[variant] for variant, _, _, back in world["bought"] if back}
    sizes = _sizes(world) if world["is_allowed"] else {}
    for each in found:
        assert shop.pieces(each.variant.ref) > 0
        assert each.product.ref not in returned
        assert each.product.ref not in bought or each.product.is_replenishable
        assert each.product.ref != world["context"]
        assert each.variant.options["colour"] not in world["style"].get("avoid_colours", ())
        assert each.variant.price_minor <= world["style"].get("price_max_minor", 10**6)
        own = _own_size(each.product, sizes, world["style"].get("sizes", ()))
        assert not own or size_of(each.variant.options) == own
        assert _is_true(each, world), each.reason_text
    assert len({each.product.ref for each in found}) == len(found)


BY_REF_OF = {variant.ref: product.ref for product in PRODUCTS for variant in product.variants}


def _sizes(world: dict[str, Any]) -> dict[str, str]:
    """The size of each system, worked out again the slow way."""
    kept: dict[tuple[str, str], int] = {}
    latest: dict[tuple[str, str], int] = {}
    for ref, days, ordered, returned in world["bought"]:
        product = BY_REF[ProductRef(BY_REF_OF[ref])]
        variant = next(v for v in product.variants if v.ref == ref)
        if size := size_of(variant.options):
            key = (size_system(product), size)
            kept[key] = kept.get(key, 0) + (ordered - min(returned, ordered)) - min(returned, ordered)
            latest[key] = min(latest.get(key, 10**6), days)
    best: dict[str, tuple[int, int, str]] = {}
    for (system, size), count in kept.items():
        if count > 0:
            best[system] = max(best.get(system, (0, 0, "")), (count, -latest[system, size], size))
    return {system: size for system, (_, _, size) in best.items()}


def _own_size(product: Product, sizes: dict[str, str], stated: Any) -> str:
    own = [size_of(v.options) for v in product.variants]
    return next((size for size in stated if size in own), "") or (
        sizes.get(size_system(product), "") if sizes.get(size_system(product)) in own else "")


def _is_true(each: Recommendation, world: dict[str, Any]) -> bool:
    """The reason, recomputed from what the customer did and not from what the recommender says."""
    key, facts, colour = each.reason_key, each.facts, each.variant.options["colour"]
    kept = {(BY_REF_OF[ref], NOW - timedelta(days=days)) for ref, days, n, back in world["bought"] if n and not back}
    if key in {"goes_with_bought", "bought_with_bought", "replenish", "brand_bought"} and not world["is_allowed"]:
        return False
    match key:
        case "goes_with_bought":
            at = datetime.fromisoformat(facts["bought_at"])
            worn = (facts["colour"],) if facts["colour"] else ()
            month = f"{at:%B}" in each.reason_text
            return month and (facts["product_ref"], at) in kept and goes_with(
                BY_REF[ProductRef(facts["product_ref"])], each.product, worn, (colour,))
        case "goes_with_context":
            context = BY_REF[world["context"]]
            return goes_with(context, each.product, colours_of(context), (colour,))
        case "similar_to_context":
            return each.product.product_type == BY_REF[world["context"]].product_type
        case "similar_to_seen":
            return facts["product_ref"] in world["seen"] and world["is_allowed"] and (
                BY_REF[ProductRef(facts["product_ref"])].product_type == each.product.product_type)
        case "replenish":
            return (each.product.ref, datetime.fromisoformat(facts["bought_at"])) in kept
        case "brand_bought":
            return any(BY_REF[ProductRef(ref)].brand == each.product.brand for ref, _ in kept)
        case "style_colour":
            return colour in world["style"]["colours"]
        case "new":
            return each.product.attributes["launched_on"] == "2026-11-10"
        case "in_stock":
            return True
        case _:
            return False
