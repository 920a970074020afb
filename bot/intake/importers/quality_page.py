"""The data-quality report as one page that needs nothing else: pictures drawn here, readable without them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any

from bot.texts.catalogue import format_moment, translate

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5b6875; --line: #d7dde3; --page: #f6f4ef; --card: #fff;
  --good: #1f7a5c; --fair: #a9690b; --bad: #b3362b; --track: #e6e9ec }
@media (prefers-color-scheme: dark) { :root { --ink: #e9edf1; --soft: #a8b4bf; --line: #37424d; --page: #14191e;
  --card: #1d242b; --good: #58c79c; --fair: #e6ad55; --bad: #f0867b; --track: #323c46 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.9rem; margin: 0 } h2 { font-size: 1.3rem; margin: 0 0 .25rem }
p { margin: .25rem 0 1rem } .soft { color: var(--soft) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.25rem;
  margin: 1.25rem 0 }
.rings { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 1rem 0 }
.rings figure { margin: 0; width: 8.5rem; text-align: center }
.rings figcaption { font-size: .9rem; color: var(--soft) }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--line); white-space: nowrap }
thead th { border: 0; color: var(--soft); font-weight: 600; font-size: .9rem } td.wide { white-space: normal }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none } nav a { color: inherit }
svg text { fill: var(--ink); font: 600 18px system-ui, sans-serif }
.scroll { margin-top: 1.25rem }
"""


def draw_report(quality: Mapping[str, Any], language: str, timezone: str) -> str:
    """The page, in French or English, with the times of a zone."""

    def say(sentence: str, **values: object) -> str:
        return escape(translate(language, sentence, **values))

    moment = format_moment(language, datetime.fromisoformat(quality["measured_at"]), timezone)
    title = say("Quality of the data")
    links = "".join(f'<li><a href="#{_anchor(each)}">{escape(each["silo"])}</a></li>' for each in quality["silos"])
    body = "".join(_section(each, say, language) for each in quality["silos"])
    if not quality["silos"]:
        body = f"<section><p>{say('Nothing has been brought in yet.')}</p></section>"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f'<h1>{title}</h1><p class="soft">{say("As of {moment}", moment=moment)}</p>'
        f'<nav aria-label="{say("Silos")}"><ul>{links}</ul></nav>{body}</main></body></html>'
    )


def _section(silo: Mapping[str, Any], say: Any, language: str) -> str:
    filled = [each["completeness"] for each in silo["fields"] if each["completeness"] is not None]
    complete = sum(filled) / len(filled) if filled else None
    rings = "".join((
        _ring(complete, say("Completeness"), say),
        _ring(silo["validity"], say("Validity"), say),
        _ring(1 - silo["duplicate_share"], say("Free of duplicates"), say),
        _freshness(silo["age_hours"], say),
    ))
    counts = say("{rows} rows, {used} used, {rejected} refused, {events} events of {people} people",
                 rows=_number(silo["rows"], language), used=_number(silo["used"], language),
                 rejected=_number(sum(silo["rejected"].values()), language),
                 events=_number(silo["events"], language), people=_number(silo["customers"], language))
    return (
        f'<section id="{_anchor(silo)}"><h2>{escape(silo["silo"])}</h2><p class="soft">{counts}</p>'
        f'<div class="rings">{rings}</div>{_fields(silo, say)}{_refused(silo, say, language)}</section>'
    )


def _ring(share: float | None, label: str, say: Any) -> str:
    """A share as a ring, with its number inside and in words for who cannot see it."""
    number = "–" if share is None else escape(_percent(share))
    length = 251.3 * (share or 0)
    return (
        f'<figure><svg viewBox="0 0 100 100" width="96" height="96" role="img" aria-label="{label}: {number}">'
        '<circle cx="50" cy="50" r="40" fill="none" stroke="var(--track)" stroke-width="12"/>'
        f'<circle cx="50" cy="50" r="40" fill="none" stroke="{_colour(share)}" stroke-width="12" '
        f'stroke-dasharray="{length:.1f} 251.3" transform="rotate(-90 50 50)"/>'
        f'<text x="50" y="56" text-anchor="middle">{number}</text></svg><figcaption>{label}</figcaption></figure>'
    )


