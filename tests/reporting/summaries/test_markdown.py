"""Free text in Markdown: it comes out as one paragraph of what was typed, whatever a reader makes of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.reporting.summaries.documents import line, plain

READERS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True})]
"""CommonMark, and with tables and strikethrough as Git hosts have them."""
SIGNS = r"`~*_-+=#>|<>[]()!&;:.\/@$^1234567890{}" + '"' + "'"
LINES = st.lists(
    st.text(alphabet=st.sampled_from(f"{SIGNS}ab 我的\t"), max_size=12)
    | st.sampled_from(
        [
            *("~~~", "```", "```py", "---", "===", "- - -", "***", "___", "# 标题", "####### x", "> 引文"),
            *("- 项", "+ 项", "* 项", "1. 项", "1) 项", "0. 项", "123456789. 项", "-", "*", "1.", "    码"),
            *("\t码", "| a | b |", "|---|---|", "a | b", "-|-", ":-", ":-:", "<div>", "<!-- x -->", "<?x?>"),
            *("[a]: http://b.c", "[a](http://b.c)", "![a](b)", "<http://a.b>", "<a@b.c>", "&copy;", "&#35;"),
            *("[^1]", "[^1]: 注", "http://a.bc", "www.a.bc", "a@b.cd", "a\\", "a  ", "~~a~~", "$x$", ": 释"),
        ]
    ),
    max_size=6,
)
BREAKS = st.sampled_from(["\n", "\n\n", "\r\n", "\u2028", "\x85", "\x0b"])


def typed(text: str) -> list[str]:
    """The lines that a text has, without the spaces around them."""
    return [one.strip() for one in text.splitlines() if one.strip()]


def shown(inline: Token) -> list[str]:
    """The lines of a paragraph of nothing but text."""
    lines = [""]
    for token in inline.children or ():
        if token.type == "softbreak":
            lines.append("")
        else:
            assert token.type == "text", token
            lines[-1] += token.content
    return lines


@given(parts=st.lists(st.tuples(LINES, BREAKS), max_size=3))
@example(parts=[(["项目", "==="], "\n")])
@example(parts=[(["| a |", "|---|", "| b |"], "\n")])
@example(parts=[(["1234567890. x"], "\n")])
def test_a_text_comes_out_as_one_paragraph_of_itself(parts: list[tuple[list[str], str]]) -> None:
    """No list, heading, code, quotation, table, link, HTML, entity or emphasis; each line as it was typed."""
    text = "".join(one + after for lines, after in parts for one in lines)
    for reader in READERS:
        tokens = reader.parse(plain(text))
        if not typed(text):
            assert tokens == []
            continue
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
        assert shown(tokens[1]) == typed(text)


@given(parts=LINES)
def test_a_line_stays_one_in_headings_and_cells(parts: list[str]) -> None:
    """A title or label neither ends its heading nor its cell, and says what was typed."""
    text = "\n".join(parts)
    told = " ".join(text.split())
    heading = READERS[1].parse(f"# x{line(text)}")
    assert [token.type for token in heading] == ["heading_open", "inline", "heading_close"]
    assert shown(heading[1]) == [f"x{told}"]
    table = READERS[1].parse(f"| a | b |\n|---|---|\n| x{line(text)} | y |\n")
    cells = [token for token in table if token.type == "inline"]
    assert [shown(cell) for cell in cells] == [["a"], ["b"], [f"x{told}"], ["y"]]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("见 http://a.example 与 www.a.example", r"见 http\://a.example 与 www\.a.example"),
        ("写信到 a@b.example", r"写信到 a\@b.example"),
        ("增长 2.5 倍，共 3 - 1 项", "增长 2.5 倍，共 3 - 1 项"),
        ("1、经费；（2）人员", "1、经费；（2）人员"),
    ],
)
def test_no_link_is_made_and_ordinary_words_stay_as_they_are(text: str, written: str) -> None:
    """What readers make links of by themselves is escaped; numbers and dashes within a line need nothing."""
    assert plain(text) == written
