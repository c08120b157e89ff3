"""Pictures of pages compared as an eye compares them: where the ink is, not which pixel has which grey.

A picture is taken at half size and looked at in squares of eight pixels; each square counts with its mean
colour. The edge of a letter moves with the version of a font or of Chromium and changes a mean by little; a
missing column, a wrapped head or another colour changes many squares by much. Boxes of the layout were the
other choice: they miss colours, charts and what lies on top of each other, and are no less tied to the font.
The browser decodes the pictures itself, so that no library for images is needed.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

SQUARE: Final = 8
#: By how much the mean colour of a square may move, of 255, before the square counts as another one.
NOTICEABLE: Final = 16
#: Share of squares that may be others.
MOST: Final = 0.01
FONT: Final = "DejaVu Sans"
_COMPARE: Final = """async ([one, other, square, noticeable]) => {
    const means = async text => {
        const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${text}`)).blob());
        const [width, height] = [picture.width, picture.height];
        const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext("2d");
        pen.drawImage(picture, 0, 0);
        const data = pen.getImageData(0, 0, width, height).data;
        const columns = Math.ceil(width / square), rows = Math.ceil(height / square);
        const sums = new Float64Array(columns * rows * 3), counts = new Float64Array(columns * rows);
        for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
            const at = Math.floor(y / square) * columns + Math.floor(x / square);
            counts[at]++;
            for (let c = 0; c < 3; c++) sums[at * 3 + c] += data[(y * width + x) * 4 + c];
        }
        return {width, height, values: Array.from(sums, (sum, at) => sum / counts[Math.floor(at / 3)])};
    };
    const [a, b] = [await means(one), await means(other)];
    if (a.width !== b.width || a.height !== b.height)
        return {size: `${a.width} × ${a.height} / ${b.width} × ${b.height}`, share: 1};
    let others = 0;
    for (let at = 0; at < a.values.length; at += 3)
        if ([0, 1, 2].some(c => Math.abs(a.values[at + c] - b.values[at + c]) > noticeable)) others++;
    return {size: "", share: others / (a.values.length / 3)};
}"""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much two pictures differ.

    Args:
        share: Of squares that are others; 1 where the sizes differ.
        sizes: Both sizes where they differ.
    """

    share: float
    sizes: str

    @property
    def small(self) -> bool:
        """Whether a reader would call them the same."""
        return self.share <= MOST


def difference(browser: Browser, one: bytes, other: bytes) -> Difference:
    """Compare two PNG pictures."""
    page = browser.new_page()
    try:
        texts = [base64.b64encode(picture).decode("ascii") for picture in (one, other)]
        found = page.evaluate(_COMPARE, [*texts, SQUARE, NOTICEABLE])
    finally:
        page.close()
    return Difference(float(found["share"]), str(found["size"]))


def kept(folder: Path, name: str) -> Path:
    """Return where the golden picture of a page lies."""
    return folder / f"{name}.png"
