"""Stage A4: whether words agree to a summary, decline it, or say that this is all. Pure.

Stricter than a yes to any other question: what is agreed to here is written.
"""

import re

from bot.service.desk.naming import plain

_YES = re.compile(
    r"^(?:(?:so|and|then|ok|okay|great|perfect|good|thanks|thank you|alright|all right|sure|well)\s+)*(?:yes|yep|yeah|yup|y|ok|okay|sure|correct|right|exactly|absolutely|"
    r"definitely|confirmed|confirm|perfect|go ahead|go for it|proceed|please (?:do|go|proceed|confirm)|(?:ya|yea),? |do it|sounds (?:good|great|fine)|"
    r"looks good|of course|works for me|(?:that|it)'?s? (?:works|fine|will do)|fine\b|alright\b|"
    r"oui|ouais|d'accord|dac|parfait|exact\w*|vas y|allez y|je confirme|c'est (?:bon|ca|correct|exact))\b"
    r"|\b(?:go ahead|please proceed|proceed with|i confirm|that'?s (?:right|correct|fine|perfect|good)|that is (?:right|correct|fine)|looks (?:good|right|correct)|"
    r"you (?:can|may) (?:go ahead|proceed)|tout a fait|je confirme)\b"
)
_NO = re.compile(
    r"^(?:oh |ah |well |sorry |hmm+ |ok |okay |yes |um+ |actually )*(?:no|nope|nah|non|nan|wait|stop|hold on|not (?:yet|now|quite|really|right|correct)|that'?s (?:not|wrong)|incorrect|wrong|attend\w*)\b|\b(?:not (?:correct|right)|don'?t (?:do|proceed|confirm))\b"
)
_DOUBT = re.compile(
    r"\b(?:no|not|don'?t|forget|wait|instead|but|except|however|hold|rather|actually|mais|sauf|pas|attend\w*|plutot)\b"
)
_TAKES_BACK = re.compile(r"(?:but|however|wait|hold on|first|before|actually|no|not|except|mais|attend\w*|sauf|d'abord|non)\b")
_BUT = re.compile(r"\b(?:but|except|however|wait|first|before|mais|sauf|avant)\b")
_FIRST = re.compile(r"\b(?:but|and|mais|et)\b[^.]{0,12}\b(?:first|before|wait|hold on|d'abord|avant)\b")
_THAT_IS_ALL = re.compile(
    r"\b(?:that'?s (?:all|it|everything)|that is (?:all|everything)|nothing else|no(?:thing)? more|c'est tout|rien d'autre)\b"
)
_FILLERS = re.compile(r"^(?:(?:ok|okay|alright|all right|fine|sure|well|hm+|right|d'accord)\b,? ?)+")
_SHORT = 4  # words: what is longer has to say yes clearly
_BARE_NO = re.compile(
    r"^(?:(?:oh|sorry|no|nope|nah|non|nan|thanks?|thank you|merci|please|don'?t|do not|stop|wait|cancel that|not now|hm+|then|then i'?ll|actually|"
    r"on second thou?ghts?|i(?:'ve| have)? changed my mind|(?:just )?(?:leave|forget|drop|skip) (?:it|that|this|everything|about it|the whole thing)|never ?mind|"
    r"(?:i'?ll |i will |i |i'?m )?(?:just )?keep(?:ing)? (?:it|them|that|those|everything)(?: all)?|"
    r"i (?:don'?t|do not) want (?:to )?(?:return|exchange|change|cancel|do|send back)?(?: (?:it|that|this|anything|any of (?:it|them)|them))?(?: back)?(?: any ?more)?|"
    r"laissez?(?: tomber)?|oubliez?|je (?:le|la|les) garde|finalement non) ?)+$"
)


def says_no(said: str) -> bool:
    """Whether plain words decline, whatever else they say."""
    return _NO.search(said) is not None


def is_bare_no(said: str) -> bool:
    """Whether plain words decline and say nothing else."""
    return _BARE_NO.match(said) is not None


def is_conditional(said: str) -> bool:
    """Whether plain words hold a yes back until something else is said or done."""
    return _BUT.search(said) is not None


def puts_off(said: str) -> bool:
    """Whether plain words want something else before what is agreed to."""
    return _FIRST.search(said) is not None


def is_all(said: str) -> bool:
    """Whether plain words say that nothing else is wanted."""
    return _THAT_IS_ALL.search(said) is not None


def is_filler(text: str) -> bool:
    """Whether words such as "okay" stand alone, which before a question agree to nothing."""
    return not _FILLERS.sub("", plain(text))


def is_clear_yes(text: str) -> bool:
    """Whether words that hold a yes are nothing but one: "please make it ..." is polite, and agrees to nothing."""
    return agrees(text) or len(text.split()) <= _SHORT and not _DOUBT.search(plain(text))


def agrees(text: str) -> bool:
    """Whether one of the clauses is a clear yes, with no doubt in it; what is asked besides takes nothing away."""
    parts = [plain(part) for part in re.split(r"[.!?;\n]|,(?! (?:please|proceed|go|that|do|i)\b(?!'))", text) if part.strip()]
    if any(_TAKES_BACK.match(part) for part in parts):
        return False
    if "?" in text:  # "okay, and how much is it?" asks: what is agreed to is written, so it has to be said clearly
        parts = [_FILLERS.sub("", part) for part in parts]
    return any(_YES.search(part) and not _DOUBT.search(part) for part in parts[:3])
