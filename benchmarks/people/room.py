"""A room for somebody of the cast: walls, pictures, shelves, light. Only Blender runs this. Metres."""

from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from benchmarks.people.cast import Member
from benchmarks.people.materials import plain

Place = tuple[float, float, float]


def _box(centre: Place, size: Place, material: Any) -> Any:
    bpy.ops.mesh.primitive_cube_add(size=1, location=centre)
    box = bpy.context.object
    box.scale = size
    box.data.materials.append(material)
    return box


def add_room(member: Member) -> None:
    """Four walls with shelves, pictures and a door in other places each time, and daylight from one side."""
    rng = np.random.default_rng(member.look.seed + 100)
    wall, half = plain(member.wall, 0.9), member.room / 2
    _box((0, 0, -0.05), (9, 9, 0.1), plain(tuple(rng.uniform(0.12, 0.4) * np.array([1, 0.75, 0.55])), 0.5))
    for x, y, wide, deep in ((0, half, 9, 0.1), (0, -5.5, 9, 0.1), (half + 0.6, 0, 0.1, 11), (-half - 0.6, 0, 0.1, 11)):
        _box((x, y, 1.5), (wide, deep, 3.4), wall)
    for turn in range(4):
        for _ in range(int(rng.integers(1, 4))):
            _hang(rng, turn, half)
        if rng.random() < 0.7:
            _shelve(rng, turn, half)
    _light("key", (member.key * 2.2, -2.6, 2.4), 1.6, member.light, rng.uniform(0.85, 1.0))
    _light("fill", (-member.key * 2.4, -2.4, 1.6), 2.2, 0.28 * member.light, 1.0)
    _light("ceiling", (0, 0.9, 2.9), 1.8, 0.5 * member.light, 0.9)
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.8, 0.85, 0.9, 1)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.12
    bpy.context.scene.world = world


def _on_wall(turn: int, along: float, up: float, off: float, half: float) -> Place:
    far = (half if turn % 2 == 0 else half + 0.6) - off
    return {0: (along, far, up), 1: (far, along, up), 2: (-along, -5.4 + off, up), 3: (-far, -along, up)}[turn]


def _hang(rng: Any, turn: int, half: float) -> None:
    """A picture in its frame."""
    along, up, wide, high = rng.uniform(-1.3, 1.3), rng.uniform(1.3, 2.0), rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.6)

    def size(more: float) -> Place:
        return (wide + more, 0.03, high + more) if turn % 2 == 0 else (0.03, wide + more, high + more)

    _box(_on_wall(turn, along, up, 0.07, half), size(0.06), plain(tuple(rng.uniform(0.02, 0.3, 3)), 0.4))
    _box(_on_wall(turn, along, up, 0.085, half), size(0.0), plain(tuple(rng.uniform(0.1, 0.8, 3)), 0.6))


def _shelve(rng: Any, turn: int, half: float) -> None:
    """A shelf of books."""
    along = rng.uniform(-1.4, 1.0)
    for up in (0.5, 0.9, 1.3):
        board = (1.0, 0.26, 0.03) if turn % 2 == 0 else (0.26, 1.0, 0.03)
        _box(_on_wall(turn, along, up, 0.18, half), board, plain((0.25, 0.15, 0.08), 0.5))
        place = -0.45
        while place < 0.4:
            thick, high = rng.uniform(0.02, 0.06), rng.uniform(0.18, 0.3)
            book = (thick, 0.18, high) if turn % 2 == 0 else (0.18, thick, high)
            spot = _on_wall(turn, along + place, up + 0.015 + high / 2, 0.18, half)
            _box(spot, book, plain(tuple(rng.uniform(0.03, 0.6, 3)), 0.6))
            place += thick + rng.choice([0.003, 0.003, 0.1])


def _light(name: str, place: Place, size: float, power: float, warm: float) -> None:
    lamp = bpy.data.lights.new(name, "AREA")
    lamp.use_contact_shadow = True
    lamp.size, lamp.energy, lamp.color = size, power, (1.0, 0.5 + 0.5 * warm, 0.2 + 0.8 * warm)
    thing = bpy.data.objects.new(name, lamp)
    thing.location = place
    bpy.context.collection.objects.link(thing)
    aim(thing, (0, 0, 1.3))


def aim(thing: Any, at: Place) -> None:
    """Turn a lamp or camera to a place."""
    thing.rotation_euler = (Vector(at) - thing.location).to_track_quat("-Z", "Y").to_euler()
