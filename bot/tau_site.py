"""`prevenant serve-tau`: tau_retail's shop with the bot on it, to be talked to over Rasa's REST channel. Demo only.

`POST /reset` puts shop and conversations back to the beginning; `GET /state` tells the shop in tau_retail's shape.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from anyio.to_thread import run_sync
from fastapi import FastAPI

from bot.bootstrap import Services, open_services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.tau import import_tau
from bot.commerce.demo.tau_state import export_state
from bot.errors import FixConfiguration
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import metadata
from bot.settings import Settings

FOLDER = "PREVENANT_TAU_FOLDER"


def create_app() -> FastAPI:
    """The two doors. FixConfiguration outside the demo, or when no folder is named."""
    settings = Settings.from_env(os.environ)
    folder = os.environ.get(FOLDER, "")
    if not settings.is_demo:
        raise FixConfiguration("serve-tau empties the store at each reset: it runs in the demo only")
    if not folder:
        raise FixConfiguration(f"{FOLDER} must name a folder in the shape of tau-bench retail")
    services = open_services(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        services.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/reset")
    async def reset() -> dict[str, int]:
        return await run_sync(reset_shop, services, Path(folder))

    @app.get("/state")
    async def state() -> dict[str, Any]:
        return await run_sync(export_state, engine_of(services))

    return app


def engine_of(services: Services) -> DemoEngine:
    """The embedded shop. FixConfiguration when the installation runs on another engine."""
    if not isinstance(services.commerce, DemoEngine):
        raise FixConfiguration("serve-tau needs the embedded engine (PREVENANT_ENGINE=demo)")
    return services.commerce


def reset_shop(services: Services, folder: Path) -> dict[str, int]:
    """The shop as the folder has it, and nobody known. Returns how many of what. Writes."""
    engine = engine_of(services)
    migrate(services.store)
    with services.store.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    engine.database.drop()
    return import_tau(engine, folder)
