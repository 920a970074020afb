"""The console's API: the shop's pictures for messages: uploaded, an earlier version kept again, shown by a message."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.console.api.admission import Here
from bot.console.api.content import DraftNamed
from bot.console.deeds import pictures as deeds
from bot.console.deeds.inputs import PathName
from bot.content.pictures import Picture


class PictureView(BaseModel):
    """A version. `key` is how messages name it, `path` where the site has it."""

    key: str
    name: str
    version: int
    path: str
    content_type: str
    width_px: int
    height_px: int
    size_bytes: int
    alts: Mapping[str, str]
    why: str
    made_by: str
    made_at: datetime


class UseView(BaseModel):
    """A message in force that shows a version; `message` is its number among the journey's."""

    journey: str
    message: int
    key: str


class PictureVersionsView(BaseModel):
    """A picture, its newest version first."""

    name: str
    versions: Sequence[PictureView]
    shown_by: Sequence[UseView]


class Removed(BaseModel):
    """The version that is there no more, as messages named it."""

    removed: str


def add_picture_calls(router: APIRouter, services: Services) -> None:
    """Every call under /content/pictures."""

    @router.get("/content/pictures")
    def list_pictures(here: Here) -> Sequence[PictureVersionsView]:
        return [_versions(each) for each in deeds.survey_pictures(services)]

    @router.get("/content/pictures/{picture}")
    def show_picture(picture: PathName, here: Here) -> PictureVersionsView:
        return _versions(deeds.look_at_picture(services, picture))

    @router.post("/content/pictures", description="A name that is taken gets another version. 6.7 MB of JSON at most.")
    def add_picture(here: Here, asked: deeds.PictureSent) -> PictureView:
        return _picture(deeds.add_picture(services, here.person, asked, deeds.read_picture(asked)))

    @router.post("/content/pictures/{picture}/restore")
    def restore_picture(picture: PathName, here: Here, asked: deeds.PictureRestored) -> PictureView:
        return _picture(deeds.restore_picture(services, here.person, picture, asked))

    @router.post("/content/pictures/{picture}/remove", description="One that nothing uses. Its number stays taken.")
    def remove_picture(picture: PathName, here: Here, asked: deeds.PictureRemoved) -> Removed:
        deeds.remove_picture(services, here.person, picture, asked)
        return Removed(removed=f"{picture}-{asked.version}")

    @router.post("/content/pictures/{picture}/draft")
    def draft_picture(picture: PathName, here: Here, asked: deeds.PictureShown) -> DraftNamed:
        made = deeds.draft_picture(services, here.person, picture, asked)
        return DraftNamed(draft=made.id, revision=made.revision)


def _versions(found: deeds.PictureVersions) -> PictureVersionsView:
    shown = [UseView(journey=each.trigger.name, message=each.piece.number, key=each.key) for each in found.shown_by]
    return PictureVersionsView(
        name=found.name, versions=[_picture(each) for each in found.versions], shown_by=shown
    )


def _picture(picture: Picture) -> PictureView:
    return PictureView(
        **{name: getattr(picture, name) for name in PictureView.model_fields}
    )
