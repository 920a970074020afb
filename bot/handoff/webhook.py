"""The support desk calls us: verified, done, answered."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from bot.handoff.mirror import hear_desk
from bot.handoff.protocol import DeskNews, SupportDesk
from bot.profile.store.engine import Store
from bot.webhook import build_webhook_router


def build_desk_router(store: Store, desk: SupportDesk, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/<desk's name>`: see `build_webhook_router`."""

    def keep(news: DeskNews) -> None:
        with store.write() as connection:
            hear_desk(connection, news, clock())

    return build_webhook_router(desk.name, lambda body, headers: desk.read_webhook(body, headers, clock()), keep)
