"""Slips of the keys are mended; names, and words that somebody may have meant, are left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article, Assistant
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.slips import Slips

LEXICON = Lexicon.bundled()
ENGLISH = (
    "Governor Salma Qasabji of Morocco said on Tuesday that soldiers had cleared the mountain road "
    "after the landslide. The spectrograph of the club was not damaged. Mr Ghali left."
)
ARABIC = (
    "قال المدير إن الحكومة أغلقت المدرسة بعد الزلزال. وحضر أفيف كوخافي حفل افتتاح المكتبة الجديدة."
)
SLIPS = Slips(LexicalIndex.build([ENGLISH, ARABIC], ["en", "ar"], LEXICON), LEXICON)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Whiich road did the sodiers clear?", "Which road did the soldiers clear?"),
        ("who is the govetnor?", "who is the governor?"),
        ("where is the govetnor’s club", "where is the governor’s club"),
        ("who is the governor's secretray?", "who is the governor's secretary?"),
        ("what do the soldier's freinds say", "what do the soldier's friends say"),
        ("Was the spectrogrpah damaged?", "Was the spectrograph damaged?"),
        ("Who visited Motocco?", "Who visited Morocco?"),
        ("how many peopel recieve goverment money", "how many people receive government money"),
        ("من أغلق المدؤسة؟", "من أغلق المدرسة؟"),
        ("متى أغلقت الحطومة المدرسة؟", "متى أغلقت الحكومة المدرسة؟"),
        ("كم سففينة غرقت؟", "كم سفينة غرقت؟"),
        ("من افتتح المكتةب؟", "من افتتح المكتبة؟"),
    ],
)
def test_a_slip_is_mended(typed, meant):
    assert SLIPS.mended(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "Who is Salma Qasabji?",
        "Where is Kohavi?",  # names that the collection hasn't
        "Who is Ghail?",
        "What did Anton McAllister paint?",
        "what did zahraa mokrani say",
        "who runs al-ghail",
        "Which barber cut the sculptor's hair?",
        "شكون اللي تلاقى معاه كوهافي؟",
        "ليش المشجعين معصبين؟",
        "متى زار أوين ميناء كيلسو؟",
        "كم منزلا دمره زلزال تارفان؟",
        "is she thinner, happier, bolder, and do joiners' and tacklers' pickets overrule vapers",
        "متى تفتتح المدرسة وكم يبعد الدهناء وهل زارها مرتين لتحيين السجل",
        "كَم مَنزِلًا دَمَّرَهُ الزِّلزالُ؟",
        "listen at https://exmaple.org/gpvernor or write to govetnor@exmaple.org",
        "",
    ],
)
def test_what_may_be_meant_is_left_alone(typed):
    assert SLIPS.mended(typed) == typed


def test_a_word_of_any_length_takes_no_time():
    begin = time.process_time()
    for long in ("go" * 1000, "zgovernorz " * 180):
        assert SLIPS.mended(long) == long
    assert time.process_time() - begin < 1


@given(st.lists(st.sampled_from(["govetnor", "المدؤسة", "رئسي", "¼", "’s", "\n", " ", "-", "ß"])))
def test_any_text_keeps_what_is_no_word(pieces):
    text = "".join(pieces)
    mended = SLIPS.mended(text)
    assert [c for c in mended if not c.isalpha()] == [c for c in text if not c.isalpha()]


def test_an_assistant_answers_what_was_meant_and_keeps_what_was_typed():
    article = Article(id="a", title="Landslide", text=ENGLISH, language="en")
    assistant = Assistant([article])
    typed = "Whiich road did the sodiers clear after the landslied?"
    answer = assistant.ask(typed)
    assert answer.question == typed
    assert answer.found
    assert "mountain road" in answer.citations[0].quote
