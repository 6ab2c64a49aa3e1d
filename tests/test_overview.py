"""Questions about an article as a whole are answered by its beginning."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import Article, Assistant
from assistant.answering.overview import wanted

BRIDGE = Article(
    id="bridge",
    title="The old bridge reopens",
    author="Rania Haddad",
    published=date(2024, 5, 3),
    language="en",
    text="The bridge opened on Monday. It had been shut for a year. Lorries must wait.\n\n"
    "The mayor spoke of relief.",
)
WELL = Article(
    id="well",
    title="بئر جديدة في القرية",
    language="ar",
    text="حفر الأهالي بئرا جديدة شرق القرية. وبلغ عمقها ستين مترا.",
)


@pytest.fixture(scope="module")
def both() -> Assistant:
    return Assistant([BRIDGE, WELL])


@pytest.fixture(scope="module")
def alone() -> Assistant:
    return Assistant([BRIDGE])


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is this article about?", "about"),
        ("summarize the article please", "about"),
        ("لخّص المقالة", "about"),
        ("عمّ يتحدث المقال؟", "about"),
        ("شو موضوع هالمقال؟", "about"),
        ("Who wrote the article?", "author"),
        ("مين كتب المقال", "author"),
        ("When was the article written?", "day"),
        ("متى نُشر المقال؟", "day"),
        ("ما عنوان المقال؟", "title"),
        ("What does the article say about Iran?", None),
        ("Who wrote the novel?", None),
        ("What is this about?", None),
        ("من كتب الرسالة؟", None),
        ("ماذا يقول المقال عن إيران؟", None),
        ("the article", None),
    ],
)
def test_only_questions_that_name_nothing_else_are_about_the_article(
    question: str, kind: str | None
) -> None:
    assert wanted(question) == kind


@pytest.mark.parametrize("question", ["What is the article about?", "لخص المقال"])
def test_a_summary_is_how_the_article_begins(alone: Assistant, question: str) -> None:
    chat = alone.conversation()
    answer = chat.ask(question)
    assert [c.quote for c in answer.citations] == [
        "The bridge opened on Monday.",
        "It had been shut for a year.",
        "Lorries must wait.",
    ]
    more = chat.ask("tell me more")
    assert more.citations[-1].quote == "The mayor spoke of relief."


def test_author_and_day_stand_before_the_quote(alone: Assistant, both: Assistant) -> None:
    for question in ("Who wrote the article?", "When was the article published?"):
        answer = alone.ask(question)
        assert "(Rania Haddad, 3 May 2024)" in answer.text
        assert [c.start for c in answer.citations] == [0]
        named = both.ask(question.replace("article", "article “the old bridge reopens”"))
        assert named.text == answer.text


def test_what_an_article_does_not_tell_is_not_found(both: Assistant) -> None:
    for question in ("من كتب مقال بئر جديدة في القرية؟", "Who wrote the article?"):
        assert not both.ask(question).found


def test_all_articles_are_told_of_by_their_first_sentences(both: Assistant) -> None:
    answer = both.ask("What are the articles about?")
    assert {c.quote for c in answer.citations} == {
        "The bridge opened on Monday.",
        "حفر الأهالي بئرا جديدة شرق القرية.",
    }


def test_the_article_is_the_one_quoted_last(both: Assistant) -> None:
    chat = both.conversation()
    assert chat.ask("كم بلغ عمق البئر؟").found
    answer = chat.ask("What is the article about?")
    assert [c.article.id for c in answer.citations] == ["well", "well"]
    assert chat.ask("When did the bridge open?").citations[0].article.id == "bridge"
    assert "Rania Haddad" in chat.ask("من كتب المقال؟").text
