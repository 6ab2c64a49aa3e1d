"""Quoting: every quote is the original's own words, whatever the articles hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from conftest import HARBOUR, OLIVES
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Article, onnx_reader
from assistant.answering import wording
from assistant.answering.features import Sentence
from assistant.answering.quote import (
    LEAST_READ_BESIDE,
    LEAST_READ_ELSEWHERE,
    LEAST_SHARE,
    LEAST_SHARE_BESIDE,
    pieces,
    quotations,
)
from assistant.embedding import TokenVectors, Vectors
from assistant.indexing import build
from assistant.language import Language, detect, sentences
from assistant.reading import align
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import FEATURES, Candidate
from assistant.retrieval.lexicon import Lexicon

BOTH = pytest.mark.parametrize("language", ["ar", "en"])
# Quoting does not look at a candidate's tokens.
UNREAD = np.zeros((0, 1), dtype=np.float32)


class WordCounter:
    """An embedder for tests in which vectors don't matter: a word is a token."""

    model_id = fingerprint = "words"
    dim = 4
    max_tokens = 64

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_passages_with_tokens(
        self, passages: Sequence[str]
    ) -> tuple[Vectors, list[TokenVectors]]:
        vectors = np.full((len(passages), 4), 0.5, dtype=np.float32)
        spans = [
            np.array([match.span() for match in re.finditer(r"\S+", text)], dtype=np.int32)
            for text in passages
        ]
        tokens = [TokenVectors(np.full((len(s), 4), 0.5, np.float32), s) for s in spans]
        return vectors, tokens


def collection_of(*articles: Article, window: int = 40) -> Collection:
    embedder = WordCounter()
    return build(articles, embedder, Lexicon.bundled(), passage_tokens=window, notes={})[0]  # type: ignore[arg-type]


def all_sentences(collection: Collection) -> list[Sentence]:
    """Every sentence of every passage, as `choose` gives them."""
    return [
        Sentence(
            Candidate(int(collection.originals[row]), row, 0.5, (0.0,) * len(FEATURES), UNREAD),
            start,
            end,
            collection.languages[row],
            (),
            share=0.5,
            read=LEAST_READ_ELSEWHERE,
        )
        for row, passage in enumerate(collection.passages)
        for start, end in sentences(passage.text)
    ]


def text_of(sentence: Sentence, collection: Collection) -> str:
    return collection.passages[sentence.candidate.variant].text[sentence.start : sentence.end]


def chosen(collection: Collection, *holding: str) -> list[Sentence]:
    """The sentences that hold some words, in the order of the words."""
    found = all_sentences(collection)
    return [
        next(sentence for sentence in found if words in text_of(sentence, collection))
        for words in holding
    ]


def answer(
    collection: Collection, ranked: Sequence[Sentence], language: Language, most: int = 3
) -> str:
    return "".join(pieces(quotations(collection, ranked, language, most=most), language))


LINES = st.sampled_from(
    ["كتب الوزير رسالة إلى البلدية.", "وقال إن السعر ١٫٥ دينار.", "He left.", "It was late [1].",
     "See [٢] and [1, 2], [ 3 ].", "[1]", "[2][3]", "[[4]]", "The mayor of Port Ellery resigned. ",
     "وأضاف: «لن نعود» [5].", "<script>alert(1)</script>", "\u202eright to left\u202c", "U.S.",
     "د. يوسف البكري", "x" * 90, "؟", "…", "\u200b", "\u200f[\u200f6]", "e\u0301", "[９]", "[7\n]"]
)  # fmt: skip
TEXTS = st.lists(st.tuples(LINES, st.sampled_from([" ", "  ", "\n", "\n\n", ""])), min_size=1).map(
    lambda parts: "".join(line + gap for line, gap in parts)
)


@st.composite
def articles(draw):
    count = draw(st.integers(1, 3))
    return [
        Article(
            id=f"a{number}",
            title=draw(LINES),
            author=draw(st.none() | LINES),
            published=draw(st.none() | st.just(date(2023, 5, 3))),
            language=draw(st.sampled_from(["ar", "en"])),
            text=draw(TEXTS),
        )
        for number in range(count)
    ]


