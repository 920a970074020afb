"""The console's API: try-on's records: which wait for a person, where one's points are, correcting them."""

from fastapi import APIRouter

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.deeds import fittings as deeds
from bot.console.fittings import Fittings, FittingView


def add_fitting_calls(router: APIRouter, services: Services) -> None:
    """Every call under /try-on."""

    @router.get("/try-on")
    def list_fittings(here: Here) -> Fittings:
        return deeds.survey(services)

    @router.get("/try-on/{record}")
    def show_fitting(record: str, here: Here) -> FittingView:
        return deeds.look_at(services, record)

    @router.put("/try-on/{record}", description="Keeps that a person has looked: the product is offered from now on.")
    def correct_fitting(record: str, here: Here, asked: deeds.Corrected) -> FittingView:
        return deeds.correct(services, here.person, record, asked)
