"""What drawn people, their clothes and rooms are made of: Blender's materials. Only Blender runs this."""

from collections.abc import Callable
from typing import Any

import bpy

from benchmarks.people.cast import Colour, Member


def _nodes(name: str) -> tuple[Any, Any, Callable[[Any, Any], None]]:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    return material, tree.nodes, lambda source, target: tree.links.new(source, target) and None


def plain(colour: Colour, rough: float) -> Any:
    """One colour, as rough as wood (0.5) or paper (0.9)."""
    material, nodes, _ = _nodes("plain")
    nodes["Principled BSDF"].inputs["Base Color"].default_value = (*colour, 1)
    nodes["Principled BSDF"].inputs["Roughness"].default_value = rough
    nodes["Principled BSDF"].inputs["Specular"].default_value = 0.15
    return material


def skin_of(member: Member) -> Any:
    """Skin with pores; its colours are the mesh's own, `tint`."""
    material, nodes, join = _nodes("skin")
    surface = nodes["Principled BSDF"]
    tint = nodes.new("ShaderNodeVertexColor")
    tint.layer_name = "tint"
    spots = nodes.new("ShaderNodeTexNoise")
    spots.inputs["Scale"].default_value, spots.inputs["Detail"].default_value = 60, 8
    uneven = nodes.new("ShaderNodeMixRGB")
    uneven.blend_type, uneven.inputs["Fac"].default_value = "SOFT_LIGHT", 0.35
    join(tint.outputs["Color"], uneven.inputs["Color1"])
    join(spots.outputs["Fac"], uneven.inputs["Color2"])
    join(uneven.outputs["Color"], surface.inputs["Base Color"])
    join(uneven.outputs["Color"], surface.inputs["Subsurface Color"])
    surface.inputs["Subsurface"].default_value = 0.12
    surface.inputs["Subsurface Radius"].default_value = (0.011, 0.004, 0.002)
    surface.inputs["Roughness"].default_value = 0.42
    surface.inputs["Specular"].default_value = 0.4
    pores, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    pores.inputs["Scale"].default_value = 420 - 260 * member.look.old
    pores.inputs["Detail"].default_value = 6
    bump.inputs["Strength"].default_value = 0.12 + 0.3 * member.look.old
    bump.inputs["Distance"].default_value = 0.002
    join(pores.outputs["Fac"], bump.inputs["Height"])
    join(bump.outputs["Normal"], surface.inputs["Normal"])
    return material


def fabric_of(member: Member) -> Any:
    """Plain, striped or checked, with a weave."""
    material, nodes, join = _nodes("fabric")
    surface = nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value, surface.inputs["Specular"].default_value = 0.85, 0.15
    surface.inputs["Sheen"].default_value = 0.3
    place = nodes.new("ShaderNodeTexCoord")
    base, second = (*member.colour, 1), (*member.second, 1)
    if member.print == "plain":
        surface.inputs["Base Color"].default_value = base
    else:
        mix = nodes.new("ShaderNodeMixRGB")
        mix.inputs["Color1"].default_value, mix.inputs["Color2"].default_value = base, second
        join(_bands(nodes, join, place, member.print), mix.inputs["Fac"])
        join(mix.outputs["Color"], surface.inputs["Base Color"])
    weave, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    weave.inputs["Scale"].default_value = 500
    join(place.outputs["Object"], weave.inputs["Vector"])
    bump.inputs["Strength"].default_value, bump.inputs["Distance"].default_value = 0.35, 0.002
    join(weave.outputs["Fac"], bump.inputs["Height"])
    join(bump.outputs["Normal"], surface.inputs["Normal"])
    return material


def _bands(nodes: Any, join: Any, place: Any, kind: str) -> Any:
    waves = []
    for axis in ("Z",) if kind == "striped" else ("Z", "X"):
        wave, step = nodes.new("ShaderNodeTexWave"), nodes.new("ShaderNodeMath")
        wave.bands_direction = axis
        wave.inputs["Scale"].default_value = 8.0
        step.operation = "GREATER_THAN"
        step.inputs[1].default_value = 0.6
        join(place.outputs["Object"], wave.inputs["Vector"])
        join(wave.outputs["Fac"], step.inputs[0])
        waves.append(step.outputs[0])
    if len(waves) == 1:
        return waves[0]
    mean = nodes.new("ShaderNodeMath")
    mean.operation = "MULTIPLY_ADD"
    mean.inputs[1].default_value = 0.5
    half = nodes.new("ShaderNodeMath")
    half.operation = "MULTIPLY"
    half.inputs[1].default_value = 0.5
    join(waves[1], half.inputs[0])
    join(waves[0], mean.inputs[0])
    join(half.outputs[0], mean.inputs[2])
    return mean.outputs[0]


def eye_at(centre: Any, iris: Colour) -> Any:
    """White, iris and pupil, by the angle from straight ahead."""
    material, nodes, join = _nodes("eye")
    surface = nodes["Principled BSDF"]
    place, off, unit, ahead, ramp = (
        nodes.new(each)
        for each in (
            "ShaderNodeNewGeometry",
            "ShaderNodeVectorMath",
            "ShaderNodeVectorMath",
            "ShaderNodeVectorMath",
            "ShaderNodeValToRGB",
        )
    )
    off.operation, unit.operation, ahead.operation = "SUBTRACT", "NORMALIZE", "DOT_PRODUCT"
    off.inputs[1].default_value = tuple(centre)
    ahead.inputs[1].default_value = (0, -1, 0)
    join(place.outputs["Position"], off.inputs[0])
    join(off.outputs["Vector"], unit.inputs[0])
    join(unit.outputs["Vector"], ahead.inputs[0])
    join(ahead.outputs["Value"], ramp.inputs["Fac"])
    stops = ramp.color_ramp.elements
    stops[0].position, stops[0].color = 0.885, (0.72, 0.68, 0.64, 1)
    stops[1].position, stops[1].color = 0.905, (*(0.4 * each for each in iris), 1)
    for position, colour in ((0.93, iris), (0.97, iris), (0.978, (0.004, 0.004, 0.004))):
        stop = stops.new(position)
        stop.color = (*colour, 1)
    join(ramp.outputs["Color"], surface.inputs["Base Color"])
    surface.inputs["Roughness"].default_value = 0.06
    return material


def lash() -> Any:
    """Half clear: a row of hairs seen from afar."""
    material, nodes, join = _nodes("lash")
    clear, mix = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeMixShader")
    nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.01, 0.008, 0.006, 1)
    mix.inputs["Fac"].default_value = 0.45
    join(clear.outputs[0], mix.inputs[1])
    join(nodes["Principled BSDF"].outputs[0], mix.inputs[2])
    join(mix.outputs[0], nodes["Material Output"].inputs["Surface"])
    return material


def hair_of(colour: Colour) -> Any:
    """Hair that hardly shines."""
    material = plain(colour, 0.4)
    material.node_tree.nodes["Principled BSDF"].inputs["Specular"].default_value = 0.1
    return material
