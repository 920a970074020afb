"""The action server's own instance of the services, opened on first use."""

import os
from functools import cache

from bot.bootstrap import Services, open_services
from bot.settings import Settings


@cache
def get_services() -> Services:
    """The services of this process; raises FixConfiguration when a setting is missing."""
    return open_services(Settings.from_env(os.environ))
