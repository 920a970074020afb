"""A web channel that a test kills: `python -m tests.servers.web_process DATABASE_URL PORT`."""

import sys
import time
from datetime import UTC, datetime

from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.servers.web import run_web_site


def main() -> None:
    """Serve until the end."""
    url, port = sys.argv[1:]
    settings = Settings(
        database_url=url, session_secret="session-" + "s" * 24, widget_secret="widget-" + "w" * 25,
        internal_secret="internal-" + "i" * 23, write_key="write-" + "k" * 26, holdout_salt="a-salt-for-tests-only",
    )
    with run_web_site(Store(url), settings, lambda: datetime.now(UTC), int(port)):
        print("ready", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main()
