"""These tests run in Rasa's environment only: `make test-rasa`."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("rasa") else ["test_*.py"]
