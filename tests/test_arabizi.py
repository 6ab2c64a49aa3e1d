"""Arabic typed in Latin letters and digits."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article, Assistant
from assistant.retrieval.arabizi import Arabizi, is_arabizi
from assistant.retrieval.lexicon import Lexicon

LEXICON = Lexicon.bundled()
TEXT = "وصل الرئيس الجديد إلى العاصمة مساء الثلاثاء. وقالت رئيسة النادي إن الجمعية ربحت المباراة."
READER = Arabizi([TEXT], LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        "emta wasal el ra2ees?",
        "shu 2al el wazir 3an el miyah",
        "men rabe7 el mubarat?",
        "3lash staqal lmodir?",
        "kam lejne shakkal el majles",
        "chhal wsel tadakhom",
    ],
)
def test_arabizi_is_told(text):
    assert is_arabizi(text, LEXICON)


@pytest.mark.parametrize(
    "text",
    [
        "What did 3omar say about 7amas?",
        "B2B sales 2024",
        "G20 summit Riyadh",
        "A320 crash Sharm el Sheikh",
        "7pm kickoff, 2nd leg",
        "G7's leaders statement",
        "PS5s sold",
        "5yr bonds yield",
        "7eleven stores Dubai",
        "3er partido final",
        "Gaza 7amas talks",
        "Hal Holbrook death cause",
        "Lech Walesa Poland",
        "wen hat Merkel getroffen?",
        "Kam Scholz zum Gipfel?",
        "¿Cuándo es el 5to aniversario?",
        "Abd el Fattah el Sisi speech",
        "el Niño",
        "la fin de la guerre est-elle proche ?",
        "¿Cuándo llegó el ministro a la capital?",
        "Wann kam er nach Berlin?",
        "Chi ha vinto la partita?",
        "متى وصل الرئيس؟",
        "2022",
        "",
    ],
)
def test_other_text_is_left_as_it_is(text):
    assert not is_arabizi(text, LEXICON)
    assert READER.in_arabic(text) == text


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("emta wasal el ra2ees el jadid?", "متى وصل الرئيس الجديد؟"),
        ("emta wasal elra2is lel 3asimeh?", "متى وصل الرئيس للعاصمة؟"),
        ("meen rab7at el mobarah", "من ربحت المباراة"),
        ("shu 2alet ra2eeset el nadi?", "ماذا قالت رئيسة النادي؟"),
        ("meen rab7at el-mobarah?", "من ربحت المباراة؟"),
        ("emta wasal el-ra2ees الجديدة؟", "متى وصل الرئيس الجديدة؟"),
        ("shu 2al el ra2ees 3an 1,500 + 3.5?", "ماذا قال الرئيس عن 1,500 + 3.5؟"),
        (
            "shu 2al https://a.example/ra2ees?x=1 3an G20",
            "ماذا قال https://a.example/ra2ees?x=1 عن G20",
        ),
        ("kam mobarah rab7at el jam3iyye 2024?", "كم مباراة ربحت الجمعية 2024؟"),
    ],
)
def test_words_of_the_collection_are_found_by_sound(typed, read):
    assert READER.in_arabic(typed) == read


@given(st.text("ael2357'’- ?+.0/wmnshk\n٣éر", max_size=30))
def test_what_is_no_latin_word_stays(text):
    read = READER.in_arabic("emta " + text)
    assert re.sub(r"[A-Za-z\d'’`]|\W|[ء-ي]", "", text) in read or read == "emta " + text
    assert text.count("+") == read.count("+")


def test_a_hostile_word_takes_no_time():
    started = time.perf_counter()
    for text in ("aa" + "3'" * 900 + "0 el", "3" * 1900 + " el", "a@" * 900, "el " * 600 + "shu"):
        READER.in_arabic(text)
    assert time.perf_counter() - started < 5


def test_the_answer_to_arabizi_is_arabic() -> None:
    assistant = Assistant([Article(id="a", title="وصول الرئيس", text=TEXT, language="ar")])
    answer = assistant.ask("emta wasal el ra2ees el jadid?")
    assert answer.found and answer.language == "ar"
    assert answer.question == "emta wasal el ra2ees el jadid?"
    assert "الثلاثاء" in answer.citations[0].quote
    assert assistant.search("emta wasal el ra2ees?")[0].passage.article_id == "a"
    chat = assistant.conversation()
    chat.ask("emta wasal el ra2ees el jadid?")
    follow_up = chat.ask("w emta kan hada?")
    assert follow_up.language == "ar" and follow_up.found
