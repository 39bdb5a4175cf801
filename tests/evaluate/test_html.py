"""The HTML report: complete, alone, and deaf to what names say."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from warmstart.errors import UsageError
from warmstart.evaluate.html import Section, html_report, write_html

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class _Elements(HTMLParser):
    def __init__(self) -> None:
        HTMLParser.__init__(self)
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _parse(page: str) -> _Elements:
    elements = _Elements()
    elements.feed(page)
    return elements


def test_the_page_tells_everything(report):
    """Verdict first, then picture and table of each block, sections, notes."""
    page = html_report(replace(report, notes=("a note",)), [Section("Data quality", text="rows  40")])
    order = [
        page.index(part) for part in ("Adapting gains.", "<svg", "<table>", "<pre>rows  40</pre>", "<li>a note</li>")
    ]
    assert order == sorted(order)
    assert '<td class="best"><span>.850</span><small>±.01</small></td>' in page


def test_without_a_verdict_there_is_no_box(report):
    """The box stands only around words."""
    assert '<div class="verdict"><p>Adapting gains.</p></div>' in html_report(report)
    assert 'class="verdict"' not in html_report(replace(report, verdict=""))


def test_a_default_is_named_where_the_contest_has_one(report):
    """Where baselines alone were run, the first of them is no default learner, and marked as a baseline."""
    assert "default learner Head" in html_report(report)
    alone = html_report(replace(report, default="Mean", chosen="Mean", verdict=""))
    assert "default learner" not in alone
    assert '<tr class="default"><th scope="row">Mean <small>baseline</small></th>' in alone


def test_only_picture_and_table_scroll(report):
    """On a narrow page each scrolls by itself; the sentence between them stays in place and wraps."""
    page = html_report(report)
    assert (
        page.index('<div class="scroll"><svg')
        < page.index('<p class="about')
        < page.index('<div class="scroll"><table')
    )
    assert "</svg>\n</div><p class" in page
    assert "<caption" not in page


def test_the_page_needs_nothing_else(report):
    """No element fetches anything: no link, no script, no source, no address but the names of XML spaces."""
    elements = _parse(html_report(report))
    assert not {"link", "script", "img", "iframe", "object"} & set(elements.names)
    fetched = [value for name, value in elements.attributes if name in {"src", "href", "xlink:href"} and value]
    assert all(value.startswith("#") for value in fetched)


def test_names_are_inert(report):
    """A script in the name of a learner, data set, slice, metric, section or in a note stays text."""
    rows = tuple(replace(row, learner=row.learner + EVIL, slice=EVIL, metric=EVIL) for row in report.rows)
    evil = replace(
        report,
        scenario=EVIL,
        data=EVIL,
        protocol=EVIL,
        rows=rows,
        default="Head" + EVIL,
        chosen=EVIL,
        verdict=EVIL,
        baselines=("Mean" + EVIL,),
        notes=(EVIL,),
    )
    elements = _parse(html_report(evil, [Section(EVIL, text=EVIL)]))
    assert not {"script", "img"} & set(elements.names)
    assert not [name for name, _ in elements.attributes if name.startswith("on")]
    assert elements.text.count("<script>alert(1)</script>") > 10


def test_ids_of_two_pictures_differ(report):
    """A page with two blocks has no id twice between them."""
    more = tuple(replace(row, slice="novel") for row in report.rows)
    elements = _parse(html_report(replace(report, rows=(*report.rows, *more))))
    ids = {value for name, value in elements.attributes if name == "id"}
    assert {"c0-figure_1", "c1-figure_1"} <= ids
    assert not [value for value in ids if value and not value.startswith(("c0-", "c1-"))]


def test_the_page_is_written_whole(report, tmp_path):
    """The file is the page; an unwritable place is a clear error."""
    assert write_html(report, tmp_path / "r.html").read_text(encoding="utf-8") == html_report(report)
    with pytest.raises(UsageError, match="cannot write"):
        write_html(report, tmp_path)
