"""`data list | get | describe` on a data folder of one small table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from warmstart.cli.app import main


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one data set, `my-shop`: three rows, one price missing."""
    folder = tmp_path / "data" / "my_shop"
    folder.mkdir(parents=True)
    (folder / "orders.csv").write_text("shop,price\na,1.5\na,\nb,2.5\n", encoding="utf-8")
    monkeypatch.setenv("WARMSTART_DATA", str(folder.parent))
    return folder


def test_list_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder stands beside the public data sets, and is the only one on hand."""
    assert main(["data", "list", "--json"]) == 0
    entries = {e["name"]: e for e in json.loads(capsys.readouterr().out)}
    assert {"my-shop", "ta-feng"} <= set(entries)
    assert [name for name, entry in entries.items() if entry["on_hand"]] == ["my-shop"]


def test_list(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table shows each data set with its licence."""
    assert main(["data", "list"]) == 0
    shown = capsys.readouterr().out
    assert "licence" in shown
    assert "ta-feng" in shown


def test_get(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is here already is not fetched; its place is printed."""
    assert main(["data", "get", "my-shop"]) == 0
    assert capsys.readouterr().out == f"{shop}\n"


def test_get_unknown(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name ends with exit code 2 and the nearest one."""
    assert main(["data", "get", "my-shopp"]) == 2
    assert capsys.readouterr().err == "error: no data set named 'my-shopp': did you mean my-shop?\n"


@pytest.mark.parametrize("name", ["my-shop", "orders.csv"])
def test_describe(name: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A data set by name and a file by path are described alike."""
    monkeypatch.chdir(shop)
    assert main(["data", "describe", name, "--json"]) == 0
    (table,) = json.loads(capsys.readouterr().out)
    assert table["rows"] == 3
    assert [(c["name"], c["missing"], c["different"]) for c in table["columns"]] == [("shop", 0, 2), ("price", 1, 2)]


def test_describe_table(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--json` the same stands in a table."""
    assert main(["data", "describe", str(shop / "orders.csv")]) == 0
    assert "price" in capsys.readouterr().out


def test_describe_missing_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is one line and exit code 2."""
    assert main(["data", "describe", "nowhere.csv"]) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_no_second_word(capsys: pytest.CaptureFixture[str]) -> None:
    """`warmstart data` alone says which words may follow."""
    assert main(["data"]) == 2
    assert "list, get NAME or describe PATH" in capsys.readouterr().err
