#!/usr/bin/env bash
# requirements/*.txt from pyproject.toml: exact versions with hashes, for every platform, no registry addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { uv pip compile -q pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header "$@"; }
compile --extra server --python-version 3.12 -o requirements/server.txt
compile --extra server-test --python-version 3.12 -c requirements/server.txt -o requirements/server-test.txt
compile --extra bench --python-version 3.12 -c requirements/server.txt -o requirements/bench.txt
# Every package by name, installed without asking for its own wishes: obp pins torch 1.12, numpy 1.22 and Python < 3.11,
# of which what is measured here needs nothing.
compile --extra peers --python-version 3.12 -o requirements/peers.txt
compile --extra peers-alone --python-version 3.12 --no-deps >>requirements/peers.txt
compile --extra peers-compiled --python-version 3.12 --no-deps -o requirements/peers-compiled.txt
compile --extra peers-uplift --python-version 3.12 -c requirements/server.txt -o requirements/peers-uplift.txt
compile --extra rasa --python-version 3.10 -o requirements/rasa.txt
compile --extra rasa-test --python-version 3.10 -c requirements/rasa.txt -o requirements/rasa-test.txt
compile --extra node --python-version 3.12 -o requirements/node.txt
compile --extra uv --python-version 3.10 -o requirements/uv.txt
compile --extra tryon --python-version 3.12 -c requirements/server.txt -o requirements/tryon.txt
compile --extra tryon-models --python-version 3.12 --no-deps -o requirements/tryon-models.txt
compile --extra tryon-photos --python-version 3.12 --no-deps -o requirements/tryon-photos.txt
