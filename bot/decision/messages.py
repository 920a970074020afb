"""Stage 3: the words of a trigger, in every language, with the facts they may hold, checked when they are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from bot.contracts.messages import LANGUAGES
from bot.decision.kinds import KINDS
from bot.decision.template_rules import find_faults
from bot.toml_file import Table

EVERY_CASE = "*"
TEMPLATE_CHANNELS = frozenset({"whatsapp", "messenger"})
_MESSAGE_KEYS = frozenset({
    "variant", "case", "channels", "offer", "template", "step", "subject", "picture", *LANGUAGES,
})
MOST_SUBJECT_CHARACTERS = 120  # with its facts filled in, a letter cuts it there
PICTURE_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
PICTURE_CHANNELS = frozenset({"web", "email", "whatsapp"})  # Messenger has none beside words
_PICTURE = re.compile(rf"{PICTURE_NAME.pattern}-[1-9][0-9]{{0,3}}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")


@dataclass(frozen=True)
class Message:
    """One way of saying it, in every language. `case` is the situation of the facts it fits, "*" whatever it is."""

    variant: str
    case: str
    channels: tuple[str, ...]
    texts: Mapping[str, str]  # language -> sentence with {placeholders}
    offer: str = ""  # only for this offer of a campaign
    templates: Mapping[str, str] = field(default_factory=dict)  # language -> Meta's approved template of this text
    subjects: Mapping[str, str] = field(default_factory=dict)  # language -> a letter's; none: its first sentence
    picture: str = ""  # `autumn-2`: one of the shop's, and which version of it

    def placeholders(self, language: str) -> tuple[str, ...]:
        """The facts that the text holds, in its order: a template's parameters."""
        return tuple(name for _, name, _, _ in Formatter().parse(self.texts[language]) if name is not None)


def read_message(table: Table, kind: str, channels: tuple[str, ...], offers: tuple[str, ...]) -> Message:
    """One `[[triggers.<name>.messages]]`. FixConfiguration for a fact that its case does not have, among others."""
    table.refuse_unknown(_MESSAGE_KEYS)
    cases = KINDS[kind].cases
    case = table.one_of("case", (*cases, EVERY_CASE))
    facts = cases[case] if case in cases else frozenset.intersection(*cases.values())
    where = table.texts("channels", channels)
    for channel in where:
        if channel not in channels:
            raise table.fail("channels", "names {value}, which the trigger does not use", value=repr(channel))
    texts: dict[str, str] = {language: table.text(language) for language in LANGUAGES}
    for language, text in texts.items():
        _check_placeholders(table, language, text, facts)
    offer = table.one_of("offer", offers) if "offer" in table.values else ""
    templates, subjects = _templates(table, where, texts), _subjects(table, where, facts)
    return Message(table.text("variant"), case, where, texts, offer, templates, subjects, _picture(table, where))


def split_picture(key: str) -> tuple[str, int]:
    """Name and version of a picture that a message names; ("", 0) for what names none."""
    name, _, version = key.rpartition("-")
    return (name, int(version)) if _PICTURE.fullmatch(key) else ("", 0)


def _picture(table: Table, where: tuple[str, ...]) -> str:
    """Whether it is there is known where the store is."""
    key = table.text("picture", "")
    if key and not _PICTURE.fullmatch(key):
        raise table.fail("picture", 'must name a picture and its version, as in "autumn-2"')
    if key and not PICTURE_CHANNELS & set(where):
        raise table.fail("picture", "is for channels that show one, and this message uses none of them")
    return key


def _subjects(table: Table, where: tuple[str, ...], facts: frozenset[str]) -> dict[str, str]:
    """In every language, or none; of one line, with facts of the case."""
    said = table.values.get("subject", {})
    if not said:
        return {}
    if "email" not in where:
        raise table.fail("subject", "is for letters, and this message is not sent by e-mail")
    is_whole = isinstance(said, dict) and set(said) == set(LANGUAGES)
    if not is_whole or not all(isinstance(each, str) for each in said.values()):
        raise table.fail("subject", 'must be said in each language, as in { fr = "Votre panier", en = "Your basket" }')
    for subject in said.values():
        if not subject.strip() or "\n" in subject or len(subject) > MOST_SUBJECT_CHARACTERS:
            raise table.fail("subject", "must be one line, {most} characters at most", most=MOST_SUBJECT_CHARACTERS)
        _check_placeholders(table, "subject", subject, facts)
    return dict(said)


def _templates(table: Table, where: tuple[str, ...], texts: Mapping[str, str]) -> dict[str, str]:
    """Names in every language, or none. What Meta takes in no template is refused here, too."""
    names = table.values.get("template", {})
    if not names:
        return {}
    if not TEMPLATE_CHANNELS & set(where):
        raise table.fail("template", "is for WhatsApp and Messenger, and this message uses neither")
    if not isinstance(names, dict) or set(names) != set(LANGUAGES):
        raise table.fail("template", 'must name one for each language, as in { fr = "retard", en = "late" }')
    for language, name in names.items():
        if not isinstance(name, str) or not _TEMPLATE_NAME.fullmatch(name):
            sentence = "{tongue} must be lower-case letters, digits and underscores"
            raise table.fail("template", sentence, tongue=language)
        fault = next((each for each in find_faults(texts[language]) if each.is_certain), None)
        if fault:
            raise table.fail(language, fault.sentence, **fault.values)
    return dict(names)


def _check_placeholders(table: Table, language: str, text: str, known: frozenset[str]) -> None:
    try:
        found = [each for each in Formatter().parse(text) if each[1] is not None]
    except ValueError as error:
        raise table.fail(language, "has a broken placeholder: {error}", error=error) from error
    if any(spec or conversion for _, _, spec, conversion in found):  # {price:>999999999} is a gigabyte of spaces
        raise table.fail(language, "may hold the name of a fact between braces, and nothing beside it")
    for name in {str(name) for _, name, _, _ in found} - known:
        sentence = "uses {name}, which is no fact of this case; known are {known}"
        raise table.fail(language, sentence, name=f"{{{name}}}", known=sorted(known) or "–")
