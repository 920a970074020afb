"""An invoice is read by its owner, behind the session or a link of some minutes; everybody else finds nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.bootstrap import Services
from bot.commerce.types import Order, OrderRef
from bot.service.invoices import LINK_LIFE, make_link
from bot.storefront.invoice_pages import build_invoice_router, render_invoice
from bot.storefront.routes import build_storefront
from tests.storefront.test_pages import _sign_in


@pytest.fixture
def shop(services: Services) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(build_invoice_router(services))
    app.include_router(build_storefront(services))
    with TestClient(app, headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def order(services: Services) -> Order:
    orders = services.commerce.list_orders("camille").items  # type: ignore[arg-type]  # a plain id reads better here
    return next(each for each in orders if each.fulfilment_status == "delivered")


def _path(services: Services, ref: str, language: str = "en") -> str:
    link = make_link(services.settings, OrderRef(ref), language, services.clock())
    return link.removeprefix(services.settings.public_url)


def test_shows_no_invoice_to_a_guest_or_to_somebody_else(shop: TestClient, services: Services, order: Order) -> None:
    answer = shop.get(f"/orders/{order.number}/invoice", follow_redirects=False)
    assert (answer.status_code, answer.text) == (303, "")
    _sign_in(shop, "hugo")
    assert shop.get(f"/orders/{order.number}/invoice").status_code == 404
    assert shop.get(f"/account/orders/{order.ref}/invoice").status_code == 404


def test_false_old_and_empty_links_look_alike(shop: TestClient, services: Services, order: Order) -> None:
    good = _path(services, order.ref)
    claims = {"sub": order.ref, "exp": services.clock() + LINK_LIFE}
    forged = jwt.encode({**claims, "aud": "prevenant-invoice"}, "another-secret-of-32-characters!", "HS256")
    elsewhere = jwt.encode({**claims, "aud": "prevenant-widget"}, services.settings.session_secret, "HS256")
    unsigned = jwt.encode({**claims, "aud": "prevenant-invoice"}, None, "none")
    pages = [shop.get(path) for path in (
        good[:-2], f"/invoices/{forged}", f"/invoices/{elsewhere}", f"/invoices/{unsigned}", f"/invoices/{order.ref}",
        _path(services, "ord_nothing"), "/invoices/" + "a" * 3_000,
    )]
    late = FastAPI()
    late.include_router(build_invoice_router(replace(services, clock=lambda: services.clock() + LINK_LIFE)))
    pages.append(TestClient(late).get(good))
    assert {page.status_code for page in pages} == {404} and len({page.text for page in pages}) == 1


def test_opens_one_invoice_by_its_link_until_it_is_old(shop: TestClient, services: Services, order: Order) -> None:
    invoice = services.commerce.get_invoice(order.ref)
    page = shop.get(_path(services, order.ref))
    assert page.status_code == 200 and invoice.number in page.text and "Camille Laurier" in page.text
    assert "no-store" in page.headers["cache-control"] and "script" not in page.text
    just_before = FastAPI()
    moment = services.clock() + LINK_LIFE - timedelta(seconds=1)
    just_before.include_router(build_invoice_router(replace(services, clock=lambda: moment)))
    assert TestClient(just_before).get(_path(services, order.ref)).status_code == 200


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", ("Total with VAT", "VAT 20%", "Invoice F2026-")), ("fr", ("Total TTC", "TVA 20\u00a0%", "Facture F2026-"))],
)
def test_says_everything_in_both_languages(services: Services, order: Order, language: str, told: tuple[str]) -> None:
    invoice = services.commerce.get_invoice(order.ref)
    page = render_invoice(invoice, language, "Europe/Paris", services.commerce.vocabulary())
    assert all(each in page for each in (*told, invoice.seller.vat_number, order.number, order.lines[0].title))
    assert f'<html lang="{language}">' in page and "http" not in page


@pytest.mark.parametrize(("language", "country"), [("fr", "Allemagne"), ("en", "Germany")])
def test_names_the_country_and_not_its_code(services: Services, order: Order, language: str, country: str) -> None:
    invoice = services.commerce.get_invoice(order.ref)
    assert invoice.buyer.address
    moved = replace(invoice, buyer=replace(invoice.buyer, address=replace(invoice.buyer.address, country="DE")))
    page = render_invoice(moved, language, "Europe/Paris", {})
    assert f"<br>{country}<br>" in page and "<br>DE<br>" not in page and "<br>France<br>" in page


def test_escapes_what_a_customer_typed(services: Services, order: Order) -> None:
    invoice = services.commerce.get_invoice(order.ref)
    typed = replace(invoice, buyer=replace(invoice.buyer, name="<script>alert(1)</script>"))
    assert "<script>" not in render_invoice(typed, "en", "Europe/Paris", {})


def test_the_orders_page_leads_to_its_invoice(shop: TestClient, services: Services, order: Order) -> None:
    _sign_in(shop)
    path = f"/orders/{order.number}/invoice"
    assert path in shop.get(f"/orders/{order.number}").text
    assert services.commerce.get_invoice(order.ref).number in shop.get(path).text


def test_the_page_of_an_order_that_has_not_left_has_no_invoice(shop: TestClient, services: Services) -> None:
    _sign_in(shop, "lucie")
    orders = services.commerce.list_orders("lucie").items  # type: ignore[arg-type]  # a plain id reads better here
    waiting = next(each for each in orders if each.fulfilment_status == "none")
    assert "/invoice" not in shop.get(f"/orders/{waiting.number}").text
    assert shop.get(f"/orders/{waiting.number}/invoice").status_code == 404
