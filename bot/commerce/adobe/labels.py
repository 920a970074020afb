"""What a shop's attributes, their options and its categories are called, in the language of each of its store views."""

import html
from collections.abc import Iterable, Mapping

from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.criteria import Filter, Search
from bot.commerce.adobe.product_shapes import Attribute, Labels
from bot.commerce.adobe.shapes import Native
from bot.commerce.adobe.stores import View

_ATTRIBUTES = Search(
    [Filter("is_user_defined", "1")], sort=["attribute_code"],  # the only column of the kind in one table alone
    fields="attribute_id,attribute_code,frontend_input,options[label,value]")
_CATEGORIES = Search(sort=["entity_id"], fields="id,name,level")
_CHOSEN = ("select", "multiselect", "swatch_visual", "swatch_text")


def read_labels(client: AdobeClient, view: View) -> Labels:
    """All of them; what a language has no name for has that of the bot's own store view."""
    return Labels(_read_attributes(client, view), _read_categories(client, view))


def _read_attributes(client: AdobeClient, view: View) -> dict[str, Attribute]:
    names: dict[tuple[str, str], dict[str, str]] = {}
    numbers: dict[str, str] = {}
    for language, said in _in_languages(client, view, "products/attributes", _ATTRIBUTES):
        if said.get("frontend_input") in _CHOSEN:
            numbers[said["attribute_code"]] = str(said["attribute_id"])
            for option in said.get("options") or ():
                if option["value"] and str(option["label"]).strip():
                    names.setdefault((said["attribute_code"], str(option["value"])), {})[language] = option["label"]
    return {
        code: Attribute(number, code, {
            value: _filled(told, view) for (owner, value), told in names.items() if owner == code})
        for code, number in numbers.items()
    }


def _read_categories(client: AdobeClient, view: View) -> dict[str, tuple[int, Mapping[str, str]]]:
    names: dict[str, dict[str, str]] = {}
    levels: dict[str, int] = {}
    for language, said in _in_languages(client, view, "categories/list", _CATEGORIES):
        levels[str(said["id"])] = int(said["level"])
        names.setdefault(str(said["id"]), {})[language] = said["name"]
    return {number: (levels[number], _filled(told, view)) for number, told in names.items()}


def _in_languages(
    client: AdobeClient, view: View, path: str, asked: Search
) -> Iterable[tuple[str, Native]]:
    for language, store in view.languages.items():
        for each in client.search_every(path, asked, store=store):
            yield language, each


def _filled(names: Mapping[str, str], view: View) -> dict[str, str]:
    """With a name in the language of the bot's own store view, which values are known by."""
    told = {language: html.unescape(name) for language, name in names.items()}
    return {view.language: next(iter(told.values())), **told}
