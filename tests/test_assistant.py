"""The façade on real articles: answers, languages, changes to the collection."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import HARBOUR, OLIVES, SEEDS

from assistant import Answer, Article, Assistant, Settings
from assistant.answering import wording
from assistant.answering.answerer import Search
from assistant.errors import ArticleError, QuestionError
from assistant.language import detect

# Each is answered by exactly one sentence of one article.
ASKED = [
    ("en", "Who was the captain of the trawler?", "Ignacio Prada"),
    ("en", "How much was paid for the salvage?", "4.2 million"),
    ("ar", "من كان قبطان سفينة الصيد؟", "Ignacio Prada"),
    ("ar", "لماذا أغلقت المعاصر أبوابها؟", "كلفة الكهرباء"),
    ("en", "Why did the olive presses close?", "كلفة الكهرباء"),
    ("ar", "كم بئرا ستحفر وزارة الزراعة؟", "اثنتي عشرة"),
    ("en", "How many wells will the agriculture ministry drill?", "اثنتي عشرة"),
]


@pytest.mark.parametrize(("language", "question", "gold"), ASKED, ids=lambda value: str(value)[:24])
def test_the_answer_cites_the_sentence(
    small: Assistant, language: str, question: str, gold: str
) -> None:
    answer = small.ask(question)
    assert answer.found
    assert answer.language == language
    assert any(gold in citation.quote for citation in answer.citations)
    check_answer(small, answer)


@pytest.mark.parametrize(
    "question",
    ["Who won the Nobel Prize in Chemistry in 1987?", "ما هي عاصمة البرازيل وعدد سكانها؟"],
)
def test_another_subject_is_refused(small: Assistant, question: str) -> None:
    answer = small.ask(question)
    assert not answer.found
    assert answer.citations == ()
    assert detect(answer.text) == answer.language == detect(question)
    assert answer.related


def check_answer(assistant: Assistant, answer: Answer) -> None:
    """What holds of every answer."""
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(answer.citations) + 1))
    assert [citation.number for citation in answer.citations] == list(dict.fromkeys(numbers))
    for citation in answer.citations:
        text = assistant.article(citation.article.id).text
        assert text[citation.start : citation.end] == citation.quote
        assert text[citation.passage.start : citation.passage.end] == citation.passage.text
    assert 0 <= answer.confidence <= 1
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_an_english_question_gets_the_translation_and_cites_the_original(visit: Assistant) -> None:
    answer = visit.ask("Who led the delegation of the Israeli army in March?")
    assert answer.found
    first = answer.citations[0]
    assert first.article.language == "ar"
    assert detect(first.quote) == "ar"
    assert first.translation is not None
    assert detect(first.translation) == "en"
    assert first.translation.split()[0] in answer.text
    check_answer(visit, answer)


def test_citations_lead_to_originals_only(visit: Assistant) -> None:
    for hit in visit.search("African Lion exercise", k=50):
        assert visit.article(hit.passage.article_id).translation_of is None


@pytest.mark.parametrize(
    "question",
    ["", "   \n", "؟!…", "?" * 5000, "word " * 20_000, "\u200f\u202e", "Who met \udcff there?"],
)
def test_what_is_no_question_is_refused(small: Assistant, question: str) -> None:
    with pytest.raises(QuestionError) as caught:
        small.ask(question)
    assert caught.value.todo
    with pytest.raises(QuestionError):
        small.search(question)


@pytest.mark.parametrize(
    "text",
    ["hi", "Good morning!", "Thanks, bye.", "السَّلام عليكم", "شكراً جزيلاً 🙏", "مرحبا، كيف حالك؟"],
)
def test_a_greeting_is_greeted_and_answered_with_no_quote(small: Assistant, text: str) -> None:
    answer = small.ask(text)
    assert not answer.found
    assert answer.citations == answer.related == ()
    assert answer.text == wording.courtesy(answer.language)
    assert answer.language == detect(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hello captain, what sank?",
        "Thanks to whom were they saved?",
        "من قال السلام عليكم؟",
        "bye " * 200 + "captain",
    ],
)
def test_a_question_that_greets_is_a_question(small: Assistant, text: str) -> None:
    assert small.ask(text).text != wording.courtesy(detect(text))


@pytest.mark.parametrize(
    "question",
    [
        "Qui était le capitaine du chalutier et pourquoi a-t-il coulé ?",
        "Кто был капитаном судна?",
        "船长是谁？",
    ],
)
def test_a_third_language_is_said_so(small: Assistant, question: str) -> None:
    answer = small.ask(question)
    assert not answer.found
    assert "English" in answer.text
    assert "العربية" in answer.text


def test_streaming_ends_with_the_same_answer(small: Assistant) -> None:
    *pieces, last = small.stream("Who was the captain of the trawler?")
    assert isinstance(last, Answer)
    assert "".join(map(str, pieces)) == last.text
    assert last == small.ask("Who was the captain of the trawler?")


async def test_asking_without_blocking(small: Assistant) -> None:
    question = "How many crew were rescued with the captain?"
    assert await small.aask(question) == small.ask(question)


def test_excluded_quotes_are_not_given_again(small: Assistant) -> None:
    question = "What happened to the crew of the trawler?"
    first = small.ask(question).citations[0]
    place = (first.article.id, first.start, first.end)
    again = small.ask(question, exclude={place})
    assert place not in {(c.article.id, c.start, c.end) for c in again.citations}


def test_where_nothing_is_found_other_searches_are_tried_in_turn(small: Assistant) -> None:
    asked, vague = "Who was the captain of the trawler?", "who is the one on that?"
    presses = Search("When did the olive presses close?")
    found = small.ask(asked)
    assert not small.ask(vague).found
    answer = small.ask(vague, otherwise=[Search(vague), Search(asked), presses])
    assert (answer.question, answer.text) == (vague, found.text)
    assert small.ask(asked, otherwise=[presses]).text == found.text
    quoted = [(c.article.id, c.start, c.end) for c in found.citations]
    assert not small.ask(vague, otherwise=[Search(asked, quoted)]).found


def test_a_search_within_an_article_finds_nothing_of_others(small: Assistant) -> None:
    asked, vague = "Who was the captain of the trawler?", "who is the one on that?"
    [told] = {citation.article.id for citation in small.ask(asked).citations}
    for article in small.articles():
        answer = small.ask(vague, otherwise=[Search(asked, within=article.id)])
        assert answer.found == (article.id == told)


def test_many_threads_get_their_own_answers(small: Assistant) -> None:
    alone = {question: small.ask(question) for _, question, _ in ASKED}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(small.ask, list(alone) * 4))
    assert together == list(alone.values()) * 4


def test_articles_come_and_go() -> None:
    assistant = Assistant([OLIVES], settings=Settings())
    question = "Who was the captain of the trawler?"
    assert not assistant.ask(question).found
    assistant.add(HARBOUR)
    assert assistant.ask(question).found
    assistant.remove("harbour")
    assert not assistant.ask(question).found
    with pytest.raises(ArticleError) as caught:
        assistant.article("harbour")
    assert "harbour" in str(caught.value)
    with pytest.raises(ArticleError):
        assistant.remove("harbour")


def test_of_several_with_one_id_the_last_stays() -> None:
    longer = HARBOUR.model_copy(update={"text": f"{OLIVES.text}\n\n{HARBOUR.text}"})
    assistant = Assistant([longer, HARBOUR], settings=Settings())
    assert assistant.articles() == [HARBOUR]
    assert {passage.text in HARBOUR.text for passage in assistant.collection.passages} == {True}


def test_articles_are_counted_without_translations_beside_them() -> None:
    translation = Article(id="ar", text="نص قصير.", translation_of="en")
    assistant = Assistant([translation], settings=Settings())
    assert assistant.info().articles == 1
    assistant.add(Article(id="en", text="A short text."))
    assert (assistant.info().articles, assistant.info().passages) == (1, 2)


def test_a_translation_without_words_is_a_problem() -> None:
    assistant = Assistant([HARBOUR], settings=Settings())
    assistant.add(Article(id="blank", text=" ", language="ar", translation_of="harbour"))
    assert "0 paragraphs" in str(assistant.problems[0])
    assert assistant.ask("Who was the captain of the trawler?").found


def test_an_article_removed_by_many_at_once_is_missing_to_all_but_one() -> None:
    assistant = Assistant([HARBOUR, OLIVES], settings=Settings())
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(assistant.remove, "harbour") for _ in range(4)]
    errors = [future.exception() for future in asked]
    assert errors.count(None) == 1
    assert all(error is None or isinstance(error, ArticleError) for error in errors)


@pytest.mark.parametrize(
    ("first", "more"),
    [("Who did Kochavi meet in Morocco?", "and who else?"), ("من التقى كوخافي؟", "ومن أيضا؟")],
)
def test_who_else_reads_on_where_reading_stopped(first: str, more: str) -> None:
    conversation = Assistant.open(SEEDS, settings=Settings()).conversation()
    answers = [conversation.ask(first), conversation.ask(more)]
    places = [{(c.article.id, c.start) for c in answer.citations} for answer in answers]
    assert all(places)
    assert not places[0] & places[1]
    assert any("لوديي" in c.quote for answer in answers for c in answer.citations)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_when_all_was_quoted_before_the_answer_says_so(small: Assistant, language: str) -> None:
    everything = [(article.id, 0, len(article.text)) for article in small.articles()]
    question = next(asked for spoken, asked, _ in ASKED if spoken == language)
    answer = small.ask(question, exclude=everything)
    assert not answer.found
    assert answer.citations == ()
    assert answer.language == detect(answer.text) == language
    assert answer.text != small.ask("Who won the Nobel Prize in Chemistry in 1987?").text


@pytest.mark.parametrize("question", ["Who?", "متى؟", "من هي؟", "who is she", "لا"])
def test_question_words_alone_find_nothing(small: Assistant, question: str) -> None:
    answer = small.ask(question)
    assert (answer.found, answer.confidence) == (False, 0.0)


@pytest.mark.parametrize(
    ("question", "told"),
    [("من هو علي؟", "طبيب"), ("Who is May?", "doctor"), ("What is the WHO?", "health agency")],
)
def test_a_name_may_be_spelled_as_a_small_word(question: str, told: str) -> None:
    texts = {
        "ar": "علي طبيب ولد في حلب ويعيش اليوم في دمشق.",
        "en": "May is a doctor from Leeds.\n\nThe WHO is the health agency of the United Nations.",
    }
    article = Article(id="a", title="", text=texts[detect(question)])
    answer = Assistant([article], settings=Settings()).ask(question)
    assert answer.found
    assert told in answer.citations[0].quote


def test_an_empty_assistant_answers_no() -> None:
    answer = Assistant(settings=Settings()).ask("Who was the captain?")
    assert not answer.found
    assert answer.related == ()


def test_an_opened_folder_keeps_what_was_added_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    settings = Settings(index_dir=tmp_path / "index")
    (folder / "olives.txt").write_text(f"{OLIVES.title}\n\n{OLIVES.text}", encoding="utf-8")
    assistant = Assistant.open(folder, settings=settings)
    assistant.add(HARBOUR)
    again = Assistant.open(folder, settings=settings)
    assert {article.id for article in again.articles()} == {"harbour", "olives"}
    again.remove("olives")
    assert {a.id for a in Assistant.open(folder, settings=settings).articles()} == {"harbour"}
    (folder / "olives.txt").write_text(f"{OLIVES.title}\n\n{OLIVES.text} تمت.", encoding="utf-8")
    third = Assistant.open(folder, settings=settings)
    assert {article.id for article in third.articles()} == {"harbour", "olives"}


def test_a_changed_article_stays_until_its_file_changes(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    settings = Settings(index_dir=tmp_path / "index")
    path, other = folder / "olives.txt", folder / "other.txt"
    path.write_text(f"{OLIVES.title}\n\n{OLIVES.text}", encoding="utf-8")
    corrected = OLIVES.model_copy(update={"text": f"{OLIVES.text} صُحّح هذا النص."})
    Assistant.open(folder, settings=settings).add(corrected)
    other.write_text("Another\n\nThis one has nothing to do with olives.", encoding="utf-8")
    assert Assistant.open(folder, settings=settings).article("olives") == corrected
    path.write_text(f"{OLIVES.title}\n\n{OLIVES.text} تمت.", encoding="utf-8")
    assert Assistant.open(folder, settings=settings).article("olives").text.endswith("تمت.")


def test_what_is_removed_stays_out_however_the_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    settings = Settings(index_dir=tmp_path / "index")
    for article in (HARBOUR, OLIVES):
        text = f"{article.title}\n\n{article.text}"
        (folder / f"{article.id}.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Assistant.open("articles", settings=settings)
    Assistant.open(folder, settings=settings).remove("olives")
    (folder / "other.txt").write_text("Another\n\nThis one is new.", encoding="utf-8")
    held = Assistant.open(folder, settings=settings).articles()
    assert {article.id for article in held} == {"harbour", "other"}


def test_a_translation_goes_with_its_original(tmp_path: Path) -> None:
    assistant = Assistant.open(SEEDS, settings=Settings(index_dir=tmp_path))
    assistant.remove("visit-ar")
    assert assistant.articles() == []
    assert not assistant.ask("Who did Kochavi meet?").found


def test_add_file_reads_pages(tmp_path: Path) -> None:
    page = tmp_path / "harbour.html"
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in HARBOUR.text.split("\n\n"))
    page.write_text(
        f"<html><head><title>{HARBOUR.title}</title></head><body><article>"
        f"<h1>{HARBOUR.title}</h1>{paragraphs}</article></body></html>",
        encoding="utf-8",
    )
    assistant = Assistant(settings=Settings())
    article = assistant.add_file(page)
    assert "Ignacio Prada" in article.text
    assert assistant.ask("Who was the captain of the trawler?").found


def test_hits_are_ranked_and_bounded(small: Assistant) -> None:
    hits = small.search("olive harvest", k=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score
    assert hits[0].passage.article_id == "olives"
    assert small.search("olive harvest", k=100)


def test_what_callers_get_is_frozen_and_json(small: Assistant) -> None:
    hit = small.search("olive harvest", k=1)[0]
    assert json.loads(hit.model_dump_json())["passage"]["article_id"] == "olives"
    with pytest.raises(ValueError, match="frozen"):
        hit.score = 1.0


def test_an_article_made_by_hand_needs_only_a_text() -> None:
    article = Article(title="Notes", text="The mill burned down in 1911.")  # type: ignore[call-arg]
    again = Article(title="Notes", text="The mill burned down in 1911.")  # type: ignore[call-arg]
    assert article.id == again.id
    assert article.language == "en"
