"""Free ports for the servers that tests start."""

import socket


def find_free_port() -> int:
    """A port of the loopback that nobody listens on this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
