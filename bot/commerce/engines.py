"""Every engine by its name, with its checks: what `prevenant connect` and `doctor` know."""

from collections.abc import Mapping

from bot.commerce.adobe import checking as adobe
from bot.commerce.bigcommerce import checking as bigcommerce
from bot.commerce.checking import EngineChecks
from bot.commerce.demo import checking as demo
from bot.commerce.medusa import checking as medusa
from bot.commerce.shopify import checking as shopify
from bot.commerce.vendure import checking as vendure
from bot.commerce.woocommerce import checking as woocommerce
from bot.errors import FixConfiguration

CHECKS: Mapping[str, EngineChecks] = {
    "demo": demo, "vendure": vendure, "shopify": shopify, "woocommerce": woocommerce,
    "adobe": adobe, "bigcommerce": bigcommerce, "medusa": medusa,
}


def checks_of(engine: str) -> EngineChecks:
    """The checks of an engine. FixConfiguration names those that there are."""
    if engine not in CHECKS:
        raise FixConfiguration(f"there is no engine {engine!r}; there are: {', '.join(CHECKS)}")
    return CHECKS[engine]
