"""Stage A4: small words that change what a name stands for: "not the", "only the", "both", "my home". Pure."""

import re

LEFT_OUT = re.compile(
    r"\b(?:not|leave|keep(?:ing)?|except(?: for)?|forget(?: about)?|without|skip|never ?mind|remove|drop|but not|"
    r"(?:don'?t|do not) (?:want to )?(?:\w+ )?|pas|sauf|laissez?|garde[rz]?)\s*(?:out )?(?:the|my|that|le|la|les|mon|ma)?\s*$"
)
STAYS = re.compile(
    r"^s?\W*(?:stays?|remains?|is (?:ok|okay|fine|good)|(?:out of (?:it|this))|alone|(?:i|we)(?:'?ll| will| want to| shall| would)? (?:keep|am keeping|are keeping)|"
    r"je (?:le |la |les )?garde|as (?:it is|is|it was|they are)|reste\w*|tel\w* quel\w*)\b"
)
ONLY_ONE = re.compile(r"\b(?:only|just|seulement|juste) (?:the |le |la )?((?:\w+ ){1,5}?)(?:one|ones)\b")
ONES_WITH = re.compile(
    r"\b(?:the|those|celui|celle|ceux|celles) ?(?:ones?)? ?(?:with|that (?:is|are|has|have)|which (?:is|are|has|have)|avec) "
    r"((?:\w+ ?){1,4}?)(?= (?:should|to|in|into|instead|for|please|en|pour)\b|$)"
)
LEFT_ONE = re.compile(
    r"\b(?:not|keep(?:ing)?|leave|except|but not|pas|garde[rz]?) (?:the |le |la )?((?:\w+ ){1,5}?)(?:one|ones)\b"
)
ONLY = re.compile(r"\b(?:only|just|seulement|juste|meant|mean)\s*(?:the|my|that|le|la|les|mon|ma)?\s*$")
EVERY_LINE = re.compile(r"\b(?:all|every|everything|entire|whole|tout|tous|toutes)\b")
TOO = re.compile(r"\b(?:both|each|same for|all of them|the others?|as well|les deux|pareil pour)\b")
HOME_WORDS = re.compile(
    r"\b(?:default|profile|account|usual|primary|home) address|\b(?:on file|in (?:your|the) system|(?:on|in) my (?:account|profile))\b|\bmy home\b|"
    r"\badresse (?:par defaut|de mon compte|habituelle)|\bchez moi\b"
)
