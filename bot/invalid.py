"""What pydantic complains of -> a sentence that may be said in another language."""

from collections.abc import Mapping
from typing import Any

from bot.errors import Said

SENTENCES: Mapping[str, str] = {  # by the kind of the complaint; {placeholders} as its context names them
    "missing": "is missing",
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have {max_length} characters at most",
    "too_short": "must have {min_length} characters or more",  # a text that was tidied first
    "too_long": "must have {max_length} characters at most",
    "int_parsing": "must be a whole number", "int_type": "must be a whole number",
    "int_from_float": "must be a whole number", "int_parsing_size": "must be a whole number",
    "bool_parsing": "must be true or false", "bool_type": "must be true or false",
    "greater_than_equal": "must be {ge} or more", "less_than_equal": "must be {le} or less",
    "literal_error": "must be one of {expected}",
    "string_type": "must be a text in quotes",
    "extra_forbidden": "is not known here",
    "model_type": "must be a table", "dict_type": "must be a table",
    "string_pattern_mismatch": "is not written as it should be",
}


def say_invalid(error: Mapping[str, Any]) -> Said:
    """One of `ValidationError.errors()`, in our words; in pydantic's own for a kind that is not known here."""
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        raised: ValueError = context["error"]
        return next((each for each in raised.args if isinstance(each, Said)), Said(str(raised)))
    is_empty = context.get("min_length") == 1
    sentence = SENTENCES["missing"] if is_empty else SENTENCES.get(error["type"])
    if sentence is None:
        return Said(error["msg"])
    return Said(sentence, **{name: value for name, value in context.items() if f"{{{name}}}" in sentence})
