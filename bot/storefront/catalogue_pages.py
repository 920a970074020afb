"""Pages that show what the shop sells: home, list, product, stores."""

from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.bootstrap import PROJECT
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo_people import DemoPerson, list_demo_people
from bot.commerce.types import Product, ProductRef, Variant
from bot.contracts.messages import LANGUAGES
from bot.errors import FixInput, NotFound
from bot.recommend.types import Recommendation
from bot.storefront.listing import list_page
from bot.storefront.view import View, Visit, local_path

_PICKS, _ALIKE = 8, 4
_FILTERS = ("product_type", "colour", "size", "brand", "gender")
_FAMILIES = (
    ("dress", "robe-portefeuille-aubepine"), ("sweater", "pull-marin-capitainerie"),
    ("coat", "manteau-croise-grand-froid"), ("sneakers", "baskets-retro-charleston"),
    ("handbag", "sac-besace-ecoliere"), ("jeans", "jean-droit-charpente"),
)


def build_catalogue_pages(view: View) -> APIRouter:
    """The routes of home, list, product and stores."""
    router = APIRouter()
    here: Visit = Depends(view.visit)
    commerce = view.services.commerce

    def suggest(visit: Visit, limit: int, product: Product | None = None) -> tuple[bool, list[Recommendation]]:
        """Whether they rest on this person's past, and what the chat would suggest here, too."""
        recommender, person = view.services.recommender, view.person(visit) or ""
        found = recommender.recommend(
            person, visit.session.customer_ref, context_product=product, style=view.style(person), limit=limit,
            language=visit.language, now=view.services.clock(),
        )
        return bool(person) and recommender.is_personal(person), found

    @router.get("/")
    def show_home(visit: Visit = here) -> Response:
        is_personal, picks = suggest(visit, _PICKS)
        refs = [ProductRef(slug) for _, slug in _FAMILIES]
        heads = {product.ref: product for product in commerce.get_products(refs)}
        families = [(kind, heads[ref]) for (kind, _), ref in zip(_FAMILIES, refs, strict=True) if ref in heads]
        offers = commerce.list_offers()
        return view.page(visit, "home.html", name="Home", families=families, picks=picks, is_personal=is_personal,
                         offers=offers, stores=commerce.list_pickup_locations())

    @router.get("/products")
    def list_products(request: Request, visit: Visit = here) -> Response:
        asked = request.query_params
        query = asked.get("q", "")[:120]
        filters: dict[str, Any] = {name: asked[name] for name in _FILTERS if asked.get(name)}
        most = _read_euros(asked.get("price_max", ""))
        if most:
            filters["price_max_minor"] = most
        if asked.get("in_stock"):
            filters["in_stock"] = True
        try:
            found = list_page(view.services, query, filters, cursor=asked.get("cursor", ""), language=visit.language,
                              now=view.services.clock())
        except FixInput:
            raise HTTPException(404) from None
        visit = visit.with_event(
            "Products Searched" if query else "Product List Viewed",
            **({"query": query} if query else {"category": filters.get("product_type", "all")}),
            products=[{"product_id": each.ref} for each in found.products[:12]],
        )
        kept = {name: value for name, value in asked.items() if name not in ("cursor", "lang")}
        return view.page(visit, "list.html", name="Products", products=found.products, cursor=found.cursor, asked=kept,
                         fits=found.fits, vocabulary=commerce.vocabulary(), filters=filters, query=query)

    @router.get("/products/{slug}")
    def show_product(slug: str, colour: str = "", visit: Visit = here) -> Response:
        try:
            product = commerce.get_product(ProductRef(slug))
        except NotFound:
            return view.page(visit, "not_found.html", name="Not found", status=404)
        colours = list(dict.fromkeys(each.options.get("colour", "") for each in product.variants))
        chosen = colour if colour in colours else colours[0]
        variants = [each for each in product.variants if each.options.get("colour", "") == chosen]
        stock = {each.variant_ref: each for each in commerce.get_availability([each.ref for each in variants])}
        visit = visit.with_event("Product Viewed", **describe(product, variants[0], visit.language))
        _, alike = suggest(visit, _ALIKE, product)
        return view.page(visit, "product.html", name="Product", product=product, colours=colours, chosen=chosen,
                         variants=variants, stock=stock, alike=alike, offers=commerce.list_offers(),
                         subject={"product_id": product.ref, "variant": variants[0].ref, "colour": chosen})

    @router.get("/stores")
    def show_stores(visit: Visit = here) -> Response:
        return view.page(visit, "stores.html", name="Stores", stores=commerce.list_pickup_locations())

    @router.get("/language/{language}")
    def switch_language(language: str, to: str = "/", visit: Visit = here) -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        return view.go(visit.with_session(language=language), to)

    @router.get("/collections/{kind}")
    def show_collection(kind: str) -> Response:
        return RedirectResponse(local_path(f"/products?product_type={kind}"), 307)

    return router


def describe(product: Product, variant: Variant, language: str, quantity: int = 1) -> dict[str, Any]:
    """A product in the Segment Spec's property names; `price` is in major units there, ours stands beside it."""
    return {
        "product_id": product.ref, "variant_id": variant.ref, "sku": variant.sku, "category": product.product_type,
        "name": product.names.get(language, product.names["en"]), "brand": product.brand, "quantity": quantity,
        "price": variant.price_minor / 100, "price_minor": variant.price_minor, "currency": variant.currency,
        **{name: value for name, value in variant.options.items() if value},
    }


def demo_engine(view: View) -> DemoEngine:
    """The embedded shop; 404 for the pages that only it has."""
    commerce = view.services.commerce
    if not isinstance(commerce, DemoEngine) or not view.settings.is_demo:
        raise HTTPException(404)
    return commerce


def demo_people(view: View) -> list[DemoPerson]:
    """Whom one may be with one click; 404 outside the demo."""
    if not view.settings.is_demo:
        raise HTTPException(404)
    return list_demo_people(view.services.commerce, PROJECT / "data" / "shops" / view.settings.shop)


def _read_euros(text: str) -> int:
    try:
        return max(0, int(float(text.replace(",", ".")) * 100))
    except (ValueError, OverflowError):
        return 0
