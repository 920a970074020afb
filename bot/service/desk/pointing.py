"""Stage A4: small words that change what a name stands for: "not the", "only the", "both", "my home". Pure."""

import re

LEFT_OUT = re.compile(
    r"\b(?:not|leave|keep(?:ing)?|except(?: for)?|forget(?: about)?|without|skip|never ?mind|remove|drop|but not|"
    r"(?:don'?t|do not) (?:want to )?(?:\w+ )?|pas|sauf|laissez?|garde[rz]?)\s*(?:out )?(?:the|my|that|le|la|les|mon|ma)?\s*$"
)
ONLY = re.compile(r"\b(?:only|just|seulement|juste|meant|mean)\s*(?:the|my|that|le|la|les|mon|ma)?\s*$")
EVERY_LINE = re.compile(r"\b(?:all|every|everything|entire|whole|tout|tous|toutes)\b")
TOO = re.compile(r"\b(?:both|each|same for|all of them|the others?|as well|les deux|pareil pour)\b")
HOME_WORDS = re.compile(
    r"\b(?:default|profile|account|usual|primary|home) address|\b(?:on file|in (?:your|the) system|(?:on|in) my (?:account|profile))\b|\bmy home\b|"
    r"\badresse (?:par defaut|de mon compte|habituelle)|\bchez moi\b"
)
