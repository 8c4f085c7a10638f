"""Contrast of our own colours: axe cannot judge text in SVG, nor marks on a chart."""

import re

import pytest

from views.pages import STATIC

SCSS = (STATIC.parents[1] / "tools" / "assets" / "src" / "_fanlight.scss").read_text()
PALETTE = dict(re.findall(r"^\$([a-z-]+): (#[0-9a-f]{6});$", SCSS, re.MULTILINE)) | {
    "white": "#ffffff",
    "focus": "#ffdd00",
}
TEXT, MARK = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("white", "brand", TEXT),
        ("white", "ink", TEXT),
        ("ink", "white", TEXT),
        ("ink", "ground", TEXT),
        ("note", "white", TEXT),
        ("note", "ground", TEXT),
        ("quiet-ink", "white", TEXT),
        ("concern", "white", TEXT),
        ("concern", "ground", MARK),
        ("concern", "band", MARK),
        ("protective", "white", TEXT),
        ("protective", "ground", MARK),
        ("protective", "band", MARK),
        ("contact", "ground", MARK),
        ("contact", "band", MARK),
        ("brand", "ground", MARK),
        ("concern", "focus", MARK),
        ("protective", "focus", MARK),
        ("contact", "focus", MARK),
        ("ink", "focus", TEXT),
        ("ink", "band", MARK),
    ],
)
def test_what_must_be_told_apart_can_be(front, back, least):
    assert contrast(PALETTE[front], PALETTE[back]) >= least
