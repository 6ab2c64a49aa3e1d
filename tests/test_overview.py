"""Questions about an article as a whole are answered by its beginning."""

from __future__ import annotations

from datetime import date

import pytest

from assistant import Answer, Article, Assistant
from assistant.answering import wording
from assistant.answering.overview import overview, wanted

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


def quotes(answer: Answer) -> list[str]:
    return [citation.quote for citation in answer.citations]


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
        ("What's the article about?", "about"),
        ("whats this article about", "about"),
        ("summarize the article please", "about"),
        ("Can you summarise the article in three sentences?", "about"),
        ("Give me a summary of the article", "about"),
        ("Give me a short summary", "about"),
        ("tell me about the article", "about"),
        ("what does the article say?", "about"),
        ("What are the main points of the article?", "about"),
        ("tl;dr", "about"),
        ("لخّص المقالة", "about"),
        ("لخصلي المقال لو سمحت", "about"),
        ("لخص المقالة بثلاث نقاط", "about"),
        ("عمّ يتحدث المقال؟", "about"),
        ("عن شو بيحكي هالمقال؟", "about"),
        ("المقال بيتكلم عن ايه؟", "about"),
        ("علاش كيهضر المقال", "about"),
        ("شو موضوع هالمقال؟", "about"),
        ("ما هو موضوع المقال؟", "about"),
        ("ما الفكرة الرئيسية في المقال؟", "about"),
        ("أعطني ملخصا للمقال", "about"),
        ("أعطني ملخص المقال", "about"),
        ("ماذا يقول المقال؟", "about"),
        ("وش يقول المقال؟", "about"),
        ("ما أهم ما جاء في المقال؟", "about"),
        ("حدثني عن المقال", "about"),
        ("What are the articles about?", "about"),
        ("Who wrote the article?", "author"),
        ("Who's the author of the article?", "author"),
        ("who is the author of this article", "author"),
        ("مين كتب المقال", "author"),
        ("مين كتب المقال ده؟", "author"),
        ("من هو كاتب المقال؟", "author"),
        ("شكون كتب المقال؟", "author"),
        ("ما اسم كاتب المقال؟", "author"),
        ("من صاحب المقال؟", "author"),
        ("When was the article written?", "day"),
        ("when was this article published?", "day"),
        ("متى نُشر المقال؟", "day"),
        ("ومتى نشر المقال؟", "day"),
        ("امتى اتنشر المقال؟", "day"),
        ("ما تاريخ نشر المقال؟", "day"),
        ("what is the date of the article", "day"),
        ("ما عنوان المقال؟", "title"),
        ("ايه عنوان المقال؟", "title"),
        ("what is the article's title?", "title"),
        ("What is the title of the article?", "title"),
        ("list all the articles", "title"),
        ("Which articles are there?", "title"),
        ("ما هي المقالات الموجودة؟", "title"),
        ("شو المقالات اللي عندك؟", "title"),
        ("How many articles are there?", "count"),
        ("كم عدد المقالات؟", "count"),
        ("كم مقالا لديك؟", "count"),
        ("What does the article say about Iran?", None),
        ("What does the article say about the deal?", None),
        ("Which article discusses this deal?", None),
        ("Who published the article?", None),
        ("When does the article say the talks are?", None),
        ("What does the article say about the journalist?", None),
        ("What does the article say about it?", None),
        ("ماذا يقول المقال عن هناء؟", None),
        ("ماذا يقول المقال عن ذلك؟", None),
        ("Who wrote an article about the plant?", None),
        ("Who wrote the novel?", None),
        ("What is this about?", None),
        ("من كتب الرسالة؟", None),
        ("the article", None),
        ("who says this in the article?", None),
        ("من نشر المقال؟", None),
        ("Who wrote it?", None),
        ("متى نشر؟", None),
        ("Did the article dispute her dates?", None),
        ("ما الموضوع؟", None),
        ("What is the article on the storm about?", "about"),
        ("Who wrote the article about the port strike?", "author"),
        ("When was the news story about the storm published?", "day"),
        ("Summarise the report on the storm in three sentences", "about"),
        ("what does the piece on the metro say", "about"),
        ("Who is the author of the obituary?", "author"),
        ("متى كتب المقال عن الإضراب؟", "day"),
        ("متى نُشر مقال العاصفة؟", "day"),
        ("عمّ يتحدث مقال حريق المرفأ؟", "about"),
        ("مين كتب الخبر اللي بيحكي عن العاصفة؟", "author"),
        ("لخصلي تقرير العاصفة لو سمحت", "about"),
        ("ما عنوان المقال حول المترو؟", "title"),
        ("What does the article about the metro say about fares?", None),
        ("ماذا يقول مقال المترو عن الأسعار؟", None),
        ("ماذا ورد في المقال عن الأسعار؟", None),
        ("What is the story about the metro?", None),
        ("ما خبر العاصفة؟", None),
        ("كم تقرير أصدرت اللجنة؟", None),
        ("كم مقال كتب الصحفي؟", None),
        ("من كتب مقالا عن العاصفة؟", None),
        ("متى صدر تقرير اللجنة عن الحادث؟", None),
        ("متى صدر التقرير؟", None),
        ("When was the report published?", None),
        ("Who wrote the internal report on the pistols?", None),
        ("Who wrote the piece of music?", None),
        ("Who wrote a story about the plant?", None),
        ("Who wrote the article about it?", None),
        ("من كتب المقال عن ذلك؟", None),
        ("How many articles about the storm are there?", None),
    ],
)
def test_only_questions_of_an_article_as_a_whole_are_taken_for_such(
    question: str, kind: str | None
) -> None:
    assert wanted(question) == kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who wrote it?", "author"),
        ("when was it published?", "day"),
        ("summarise it", "about"),
        ("ومين كتبه؟", "author"),
        ("متى نشر؟", "day"),
        ("لخصه لي", "about"),
        ("When did it rain?", None),
    ],
)
def test_it_may_be_the_article(question: str, kind: str | None) -> None:
    assert wanted(question, it=True) == kind