@given(articles(), st.sampled_from(["ar", "en"]), st.integers(1, 10), st.integers(4, 40), st.data())
@settings(max_examples=200)
def test_quotes_are_the_articles_own_words_each_once(made, language, most, window, data):
    collection = collection_of(*made, window=window)
    everything = all_sentences(collection)
    ranked = data.draw(st.permutations(everything)) if everything else []
    found = quotations(collection, ranked, language, most=most)
    assert len(found) <= most
    assert bool(found) == bool(ranked)
    places = []
    for number, quotation in enumerate(found, 1):
        citation = quotation.citation
        article = collection.articles[citation.article.id]
        assert citation.number == number
        assert article.text[citation.start : citation.end] == citation.quote
        assert citation.quote == citation.quote.strip() != ""
        passage = citation.passage
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.start <= citation.start < citation.end <= passage.end
        assert citation.article == article.info()
        assert citation.translation is None
        places.append((citation.article.id, citation.start, citation.end))
    for article_id, start, end in places:
        touched = [p for p in places if p[0] == article_id and p[1] < end and start < p[2]]
        assert touched == [(article_id, start, end)]
    check_text("".join(pieces(found, language)), [q.citation.quote for q in found])


def check_text(text: str, quotes: list[str]) -> None:
    """The markers are ours alone, in order, each behind its quote."""
    assert re.findall(r"\[\s*([\d٠-٩]+)\s*\]", text) == [str(n + 1) for n in range(len(quotes))]
    before = 0
    for number, quote in enumerate(quotes, 1):
        at = text.index(f"[{number}]")
        assert wording.plain(quote) in text[before:at]
        before = at
    assert "\n" not in text.replace("\n\n", "")


STORY = {
    "ar": (
        "التقت الوزيرة ليلى الحداد وفد التجار في مدينة الوادي. وقالت إن السوق سيفتح قريبا. "
        "لكنها لم تحدد موعدا للافتتاح الرسمي. حضر اللقاء ثلاثون تاجرا من المدينة.\n\n"
        "هذا ما أعلنه بيان البلدية مساء الأحد الماضي. صمت الجميع."
    ),
    "en": (
        "Minister Layla Haddad met the traders of Wadi town. She said the market would open soon. "
        "But she gave no date for the official opening. Thirty traders came to the meeting.\n\n"
        "This is what the town announced on Sunday evening. All were silent."
    ),
}
FIRST = {"ar": "التقت الوزيرة", "en": "Minister Layla"}
LEANS = {"ar": "لكنها لم", "en": "But she gave"}
BEFORE_IT = {"ar": "وقالت إن", "en": "She said"}
STANDS = {"ar": "حضر اللقاء", "en": "Thirty traders"}
OPENS = {"ar": "هذا ما", "en": "This is what"}
BRIEF = {"ar": "صمت الجميع", "en": "All were"}


@pytest.fixture(scope="module", params=["ar", "en"])
def story(request) -> Collection:
    return collection_of(Article(id="story", title="", text=STORY[request.param]))


def quotes(collection: Collection, *holding: str, **more) -> list[str]:
    ranked = chosen(collection, *holding)
    language = collection.languages[0]
    found = quotations(collection, ranked, language, **{"most": 3, **more})
    return [quotation.citation.quote for quotation in found]


def test_a_leaning_sentence_brings_the_one_before(story):
    language = story.languages[0]
    [quote] = quotes(story, LEANS[language])
    assert quote.startswith(BEFORE_IT[language])
    assert LEANS[language] in quote


def test_a_very_short_sentence_brings_the_one_before(story):
    language = story.languages[0]
    [quote] = quotes(story, BRIEF[language])
    assert quote.startswith(OPENS[language])


def test_a_sentence_that_stands_by_itself_comes_alone(story):
    language = story.languages[0]
    [quote] = quotes(story, STANDS[language])
    assert quote.startswith(STANDS[language])


def test_nothing_is_brought_across_a_paragraph(story):
    language = story.languages[0]
    [quote] = quotes(story, OPENS[language])
    assert quote.startswith(OPENS[language])


def test_what_was_quoted_with_another_is_not_quoted_again(story):
    language = story.languages[0]
    assert len(quotes(story, LEANS[language], BEFORE_IT[language], STANDS[language])) == 2


def test_a_leaning_sentence_comes_alone_after_what_it_leans_on(story):
    language = story.languages[0]
    before, leaning = quotes(story, BEFORE_IT[language], LEANS[language])
    assert BEFORE_IT[language] in before
    assert leaning.startswith(LEANS[language])


