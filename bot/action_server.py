"""The process `actions`: rasa-sdk's server, `python -m bot.action_server PORT`, on the loopback, in one process.

rasa-sdk's own command puts a manager of Sanic's before a worker that it starts. A worker that needs more than 30
seconds, as on a machine that is busy, makes the manager kill its whole process group (sanic 25.12, 2026-11), and the
two cost twice the memory.
"""

import sys

from rasa_sdk import utils
from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor


def main() -> None:
    """Serve the actions until SIGTERM."""
    utils.configure_colored_logging("INFO")
    utils.update_sanic_log_level()
    executor = ActionExecutor()
    executor.register_package("actions")
    app = create_app_for_serve(executor)
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