@pytest.mark.parametrize("question", ["What is the article about?", "لخص المقال"])
def test_a_summary_is_how_the_article_begins_and_goes_on(alone: Assistant, question: str) -> None:
    chat = alone.conversation()
    answer = chat.ask(question)
    assert quotes(answer) == [
        "The bridge opened on Monday.",
        "It had been shut for a year.",
        "Lorries must wait.",
    ]
    assert " begins: " in answer.text or "ومطلعه بالإنجليزية:" in answer.text
    more = chat.ask("tell me more")
    assert quotes(more) == ["The mayor spoke of relief."]
    assert more.text.startswith("According to ")
    last = chat.ask("tell me more")
    assert not last.found
    assert last.text == wording.nothing_more("en")


def test_author_and_day_stand_before_the_quote(alone: Assistant, both: Assistant) -> None:
    for question in ("Who wrote the article?", "When was the article published?"):
        chat = alone.conversation()
        answer = chat.ask(question)
        assert answer.text.startswith(
            "“The old bridge reopens” was written by Rania Haddad, was published on 3 May 2024 and "
            "begins: “The bridge"
        )
        assert [c.start for c in answer.citations] == [0]
        named = both.ask(question.replace("article", "article “the old bridge reopens”"))
        assert named.text == answer.text
        assert chat.ask("who wrote it?").text == answer.text
        assert not chat.ask("tell me more").found


def test_what_an_article_does_not_tell_is_not_found(both: Assistant) -> None:
    collection = both.collection
    for question in (
        "من كتب مقال بئر جديدة في القرية؟",
        "Who wrote the article?",
        "كم عدد المقالات؟",
    ):
        found = overview(question, collection)
        assert found is not None
        assert found.sentences
        assert not found.found
        answer = both.ask(question)
        assert not answer.found
        assert answer.related


def test_all_articles_are_told_of_by_their_first_sentences(both: Assistant) -> None:
    answer = both.ask("What are the articles about?")
    assert set(quotes(answer)) == {
        "The bridge opened on Monday.",
        "حفر الأهالي بئرا جديدة شرق القرية.",
    }