@pytest.mark.parametrize(
    ("asks", "answers"),
    [
        ("Q: Who trains the team now?", "A: Since last year it has been Elena Petrova."),
        ("Who trains the team now?", "Since last year it has been Elena Petrova."),
        ("س: من يدرب الفريق الآن؟", "ج: تدربه منذ العام الماضي سلمى حداد."),
    ],
)
def test_what_answers_a_line_that_only_asks_brings_it(asks, answers):
    text = f"The coach is new.\n\n{asks}\n{answers}\n\nTraining begins at six in the morning."
    collection = collection_of(Article(id="a", title="", text=text))
    assert quotes(collection, answers) == [f"{asks}\n{answers}"]
    assert quotes(collection, "Training begins") == ["Training begins at six in the morning."]


def test_what_answers_brings_the_line_that_asks_from_the_passage_before():
    asks = "Who trains the team now, and since when?"
    answers = f"Since last year it has been Elena Petrova, who {'won one cup after another, ' * 4}."
    article = Article(id="a", title="", text=f"The coach is new.\n\n{asks}\n\n{answers}")
    collection = collection_of(article)
    assert not any(asks in p.text and answers in p.text for p in collection.passages)
    [quotation] = quotations(collection, chosen(collection, answers), "en", most=1)
    citation = quotation.citation
    assert citation.quote == f"{asks}\n\n{answers}"
    assert article.text[citation.start : citation.end] == citation.quote
    assert citation.quote in citation.passage.text


@pytest.mark.parametrize("mark", ["- ", "• ", "–  ", "◙ "])
def test_a_list_is_quoted_without_its_marks(mark):
    text = (
        f"Two things were agreed.\n{mark}Trade will be free;\n{mark}The border opens at 5 - 6 am."
    )
    collection = collection_of(Article(id="a", title="", text=text))
    assert quotes(collection, "Trade will") == ["Trade will be free;"]
    assert quotes(collection, "The border") == ["The border opens at 5 - 6 am."]


def test_excluded_places_are_left_out(story):
    language = story.languages[0]
    [first] = quotations(story, chosen(story, STANDS[language]), language, most=1)
    place = (first.citation.article.id, first.citation.start, first.citation.end)
    left = quotes(story, STANDS[language], FIRST[language], exclude={place})
    assert len(left) == 1
    assert left[0].startswith(FIRST[language])
    assert quotes(story, STANDS[language], exclude={place}) == []


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_than_asked_for(story, most):
    language = story.languages[0]
    held = (FIRST[language], STANDS[language], OPENS[language])
    assert len(quotes(story, *held, most=most)) == most


def test_unlikely_sentences_stand_only_first(story):
    language = story.languages[0]
    ranked = [
        Sentence(s.candidate, s.start, s.end, s.language, (), share=LEAST_SHARE / 2)
        for s in chosen(story, STANDS[language], FIRST[language])
    ]
    assert len(quotations(story, ranked, language, most=3)) == 1


def test_what_the_reader_would_not_have_is_not_quoted_beside_what_it_would(story):
    language = story.languages[0]
    best, low = chosen(story, STANDS[language], FIRST[language])

    def quoted(best_read: float, low_read: float, share: float = 0.1) -> int:
        ranked = [replace(best, read=best_read), replace(low, read=low_read, share=share)]
        return len(quotations(story, ranked, language, most=3))

    assert quoted(2.0, LEAST_READ_BESIDE - 0.1) == 1
    assert quoted(2.0, LEAST_READ_BESIDE - 0.1, LEAST_SHARE_BESIDE) == 2
    assert quoted(2.0, LEAST_READ_BESIDE) == 2
    assert quoted(LEAST_READ_BESIDE - 0.1, LEAST_READ_BESIDE - 0.2) == 2
    assert quoted(2.0, onnx_reader.UNREAD) == 2


@pytest.mark.parametrize(
    ("text", "holding", "leans"),
    [
        (
            "أدين نبيل بالغش. وكان قد حكم عليه ابتدائيا بثلاث سنوات مع وقف التنفيذ.",
            "حكم عليه",
            True,
        ),
        ("أدين نبيل بالغش. وكان المقاول قد فر قبل الحكم بيومين إلى الخارج.", "المقاول", False),
    ],
)
def test_what_had_been_done_by_somebody_named_before_brings_the_sentence_before(
    text, holding, leans
):
    collection = collection_of(Article(id="a", title="", text=text))
    [quote] = quotes(collection, holding)
    assert quote.startswith("أدين نبيل") == leans


def test_another_article_is_quoted_only_where_the_reader_would_have_it(small):
    collection = small.collection
    ranked = all_sentences(collection)
    several = quotations(collection, ranked[:1] + ranked[-1:], "en", most=3)
    assert len({quotation.citation.article.id for quotation in several}) == 2
    weak = [replace(s, read=LEAST_READ_ELSEWHERE - 0.1) for s in ranked]
    alone = quotations(collection, weak[:1] + weak[-1:] + weak[1:2], "en", most=3)
    assert len(alone) == 2
    assert len({quotation.citation.article.id for quotation in alone}) == 1


