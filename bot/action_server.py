"""The process `actions`: rasa-sdk's server, `python -m bot.action_server PORT`, on the loopback, in one process.

rasa-sdk's own command puts a manager of Sanic's before a worker that it starts. A worker that needs more than 30
seconds, as on a machine that is busy, makes the manager kill its whole process group (sanic 25.12, 2026-11), and the
two cost twice the memory.
"""

import sys
from typing import Any

from rasa_sdk import utils
from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor


class Executor(ActionExecutor):  # type: ignore[misc]  # rasa_sdk ships no types
    """Runs actions that read no domain: Rasa sends none (endpoints.yml), which rasa-sdk would refuse with 449."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        """No domain, for every action."""
        return {}


def main() -> None:
    """Serve the actions until SIGTERM."""
    utils.configure_colored_logging("INFO")
    utils.update_sanic_log_level()
    executor = Executor()
    executor.register_package("actions")
    app = create_app_for_serve(executor)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
