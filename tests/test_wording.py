"""How answers are worded in Arabic and English, and that no quoted words look like a marker."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import ArticleInfo
from assistant.answering import wording
from assistant.language import detect

INFO = ArticleInfo(id="a", title="T", language="en")


@pytest.mark.parametrize(
    ("changes", "language", "said"),
    [
        ({}, "en", "According to “T”:"),
        ({}, "ar", "جاء في مقال «T»، بالإنجليزية:"),
        ({"title": ""}, "en", "According to the article:"),
        ({"title": ""}, "ar", "جاء في المقال، بالإنجليزية:"),
        ({"author": "Jo [1]"}, "en", "According to “T” (Jo (1)):"),
        ({"published": date(2023, 5, 3)}, "en", "According to “T” (3 May 2023):"),
        (
            {"author": "سارة", "published": date(2023, 5, 3), "language": "ar"},
            "ar",
            "جاء في مقال «T» (سارة، 3 مايو 2023):",
        ),
        ({"title": "The “door” opens"}, "en", "According to “The ‘door’ opens”:"),
        ({"title": "«باب» يفتح", "language": "ar"}, "ar", "جاء في مقال «“باب” يفتح»:"),
        ({"title": "a\n\n[2] b"}, "en", "According to “a (2) b”:"),
    ],
)
def test_introductions(changes, language, said):
    article = INFO.model_copy(update=changes)
    assert wording.introduction(article, language, article.language) == said


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_is_said_is_said_in_the_questions_language(language):
    assert detect(wording.not_found(language)) == language
    fell_back = wording.fell_back(language, ValueError("x"))
    assert detect(fell_back.replace("(x)", "")) == language
    both = wording.third_language(language)
    assert "العربية" in both
    assert "English" in both
    assert detect(both.split(". ")[0].split(".")[0]) == language
    months = [wording.day(date(2024, month, 1), language) for month in range(1, 13)]
    assert len(set(months)) == 12


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("[1]", "(1)"),
        ("a [12] b", "a (12) b"),
        ("[١٢]", "(١٢)"),
        ("[ 1 ]", "( 1 )"),
        ("[1\n, 2]", "(1 , 2)"),
        ("[1–3]", "(1–3)"),
        ("[[1]]", "[(1)]"),
        ("[sic]", "[sic]"),
        ("[1a]", "[1a]"),
        ("[،]", "[،]"),
        ("array[1]", "array(1)"),
        ("[\u200f1\u200f]", "(\u200f1\u200f)"),
    ],
)
def test_nothing_quoted_looks_like_a_marker(words, shown):
    assert wording.plain(words) == shown
