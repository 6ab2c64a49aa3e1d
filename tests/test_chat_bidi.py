"""What runs the other way inside a line is kept in one piece."""

from __future__ import annotations

import html
import re

import pytest

from assistant.web.chat_bidi import isolated


@pytest.mark.parametrize(
    ("line", "towards", "apart"),
    [
        ("According to “T” (هشام برادة, 28 July 2023): “a”", "ltr", ["هشام برادة"]),
        (
            "According to “العنوان” (28 July 2023), in Arabic: «نص (1)»",
            "ltr",
            ["العنوان", "نص (1)"],
        ),
        ("جاء في مقال «عنوان» (Ann-Marie O’Neil، 3 مايو 2023): «نص»", "rtl", ["Ann-Marie O’Neil"]),
        ("جاء في مقال «T» (سارة، 3 مايو 2023): “a (1) b”", "rtl", ["T", "a (1) b"]),
        ("a () ( ) (1) “” x", "ltr", []),
    ],
)
def test_names_in_brackets_and_quotations_are_isolated(line, towards, apart):
    drawn = isolated(line, towards)
    found = re.findall(r'<bdi dir="(ltr|rtl)">(.*?)</bdi>', drawn)
    assert [html.unescape(text) for _, text in found] == apart
    assert all(way != towards for way, _ in found)
    assert html.unescape(re.sub("<[^>]+>", "", drawn)) == line
