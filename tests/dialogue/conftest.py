"""These tests run in Rasa's environment only: `.venv-rasa/bin/python -m pytest --confcutdir=tests/dialogue tests/dialogue`."""

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("rasa") else ["test_*.py"]
