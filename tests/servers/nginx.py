"""nginx with the example of docs/running.md, on free ports of this machine, for as long as a block lasts."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import find_free_port

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its address, and what it says in its log."""

    url: str
    certificate: Path
    _log: Path

    def read_log(self) -> str:
        """Its errors and warnings."""
        return self._log.read_text()


def find_nginx() -> str:
    """Its path; "" where it is not installed."""
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin") or ""


@contextmanager
def run_nginx(example: str, site_port: int, folder: Path) -> Iterator[Nginx]:
    """The example's server, with a certificate of its own; the site is on another port than 8000 here."""
    folder.mkdir()
    port, log = find_free_port(), folder / "error.log"
    certificate, key = _make_certificate(folder)
    server = (
        example.replace("127.0.0.1:8000", f"127.0.0.1:{site_port}").replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("/etc/ssl/chat.your-shop.example.pem", str(certificate))
        .replace("/etc/ssl/private/chat.your-shop.example.key", str(key))
    )
    places = "".join(f"{each}_temp_path {folder}/{each};\n" for each in _TEMPORARY)
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its workers are nobody, who may write nothing here
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {log} warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{server}\n}}\n"
    )
    command = (find_nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(log))
    with subprocess.Popen(command) as running:
        try:
            _wait_until_up(port, log)
            yield Nginx(f"https://127.0.0.1:{port}", certificate, log)
        finally:
            running.terminate()
            running.wait(15)


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "site.pem", folder / "site.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)],
        check=True, capture_output=True,
    )
    return certificate, key


def _wait_until_up(port: int, log: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nginx did not come up: {log.read_text() if log.exists() else ''}")
