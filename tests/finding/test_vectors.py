"""The file of vectors: made in steps, read anew when it changed, made once for each text."""

from dataclasses import replace

import numpy as np

from bot.finding.vectors import VectorFile
from bot.recommend.catalogue import Catalogue


def _encode(texts):
    rows = np.array([[len(text), 1.0, 0.0] for text in texts], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _renew_all(file: VectorFile, catalogue: Catalogue) -> int:
    made = 0
    while step := file.renew(catalogue, _encode):
        made += step
    return made


def test_there_are_none_before_somebody_made_them(tmp_path, catalogue):
    assert VectorFile(tmp_path / "v.npz").matrix(catalogue) is None


def test_a_broken_file_is_none_and_is_made_anew(tmp_path, catalogue):
    (tmp_path / "v.npz").write_bytes(b"PK nonsense")
    file = VectorFile(tmp_path / "v.npz")
    assert file.matrix(catalogue) is None
    assert _renew_all(file, catalogue) == len(catalogue)


def test_a_reader_sees_what_a_writer_made(tmp_path, catalogue):
    writer, reader = VectorFile(tmp_path / "v.npz"), VectorFile(tmp_path / "v.npz")
    assert reader.matrix(catalogue) is None
    writer.renew(catalogue, _encode)
    half = reader.matrix(catalogue)
    assert half is not None
    assert 0 < np.count_nonzero(half.any(axis=1)) < len(catalogue)
    _renew_all(writer, catalogue)
    whole = reader.matrix(catalogue)
    assert whole is not None
    assert np.allclose(np.linalg.norm(whole, axis=1), 1, atol=1e-3)


def test_encodes_only_what_changed_and_forgets_what_is_gone(tmp_path, catalogue):
    file = VectorFile(tmp_path / "v.npz")
    assert _renew_all(file, catalogue) == len(catalogue)
    first, *rest = catalogue.products
    changed = Catalogue((replace(first, names={"en": "Something else"}), *rest[1:]), catalogue.words)
    assert _renew_all(file, changed) == 1
    assert _renew_all(file, changed) == 0
