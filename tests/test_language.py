"""Two languages in one room: detection, normal forms, stems, sentences."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.language import (
    detect,
    find_normalised,
    normalise,
    normalise_mapped,
    sentences,
    third_language,
    tokenise,
    unpointed,
    words,
)

PIECES = st.sampled_from(
    ["كتاب", "مُحَمَّد", "محمــد", "إلى", "آلة", "مدرسة", "ﷲ", "ﻻ", "پارس", "ک", "ی", "١٬٥٠٠", "۳٫۵",
     "market", "STRAẞE", "ﬁn", "naïve", "e\u0301", "U.S.", "Kochavi’s", "1,500.75", "½", "د. ",
     ". ", "؟ ", "! ", "…", "، ", "؛ ", "۔ ", "\n", "\n\n", "\t", " ", "«", "»", "\u200f", "\u202e",
     "\u2066", "\u200d", "\ufeff", "\u00ad", "\u0670", "👩\u200d🚀", "İ", "ǅ", "\x00", "\x85",
     "\u2028"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("من التقى كوخافي في المغرب؟", "ar"),
        ("Who did Kochavi meet in Morocco?", "en"),
        ("ما هو African Lion؟", "ar"),
        ("What does الأسد mean?", "en"),
        ("مناورات Lion", "ar"),
        ("2022", "en"),
        ("", "en"),
        ("ﻣﻦ ﻫﻮ", "ar"),
        ("شكون هو هاد الراجل 2022 50 60 70", "ar"),
    ],
)
def test_most_words_tell_the_language(text, language):
    assert detect(text) == language


@pytest.mark.parametrize(
    ("forms", "normal"),
    [
        (["مُحَمَّدٌ", "محمــــد", "محمد", "م\u200fحمد", "ﻣﺤﻤﺪ"], "محمد"),
        (["أحمد", "إحمد", "آحمد", "ٱحمد", "احمد", "ا\u0654حمد"], "احمد"),
        (["مدرسة", "مدرسه", "مدرسۀ"], "مدرسه"),
        (["على", "علي", "علی", "عليّ"], "علي"),
        (["كتاب", "کتاب", "ڪتاب"], "كتاب"),
        (["٢٠٢٢", "۲۰۲۲", "2022", "２０２２"], "2022"),
        (["٣٫٥", "۳٫۵", "3.5"], "3.5"),
        (["Café", "CAFE\u0301", "café"], "cafe"),
        (["“it’s”", '"it\'s"', "«it‘s»"], '"it\'s"'),
        (["Straße", "STRASSE", "STRAẞE"], "strasse"),
        (["\u202eabc\u202c", "\u2066a\u2069bc", "a\u00adbc", "\ufeffabc"], "abc"),
    ],
)
def test_forms_of_the_same_letters_are_one(forms, normal):
    assert {normalise(form) for form in forms} == {normal}


@given(TEXTS)
def test_normalising_again_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(TEXTS)
def test_each_normalised_character_knows_where_it_came_from(text):
    folded, origin = normalise_mapped(text)
    assert folded == normalise(text)
    assert len(origin) == len(folded) + 1
    assert origin == sorted(origin)
    assert origin[-1] == len(text)
    assert all(
        letter in normalise(text[index]) for letter, index in zip(folded, origin, strict=False)
    )


@given(TEXTS, st.data())
def test_any_stretch_is_found_in_other_letters(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    wanted = normalise(text[start:end]).strip()
    found = find_normalised(text[start:end], text)
    if not wanted:
        assert found is None
        return
    assert found is not None
    assert 0 <= found[0] < found[1] <= len(text)
    assert wanted in normalise(text[found[0] : found[1]])


@pytest.mark.parametrize(
    ("needle", "text", "found"),
    [
        ("احمد", "قال أَحْمَدُ بن علي", "أَحْمَدُ"),
        ("مدرسه", "في المدرسةِ الكبرى", "مدرسةِ"),
        ("1500", "بلغ ١٥٠٠ طن", "١٥٠٠"),
        ("CAFE", "the old café here", "café"),
        ("cafe", "the old cafe\u0301 here", "cafe\u0301"),
        ("it's", "he said it’s late", "it’s"),
        ("strasse", "die Straße dort", "Straße"),
        ("s", "ß", "ß"),
        ("ل", "ﻻ", "ﻻ"),
    ],
)
def test_what_is_found_is_whole_with_its_marks(needle, text, found):
    span = find_normalised(needle, text)
    assert span is not None
    assert text[slice(*span)] == found


@pytest.mark.parametrize(
    ("needle", "text"), [("كتاب", "سوق"), ("", "سوق"), ("ـَ", "سوق"), ("x", "")]
)
def test_what_is_not_there_is_not_found(needle, text):
    assert find_normalised(needle, text) is None


@given(TEXTS)
def test_words_stand_where_they_say(text):
    before = 0
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.start >= before
        before = word.start
        there = normalise(text[word.start : word.end])
        assert word.text in there or word.text in (there.replace(",", ""), there.replace(",", "."))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("5½", ["5", "1", "2"]),
        ("½5", ["1", "2", "5"]),
        ("1,500.75½", ["1500.75", "1", "2"]),
        ("10²", ["10", "2"]),
        ("٢٠٢٢¹", ["2022", "1"]),
        ("87③", ["87", "3"]),
    ],
)
def test_a_raised_or_broken_number_joins_no_other(text, numbers):
    assert [word.text for word in words(text)] == numbers


@pytest.mark.parametrize(
    "forms",
    [
        ["كِتَابٌ", "كتاب", "الكتاب", "بالكتاب", "كتــاب", "للكتاب"],
        ["مدرسة", "المدرسة", "مدرسه"],
        ["الإتحاد", "الاتحاد", "اتحاد"],
        ["1,500", "1500", "١٬٥٠٠", "۱۵۰۰", "١٥٠٠"],
        ["3.5", "٣٫٥", "3,5"],
        ["books", "Book", "BOOK", "book's", "book’s"],
        ["visited", "visiting", "Visits"],
        ["U.S.", "US", "us"],
        ["café", "CAFE"],
    ],
)
def test_forms_of_a_word_share_a_stem(forms):
    stems = [tokenise(form) for form in forms]
    assert stems == stems[:1] * len(forms)
    assert len(stems[0]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("كتاب", "مدرسة"), ("1500", "15"), ("3.5", "35"), ("harbour", "market"), ("سعيد", "سعد")],
)
def test_other_words_have_other_stems(one, other):
    assert tokenise(one) != tokenise(other)


@pytest.mark.parametrize(
    ("text", "count"),
    [("تراجع إنتاج الزيتون في وادي السدر إلى 1300 طن.", 9), ("The harbour reopened on 3 May.", 6)],
)
def test_every_word_has_a_token_in_order(text, count):
    stems = tokenise(text)
    assert len(stems) == count
    assert stems == [stem for word in text.split() for stem in tokenise(word)]


@example("ء")
@given(TEXTS)
def test_tokens_are_normal_and_never_empty(text):
    for token in tokenise(text):
        assert token
        assert normalise(token) == token
        assert not any(letter.isspace() for letter in token)


ARABIC = st.lists(st.sampled_from("ابتجدرسعفقلمنهوي"), min_size=1, max_size=12).map("".join)


@given(ARABIC, st.data())
def test_marks_inside_a_word_never_change_its_stem(word, data):
    marks = st.text(
        st.sampled_from("\u064b\u064c\u064e\u064f\u0650\u0651\u0652\u0640\u200f"), max_size=2
    )
    dressed = "".join(letter + data.draw(marks) for letter in word)
    assert tokenise(dressed) == tokenise(word)


@given(TEXTS)
def test_sentences_hold_every_character_but_white_space_once_and_in_order(text):
    covered = 0
    for start, end in sentences(text):
        assert covered <= start < end
        assert text[covered:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
        covered = end
    assert text[covered:].strip() == ""


@pytest.mark.parametrize(
    "parts",
    [
        ["وصل الوزير.", "ثم غادر؟", "نعم!", "وانتهى اليوم…", "تم"],
        ["قال د. يوسف البكري إن السعر 3.5 دينار.", "وخرج."],
        ["التقى أ. د. سعيد المدير.", "وخرج."],
        ["قال: «هل تأتي؟»", "ثم سكت."],
        ["یہ پہلا جملہ ہے۔", "یہ دوسرا ہے۔"],
        ["Dr. Smith met Mr. Jones at 3.5 km.", "Then he left."],
        ["J. R. Prada, e.g., arrived on Jan. 5.", "He stayed."],
        ["“Why?” she asked.", "Nobody knew!", "Really?!", "Yes."],
        ["It costs 1.5 million.", "“That is much.”", "(He laughed.)", "Done"],
        ["It is version 2.0 ... and it works.", "Good."],
    ],
)
def test_sentences_end_where_readers_end_them(parts):
    text = " ".join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


# Each of these is one sentence, or the sentences that "|" parts.
@pytest.mark.parametrize(
    "text",
    [
        "It struck off Port Skarne (pop. 14,200), near Mt. Orrin and Ft. Averell.",
        "The pop. |Then the art. |He said no. |They took a min. |The end",
        "By Art. 5, No. 3, sec. IV and est. £5m. |Call tel. +970 2 or ext. 12.",
        "He lives on Mill Rd. |The house is near St. Anne’s on Harbour Rd. North.",
        "She joined Acme Inc. |It failed. |Acme Inc. Chairman Joe Orr left.",
        "J. K. Rowling met the U.S. Army. |He left the U.S. |The army stayed.",
        "Gen. An met Dr. He in 1990. |In 1990 J. K. Rowling wrote Plan B. |It failed.",
        "“He didn't. |Everyone else's. |Mine”",
        "It leaves at 9 p.m. |The ferry is old. |It fell at 4.25 p.m. |Police came.",
        "It leaves at 9 p.m. Tuesday, 9 a.m. GMT, 8 p.m. May 3 or 7 p.m. Moscow time.",
        "It shuts (at 9 p.m.) Mondays. |At about 9 p.m. Mayor Voss came.",
        "9 p.m. The oven is hot.",
        "Sunday, 8 a.m. Dendup opens the station.",
        "The depth is 11.4 m. |Temperatures rose by $5 m. |“We left.”",
        "He climbed 3,500 ft. |Rescuers came in 12 min. 30 sec. |Nobody fell 6 ft. 2 in. deep.",
        "1. اتحاد الميناء - 49 نقطة",
        "٣. نادي السد. |وفاز",
        "12. Orrin Town. |They won 12. |It was late.",
        "2019. |The year",
        "طول الجسر 5 كم. |وأضاف أن وزنه 60 ألف طن. |هذا له. |ثم غادر.",
        "يفتح السوق الساعة 8 ص. |ثم يغلق 5 م. |وكان ذلك 1990 هـ. |وبعدها 3 ق.م. |كما قيل.",
        "انتهت الحرب عام ١٩٥٤م. |بعد ذلك غادر.",
        "من 9 ص. و5 م. إلى 6 م. بتوقيت القدس (وأسس 1990 م.) وبقي.",
        "عند الساعة 8 ص. وصل الوفد. |وترأسه عام 2019 د. وليد البكري.",
        "التقى هـ. ج. ويلز أ. د. فلان وأ.د. سعيد. |وقال أد. سعيد ود. يوسف وم. سعاد ذلك.",
    ],
)
def test_abbreviations_end_a_sentence_only_where_another_begins(text):
    parts = [part.strip() for part in text.split("|")]
    text = text.replace("|", "")
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    ("first", "second"), [("عنوان بلا نقطة", "نص المقال"), ("A heading", "the text")]
)
def test_a_line_break_ends_a_sentence(first, second):
    text = f"{first}\n{second}"
    assert [text[start:end] for start, end in sentences(text)] == [first, second]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Qui était le capitaine du chalutier et pourquoi a-t-il coulé ?", "fr"),
        ("¿Quién era el capitán del barco y por qué se hundió?", "es"),
        ("Wer war der Kapitän des Schiffes und warum ist es gesunken?", "de"),
        ("Geminin kaptanı kimdi ve neden battı acaba?", "tr"),
        ("Кто был капитаном судна?", "und"),
        ("船长是谁？", "und"),
        ("Ποιος ήταν ο καπετάνιος;", "und"),
    ],
)
def test_a_third_language_is_told(text, code):
    assert third_language(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "من كان قبطان سفينة الصيد؟",
        "شكون هو القبطان ديال الباطو؟",
        "Who was the captain of the trawler?",
        "captain trawler name pls",
        "tell me bout captain trawler tarifa",
        "Kochavi Gantz Loudiyi Rabat Moatadid",
        "What does the word «قبطان» mean?",
        "من هو Effie Defrin ومن هو Tal Kelman؟",
        "2022",
        "👩\u200d🚀",
        "",
    ],
)
def test_arabic_english_and_doubtful_text_are_no_third_language(text):
    assert third_language(text) is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("مَنْ اِلْتَقَى كُوخَافِي؟", "من التقى كوخافي؟"),
        ("محمــد ومدرّسة وآلة وإلى", "محمد ومدرسة وآلة وإلى"),
        ("Who met naïve Zoë?", "Who met naïve Zoë?"),
    ],
)
def test_points_and_tatweel_go_and_all_else_stays(text, plain):
    assert unpointed(text) == plain
