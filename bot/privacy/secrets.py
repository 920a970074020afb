"""What opens a door is no datum: signed tokens inside links and messages are cut out of what a person is given."""

import re
from typing import Any

CUT = "••••••"
_SIGNED = re.compile(r"eyJ[\w-]{5,}\.[\w-]+\.[\w-]+")  # a JSON Web Token, wherever it stands
_IN_A_PATH = re.compile(r"(/(?:invoices|privacy/data|privacy/consent|u)/)[\w.~=-]+")
_IN_A_QUERY = re.compile(r"([?&](?:token|code|key|signature|sig)=)[^&\s\"]+")


def cut_secrets(value: Any) -> Any:
    """The same value without what is signed or drawn by lot to open something. Pure."""
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, dict):
        return {name: cut_secrets(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [cut_secrets(each) for each in value]
    return value


def _cut(text: str) -> str:
    if text.startswith("data:"):  # a picture
        return text
    text = _SIGNED.sub(CUT, text) if "eyJ" in text else text
    return _IN_A_QUERY.sub(rf"\1{CUT}", _IN_A_PATH.sub(rf"\1{CUT}", text)) if "/" in text or "?" in text else text
