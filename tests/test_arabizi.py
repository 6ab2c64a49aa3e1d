"""Arabic typed in Latin letters and digits."""

from __future__ import annotations

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
        ("kam mobarah rab7at el jam3iyye 2024?", "كم مباراة ربحت الجمعية 2024؟"),
    ],
)
def test_words_of_the_collection_are_found_by_sound(typed, read):
    assert READER.in_arabic(typed) == read


@given(st.text("ael2357'- ?wmnshk\n٣é", max_size=30))
def test_whatever_is_typed_stays_text(text):
    read = READER.in_arabic(text)
    assert read.strip() if text.strip() else read == text


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
