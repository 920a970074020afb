"""The shop's colours as they are drawn, with their lights and shades."""

from colorsys import hls_to_rgb, rgb_to_hls

COLOURS = {
    "black": "#2b2a2d", "white": "#f6f4f0", "ecru": "#ebe1cc", "beige": "#d8c4a6", "sand": "#cdb48c",
    "camel": "#b98450", "taupe": "#93826f", "brown": "#6c4a33", "chocolate": "#4a3026", "tan": "#b06a35",
    "grey": "#a3a4a6", "charcoal": "#4c4e54", "navy": "#25345a", "blue": "#35629f", "light_blue": "#a5c4df",
    "denim": "#5f83ab", "raw_denim": "#2f3f5f", "red": "#b9302f", "burgundy": "#6d2233", "pink": "#e3a9ae",
    "green": "#3f8a59", "forest": "#274c3a", "sage": "#a3b296", "khaki": "#75734b", "mustard": "#cf9a2c",
    "yellow": "#eccb57", "terracotta": "#c06a48", "rust": "#9f4c26", "purple": "#63365c", "lilac": "#b9a5cd",
    "teal": "#1f5f69", "gold": "#cda24b", "silver": "#c3c6ca",
}
GROUNDS = ("#efe6da", "#e6e4dc", "#e9ddd3", "#dfe3e0", "#ece0dc", "#e8e5d6")


def colour_hex(name: str) -> str:
    """The colour's hex; a warm grey for one that is not known."""
    return COLOURS.get(name, "#9b9086")


def shift(hex_colour: str, by: float) -> str:
    """The colour made lighter (by > 0) or darker (by < 0), -1 to 1."""
    red, green, blue = (int(hex_colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, light, saturation = rgb_to_hls(red, green, blue)
    light = light + (1 - light) * by if by > 0 else light * (1 + by)
    return "#" + "".join(f"{round(part * 255):02x}" for part in hls_to_rgb(hue, light, saturation))


def is_dark(hex_colour: str) -> bool:
    """Whether light lines show better on it than dark ones."""
    return sum(int(hex_colour[place : place + 2], 16) for place in (1, 3, 5)) < 300
