"""What the demo's hats are made of: where one is on a crown or a brim -> the cloth's colour and relief there. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.storefront.fitting_art import hex_light
from bot.tryon.models import Floats


@dataclass(frozen=True)
class Weave:
    """A cloth over a net: what it looks like in white light, and how far it stands out."""

    colour: Floats  # (rows, columns, 3), light
    relief: Floats  # (rows, columns), units, outwards


@dataclass(frozen=True)
class Net:
    """Where one is on a crown or a brim: around it (radians, 0 in front) and up or out (0 to 1)."""

    around: Floats
    up: Floats
    rng: np.random.Generator


def make_net(rows: int, columns: int, rng: np.random.Generator, reach: float = np.pi) -> Net:
    """A net as far around as `reach` to both sides."""
    around = np.linspace(-reach, reach, columns, dtype=np.float32)[None].repeat(rows, 0)
    up = np.linspace(0, 1, rows, dtype=np.float32)[:, None].repeat(columns, 1)
    return Net(around, up, rng)


def wrinkles(net: Net, many: int, deep: float) -> Floats:
    """Low folds that run around and up, as cloth that was worn has them."""
    total = np.zeros_like(net.up)
    for _ in range(many):
        turns, rises = int(net.rng.integers(1, 6)), net.rng.uniform(-9, 9)
        total += net.rng.uniform(0.3, 1) * np.sin(turns * net.around + rises * net.up + net.rng.uniform(0, 6.3))
    return deep * total / max(many, 1) ** 0.5


def grain(net: Net, fine: float, reach: float) -> Floats:
    """Noise about 1."""
    noise = net.rng.normal(0, 1, net.up.shape).astype(np.float32)
    if reach:
        noise = cv2.GaussianBlur(noise, (0, 0), reach)
        noise /= max(float(noise.std()), 1e-6)
    return np.clip(1 + fine * noise, 0.3, 1.7)


def plain(net: Net, base: str) -> Floats:
    """The colour alone."""
    return np.broadcast_to(hex_light(base), (*net.up.shape, 3)).astype(np.float32)


def knit(net: Net, base: str, ribs: int, deep: float, stitches: float) -> Weave:
    """Ribs that stand out, made of stitches like little Vs."""
    along = np.mod(net.around / (2 * np.pi) * ribs, 1)
    rib = np.abs(np.sin(np.pi * along))
    leg = np.abs(np.mod(along * 2, 1) - 0.5)
    stitch = np.abs(np.mod(net.up * stitches + 1.2 * leg, 1) - 0.5) * 2
    relief = deep * (rib**0.7 + 0.22 * stitch)
    share = (0.62 + 0.38 * rib**0.6) * (0.8 + 0.2 * stitch) * grain(net, 0.07, 0.8)
    return Weave(plain(net, base) * share[..., None], relief)


def felt(net: Net, base: str) -> Weave:
    """Pressed wool: soft, a little uneven."""
    share = grain(net, 0.05, 1.2) * grain(net, 0.04, 14.0)
    return Weave(plain(net, base) * share[..., None], 0.004 * (grain(net, 1, 20.0) - 1))


def canvas(net: Net, base: str, fine: float = 0.06) -> Weave:
    """Plain cotton, washed."""
    weave = 1 + 0.03 * np.sin(net.up * 700) * np.sin(net.around * 300)
    share = weave * grain(net, fine, 0.7) * grain(net, 0.04, 22.0)
    return Weave(plain(net, base) * share[..., None], np.zeros_like(net.up))


def straw(net: Net, base: str, rounds: float, coarse: float) -> Weave:
    """Plaits that run around, each strand crossing the next."""
    row = net.up * rounds
    edge = np.abs(np.mod(row, 1) - 0.5) * 2
    strand = np.sin(net.around * rounds * 5.2 + np.floor(row) * 2.1 + 2.6 * (np.mod(row, 1) - 0.5))
    share = (1 - coarse * edge**3) * (1 + 0.13 * strand) * grain(net, 0.08, 1.0) * grain(net, 0.05, 16.0)
    return Weave(plain(net, base) * share[..., None], 0.006 * (1 - edge**2) + 0.003 * strand)


def tweed(net: Net, base: str) -> Weave:
    """Herringbone: twill that turns every few threads."""
    lane = net.around / (2 * np.pi) * 70
    lean = np.abs(np.mod(lane, 2) - 1)
    twill = np.sin(2 * np.pi * (net.up * 60 + 1.6 * lean))
    share = (1 + 0.24 * np.sign(twill) * np.abs(twill) ** 0.5) * grain(net, 0.12, 0.8)
    fleck = (net.rng.random(net.up.shape) < 0.006).astype(np.float32)
    fleck = cv2.GaussianBlur(fleck, (0, 0), 1.2) * 6
    light = plain(net, base) * share[..., None]
    return Weave(light + np.clip(fleck, 0, 0.5)[..., None] * (hex_light("#d8cdb8") - light), 0.003 * twill)
