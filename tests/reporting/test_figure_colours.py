"""Colours of the figures: told apart in greyscale and by colour-blind readers, and read against what they stand on."""

import itertools

import numpy as np
import pytest

from jobimpact.reporting.figures.style import read_style


def lightness(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one, other):
    light, dark = sorted((lightness(one), lightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_colours_survive_greyscale():
    style = read_style()
    shades = [lightness(shade) for shade in style["sequential"]["colours"]]
    assert shades == sorted(shades, reverse=True)
    assert min(a / b for a, b in itertools.pairwise(shades)) > 1.25
    for shade, ink in zip(style["sequential"]["colours"], style["sequential"]["ink_on"], strict=True):
        assert contrast(shade, ink) >= 4.0
    assert contrast(style["style"]["ink"], style["style"]["paper"]) > 7
    assert contrast(style["style"]["quiet"], style["style"]["paper"]) >= 7
    families = style["families"]
    assert len({family["symbol"] for family in families}) == len(families)
    assert sorted(major for family in families for major in family["majors"]) == sorted(
        {f"{major}" for major in range(11, 54, 2)}
    )


# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, full severity, on linear RGB; the luminance of ITU-R BT.709.
SEEN = {
    "in colour": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "greyscale": [[0.2126, 0.7152, 0.0722]] * 3,
}


def apart(one, other, sight):
    """Return the distance of two colours in CIELAB (D65), as they are seen."""

    def lab(colour):
        parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        seen = np.clip(np.array(SEEN[sight]) @ linear, 0, 1)
        white = [0.9505, 1.0, 1.089]
        scaled = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen / white
        x, y, z = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    return float(np.linalg.norm(lab(one) - lab(other)))


@pytest.mark.parametrize("sight", SEEN)
def test_colours_that_are_compared_are_told_apart_by_everybody(sight):
    style, families = read_style()["style"], read_style()["families"]
    for one, other in (("bar", "light"), ("strong", "light"), ("bar", "paper"), ("light", "paper"), ("mean", "paper")):
        assert apart(style[one], style[other], sight) >= 20, (one, other)
    for one, other in itertools.pairwise(read_style()["sequential"]["colours"]):
        assert apart(one, other, sight) >= 10
    # Without any colour it is the symbol that tells the families apart.
    for one, other in itertools.combinations(families, 2):
        assert sight == "greyscale" or apart(one["colour"], other["colour"], sight) >= 20, (one["title"], other["title"])
        assert one["symbol"] != other["symbol"]
