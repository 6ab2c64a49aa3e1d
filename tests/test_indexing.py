"""From articles to a collection, with the real tokenizer and the real model."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import HARBOUR, HARBOUR_AR, OLIVES
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Article, Assistant, Settings
from assistant.embedding import Embedder, load_embedder
from assistant.errors import ReadingError
from assistant.indexing import build, collection_of, pieces_of
from assistant.retrieval.lexicon import Lexicon

OWN = {"ar": OLIVES, "en": HARBOUR}
SHORTER = HARBOUR_AR.model_copy(
    update={"id": "shorter", "text": HARBOUR_AR.text.rsplit("\n\n", 1)[0]}
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(Settings())


@pytest.fixture(scope="module")
def paired() -> Assistant:
    return Assistant([HARBOUR_AR, OLIVES, HARBOUR], settings=Settings(passage_tokens=40))


def long(language: str) -> Article:
    return OWN[language].model_copy(
        update={"id": "long", "text": " ".join([OWN[language].text.replace("\n\n", " ")] * 12)}
    )


@pytest.mark.parametrize("window", [32, 100, 8192])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_passages_fit_the_window_and_stand_where_they_say(embedder, language, window):
    article = long(language)
    pieces, problems = pieces_of([article], embedder, window)
    assert not problems
    assert len(pieces) > 1
    covered = 0
    for piece in pieces:
        passage = piece.passage
        assert article.text[passage.start : passage.end] == passage.text
        assert article.text[covered : passage.start].strip() == ""
        assert embedder.count_tokens(passage.text) <= min(window, embedder.max_tokens - 8)
        assert piece.original is None
        covered = passage.end
    assert covered == len(article.text)


HOSTILE = st.lists(
    st.sampled_from(
        ["كتاب", "market", "[1]", "👩\u200d🚀", "\u200b", "\u202e", "\ufeff", "\n\n", "\n", ". ",
         "؟ ", "x" * 300, "ش" * 300, "\u0651", "ﷺ", "<b>", "\x00", "１２３", "  "]
    ),
    min_size=1,
    max_size=40,
).map("".join)  # fmt: skip


@given(text=HOSTILE)
@settings(max_examples=50)
def test_any_text_is_cut_by_the_real_tokenizer(embedder, text):
    article = Article(id="a", title="", text=text)
    for piece in pieces_of([article], embedder, 32)[0]:
        passage = piece.passage
        assert article.text[passage.start : passage.end] == passage.text
        assert embedder.count_tokens(passage.text) <= 32 or len(passage.text) == 1


@pytest.mark.parametrize(
    "text", ["\u200b", "\x00\x01", "!", "👩\u200d🚀", "\ufeff\u202e", "ـ", " \n "]
)
def test_an_article_of_hardly_anything_is_indexed_and_searched(text):
    assistant = Assistant([Article(id="a", title="", text=text), HARBOUR], settings=Settings())
    assert assistant.search("trawler", k=1)[0].passage.article_id == "harbour"


def test_token_vectors_have_places_in_their_passages(paired):
    collection = paired.collection
    for row, passage in enumerate(collection.passages):
        codes, spans = collection.token_codes(row)
        assert len(codes) == len(spans) > 0
        assert codes.shape[1] * 2 == collection.store.vectors.shape[1]
        assert (spans[:, 0] < spans[:, 1]).all()
        assert spans.min() >= 0
        assert spans.max() <= len(passage.text)
        # Together the tokens hold every word.
        inside = np.zeros(len(passage.text), dtype=bool)
        for start, end in spans:
            inside[start:end] = True
        assert not [letter for letter, held in zip(passage.text, inside, strict=True)
                    if letter.isalnum() and not held]  # fmt: skip


def test_a_translations_passages_pair_with_the_originals(paired):
    collection = paired.collection
    assert paired.problems == ()
    ids = [passage.article_id for passage in collection.passages]
    assert ids.count("harbour-ar") == ids.count("harbour") > 2
    for row, original in enumerate(collection.originals):
        own, other = collection.passages[row], collection.passages[original]
        if own.article_id != "harbour-ar":
            assert row == original
            continue
        assert other.article_id == "harbour"
        text = collection.articles["harbour-ar"].text
        assert text[own.start : own.end] == own.text
        # Numbers are written alike in both.
        for number in ("4.2", "900", "3"):
            assert (number in other.text) == (number in own.text)
    alignment = collection.alignments_of_translations["harbour-ar"]
    assert collection.alignments["harbour"] == (collection.articles["harbour-ar"], alignment)


def test_a_translation_that_does_not_align_is_a_problem_and_stands_alone():
    assistant = Assistant([SHORTER, HARBOUR], settings=Settings())
    [problem] = assistant.problems
    assert isinstance(problem, ReadingError)
    assert "shorter" in str(problem)
    collection = assistant.collection
    assert list(collection.originals) == list(range(len(collection.passages)))
    assert {passage.article_id for passage in collection.passages} == {"shorter", "harbour"}
    assert collection.alignments == {}
    assert assistant.search("إغناسيو برادا", k=1)[0].passage.article_id == "shorter"
    answer = assistant.ask("كم دفعت الحكومة لقاء الإنقاذ؟")
    assert any("4.2 million" in citation.quote for citation in answer.citations)
    assert all(citation.translation is None for citation in answer.citations)


def test_two_translations_of_one_original_each_pair_with_it():
    again = HARBOUR_AR.model_copy(
        update={
            "id": "again",
            "text": HARBOUR_AR.text.replace(". ", "، ").replace("\n\n", " .\n\n"),
        }
    )
    assistant = Assistant([HARBOUR, HARBOUR_AR, again], settings=Settings())
    collection = assistant.collection
    assert assistant.problems == ()
    assert set(collection.alignments_of_translations) == {"harbour-ar", "again"}
    for name, alignment in collection.alignments_of_translations.items():
        assert alignment.translation == collection.articles[name]
    beside, alignment = collection.alignments["harbour"]
    assert alignment.translation == beside


@pytest.mark.parametrize("named", ["own", "missing", "of-a-translation"])
def test_a_translation_of_no_original_stands_alone(named):
    of = {"own": "loose", "missing": "nowhere", "of-a-translation": "harbour-ar"}[named]
    loose = HARBOUR_AR.model_copy(update={"id": "loose", "translation_of": of})
    assistant = Assistant([loose, HARBOUR_AR, HARBOUR], settings=Settings())
    collection = assistant.collection
    rows = [row for row, p in enumerate(collection.passages) if p.article_id == "loose"]
    assert rows
    assert [collection.originals[row] for row in rows] == rows
    assert "loose" not in collection.alignments_of_translations


def test_the_order_of_articles_does_not_matter(embedder):
    lexicon = Lexicon.bundled()
    found = [
        build(articles, embedder, lexicon, passage_tokens=100, notes={})[0]
        for articles in ([HARBOUR, HARBOUR_AR, OLIVES], [OLIVES, HARBOUR_AR, HARBOUR])
    ]
    rows = [
        {
            passage.id: collection.store.vectors[row]
            for row, passage in enumerate(collection.passages)
        }
        for collection in found
    ]
    assert rows[0].keys() == rows[1].keys()
    for name, vector in rows[0].items():
        assert vector @ rows[1][name] > 0.9999


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_passage_is_found_by_its_title(language):
    text = OWN[language].text.split("\n\n")[-1]
    titles = {"bread": "The price of bread in Port Selma", "ships": "سفن ميناء خليج طريفة"}
    made = [
        Article(id=name, title=title, text=text, language=language)
        for name, title in titles.items()
    ]
    for name, title in titles.items():
        best = Assistant(made, settings=Settings()).search(title, k=1)[0]
        assert best.passage.article_id == name


@pytest.mark.parametrize("question", ["Varna", "فارنا"])
def test_the_words_of_a_title_count_for_all_its_passages(question):
    made = [
        HARBOUR.model_copy(update={"title": "Varna goes fishing"}),
        OLIVES.model_copy(update={"title": "عام الزيتون"}),
    ]
    collection = Assistant(made, settings=Settings(passage_tokens=32)).collection
    bm25 = collection.lexical.scores(question).bm25
    assert len(collection.passages_of(HARBOUR.id)) > 1
    for passage, score in zip(collection.passages, bm25, strict=True):
        assert (score > 0) == (passage.article_id == HARBOUR.id)


@pytest.mark.parametrize("title", ["", "A harbour", "word " * 5_000, "w" * 20_000, "؟ « [1]"])
@pytest.mark.parametrize("window", [32, 8192])
def test_a_title_takes_no_place_of_the_text(embedder, title, window):
    article = long("en").model_copy(update={"title": title})
    plain = article.model_copy(update={"title": ""})
    one, other = (
        build([each], embedder, Lexicon.bundled(), passage_tokens=window, notes={})[0]
        for each in (article, plain)
    )
    assert one.passages == other.passages
    for row in range(len(one.passages)):
        assert (one.token_codes(row)[1] == other.token_codes(row)[1]).all()


def test_a_store_holds_the_whole_collection(paired):
    again = collection_of(paired.collection.store, Lexicon.bundled())
    assert again.passages == paired.collection.passages
    assert again.articles == paired.collection.articles
    assert list(again.originals) == list(paired.collection.originals)
