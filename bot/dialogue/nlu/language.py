"""Stage A2: the language of a message, French or English, with the conversation's language as what we expect."""

import re
from typing import Any, Dict, List, Optional, Text

from lingua import Language, LanguageDetector, LanguageDetectorBuilder
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.nlu.text import fold

SURE_ALONE = 0.60  # with no language known yet
SURE_AGAINST = 0.85  # to leave the language that the conversation has
_FRENCH = frozenset(
    "je tu vous nous il elle on le la les un une des du de mon ma mes ton ta votre vos est sont suis ai avez et ou mais pas "
    "que qui quoi quand pour avec dans sur ce cette ces bonjour bonsoir salut merci oui non ma quel quelle combien comment "
    "pourquoi au aux j c d l s n qu m svp stp commande colis panier taille livraison".split()
)
_ENGLISH = frozenset(
    "i you we he she it the a an my your our is are am was do does did have has and or but not what where when who how why "
    "which for with in on at this that these those hello hi hey thanks thank yes no please order parcel basket cart size "
    "can could would will want need t m s re ve ll to of me".split()
)
_SHARED = frozenset("on a s m t me or no".split())
_NO_LANGUAGE = re.compile(r"\S+@\S+|https?://\S+|\S*\d\S*")  # addresses, links, numbers of orders and parcels
_GIVES_DATA = ("email", "phone", "email_or_postcode", "identity", "postcode", "code", "name", "address", "order_number", "size")


def identify_language(text: str, known: str, detector: LanguageDetector) -> Optional[str]:
    """`fr` or `en`; None where the message does not tell, so that the conversation keeps its language."""
    text = "" if text.startswith("/") else _NO_LANGUAGE.sub(" ", text)
    words = re.findall(r"[a-z]+", fold(text))
    french = sum(word in _FRENCH and word not in _SHARED for word in words)
    english = sum(word in _ENGLISH and word not in _SHARED for word in words)
    if len(words) < 1 or (known and len(words) < 3 and french == english):
        return None
    share = detector.compute_language_confidence(text, Language.FRENCH)
    share = min(1.0, max(0.0, share + 0.25 * (french - english)))
    likely, sureness = ("fr", share) if share >= 0.5 else ("en", 1 - share)
    needed = SURE_ALONE if known in ("", likely) else SURE_AGAINST
    return likely if sureness >= needed else None


def _is_sentence(text: str) -> bool:
    words = set(re.findall(r"[a-z]+", fold(text)))
    return len(words & (_FRENCH | _ENGLISH)) >= 3 and not re.search(r"\d", text)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageIdentifier(GraphComponent):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Writes the entity `language`, which fills the slot of that name."""

    def __init__(self) -> None:
        """Loads the two languages' models."""
        self._detector = LanguageDetectorBuilder.from_languages(Language.FRENCH, Language.ENGLISH).build()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageIdentifier":
        """The component, as Rasa's graph makes it."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message with its language among its entities, where it tells one."""
        for message in messages:
            text = message.get(TEXT) or ""
            metadata = message.get("metadata") or {}
            known = metadata.get("language", "")
            if known and metadata.get("expects") in _GIVES_DATA and not _is_sentence(text):
                continue  # a street in Lille makes nobody French
            language = identify_language(text, known, self._detector)
            if language:
                found = {"entity": "language", "value": language, "start": 0, "end": len(text), "extractor": "language"}
                message.set(ENTITIES, [*message.get(ENTITIES, []), found], add_to_output=True)
        return messages
