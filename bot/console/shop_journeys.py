"""The console: the journeys of the shop's file and those drafted here -> each as it is shown. Reads only."""

from bot.bootstrap import Services
from bot.charter.book import Subject
from bot.charter.content import Content, dump_contents, journey_subject, stand_in
from bot.charter.kept import read_standing
from bot.decision.triggers import Trigger
from bot.decision.versions import parse_trigger


def list_shop_journeys(services: Services) -> tuple[Trigger, ...]:
    """Each as its file has it, or as it was agreed on where a draft overtook the file; then those no file has."""
    if services.charter is None:
        return services.triggers
    with services.store.read() as connection:
        standing = read_standing(connection)
    agreed = {subject: each.content for subject, each in standing.items()}
    of_files = {subject: each.of_file for subject, each in standing.items() if each.of_file is not None}
    written = dump_contents(services)
    wanted = stand_in(written, agreed, of_files)
    known = {journey_subject(each.name) for each in services.triggers}
    drafted = [
        parse_trigger(each.content) for subject, each in standing.items()
        if each.is_drafted and subject.startswith("journey:") and subject not in known
    ]
    return (*(_shown(each, wanted, written) for each in services.triggers), *drafted)


def _shown(trigger: Trigger, wanted: dict[Subject, Content], written: dict[Subject, Content]) -> Trigger:
    subject = journey_subject(trigger.name)
    return trigger if wanted[subject] is written[subject] else parse_trigger(wanted[subject])
