"""The demo shop's site and the process `tryon`, on this machine, for as long as a block lasts; Rasa is not there."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests
import sqlalchemy as sa

from bot.bootstrap import Services, open_services
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.prepare import complete_environment, prepare_data
from bot.profile.store.tables import conversations, inbox
from bot.service.try_on import Asked, Fitting, make_link
from bot.settings import Settings
from bot.site import compose
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port
from tests.servers.tryon import run_tryon

_SECRETS = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
ENTRY = "Camera or photo"
OPENED_SECONDS = 20


@dataclass(frozen=True)
class TryOnSite:
    """What serves, and links to its pages."""

    services: Services

    def make_link(self, fitting: Fitting, language: str = "en", asked: Asked | None = None) -> str:
        """A page of some minutes."""
        now = self.services.clock()
        return make_link(self.services.settings, fitting, language, uuid4().hex, now, asked)

    def show_link(self, fitting: Fitting, language: str = "en") -> None:
        """Say in the newest conversation, as the worker would, that something can be tried on."""
        settings = self.services.settings
        sender = self._newest_sender()
        entry = QuickReply(ENTRY, url=self.make_link(fitting, language))
        message = OutboundMessage("Here is the page.", quick_replies=(entry,)).to_json()
        body = {"sender_id": sender, "outbox_id": uuid4().int % 1_000_000, "kind": "reply", "message": message}
        requests.post(
            f"{settings.public_url}/internal/web/messages", json={"messages": [body]}, timeout=5,
            headers={"Authorization": f"Bearer {settings.internal_secret}"},
        ).raise_for_status()

    def _newest_sender(self) -> str:
        """Whose conversation was opened last; a widget that is seen may still be opening it."""
        newest = sa.select(conversations.c.sender_id).order_by(conversations.c.created_at.desc()).limit(1)
        until = time.monotonic() + OPENED_SECONDS
        while time.monotonic() < until:
            with self.services.store.read() as connection:
                if sender := connection.scalar(newest):
                    return str(sender)
            time.sleep(0.05)
        raise AssertionError(f"no conversation was opened within {OPENED_SECONDS} s")

    def last_said(self) -> str:
        """What a shopper said or tapped last, as it was kept for the worker."""
        with self.services.store.read() as connection:
            newest = sa.select(inbox.c.payload).order_by(inbox.c.inbox_id.desc()).limit(1)
            return str(connection.execute(newest).scalar_one()["payload"])


@contextmanager
def serve_try_on(folder: Path, *, shop_origins: str = "") -> Iterator[TryOnSite]:
    """Served, with a fresh shop in the folder."""
    site, environ = find_free_port(), complete_environment(os.environ, folder / "demo.env")
    secrets = {name: environ[f"PREVENANT_{name.upper()}"] for name in _SECRETS}
    with run_tryon(secrets, folder) as tryon:
        ours = {
            "SITE_PORT": site, "PUBLIC_URL": f"http://localhost:{site}", "SHOP": "demo", "TRY_ON_URL": tryon.url,
            "SHOP_ORIGINS": shop_origins,
            "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite", "DATABASE_URL": f"sqlite:///{folder}/store.sqlite",
            "TRACKER_DATABASE_URL": f"sqlite:///{folder}/trackers.sqlite",
        }
        settings = Settings.from_env({**environ, **{f"PREVENANT_{name}": str(each) for name, each in ours.items()}})
        services = open_services(settings)
        prepare_data(services)
        with serving(compose(services), site):
            yield TryOnSite(services)
        services.close()
