"""The console: a record's points and states -> what people call them. Pure."""

from collections.abc import Mapping

_PARTS: Mapping[str, str] = {
    "neck": "Neck", "shoulder": "Shoulder", "armpit": "Armpit", "hem": "Hem", "cuff_outer": "Cuff, outer end",
    "cuff_inner": "Cuff, inner end", "end": "End", "rim": "Rim",
}
POINT_WORDS: Mapping[str, str] = {
    **{
        f"{part}_{side}": f"{name}, {said}"
        for part, name in _PARTS.items() for side, said in (("left", "left"), ("right", "right"))
    },
    "neck_bottom": "Front of the neck", "bridge": "Bridge", "rim_front": "Front of the rim",
}
CATEGORY_WORDS: Mapping[str, str] = {"top": "Top", "glasses": "Sunglasses", "hat": "Hat"}
NECKLINE_WORDS: Mapping[str, str] = {
    "unknown": "not said", "round": "Round neck", "v": "V-neck", "high": "High neck", "collar": "Collar",
}
FLAT_WORDS: Mapping[str, str] = {
    "chest": "Chest, laid flat (cm)", "length": "Length (cm)", "sleeve": "Sleeve (cm)",
}
