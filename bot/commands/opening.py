"""What commands begin with: the services from the environment's settings, closed at the end."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bot.bootstrap import Services, open_services
from bot.prepare import complete_environment
from bot.profile.store.migrate import migrate
from bot.settings import Settings


@contextmanager
def opened(environ: Mapping[str, str] | None = None) -> Iterator[Services]:
    """The services over an up-to-date store; `environ` stands in for the process's own."""
    services = open_services(Settings.from_env(complete_environment(os.environ if environ is None else environ)))
    try:
        migrate(services.store)
        yield services
    finally:
        services.close()