def test_the_article_is_the_one_quoted_last(both: Assistant) -> None:
    chat = both.conversation()
    assert chat.ask("كم بلغ عمق البئر؟").found
    assert not chat.ask("Who won the 2014 World Cup in Brazil?").found
    answer = chat.ask("What is the article about?")
    assert [c.article.id for c in answer.citations] == ["well", "well"]
    assert chat.ask("When did the bridge open?").citations[0].article.id == "bridge"
    assert "Rania Haddad" in chat.ask("ومن كتب المقال؟").text
    assert "3 مايو 2024" in chat.ask("ومتى نشر؟").text
    assert chat.ask("كم بلغ عمق البئر؟").found
    assert not chat.ask("Who wrote the article?").found
    assert chat.ask("what is it about?").citations[0].article.id == "well"


def test_titles_are_whole_words_and_twins_are_not_told_apart() -> None:
    short = BRIDGE.model_copy(update={"id": "short", "title": "It", "author": "Samir Nasser"})
    twin = BRIDGE.model_copy(update={"id": "twin", "author": "Lena Berg"})
    bare = WELL.model_copy(update={"title": ""})
    collection = Assistant([BRIDGE, short, twin, bare]).collection
    titles = overview("What are the titles of the articles?", collection)
    assert titles is not None
    assert len(titles.sentences) == 4
    named = overview("Who wrote the article “It”?", collection)
    assert named is not None
    assert named.found
    unclear = overview("Who wrote the article “The old bridge reopens”?", collection)
    assert unclear is not None
    assert not unclear.found


def test_a_translation_leads_to_its_original(both: Assistant) -> None:
    beside = Article(
        id="well-en",
        title="A new well in the village",
        language="en",
        text="Villagers dug a new well east of the village. It is sixty metres deep.",
        translation_of="well",
    )
    answer = Assistant([WELL, beside]).ask("What is the article about?")
    assert [c.article.id for c in answer.citations] == ["well", "well"]
    assert answer.citations[0].translation == "Villagers dug a new well east of the village."


@pytest.fixture(scope="module")
def several() -> Assistant:
    storm = Article(
        id="storm",
        title="Storm tears roofs off",
        author="Ada Lund",
        language="en",
        text="A storm hit the coast on Friday. The metro was shut.",
    )
    strike = Article(
        id="strike",
        title="عمال المرفأ يواصلون الإضراب",
        author="ريما الحلبي",
        language="ar",
        text="دخل إضراب عمال المرفأ أسبوعه الثاني. وقال تقرير الوزارة إن العاصفة لم تؤخره.",
    )
    singer = Article(
        id="singer",
        title="Obituary: Nadia Karam",
        author="Jo Marsh",
        language="en",
        text="Nadia Karam, the cellist, died on Monday. Critics praised a report on her by Hanna.",
    )
    return Assistant([BRIDGE, WELL, storm, strike, singer])


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Who wrote the article about the storm?", "storm"),
        ("من كتب مقال العاصفة؟", "storm"),
        ("من كتب المقال عن الإضراب؟", "strike"),
        ("Who wrote the story about the port strike?", "strike"),
        ("Who wrote the article on the cellist?", "singer"),
        ("Who is the author of the obituary?", "singer"),
    ],
)
def test_a_subject_names_an_article(several: Assistant, question: str, meant: str) -> None:
    chat = several.conversation()
    assert chat.ask("When did the bridge open?").found
    answer = chat.ask(question)
    article = answer.citations[0].article
    assert article.id == meant
    assert article.author is not None
    assert article.author in answer.text
    assert [c.article.id for c in chat.ask("who wrote it?").citations] == [meant]
    assert chat.ask("لخصه").citations[0].article.id == meant


@pytest.mark.parametrize(
    "question", ["Summarise the article on the volcano", "من كتب مقال البركان؟"]
)
def test_a_subject_of_no_article_is_refused(several: Assistant, question: str) -> None:
    found = overview(question, several.collection)
    assert found is not None
    assert not found.found
    assert not several.ask(question).found


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote the report on the cellist?",
        "متى صدر تقرير الإضراب؟",
        "Who wrote the report on the storm?",  # "تقرير" stands in another article that holds it.
        "Who wrote the story about the metro?",
        "When was the report on the volcano published?",
        "When was the obituary of the mayor published?",
    ],
)
def test_a_report_that_an_article_speaks_of_is_not_the_article(
    several: Assistant, question: str
) -> None:
    assert overview(question, several.collection) is None