def _freshness(hours: float | None, say: Any) -> str:
    label, share = say("Newest event"), None if hours is None else max(0.0, 1 - hours / (24 * 30))
    words = _age(hours, say)
    return (
        f'<figure><svg viewBox="0 0 100 100" width="96" height="96" role="img" aria-label="{label}: {words}">'
        '<circle cx="50" cy="50" r="40" fill="none" stroke="var(--track)" stroke-width="12"/>'
        f'<path d="M50 24V52L67 62" fill="none" stroke="{_colour(share)}" stroke-width="8" stroke-linecap="round"/>'
        f"</svg><figcaption>{label}<br>{words}</figcaption></figure>"
    )


def _fields(silo: Mapping[str, Any], say: Any) -> str:
    if not silo["fields"]:
        return ""
    heads = (say("Field"), say("Completeness"), say("Validity"), say("Newest"))
    rows = "".join(
        f'<tr><th scope="row">{escape(each["field"])}</th><td>{_bar(each["completeness"])}</td>'
        f'<td>{_bar(each["validity"])}</td><td>{_age(each["age_hours"], say)}</td></tr>'
        for each in silo["fields"]
    )
    return _table(heads, rows, say("Fields of {silo}", silo=silo["silo"]))


def _refused(silo: Mapping[str, Any], say: Any, language: str) -> str:
    if not silo["rejected"]:
        return ""
    most = max(silo["rejected"].values())
    rows = "".join(
        f'<tr><td class="wide">{_reason(reason, say)}</td><td>{_number(number, language)}</td>'
        f'<td>{_plain_bar(number / most, "var(--bad)")}</td></tr>'
        for reason, number in silo["rejected"].items()
    )
    return _table((say("Refused because"), say("Rows"), ""), rows, say("What {silo} said that was not used",
                                                                       silo=silo["silo"]))


def read_reason(reason: str, say: Callable[..., str]) -> tuple[str, str]:
    """(the field as it is called in the mapping, what is wrong with it in the reader's language)."""
    field, _, message = reason.rpartition(": ")
    kind, told = message.removeprefix("no "), say(message)
    return field, say("no {kind}", kind=kind) if told == message != kind else told


def _reason(reason: str, say: Any) -> str:
    field, words = read_reason(reason, say)
    return f"{escape(field)}: {words}" if field else words


def _table(heads: tuple[str, ...], rows: str, label: str) -> str:
    cells = "".join(f'<th scope="col">{head}</th>' if head else '<td style="border: 0"></td>' for head in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _bar(share: float | None) -> str:
    return "–" if share is None else f"{_plain_bar(share, _colour(share))} {escape(_percent(share))}"


def _plain_bar(share: float, colour: str) -> str:
    """Beside its number: for the eye alone."""
    return (
        '<svg width="120" height="10" viewBox="0 0 120 10" aria-hidden="true" focusable="false">'
        '<rect width="120" height="10" rx="5" fill="var(--track)"/>'
        f'<rect width="{120 * share:.1f}" height="10" rx="5" fill="{colour}"/></svg>'
    )


def _colour(share: float | None) -> str:
    if share is None:
        return "var(--track)"
    return "var(--good)" if share >= 0.95 else "var(--fair)" if share >= 0.7 else "var(--bad)"


def _percent(share: float) -> str:
    """Never 100 % of what is not whole."""
    if 0.995 <= share < 1:
        return "> 99 %"
    return "< 1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def _age(hours: float | None, say: Any) -> str:
    if hours is None:
        return "–"
    if hours < 1:
        return str(say("less than an hour ago"))
    if hours < 48:
        return str(say("{number} h ago", number=round(hours)))
    return str(say("{number} days ago", number=round(hours / 24)))


def _number(number: int, language: str) -> str:
    return f"{number:,}".replace(",", "\u202f") if language == "fr" else f"{number:,}"


def _anchor(silo: Mapping[str, Any]) -> str:
    return "silo-" + "".join(each if each.isalnum() else "-" for each in silo["silo"])
