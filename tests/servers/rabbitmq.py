"""A RabbitMQ server of one test run: found on this machine, started in a temporary folder, stopped at the end."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.ports import find_free_port

_FOLDERS = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin")
_START_SECONDS = 90


def find_rabbitmq() -> Path | None:
    """The server's own start script (Debian's wrapper around it insists on the system's service); None without."""
    found = (Path(folder) / "rabbitmq-server" for folder in _FOLDERS)
    on_path = shutil.which("rabbitmq-server")
    return next((each for each in found if each.exists()), Path(on_path) if on_path else None)


@contextmanager
def run_rabbitmq(program: Path) -> Iterator[str]:
    """A server of its own on free ports of the loopback; gives its URL. As root it runs as `rabbitmq`."""
    user = pwd.getpwnam("rabbitmq") if os.geteuid() == 0 else None
    port, names = find_free_port(), find_free_port()
    with TemporaryDirectory(prefix="prevenant-rabbitmq-", ignore_cleanup_errors=True) as folder:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        environ = {
            "PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_NODENAME": f"prevenant{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(find_free_port()), "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log", "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_CONFIG_FILE": f"{folder}/none",
        }
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        with (Path(folder) / "out").open("wb") as out:
            server = subprocess.Popen(
                [program], env=environ, cwd=folder, stdout=out, stderr=out, start_new_session=True, **who
            )
        try:
            _wait(server, port, Path(folder) / "out")
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, 9)
            subprocess.run(["epmd", "-kill"], env=environ, check=False, capture_output=True)


def _wait(server: "subprocess.Popen[bytes]", port: int, out: Path) -> None:
    """Until it greets as a broker does."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                if probe.recv(1):
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"RabbitMQ did not start: {out.read_text(errors='replace')[-2_000:]}")
