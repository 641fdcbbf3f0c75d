"""Cut the small face out of the full one: what nearly every certificate needs, at a fifth of the size.

    python fonts/make_small_face.py

Input: ``fonts/full/NotoSerifSC-Regular.ttf``, taken unchanged from the npm package
``@expo-google-fonts/noto-serif-sc`` 0.4.3. The family is renamed, because the certificate's style sheet
chains the two faces and fontconfig tells them apart by family name.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
FAMILY = "Portal Song"
NAMES = {1: FAMILY, 3: "PortalSong-Regular", 4: f"{FAMILY} Regular", 6: "PortalSong-Regular"}
FAMILY_NAME_IDS = (16, 17, 25)
VARIATION_NAME_IDS = range(256, 300)


def characters() -> set[int]:
    """GB 2312 (hanzi, symbols, full-width forms), Latin-1 and the punctuation our texts use."""
    gb2312 = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            gb2312.update(map(ord, bytes((high, low)).decode("gb2312", errors="ignore")))
    latin = {*range(0x20, 0x7F), *range(0xA0, 0x100)}
    punctuation = {*range(0x2010, 0x2028), 0x2030, 0x2032, 0x2033, 0x203B, 0x2116, 0x2122, 0x2212, 0x3007}
    return gb2312 | latin | punctuation


def main() -> None:
    font = TTFont(HERE / "full" / "NotoSerifSC-Regular.ttf", recalcTimestamp=False)
    options = subset.Options(layout_features=[], drop_tables=["BASE", "STAT", "vhea", "vmtx"], hinting=False)
    options.name_IDs = ["*"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters())
    cutter.subset(font)
    names = font["name"]
    for name_id in (*FAMILY_NAME_IDS, *VARIATION_NAME_IDS):
        names.removeNames(nameID=name_id)
    for record in names.names:
        record.string = NAMES.get(record.nameID, record.string)
    font.save(HERE / "small" / "PortalSong-Regular.ttf")


if __name__ == "__main__":
    main()
