"""Takes Shopify's published schemas out of its npm package, without their prose, for tests to check against.

    npm pack @shopify/dev-mcp && python -m tests.servers.shopify.take_schemas shopify-dev-mcp-1.16.0.tgz

The package is under the ISC licence, which lies beside what is taken.
"""

import gzip
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

from bot.commerce.shopify.client import API_VERSION

FOLDER = Path(__file__).parents[2] / "fixtures" / "shopify"
_NAMES = {"admin": "admin", "storefront": "storefront-graphql"}


def main(package: str) -> None:
    """Write a schema a file, and the licence. What is read is data alone: nothing of the package runs."""
    with tarfile.open(package) as files:
        for name, native in _NAMES.items():
            said = json.loads(gzip.decompress(_read(files, f"package/dist/data/{native}_{API_VERSION}.json.gz")))
            text = json.dumps(_without_prose(said.get("data", said)), separators=(",", ":")).encode()
            (FOLDER / f"{name}-{API_VERSION}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
        (FOLDER / "LICENSE").write_bytes(_read(files, "package/LICENSE"))


def _read(files: tarfile.TarFile, name: str) -> bytes:
    found = files.extractfile(name)
    if found is None:
        raise SystemExit(f"{name} is not in the package")
    return found.read()


def _without_prose(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: _without_prose(value) for key, value in said.items() if key != "description"}
    return [_without_prose(each) for each in said] if isinstance(said, list) else said


if __name__ == "__main__":
    main(sys.argv[1])
