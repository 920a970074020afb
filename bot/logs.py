"""How every process of ours logs: one line an event, names and ids, never message text or addresses."""

import logging
import sys

import structlog


def set_up_logs(level: str) -> None:
    """Write events of `level` and above to stderr; coloured on a terminal, JSON elsewhere."""
    is_terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.dict_tracebacks if not is_terminal else structlog.dev.set_exc_info,
            structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
