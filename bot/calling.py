"""Calls to others over HTTP: what an error or a header says, whichever library heard it."""

from collections.abc import Mapping

_LONGEST_WAIT_SECONDS = 3600.0


def was_never_reached(error: BaseException) -> bool:
    """Whether the connection was never made: refused, or the name is not known. Looks through what wraps it."""
    seen: BaseException | None = error
    names = set()
    while seen is not None:
        names.add(type(seen).__name__)
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        seen = reason if isinstance(reason, BaseException) else seen.__cause__
    return bool(names & {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectionRefusedError"})


def read_retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, by the header; one where it is missing or a date."""
    try:
        return min(max(float(headers.get("Retry-After", "1")), 0.1), _LONGEST_WAIT_SECONDS)
    except ValueError:
        return 1.0
