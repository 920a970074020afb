"""Stage 3: what held a candidate -> the figures that go with it: how many of how many, until when, how many are left.

They are kept with a decision, so that whoever explains it later tells what was so then. Pure.

    {"cap_week": {"count": 2, "most": 2}, "quiet_hours": {"until": "2026-11-25T08:00:00+01:00"}}

`until` stands in the person's own zone, the shop's where nobody knows it; it is `until_day` where that is further off
than a night.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.decision.facts_for import Moment, find_quiet_end
from bot.decision.guardrails import Caps, Held
from bot.decision.quiet_hours import UnknownZone, country_of_zone

Figure = Mapping[str, int | str]
_A_NIGHT = timedelta(hours=14)
_DAY, _WEEK, _QUIET, _FALSE = (int(each) for each in (Held.CAP_DAY, Held.CAP_WEEK, Held.QUIET_HOURS, Held.FACT_FALSE))
FIGURED = _DAY | _WEEK | _QUIET | _FALSE


def say_quiet_end(zones: Collection[str], purpose: str, channel: str, moment: Moment) -> dict[str, str]:
    """When quiet ends where somebody is; nothing where nobody knows the hour there, or it is not quiet."""
    try:
        free_at = find_quiet_end(zones, purpose, channel, moment, is_there=False)
    except UnknownZone:
        return {}
    if free_at is None:
        return {}
    own = min(filter(country_of_zone, zones), default=moment.timezone)
    said = free_at.astimezone(ZoneInfo(own)).isoformat()
    return {"until_day" if free_at - moment.at > _A_NIGHT else "until": said}


def list_figures(
    bits: int, counts: tuple[int, int], caps: Caps, quiet_end: Mapping[str, str], reason: str, stock: int | None
) -> dict[str, dict[str, Figure]]:
    """As the key of a kept candidate; nothing where there is no figure. `counts`: of the day and the week; `stock`:
    what is left of what it is about, where `reason` says that it is sold out.
    """
    found: dict[str, Figure] = {}
    if bits & _DAY:
        found["cap_day"] = {"count": counts[0], "most": caps.per_day}
    if bits & _WEEK:
        found["cap_week"] = {"count": counts[1], "most": caps.per_week}
    if bits & _QUIET and quiet_end:
        found["quiet_hours"] = quiet_end
    if bits & _FALSE and reason and stock is not None:
        found[reason] = {"stock": stock}
    return {"figures": found} if found else {}
