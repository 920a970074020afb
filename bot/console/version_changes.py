"""The console: two versions of a journey -> what differs: settings, messages, texts word by word. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from bot.console.journeys import list_messages
from bot.decision.messages import Message
from bot.decision.triggers import Trigger
from bot.decision.versions import dump_trigger

Kind = Literal["same", "gone", "new"]
State = Literal["changed", "gone", "new"]
Said = tuple[str, Message]  # the step, "" the first
_WORD = re.compile(r"(?:\{\w+\}|\w+|[^\w\s])\s*|\s+")
_BESIDE = frozenset({"name", "version", "messages", "follow_ups"})  # of a journey: told elsewhere, or in another way
_TOLD = frozenset({"variant", "case", "texts", "subjects"})  # of a message, likewise
# What two messages have to have in common to be the same one, changed: the first rule that finds one counts.
_SAME: tuple[Callable[[Said], tuple[object, ...]], ...] = (
    lambda said: (said[0], said[1].offer, said[1].variant, said[1].case, said[1].channels),
    lambda said: (said[0], said[1].offer, said[1].variant, said[1].case),
    lambda said: (said[0], said[1].offer, said[1].variant),
)


@dataclass(frozen=True)
class Stretch:
    """Some words of a text: in both versions, in the earlier alone, in the later alone."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class TextChange:
    """A message's text, or the subject of its letter, in a language."""

    part: Literal["texts", "subjects"]
    language: str
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class SettingChange:
    """A place of the journey or of a message, and what stands there in each; empty: nothing."""

    place: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class MessageChange:
    """A message that one of them has alone, or that both have, otherwise. `message`: the later where there are two."""

    state: State
    step: str
    message: Message
    texts: Sequence[TextChange]
    settings: Sequence[SettingChange]


@dataclass(frozen=True)
class VersionChanges:
    """What a version changes of another one."""

    settings: Sequence[SettingChange]
    messages: Sequence[MessageChange]


def list_changes(before: Trigger, after: Trigger) -> VersionChanges:
    """Everything that differs; what stands in both alike is left out."""
    pairs = pair_messages(list_messages(before), list_messages(after))
    changed = (_compare_messages(*each) for each in pairs)
    return VersionChanges(_list_settings(_plain(before), _plain(after)), [each for each in changed if each])


def pair_messages(before: Sequence[Said], after: Sequence[Said]) -> list[tuple[Said | None, Said | None]]:
    """Each message of the later version with what it was in the earlier; then those of the earlier that are gone."""
    left, found = list(before), dict[int, Said]()
    for name in _SAME:
        for n, said in enumerate(after):
            was = next((each for each in left if n not in found and name(each) == name(said)), None)
            if was is not None:
                left.remove(was)
                found[n] = was
    return [*((found.get(n), said) for n, said in enumerate(after)), *((each, None) for each in left)]


def compare_words(before: str, after: str) -> list[Stretch]:
    """A text beside another one, word by word, in the order in which it is read: what went stands before what came."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    found: list[Stretch] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, _names(old), _names(new), autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Stretch("same", "".join(new[j1:j2])))
            continue
        gone, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        found += [Stretch("gone", gone)] if gone else []
        found += [Stretch("new", came)] if came else []
    return found


def _names(words: Sequence[str]) -> list[str]:
    """Words by what is compared of them: the blank behind one is not, a new line is."""
    return [each if "\n" in each else each.rstrip() for each in words]


def _compare_messages(before: Said | None, after: Said | None) -> MessageChange | None:
    if before is not None and after is not None:
        if before == after:
            return None
        return _change("changed", after, before[1], after[1])
    said = after or before
    if said is None:
        return None
    return _change("new", said, None, said[1]) if after else _change("gone", said, said[1], None)


def _change(state: State, said: Said, before: Message | None, after: Message | None) -> MessageChange:
    texts = [
        TextChange(part, language, compare_words(was, becomes))
        for part in ("texts", "subjects") for language in ("fr", "en")
        if (was := _text(before, part, language)) != (becomes := _text(after, part, language))
    ]
    return MessageChange(state, *said, texts, _list_settings(_plain_message(before), _plain_message(after)))


def _text(message: Message | None, part: Literal["texts", "subjects"], language: str) -> str:
    found: Mapping[str, str] = getattr(message, part) if message else {}
    return found.get(language, "")


def _list_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[SettingChange]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    places = [*new, *(each for each in old if each not in new)]
    pairs = ((each, old.get(each, ()), new.get(each, ())) for each in places)
    return [SettingChange(*each) for each in pairs if each[1] != each[2]]


def _plain(trigger: Trigger) -> dict[str, Any]:
    follow_ups = {
        each.name: {key: value for key, value in asdict(each).items() if key not in _BESIDE}
        for each in trigger.follow_ups
    }
    return {
        **{key: value for key, value in dump_trigger(trigger).items() if key not in _BESIDE}, "follow_ups": follow_ups,
    }


def _plain_message(message: Message | None) -> dict[str, Any]:
    return {key: value for key, value in asdict(message).items() if key not in _TOLD} if message else {}


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every place with what stands there; a row of words is one place."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        if any(isinstance(each, Mapping) for each in value):
            yield from _leaves({str(n): each for n, each in enumerate(value, 1)}, place)
        else:
            yield place, tuple(str(each) for each in value)
    else:
        yield place, () if value in (None, "") else (str(value),)
