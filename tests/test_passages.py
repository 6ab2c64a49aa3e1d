"""Passages and aligned translations: every character has its place."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ReadingError
from assistant.models import Article
from assistant.reading import align, cut, read_folder

SEEDS = Path(__file__).parent.parent / "seeds"
BOTH = pytest.mark.parametrize("language", ["ar", "en"])
SENTENCE = {
    "ar": "وقال رئيس البلدية إن السوق يضم الآن 86 محلا وغرفة تبريد حديثة.",
    "en": "The mayor said that the market now holds 86 shops and a cold store.",
}
SHORT = {"ar": "وصمت الجميع.", "en": "All were silent."}

PIECES = st.sampled_from(
    ["كتاب", "السوق", "market", "1,500.75", "د.", "U.S.", ". ", "؟ ", "! ", "…", "، ", "\n\n", "\n",
     "  ", "\u200d", "\u064e", "e\u0301", "👩\u200d🚀", "🇲🇦", "«", "»", "\t", "\u00a0", "ـ",
     "x" * 60, "ش" * 60]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=120).map(" ".join),
    st.lists(PIECES, max_size=120).map("".join),
    st.text(max_size=400),
)
COUNTERS = st.sampled_from(
    [
        lambda text: len(text.split()) + 2,
        len,
        lambda text: len(text.encode()) // 3 + 2,
        lambda text: sum(map(len, text.split())) ** 2 // 40,  # more than its parts
    ]
)


def article_of(text: str) -> Article:
    return Article(id="a", title="t", text=text or "x")


@given(TEXTS, COUNTERS, st.integers(min_value=4, max_value=64))
def test_passages_hold_every_character_once_and_fit(text, count_tokens, max_tokens):
    article = article_of(text)
    passages = cut(article, count_tokens, max_tokens)
    covered = 0
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert article.text[covered : passage.start].strip() == ""
        assert count_tokens(passage.text) <= max_tokens or len(passage.text) == 1
        covered = passage.end
    assert article.text[covered:].strip() == ""
    assert [passage.id for passage in passages] == [f"a#{n + 1}" for n in range(len(passages))]
    assert cut(article, count_tokens, max_tokens) == passages


@given(TEXTS, COUNTERS, st.integers(min_value=4, max_value=64))
def test_the_langchain_splitter_cuts_alike_and_knows_where(text, count_tokens, max_tokens):
    from assistant.reading.splitter import PassageSplitter

    article = article_of(text)
    documents = PassageSplitter(count_tokens, max_tokens).create_documents([article.text])
    assert [
        (document.metadata["start_index"], document.page_content) for document in documents
    ] == [(passage.start, passage.text) for passage in cut(article, count_tokens, max_tokens)]


def words_and_two(text: str) -> int:
    return len(text.split()) + 2


@BOTH
def test_paragraphs_that_fit_stand_alone(language):
    article = article_of("\n\n".join([SENTENCE[language] * 2] * 3))
    assert [p.text for p in cut(article, words_and_two, 60)] == article.text.split("\n\n")


@BOTH
def test_a_heading_goes_with_the_paragraph_below_and_a_last_line_with_the_one_above(language):
    heading = {"ar": "كلفة السوق", "en": "The cost"}[language]
    long = " ".join([SENTENCE[language]] * 3)
    article = article_of("\n\n".join([long, heading, long, SHORT[language]]))
    below = f"{heading}\n\n{long}\n\n{SHORT[language]}"
    assert [p.text for p in cut(article, words_and_two, 80)] == [long, below]


@BOTH
def test_a_long_paragraph_is_cut_between_sentences_into_parts_of_like_size(language):
    article = article_of(" ".join([SENTENCE[language]] * 7))
    sizes = [words_and_two(passage.text) for passage in cut(article, words_and_two, 60)]
    assert all(passage.text.endswith(".") for passage in cut(article, words_and_two, 60))
    assert max(sizes) <= 60 and len(sizes) <= 3
    assert min(sizes) > max(sizes) / 2


@BOTH
def test_a_long_sentence_is_cut_between_words(language):
    words = SENTENCE[language].rstrip(".").split() * 30
    article = article_of(" ".join(words))
    passages = cut(article, words_and_two, 40)
    assert [word for passage in passages for word in passage.text.split()] == words
    assert len(passages) <= 2 * len(words) / 38 + 2


def test_no_cut_parts_a_letter_from_its_marks():
    article = article_of("مُحَمَّدٌ".replace(" ", "") * 40)
    for passage in cut(article, len, 32)[1:]:
        assert passage.text[0] == "م" or "\u0621" <= passage.text[0] <= "\u064a"


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="0 tokens"):
        cut(article_of("x"), len, 0)


@BOTH
@pytest.mark.parametrize("shape", ["sentences", "words", "letters", "paragraphs", "dots"])
def test_tokens_are_counted_sparingly(language, shape):
    text = {
        "dots": ". " * 20_000,
        "sentences": " ".join([SENTENCE[language]] * 3000),
        "words": " ".join(SENTENCE[language].rstrip(".").split() * 3000),
        "letters": "ش" * 100_000,
        "paragraphs": "\n\n".join([SENTENCE[language]] * 3000),
    }[shape]
    counted = 0

    def count_tokens(piece: str) -> int:
        nonlocal counted
        counted += len(piece)
        return len(piece) // 4 + 2

    started = time.perf_counter()
    cut(article_of(text), count_tokens, 256)
    assert counted < 12 * len(text)
    assert time.perf_counter() - started < 5


def paragraph_texts(article: Article) -> list[str]:
    return article.text.split("\n\n")


def test_the_first_collections_translation_is_aligned():
    articles = {article.id: article for article in read_folder(SEEDS).articles}
    arabic, english = articles["visit-ar"], articles["visit-en"]
    alignment = align(arabic, english)
    for source, target in zip(paragraph_texts(arabic), paragraph_texts(english), strict=True):
        start = arabic.text.index(source)
        assert alignment.translation_of(start, start + len(source)) == target
        at = english.text.index(target)
        assert alignment.original_of(at, at + len(target)) == (start, start + len(source))
    start = arabic.text.index("وخلال زيارته الأخيرة")
    assert alignment.translation_of(start + 3, start + 9).startswith("During his recent visit")
    start = arabic.text.index("بايدن")
    assert alignment.translation_of(start, start + 5).endswith("against Iranian threats.")


def pair_of(left: list[str], right: list[str]) -> tuple[Article, Article]:
    original = Article(id="o", title="", text="\n\n".join(left))
    translation = Article(
        id="t", title="", text="\n\n".join(right), translation_of="o", source="t.md"
    )
    return original, translation


@BOTH
def test_sentences_pair_by_length(language):
    other = {"ar": "en", "en": "ar"}[language]
    long, short = SENTENCE[language], SHORT[language]
    left = " ".join([long, short, long, short, short])
    right = " ".join([SENTENCE[other], SHORT[other], SENTENCE[other], SHORT[other], SHORT[other]])
    alignment = align(*pair_of([left], [right]))
    found = [
        (left[slice(*pair.original)], right[slice(*pair.translation)]) for pair in alignment.pairs
    ]
    assert found[:3] == [
        (long, SENTENCE[other]), (short, SHORT[other]), (long, SENTENCE[other]),
    ]  # fmt: skip


@BOTH
def test_two_sentences_pair_with_the_one_that_joins_them(language):
    other = {"ar": "en", "en": "ar"}[language]
    left = " ".join([SENTENCE[language], SENTENCE[language], SHORT[language]])
    joined = SENTENCE[other].rstrip(".") + ", " + SENTENCE[other]
    alignment = align(*pair_of([left], [f"{joined} {SHORT[other]}"]))
    assert alignment.translation_of(0, 5) == joined
    assert alignment.translation_of(len(left) - 5, len(left)) == SHORT[other]
    assert alignment.original_of(0, 5) == (0, 2 * len(SENTENCE[language]) + 1)


@BOTH
def test_other_counts_of_paragraphs_are_told_with_the_place(language):
    other = {"ar": "en", "en": "ar"}[language]
    left = [f"{n} {SENTENCE[language] * n}" for n in (1, 5, 2, 7)]
    right = [f"{n} {SENTENCE[other] * n}" for n in (1, 2, 7)]
    with pytest.raises(ReadingError) as caught:
        align(*pair_of(left, right))
    assert "3 paragraphs" in str(caught.value) and "has 4" in str(caught.value)
    assert "paragraph 2 there" in str(caught.value)
    assert caught.value.path == Path("t.md")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 3), (-1, 4), (0, 10_000)])
def test_a_range_outside_the_text_is_refused(start, end):
    alignment = align(*pair_of([SENTENCE["ar"]], [SENTENCE["en"]]))
    with pytest.raises(ValueError, match="range"):
        alignment.translation_of(start, end)
    with pytest.raises(ValueError, match="range"):
        alignment.original_of(start, end)


def test_a_range_between_sentences_has_the_ones_around_it():
    alignment = align(*pair_of(["One fine day. Two."], ["يوم جميل واحد. اثنان."]))
    assert alignment.translation_of(13, 14) in ("يوم جميل واحد. اثنان.", "يوم جميل واحد.")


def test_long_paragraphs_align_in_time():
    left, right = " ".join([SENTENCE["ar"]] * 2000), " ".join([SENTENCE["en"]] * 2000)
    started = time.perf_counter()
    alignment = align(*pair_of([left], [right]))
    assert time.perf_counter() - started < 20
    assert len(alignment.pairs) == 2000


SENTENCES = st.lists(
    st.sampled_from([*SENTENCE.values(), *SHORT.values(), "?", "x"]), min_size=1, max_size=6
)


@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=4))
def test_any_two_texts_of_as_many_paragraphs_align_without_gaps(paragraphs):
    left = [" ".join(pair[0]) for pair in paragraphs]
    right = [" ".join(pair[1]) for pair in paragraphs]
    alignment = align(*pair_of(left, right))
    original, translation = alignment.original.text, alignment.translation.text
    for text, spans in (
        (original, [pair.original for pair in alignment.pairs]),
        (translation, [pair.translation for pair in alignment.pairs]),
    ):
        assert all(start < end for start, end in spans)
        edges = [(0, 0), *spans, (len(text), len(text))]
        assert all(text[a[1] : b[0]].strip() == "" and a[1] <= b[0] for a, b in pairwise(edges))
    for pair in alignment.pairs:
        assert alignment.translation_of(*pair.original) == translation[slice(*pair.translation)]
        assert alignment.original_of(*pair.translation) == pair.original
