"""What is found of a back end: read without its customers' names, and told by capability."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.bootstrap import open_engine
from bot.commerce.checking import ABILITIES, Doubt, Finding, compare_clocks, list_abilities, look
from bot.commerce.demo import engine as demo
from bot.commerce.engines import CHECKS, checks_of
from bot.commerce.medusa import engine as medusa
from bot.commerce.rights import Right
from bot.commerce.shopify import engine as shopify
from bot.commerce.shopify.checking import SCOPES
from bot.commerce.vendure import engine as vendure
from bot.commerce.vendure.checking import RIGHTS, judge_rights
from bot.errors import FixConfiguration, Unavailable
from bot.settings import Settings

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PROJECT = Path(__file__).parents[2]
SECRET = "a-webhook-secret-of-tests"


def test_every_engine_has_checks() -> None:
    assert set(CHECKS) == {path.parent.name for path in (PROJECT / "bot" / "commerce").glob("*/engine.py")}


def test_names_the_engines_for_one_that_is_not_there() -> None:
    with pytest.raises(FixConfiguration, match="demo"):
        checks_of("nothing")


@pytest.mark.parametrize("engine", CHECKS)
def test_asks_for_settings_that_there_are(engine: str) -> None:
    assert {each.setting for each in CHECKS[engine].QUESTIONS} <= {each.name for each in fields(Settings)}


@pytest.mark.parametrize("engine", CHECKS)
def test_an_engine_believes_a_probe_of_its_own_secret_and_hears_no_news_in_it(engine: str, tmp_path: Path) -> None:
    settings = Settings(
        engine=engine, engine_webhook_secret=SECRET, shop_database_url=f"sqlite:///{tmp_path}/shop",
        shopify_url="https://played.myshopify.com", medusa_url="https://played.example",
    )
    probe = checks_of(engine).make_probe(settings, NOW)
    assert open_engine(settings, lambda: NOW).read_webhook(probe.body, probe.headers, NOW) == ()


def test_says_of_every_capability_what_it_means() -> None:
    every = demo.CAPABILITIES | vendure.CAPABILITIES | shopify.CAPABILITIES | medusa.CAPABILITIES
    assert [word for word in every if word not in ABILITIES] == []


def test_a_capability_works_is_held_up_or_is_not_there() -> None:
    findings = [
        Finding("rights", "UpdateOrder", "warning", blocks=frozenset({"order_cancel"})),
        Finding("rights", "CreateOrder", "ok", blocks=frozenset({"server_cart"})),
    ]
    told = {each.capability: each for each in list_abilities({"order_cancel", "server_cart"}, findings)}
    assert [told[name].state for name in ("server_cart", "order_cancel", "returns")] == ["works", "held", "missing"]
    assert "UpdateOrder" in told["order_cancel"].why and told["returns"].why


@pytest.mark.parametrize(("error", "state"), [(Doubt("none yet"), "warning"), (Unavailable("down"), "failed")])
def test_what_goes_wrong_is_a_finding(error: Exception, state: str) -> None:
    def fail() -> str:
        raise error

    found = look("reading", "a product", fail, {"offers"})
    assert (found.state, found.detail, found.blocks) == (state, str(error), {"offers"})


@pytest.mark.parametrize(("seconds", "state"), [(-2, "ok"), (20, "warning"), (-90, "failed")])
def test_a_clock_may_be_apart_by_seconds_only(seconds: int, state: str) -> None:
    assert compare_clocks("the shop's", NOW + timedelta(seconds=seconds), NOW).state == state


def test_names_each_right_that_is_missing_and_what_it_holds_up() -> None:
    held = frozenset(each.name for each in RIGHTS) - {"ReadOrder", "UpdateOrder"}
    found = {each.what: each for each in judge_rights(held)}
    assert {name for name, each in found.items() if each.state != "ok"} == {"ReadOrder", "UpdateOrder"}
    assert found["ReadOrder"].state == "failed"
    assert found["UpdateOrder"].state == "warning" and "order_cancel" in found["UpdateOrder"].blocks


def test_warns_of_rights_that_nothing_needs() -> None:
    enough = frozenset(each.name for each in RIGHTS) | {"Authenticated"}
    assert all(each.state == "ok" for each in judge_rights(enough))
    assert [each.what for each in judge_rights(frozenset({"SuperAdmin"})) if each.state != "ok"] == [
        "no more than needed"
    ]


@pytest.mark.parametrize(("page", "rights"), [("vendure", RIGHTS), ("shopify", SCOPES)], ids=["vendure", "shopify"])
def test_checks_the_rights_that_the_page_asks_for(page: str, rights: tuple[Right, ...]) -> None:
    text = (PROJECT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert [each.name for each in rights if f"`{each.name}`" not in text] == []


@pytest.mark.parametrize(("rights", "capabilities"), [
    (RIGHTS, vendure.CAPABILITIES), (SCOPES, shopify.CAPABILITIES),
], ids=["vendure", "shopify"])
def test_a_right_holds_up_what_the_engine_has(rights: tuple[Right, ...], capabilities: frozenset[str]) -> None:
    assert [word for each in rights for word in each.blocks if word not in capabilities] == []


def test_reads_the_embedded_shop_without_names(settings: Settings) -> None:
    from bot.commands.examining import examine_engine

    found = list(examine_engine(replace(settings, engine_webhook_secret=""), lambda: NOW))
    assert [each for each in found if each.state != "ok"] == []
    assert {"a product", "stock", "stores", "a customer", "an order"} <= {each.what for each in found}
    assert "@" not in " ".join(each.detail for each in found).replace("@127.0.0.1", "").replace("@localhost", "")