ORIGINAL = {"ar": OLIVES, "en": HARBOUR}
BESIDE = {
    "ar": "The olive harvest of Wadi al-Sidr fell to 1,300 tonnes this year from 2,100 tonnes last "
    "season. Youssef al-Bakri, head of the cooperative, said that drought was the first cause.\n\n"
    "Three presses closed in November because the cost of electricity rose. Seventy workers were "
    "laid off from the Nakhil press alone.\n\n"
    "The agriculture ministry plans to drill twelve new wells before next summer, and work will "
    "begin in the town of Ain al-Ghazal.",
    "en": "أعيد فتح ميناء خليج طريفة يوم الاثنين بعدما أزال الغواصون حطام سفينة الصيد سانتا روزا. "
    "وغادرت قوارب الصيد فجرا.\n\n"
    "غرقت السفينة في 3 مارس بعدما اصطدمت بعوامة غير مضاءة. وأنقذ قبطانها إغناسيو برادا مع ستة من "
    "طاقمه. وما زال بحاران مفقودين.\n\n"
    "دفعت الحكومة الإقليمية 4.2 مليون يورو لقاء الإنقاذ لأن المالك لم يكن لديه تأمين. وخسر "
    "الصيادون نحو 900 ألف يورو من دخلهم بحسب نقابتهم.",
}
OTHER: dict[str, Language] = {"ar": "en", "en": "ar"}


def translated(language: str) -> Collection:
    original = ORIGINAL[language]
    beside = Article(
        id="beside",
        title="Translation",
        language=OTHER[language],
        translation_of=original.id,
        text=BESIDE[language],
    )
    return collection_of(original, beside)


@BOTH
def test_a_translated_sentence_cites_the_original_and_shows_the_translation(language):
    collection = translated(language)
    original = collection.articles[ORIGINAL[language].id]
    rows = [r for r, p in enumerate(collection.passages) if p.article_id == "beside"]
    ranked = [s for s in all_sentences(collection) if s.candidate.variant in rows]
    assert ranked
    for sentence in ranked:
        asked = OTHER[language]
        [found] = quotations(collection, [sentence], asked, most=3)
        citation = found.citation
        assert citation.article == original.info()
        assert original.text[citation.start : citation.end] == citation.quote
        assert citation.translation is not None
        assert text_of(sentence, collection) in citation.translation
        assert citation.translation in BESIDE[language]
        assert (found.shown, found.language) == (citation.translation, asked)
        text = answer(collection, [sentence], asked)
        assert wording.plain(citation.translation) in text
        assert ("Arabic" in text, "بالإنجليزية" in text) == (False, False)


@BOTH
def test_in_its_own_language_the_original_is_shown_without_translation(language):
    collection = translated(language)
    for sentence in all_sentences(collection):
        [found] = quotations(collection, [sentence], language, most=3)
        assert found.citation.translation is None
        assert found.shown == found.citation.quote
        assert detect(found.shown) == found.language == language


@BOTH
def test_original_and_translation_of_a_sentence_are_one_quote(language):
    collection = translated(language)
    found = quotations(collection, all_sentences(collection), OTHER[language], most=10)
    spans = sorted((q.citation.start, q.citation.end) for q in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert {q.citation.article.id for q in found} == {ORIGINAL[language].id}
    text = ORIGINAL[language].text
    covered = {place for start, end in spans for place in range(start, end)}
    assert not [n for n, letter in enumerate(text) if not letter.isspace() and n not in covered]


SENTENCES = {
    "ar": ["وصل الوفد إلى المدينة مساء الأحد.", "قال الرئيس ذلك.", "لم يحضر أحد.", "نعم."],
    "en": ["The delegation came to town on Sunday evening.", "He said so.", "None came.", "Yes."],
}
PARAGRAPHS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=4)


