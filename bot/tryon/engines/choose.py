"""The settings -> the engine elsewhere that tops are tried on with, or none: then it is done here."""

from pathlib import Path

from bot.errors import FixConfiguration
from bot.settings import Settings
from bot.tryon.engines.fashn import URL, Fashn
from bot.tryon.engines.own_server import OwnServer
from bot.tryon.engines.protocol import TryOnEngine
from bot.tryon.engines.vertex import ServiceAccount, Vertex


def choose_engine(settings: Settings) -> TryOnEngine | None:
    """The engine, None where none is named. FixConfiguration for an unknown word, or a key or address left out."""
    name, url, key = settings.try_on_engine, settings.try_on_engine_url.rstrip("/"), settings.try_on_engine_key
    if not name:
        return None
    if name == "fashn":
        return Fashn(_need(key, "KEY"), url or URL)
    if name == "vertex":
        return Vertex(_need(url, "URL"), ServiceAccount(Path(_need(key, "KEY"))))
    if name == "server":
        return OwnServer(_need(url, "URL"), key)
    raise FixConfiguration("PREVENANT_TRY_ON_ENGINE is fashn, vertex, server, or empty")


def _need(value: str, what: str) -> str:
    if not value:
        raise FixConfiguration(f"PREVENANT_TRY_ON_ENGINE needs PREVENANT_TRY_ON_ENGINE_{what}")
    return value
