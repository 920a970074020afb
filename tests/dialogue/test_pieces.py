"""Words and pieces of words: the same numbers as scikit-learn's, for one text."""

import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.dialogue.nlu.pieces import Pieces

LINES = ["où est ma commande", "where is my order please", "je cherche une robe noire", "I am looking for a black dress", "merci beaucoup"]
KINDS = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True, "token_pattern": r"\w+", "dtype": np.float32},
    "plain words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"\w+"},
    "pieces": {"analyzer": "char_wb", "ngram_range": (2, 5), "sublinear_tf": True, "min_df": 2, "dtype": np.float32},
}


@pytest.mark.parametrize("kinds", [["words", "pieces"], ["pieces", "plain words"], ["words"]])
@pytest.mark.parametrize("text", ["", "zzz", "where is ma commande, ma commande", "robe robe robe noire", LINES[0]])
def test_scores_as_the_vectorizers_do(kinds, text):
    vectorisers = [TfidfVectorizer(**KINDS[each]).fit(LINES) for each in kinds]
    row = hstack([each.transform([text]) for each in vectorisers], format="csr")
    weights = np.random.default_rng(1).normal(size=(row.shape[1], 3)).astype(np.float32)
    assert np.allclose(Pieces(vectorisers).score(text, weights), (row @ weights)[0], atol=1e-5)
    assert np.allclose(Pieces(vectorisers).score(text, weights[:, 0]), (row @ weights[:, 0])[0], atol=1e-5)