@given(PARAGRAPHS, PARAGRAPHS, st.sampled_from(["ar", "en"]), st.integers(6, 40))
@settings(max_examples=100)
def test_any_aligned_translation_leads_into_the_original(left, right, language, window):
    count = min(len(left), len(right))
    texts = {
        side: "\n\n".join(" ".join(SENTENCES[side][n] for n in paragraph) for paragraph in shape)
        for side, shape in ((language, left[:count]), (OTHER[language], right[:count]))
    }
    original = Article(id="o", title="", language=language, text=texts[language])
    beside = Article(
        id="t",
        title="",
        language=OTHER[language],
        translation_of="o",
        text=texts[OTHER[language]],
    )
    collection = collection_of(original, beside, window=window)
    alignment = align(original, beside)
    for sentence in all_sentences(collection):
        [found] = quotations(collection, [sentence], OTHER[language], most=1)
        citation = found.citation
        assert citation.article.id == "o"
        assert original.text[citation.start : citation.end] == citation.quote
        assert citation.passage.start <= citation.start < citation.end <= citation.passage.end
        assert citation.translation == alignment.translation_of(citation.start, citation.end)


@BOTH
def test_an_untranslated_quote_says_its_language(language):
    article = ORIGINAL[OTHER[language]]
    collection = collection_of(article)
    text = answer(collection, all_sentences(collection)[:1], language)
    assert ("in Arabic:" if language == "en" else "بالإنجليزية:") in text
    assert wording.plain(article.title) in text
    assert detect(text.split(":")[0].replace(article.title, "")) == language


@BOTH
def test_each_article_is_introduced_once_for_its_quotes(language):
    collection = collection_of(HARBOUR, OLIVES)
    found = all_sentences(collection)
    ours = [s for s in found if s.candidate.row == found[0].candidate.row]
    others = [s for s in found if s.language != found[0].language]
    text = answer(collection, [ours[0], ours[1], others[0]], language)
    for article in (HARBOUR, OLIVES):
        assert text.count(wording.plain(article.title)) == 1
    assert text.count("\n\n") == 1


@pytest.mark.parametrize(
    ("text", "holding", "quote"),
    [
        ("Rain fell. “I was tired. I went home,” Lund said. It was late.", "I went home",
         "“I was tired. I went home,” Lund said."),
        ('Rain fell. Lund said: "I was tired. I went home." Then night came.', "I was tired",
         'Lund said: "I was tired. I went home."'),
        ("نزل المطر. قالت العمراني: «لن أعد بشيء. سأبدأ بالماء.» ثم خرجت.", "لن أعد",
         "قالت العمراني: «لن أعد بشيء. سأبدأ بالماء.»"),
        ("Rain fell. “I was tired,” Lund said. It was late.", "Rain", "Rain fell."),
        ("وصل الوزير مساء. وأشار إلى أن الطريق طويل.", "الطريق", None),
        ("وصل الوزير مساء. واشار الى ان الطريق طويل.", "الطريق", None),
        ("نزل المطر. وصل إلى الرباط وزير الدفاع أمس.", "الرباط",
         "وصل إلى الرباط وزير الدفاع أمس."),
        ("نزل المطر. وقال الوزير إن الطريق طويل.", "الطريق", "وقال الوزير إن الطريق طويل."),
        ('The 7" record sold out. Lund was born in Leeds. The 12" came later.', "Leeds",
         "Lund was born in Leeds."),
        ("“A one b two here. B two is there,” he said, and “C three is here. D four is there.”",
         "D four", None),
        ("Mourad spoke last. “A crane is no trade,” she said.", "crane", None),
    ],
)  # fmt: skip
def test_a_quote_is_not_cut_where_it_cannot_be_read_alone(text, holding, quote):
    collection = collection_of(Article(id="a", title="T", text=text))
    [found] = quotations(collection, chosen(collection, holding), detect(text), most=1)
    assert found.citation.quote == (quote or text)


def test_what_was_quoted_with_another_sentence_is_not_quoted_again():
    text = "Lund came home late in the evening. He was tired of the long road. He slept well."
    collection = collection_of(Article(id="a", title="T", text=text))
    first, second, third = chosen(collection, "Lund", "tired", "slept")
    given = [("a", 0, text.index(" He slept"))]
    found = quotations(collection, [second, first, third], "en", most=3, exclude=given)
    assert [quotation.citation.quote for quotation in found] == ["He slept well."]


def test_an_article_is_introduced_once():
    one = Article(id="a", title="One", text="Rain fell on the town. The bridge was closed.")
    two = Article(id="b", title="Two", text="Snow fell in the hills.")
    collection = collection_of(one, two)
    ranked = chosen(collection, "Rain", "Snow", "bridge")
    text = answer(collection, ranked, "en")
    assert text.count("According to") == 2
    assert text.index("Rain") < text.index("bridge") < text.index("Snow")
    assert re.findall(r"\[(\d)\]", text) == ["1", "2", "3"]
