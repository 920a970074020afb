"""Try-on records in a folder of the test's, as `prevenant try-on prepare` leaves them."""

from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from bot.bootstrap import Services
from bot.tryon.points import CUFFS, OUTLINES
from bot.tryon.record import Record, write_record

JUMPER, VEST, GLASSES, LOST = "pull-rond.navy", "gilet-court.ecru", "lunettes-poete.gold", "bonnet-perdu.red"
SIZE = (400, 440)
TOP_POINTS = {
    "neck_left": (160, 40), "shoulder_left": (110, 60), "cuff_outer_left": (30, 300), "cuff_inner_left": (70, 320),
    "armpit_left": (120, 150), "hem_left": (115, 400), "hem_right": (285, 400), "armpit_right": (280, 150),
    "cuff_inner_right": (330, 320), "cuff_outer_right": (370, 300), "shoulder_right": (290, 60),
    "neck_right": (240, 40), "neck_bottom": (200, 75),
}
GLASSES_POINTS = {"end_left": (20, 200), "bridge": (200, 190), "end_right": (380, 200)}


def add_records(services: Services, folder: Path) -> Services:
    """The services of a shop that has four: two wait, one of them without a picture."""
    folder.mkdir(exist_ok=True)
    bare = {name: point for name, point in TOP_POINTS.items() if name not in CUFFS}
    for record, colour in (
        (Record("pull-rond", "navy", "top", TOP_POINTS, "round", {"chest": 52}, ("armpits_not_found",)), "#22304f"),
        (Record("gilet-court", "ecru", "top", bare, "v", checked=True), "#e9dfc8"),
        (Record("lunettes-poete", "gold", "glasses", GLASSES_POINTS), "#b8902f"),
    ):
        _draw(record, colour).save(folder / f"{record.name}.png")
        write_record(folder, record)
    lost = Record("bonnet-perdu", "red", "hat", {}, doubts=("no_picture",))
    Image.new("RGBA", (1, 1)).save(folder / f"{lost.name}.png")
    write_record(folder, lost)
    return replace(services, settings=replace(services.settings, try_on_records=str(folder)))


def _draw(record: Record, colour: str) -> Image.Image:
    picture = Image.new("RGBA", SIZE)
    drawing = ImageDraw.Draw(picture)
    if record.category == "top":
        drawing.polygon([record.points[each] for each in OUTLINES["top"] if each in record.points], fill=colour)
    else:
        for left in (30, 220):
            drawing.ellipse((left, 130, left + 150, 270), outline=colour, width=12)
    return picture
