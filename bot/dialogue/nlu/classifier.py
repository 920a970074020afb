"""Stage A2: rows of numbers and words -> the chance of each label, meaning what they say. Pure.

Two linear models that err differently: one over the encoders' numbers, one over words and pieces of words.
Their scores are mixed, and heated by what lines that neither saw tell: of messages with confidence 0.8, four
in five are right. What the shares were chosen on is told in docs/understanding.md.
"""

import warnings
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import hstack, vstack
from scipy.special import log_softmax, softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.dialogue.nlu.pieces import Pieces
from bot.dialogue.nlu.text import fold, normalise

FOLDS = 4  # one of them is held out to find the heat
SEED = 42
MEANING_C = 0.1
WORDS_C = 3.0
MAX_ITERATIONS = 60
SHARE_OF_WORDS = 0.5
HEAT_OF_WORDS = 6.0  # a linear SVM's scores lie close together
SHARE_OF_PARTS = 0.5  # next to the whole message's 1
UNHEARD = 0.02  # a part says nothing of what it does not mention


class IntentModel:
    """What training learnt; `predict` gives each label's chance."""

    def __init__(self, parts: Dict[str, Any]) -> None:
        """`parts` as `fit` made them, or as they were read from a file."""
        self.parts = parts
        self.names: List[str] = parts["names"]
        self._pieces = Pieces(parts["vectorisers"])

    def predict(self, rows: Any, texts: Sequence[str]) -> Any:
        """The chance of each of `names`, one row a text.

        `rows` are the encoders' numbers for the texts: all of them, or the first so many that `fit` was told of.
        """
        return self.weigh(rows, self.hear(texts))

    def hear(self, texts: Sequence[str]) -> Any:
        """What the words alone say of each label, one row a text."""
        heard = [self._pieces.score(fold(normalise(text)), self.parts["words_coef"]) for text in texts]
        return np.vstack(heard) + self.parts["words_bias"]

    def weigh(self, rows: Any, words: Any) -> Any:
        """The chance of each label from the encoders' numbers and what `hear` said."""
        head = self.parts["heads"][str(rows.shape[1])]
        meaning = (rows - head["mean"]) / head["scale"] @ head["coef"] + head["bias"]
        return softmax(mix(meaning, words) * head["heat"], axis=1)


def fit(
    rows: Any,
    texts: Sequence[str],
    labels: Sequence[str],
    more: Sequence[Tuple[str, str]] = (),
    widths: Sequence[int] = (),
) -> IntentModel:
    """Learn from the encoders' numbers, the texts and their labels; each label needs at least FOLDS texts.

    `more` are (text, label) pairs that were not encoded: words alone learn from them. For each of `widths` the model
    also learns to read the first so many numbers alone, when the other encoder was spared.
    """
    truth, more_truth = np.array(labels), np.array([label for _, label in more], dtype=np.array(labels).dtype)
    vectorisers = _fit_vectorisers([*texts, *(text for text, _ in more)])
    pieces, more_pieces = _to_pieces(vectorisers, texts), _to_pieces(vectorisers, [text for text, _ in more])

    def learn_words(seen: Any) -> LinearSVC:
        return _fit_words(vstack([pieces[seen], more_pieces]), np.concatenate([truth[seen], more_truth]))

    seen, unseen = next(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(rows, truth))
    heard = learn_words(seen).decision_function(pieces[unseen])
    words = learn_words(np.arange(len(truth)))
    return IntentModel(
        {
            "names": [str(name) for name in words.classes_],
            "heads": {
                str(width): _fit_head(rows[:, :width], truth, seen, unseen, heard)
                for width in dict.fromkeys((rows.shape[1], *widths))
            },
            "vectorisers": vectorisers,
            "words_coef": np.ascontiguousarray(words.coef_.T, np.float32),
            "words_bias": words.intercept_.astype(np.float32),
        }
    )


def _fit_head(rows: Any, truth: Any, seen: Any, unseen: Any, heard: Any) -> Dict[str, Any]:
    """A model over the encoders' numbers, and the heat of its mix with words' scores `heard` for the unseen texts."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    scaled = (rows - mean) / scale
    trial = _fit_meaning(scaled[seen], truth[seen])
    answers = np.searchsorted(trial.classes_, truth[unseen])
    model = _fit_meaning(scaled, truth)
    return {
        "mean": mean,
        "scale": scale,
        "coef": np.ascontiguousarray(model.coef_.T, np.float32),
        "bias": model.intercept_.astype(np.float32),
        "heat": find_heat(mix(trial.decision_function(scaled[unseen]), heard), answers),
    }


def mix(meaning: Any, words: Any) -> Any:
    """One row of scores for each text from both models' scores."""
    return (1 - SHARE_OF_WORDS) * log_softmax(meaning, axis=1) + SHARE_OF_WORDS * log_softmax(
        words * HEAT_OF_WORDS, axis=1
    )


def pool(whole: Any, parts: Any) -> Any:
    """A message's chances from its own and its parts': the request may stand in one sentence of three."""
    if not len(parts):
        return whole
    heard = np.log(np.maximum(whole, 1e-9)) + SHARE_OF_PARTS * np.log(parts.max(axis=0) + UNHEARD)
    return softmax(heard)


def find_heat(mixed: Any, truth: Any) -> float:
    """The factor with the least log loss on scores of texts that the models did not see."""

    def loss(heat: float) -> float:
        return -float(log_softmax(mixed * heat, axis=1)[np.arange(len(truth)), truth].mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)


def _fit_meaning(scaled: Any, truth: Any) -> LogisticRegression:
    model = LogisticRegression(C=MEANING_C, max_iter=MAX_ITERATIONS, class_weight="balanced")
    with warnings.catch_warnings():  # stopping early is meant: more steps fit the lines, not the language
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(scaled, truth)


def _fit_words(pieces: Any, truth: Any) -> LinearSVC:
    return LinearSVC(C=WORDS_C, class_weight="balanced", random_state=SEED).fit(pieces, truth)


def _fit_vectorisers(texts: Sequence[str]) -> List[TfidfVectorizer]:
    cleaned = [fold(normalise(text)) for text in texts]
    words = TfidfVectorizer(
        analyzer="word", ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+", dtype=np.float32
    )
    signs = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, dtype=np.float32)
    return [words.fit(cleaned), signs.fit(cleaned)]


def _to_pieces(vectorisers: Sequence[TfidfVectorizer], texts: Sequence[str]) -> Any:
    cleaned = [fold(normalise(text)) for text in texts] or [""]
    found = hstack([each.transform(cleaned) for each in vectorisers], format="csr", dtype=np.float32)
    return found[: len(texts)]
