"""Reading: formats, encodings, the rules of cleaning, folders, and every way it can fail."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import EmptyCollection, ReadingError
from assistant.language import normalise
from assistant.reading import read_file, read_folder
from assistant.reading.dates import parse_day
from assistant.reading.litter import without_litter
from assistant.reading.opening import find_opening
from assistant.reading.repeats import without_repeats

DATA = Path(__file__).parent / "data" / "reading"
SEEDS = Path(__file__).parent.parent / "seeds"

PROSE = {
    "ar": "أعادت البلدية فتح السوق القديم بعد أعمال ترميم استمرت عامين وكلفت أربعة ملايين دينار.",
    "en": "The town has opened its old market again after two years of work that cost millions.",
}
MORE = {
    "ar": "وقال رئيس البلدية إن السوق يضم الآن 86 محلا وغرفة تبريد حديثة، وإن الرصيف سيتبعه.",
    "en": "The mayor said that the market now holds 86 shops and one cold store; the quay is next.",
}
BOTH = pytest.mark.parametrize("language", ["ar", "en"])


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# file, title, author, day, paragraphs, how the text begins and ends
EXAMPLES = [
    ("en-blog.txt", "Harbour town bets on tidal power", "Jane O'Neill", date(2021, 3, 14), 4,
     "The council of Port Ellery", "supplied by 2024."),
    ("ar-news.txt", "بلدية صفاقس تعيد فتح سوق السمك بعد عامين من الترميم", "سارة المنصوري",
     date(2023, 5, 3), 3, "أعادت بلدية صفاقس", "دون أن يصاب أحد."),
    ("en-about-comments.txt", "Leave a comment, win a bicycle", "Paul Adeyemi", None, 5,
     "A regional newspaper", "four words long."),
    ("ar-about-comments.txt", "لماذا كتبت الصحيفة «اترك رد» على صفحتها الأولى؟", "خالد الزهراني",
     None, 4, "فاجأت صحيفة", "من أربع كلمات."),
    ("en-notebook.md", "Night trains return to the valley: a notebook", "Ines Keller, Tom Hale",
     date(2022, 11, 5), 8, "The first sleeper since 1998 left Bellmoor at 22:14, eleven minutes",
     "“It smells of coffee & varnish,” said a passenger from the south."),
    ("ar-notebook.md", "هل يعود قطار الليل؟", "ليلى حداد", date(2022, 11, 5), 2,
     "غادر أول قطار ليلي منذ عام ١٩٩٨ محطة الوادي", "مع الفطور."),
    ("ar-wrapped.txt", None, None, None, 2, "شهدت مدينة الناظور مساء السبت افتتاح مكتبة عمومية "
     "جديدة تضم أكثر من ثلاثين ألف", "كل أربعاء."),
    ("en-lines.txt", "Museum counts its meteorites", "Rosa Lindqvist", date(2019, 5, 2), 3,
     "The natural history museum", "Nobody knows who brought it."),
    ("en-page.html", "Bees move into the old mint", "Jane O'Neill", date(2020, 6, 11), 3,
     "Forty hives have", "exactly one old pound."),
    ("ar-page.html", "النحل يسكن دار السكة القديمة", "أمل حداد", date(2020, 6, 11), 3,
     "نُقلت أربعون خلية", "ختم الدار القديم."),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_an_article_is_its_title_author_day_and_own_paragraphs(example):
    name, title, author, published, count, begins, ends = example
    article = read_file(DATA / name)
    assert article.author == author
    assert article.published == published
    assert article.language == name[:2]
    assert article.text.startswith(begins)
    assert article.text.endswith(ends)
    assert len(article.text.split("\n\n")) == count
    assert article.id == name.split(".")[0]
    if title is None:
        assert article.text.startswith(article.title.rstrip("…"))
    else:
        assert article.title == title


def test_the_first_collection_is_one_article_and_its_translation():
    reading = read_folder(SEEDS)
    assert reading.problems == ()
    by_id = {article.id: article for article in reading.articles}
    arabic, english = by_id["visit-ar"], by_id["visit-en"]
    assert arabic.title == "رئيس الأركان الإسرائيلي في المغرب لتعزيز الأمن بين البلدين"
    assert arabic.author == "ماموني"
    assert english.translation_of == arabic.id
    assert arabic.text.startswith("دشن قائد الجيش") and arabic.text.endswith("تحركا سريعا.")
    assert arabic.text.count("من عدة دول عربية في بداية عام 2022") == 1
    assert "وتسعى إسرائيل لتشكيل جبهة مشتركة ضد إيران" in arabic.text
    source = (SEEDS / "visit-ar.txt").read_text(encoding="utf-8")
    assert all(paragraph in source for paragraph in arabic.text.split("\n\n"))


@BOTH
@pytest.mark.parametrize(
    "litter",
    [
        ["Leave a Reply"], ["اترك رد"], ["اترك تعليقاً"], ["%d مدونون معجبون بهذه:"],
        ["7 bloggers like this:"], ["Share this:", "Tweet", "WhatsApp"], ["شارك هذا الموضوع:"],
        ["Related posts", "Something else happened", "Did it rain?"],
        ["اقرأ أيضا", "خبر آخر من مكان آخر"], ["You must be logged in to post a comment."],
        ["© 2022 A Newspaper. All rights reserved."], ["جميع الحقوق محفوظة ٢٠٢٢"],
        ["LEAVE A COMMENT", "Name", "Ahmed", "Email"], ["Tags: harbour, fish"],
        ["وسوم: ميناء، سمك"], ["***"], ["3 Comments", "I liked it a lot. Really."],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_a_site_leaves_at_the_end_is_not_the_article(tmp_path, language, litter):
    body = [PROSE[language], MORE[language]]
    text = "\n\n".join(["A title / عنوان", *body, *litter])
    assert read_file(write(tmp_path, "a.txt", text)).text == "\n\n".join(body)


@BOTH
@pytest.mark.parametrize(
    "own",
    [
        "Leave a reply is what the sign said.", "Copyright law is what the court will rule on.",
        "Posted in Kabul, he wrote home every week.", "Share this view?",
        "قال الوزير: اترك رد الفعل للآخرين.", "اقرأ أيضا ما بين السطور.",
        "Poets write in short lines", "Related parties must say so, the law demands.",
    ],
)  # fmt: skip
def test_an_articles_own_words_stay_even_where_they_sound_like_litter(language, own):
    article = [PROSE[language], MORE[language], own]
    assert without_litter(article) == article
    assert without_litter([PROSE[language], own, MORE[language]]) == [
        PROSE[language], own, MORE[language],
    ]  # fmt: skip


def test_headlines_below_a_heading_go_only_as_the_smaller_part():
    poem = ["The sea", "Related", *["a line that has no full stop"] * 9]
    assert without_litter(poem) == poem


def test_nothing_but_litter_is_left_as_it_is():
    assert without_litter(["Share this:", "اترك رد"]) != []


@BOTH
@pytest.mark.parametrize("mark", ["◙ ", "■ ", "● ", "«", "“"])
def test_a_pull_quote_goes_and_the_paragraph_it_repeats_stays(language, mark):
    body = [PROSE[language], MORE[language]]
    words = MORE[language].rstrip(".").split()
    quote = mark + " ".join(words[1:4] + words[:1] + words[4:-1])
    quote += {"«": "»", "“": "”"}.get(mark, "")
    assert without_repeats([body[0], quote, body[1]]) == body
    assert without_repeats([quote, *body]) == body


@BOTH
def test_ornamented_words_that_are_said_nowhere_else_stay_without_the_ornament(tmp_path, language):
    said = {
        "ar": "لم يقل أحد من قبل إن السوق ٨٧ محلا",
        "en": "No one had said that it has 87 shops",
    }
    text = f"Title عنوان\n\n{PROSE[language]}\n\n■ {said[language]}\n\n{MORE[language]}"
    assert said[language] in read_file(write(tmp_path, "a.txt", text)).text.split("\n\n")


@BOTH
def test_a_pull_quote_with_another_number_is_no_copy(language):
    body = [PROSE[language], MORE[language]]
    other = "■ " + MORE[language].replace("86", "97")
    assert without_repeats([*body, other]) == [*body, other]


@BOTH
def test_of_two_copies_one_stays_and_short_answers_may_repeat(language):
    short = {"ar": "نعم، بالطبع.", "en": "Yes, of course."}[language]
    paragraphs = [PROSE[language], short, MORE[language], PROSE[language], short]
    assert without_repeats(paragraphs) == [PROSE[language], short, MORE[language], short]
    assert without_repeats(["■ " + MORE[language], MORE[language]]) == [MORE[language]]


@BOTH
def test_hostile_repetition_is_quick(language):
    paragraphs = [f"● {MORE[language]} {n}" for n in range(20_000)]
    assert len(without_repeats(paragraphs)) == 20_000


@BOTH
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8-sig", b""), ("utf-16", b""), ("utf-16-le", b"\xff\xfe"),
     ("utf-16-be", b"\xfe\xff"), ("utf-32", b"")],
)  # fmt: skip
def test_unicode_is_read_in_every_form(tmp_path, language, encoding, mark):
    text = f"عنوان Title\r\n\r\n{PROSE[language]}\r\n\r\n{MORE[language]}\r\n"
    path = write(tmp_path, "a.txt", mark + text.encode(encoding))
    article = read_file(path)
    assert article.title == "عنوان Title"
    assert article.text == f"{PROSE[language]}\n\n{MORE[language]}"


@pytest.mark.parametrize("encoding", ["cp1256", "iso8859_6"])
def test_old_arabic_encodings_are_read_right_or_named(tmp_path, encoding):
    text = f"عنوان المقال\n\n{PROSE['ar']}\n\n{MORE['ar']}\n\nهذا ما قال من في المدينة."
    path = write(tmp_path, "old.txt", text.encode(encoding))
    try:
        article = read_file(path)
    except ReadingError as problem:
        assert "old.txt" in str(problem) and "UTF-8" in problem.todo
    else:
        assert PROSE["ar"] in article.text and MORE["ar"] in article.text


def test_windows_arabic_of_an_articles_length_is_read_right(tmp_path):
    whole = read_file(DATA / "ar-news.txt")
    data = (DATA / "ar-news.txt").read_text(encoding="utf-8").replace("■", "*").encode("cp1256")
    assert read_file(write(tmp_path, "a.txt", data)).text == whole.text


def test_windows_english_is_read_right(tmp_path):
    text = "A café’s “new” owner\n\n" + PROSE["en"] + " It is a café, he says – and naïve."
    article = read_file(write(tmp_path, "a.txt", text.encode("cp1252")))
    assert article.title == "A café’s “new” owner"
    assert article.text.endswith("It is a café, he says – and naïve.")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not a text file"),
        ("a.txt", (PROSE["ar"] * 9).encode() + b"\xd8 " + PROSE["ar"].encode(), "damaged byte"),
        ("a.txt", b"\xff\xfe" + PROSE["ar"].encode("utf-16-le") + b"\x00", "damaged"),
        ("a.txt", "東京の天気は明日も晴れる。".encode("euc-jp") * 9, "UTF-8"),
        ("a.txt", b"", "no words"), ("a.txt", b"\xef\xbb\xbf \n\n \n", "no words"),
        ("a.txt", b"*** --- ...", "no words"), ("a.md", b"![x](y.png)\n", "no words"),
        ("a.html", b"<html><body><script>x</script></body></html>", "no article"),
        ("a.html", b"", "no article"),
        ("a.docx", b"PK\x03\x04", "not read yet (.docx)"), ("notes", b"Words", "no suffix"),
        ("a.md", b"---\ntitle: [unclosed\n---\nText\n", "not YAML"),
        ("a.md", b"---\njust words\n---\nText\n", "key: value"),
        ("a.md", b"---\ndate: 2022-13-45\n---\nText\n", "front matter"),
        ("a.md", b"---\ndate: some day\n---\nText\n", "fit (date"),
        ("a.md", b"---\nlanguage: fr\n---\nText\n", "language"),
        ("a.md", b"---\na: &x [1]\nb: [*x, *x]\n---\nText\n", "anchors"),
        ("a.md", b"---\na: " + b"[" * 8_000 + b"\n---\nText\n", "front matter"),
        ("a.md", b"---\na: " + b"x" * 9_000 + b"\n---\nText\n", "characters"),
        ("a.md", b"---\na: !!python/object/apply:os.system [ls]\n---\nText\n", "not YAML"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_reason_and_remedy(tmp_path, name, data, said):
    path = write(tmp_path, name, data)
    with pytest.raises(ReadingError) as caught:
        read_file(path)
    assert said in str(caught.value) or said in caught.value.todo
    assert str(path) in str(caught.value)
    assert caught.value.todo and "\n" not in str(caught.value)
    write(tmp_path, "good.txt", PROSE["en"])
    reading = read_folder(tmp_path)
    assert [article.id for article in reading.articles] == ["good"]
    assert [problem.path for problem in reading.problems] == [path]


def test_a_missing_file_a_folder_and_a_pipe_are_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "none.txt", tmp_path, tmp_path / "pipe.txt"):
        with pytest.raises(ReadingError, match="is not"):
            read_file(path)


def test_a_file_beyond_the_limit_is_refused(tmp_path):
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    with pytest.raises(ReadingError, match="too large"):
        read_file(path)


@BOTH
def test_characters_are_cleaned_and_letters_are_not(tmp_path, language):
    joiner = "می\u200cخواهم 👩\u200d🚀 cafe\u0301 مُحَمَّدٌ أَ إ ٱ ﷺ ﻻ ١٢٣ «x» ’y‘ ـــ"
    before, after = "\u200f\u202e \u00a0\x00\t\u00ad", "\u2066\U000e0041 end.\x0b\x0c\x85"
    dirty = f"\ufeff{PROSE[language]}{before}{joiner}{after}"
    article = read_file(
        write(tmp_path, "a.txt", f"T\n\n{dirty}\n \t\u00a0\n\u2028{MORE[language]}  ")
    )
    assert article.text == f"{PROSE[language]} {joiner} end.\n\n{MORE[language]}"


@BOTH
@pytest.mark.parametrize("first", ["prose", "long"])
def test_without_a_title_the_first_sentence_serves_and_stays(tmp_path, language, first):
    start = PROSE[language] if first == "prose" else (MORE[language][:-1] + "، ") * 9 + "x."
    for text in (start, f"{start}\n\n{MORE[language]}"):
        article = read_file(write(tmp_path, "a.txt", text))
        assert start.split("\n")[0].startswith(article.title.rstrip("…"))
        assert 0 < len(article.title) <= 121
        assert article.text.startswith(start.strip()[:400])


@BOTH
def test_one_short_line_is_title_and_text(tmp_path, language):
    word = {"ar": "مرحبا", "en": "Hello"}[language]
    article = read_file(write(tmp_path, "a.txt", word))
    assert (article.title, article.text) == (word, word)


@pytest.mark.parametrize(
    ("lines", "author", "day"),
    [
        (["By Ana de la Cruz"], "Ana de la Cruz", None),
        (["بقلم: ماموني"], "ماموني", None),
        (["ماموني", "الثلاثاء 19 يوليو 2022"], "ماموني", date(2022, 7, 19)),
        (["2022-07-19", "Ana Cruz"], "Ana Cruz", date(2022, 7, 19)),
        (["A summary of what follows, in a line", "By Ana Cruz"], "Ana Cruz", None),
        (["Ana Cruz – 19 July 2022"], "Ana Cruz", date(2022, 7, 19)),
        (["By Ana Cruz, 19 July 2022"], "Ana Cruz", date(2022, 7, 19)),
        (["كتبت: مروة عبد الفتاح"], "مروة عبد الفتاح", None),
        (["بقلم/ علي حسن", "الإسكندرية، الأحد 28 يناير 2024"], "علي حسن", date(2024, 1, 28)),
        (["BEIRUT — March 5, 2024"], None, date(2024, 3, 5)),
        (["what nobody expected"], None, None),
        (["خاص"], None, None),
        (["Tel Aviv, 5 March 2024"], None, date(2024, 3, 5)),
        (["Adonis | 5 March 2024"], "Adonis", date(2024, 3, 5)),
        (["تقرير: ارتفاع أسعار القمح"], None, None),
        (["بيروت (رويترز)"], None, None),
        (["Why? Because."], None, None),
        (["It rained."], None, None),
        (["في المدينة: يوم طويل"], None, None),
    ],
)
def test_author_and_date_lines_are_told_from_the_text(lines, author, day):
    for title, prose in (("A title", PROSE["en"]), ("عنوان", PROSE["ar"])):
        opening = find_opening([title, *lines, prose])
        assert (opening.title, opening.author, opening.published) == (title, author, day)
        assert opening.body[-1] == prose
        if author is None and day is None:
            assert opening.body == (*lines, prose)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Ann Lee, Cairo, {}", "Ann Lee"), ("By Ann Lee, Port Skarne, Tuesday, {}", "Ann Lee"),
        ("بقلم نهى عبد الحميد، القاهرة، {}", "نهى عبد الحميد"), ("By Ann Lee on {}", "Ann Lee"),
        ("By Ann Lee, staff writer, {}", "Ann Lee"), ("By Ann Lee, head of the zoo, {}", "Ann Lee"),
        ("By Ann Lee, Gulf editor, Doha | {}", "Ann Lee"), ("Ann Lee, Gulf editor, {}", "Ann Lee"),
        ("محمود سعيد، مراسلنا في بيروت، {}", "محمود سعيد"), ("Published {} by Ann Lee", "Ann Lee"),
        ("كتبت: سلمى نور، محررة الشؤون، {}", "سلمى نور"), ("{}, by Ann Lee, Cairo", "Ann Lee"),
        ("نشر في {} بقلم سلمى نور", "سلمى نور"), ("{} | بقلم: سلمى نور، تونس", "سلمى نور"),
        ("By Ann Lee in New Cairo, {}", "Ann Lee"), ("By F. M. in Port Skarne, {}", "F. M."),
        ("كتبت سلمى نور من القاهرة، {}", "سلمى نور"), ("بقلم: كريم نور - القاهرة، {}", "كريم نور"),
        ("By Ann Lee in Cairo and Tom Hale in Fez, {}", "Ann Lee and Tom Hale"),
        ("كتبت سلمى نور من تونس وكريم حداد من فاس، {}", "سلمى نور وكريم حداد"),
        ("By Ann Lee, Tom Hale and Sue Park, {}", "Ann Lee, Tom Hale and Sue Park"),
        ("By the Readers' Editor, Ann Lee, {}", "Ann Lee"),
        ("بقلم رئيس التحرير، علي نور، {}", "علي نور"),
        ("By our correspondent, New York, {}", "our correspondent"),
        ("By the Ministry of Health press office, {}", "the Ministry of Health press office"),
        ("By our sports desk, {}", "our sports desk"), ("By Tom O'Hara Jr., {}", "Tom O'Hara Jr."),
        ("By Tom O'Hara, Jr., {}", "Tom O'Hara"),
        ("حاورتها: سلمى نور، {}", "سلمى نور"), ("Interview by Ann Lee, {}", "Ann Lee"),
    ],
)  # fmt: skip
def test_a_place_or_a_job_may_stand_beside_author_and_day(line, author):
    day = "5 October 2024" if line.isascii() else "5 أكتوبر 2024"
    opening = find_opening(["A title", line.format(day), PROSE["en"] * 2])
    assert (opening.author, opening.published) == (author, date(2024, 10, 5))
    assert opening.body == (PROSE["en"] * 2,)


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By Ann Lee, staff writer", "Ann Lee"), ("By Ann Lee in Fez, Morocco", "Ann Lee"),
        ("By our sports desk", "our sports desk"), ("By F. M.", "F. M."),
        ("By Ann Lee in Fez, Tom Hale in Doha", "Ann Lee, Tom Hale"),
        ("بقلم سلمى نور، مراسلتنا في بيروت", "سلمى نور"), ("حاورته سلمى نور", "سلمى نور"),
    ],
)  # fmt: skip
def test_a_place_or_a_job_may_stand_beside_an_author_without_a_day(line, author):
    opening = find_opening(["A title", line, PROSE["en"] * 2])
    assert (opening.author, opening.body) == (author, (PROSE["en"] * 2,))


@pytest.mark.parametrize(
    "line",
    [
        "Cairo - Reuters, {}", "Cairo — Monday, {}", "CAIRO (Reuters), {}", "Opinion, {}",
        "القاهرة – رويترز، {}", "دمشق (سانا)، {}", "رأي، {}",
    ],
)  # fmt: skip
def test_a_place_an_agency_or_a_rubric_may_stand_before_a_day(line):
    day = "5 October 2024" if "," in line else "5 أكتوبر 2024"
    opening = find_opening(["A title", line.format(day), PROSE["en"] * 2])
    assert (opening.author, opening.published) == (None, date(2024, 10, 5))
    assert opening.body == (PROSE["en"] * 2,)


@pytest.mark.parametrize(
    "line",
    [
        "By Tuesday, 3 March 2025, the port was closed.", "By Tuesday, 3 March 2025",
        "By Tuesday, the port was closed, 3 March 2025", "By the harbour, 3 March 2025",
        "By the time we reached the office", "By Christmas Eve, the editor was gone",
        "By Tom in a hurry", "By Bus from Cairo", "By Rail in Switzerland",
        "The port was closed on Tuesday, 3 March 2025",
        "On 3 March 2025 by order of the court the port was closed.", "On 3 March 2025, by sea",
        "أغلق الميناء مساء الثلاثاء، 3 مارس 2025.", "كتب الوزير رسالته الأخيرة يوم 3 مارس 2025.",
        "كتب الوزير إلى زملائه في الحكومة، 3 مارس 2025", "في 3 مارس 2025 كتب الوزير رسالة طويلة.",
        "كتبت سلمى رواية عن البحر، القاهرة، 5 أكتوبر 2024.", "حاورتها في بيتها",
        "لم يكن الطريق سهلًا.", "رحلة إلى وادي النسيان",
    ],
)  # fmt: skip
def test_a_line_that_merely_begins_like_a_byline_or_holds_a_day_is_text(line):
    opening = find_opening(["A title", line, PROSE["en"] * 2])
    assert (opening.author, opening.published) == (None, None)
    assert opening.body == (line, PROSE["en"] * 2)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2022-07-20", date(2022, 7, 20)), ("20/07/2022", date(2022, 7, 20)),
        ("July 20, 2022", date(2022, 7, 20)), ("Published: 3 March 2020", date(2020, 3, 3)),
        ("١٩ يوليو ٢٠٢٢", date(2022, 7, 19)), ("19 كانون الثاني 2022", date(2022, 1, 19)),
        ("5 غشت 2022", date(2022, 8, 5)), ("12 أغسطس/آب 2022", date(2022, 8, 12)),
        ("نشر في 12 مايو 2021", date(2021, 5, 12)), ("5 آب (أغسطس) 2020", date(2020, 8, 5)),
        ("الأربعاء، 2 تشرين الأول 2019", date(2019, 10, 2)), ("May", None), ("March 2022", None),
        ("7 آذار/مارس 2024", date(2024, 3, 7)), ("5 مارس 2024 الساعة 10:30", date(2024, 3, 5)),
        ("24 شعبان 1445 هـ - 5 مارس 2024 م", date(2024, 3, 5)),
        ("الثلاثاء 5 مارس 2024م - 24 شعبان 1445هـ", date(2024, 3, 5)),
        ("2024-03-05T10:30:00+03:00", date(2024, 3, 5)), ("حرب 1415 هـ - 6 مارس 2024", None),
        ("Tue, 05 Mar 2024 10:30:00 GMT", date(2024, 3, 5)),
        ("5" + " " * 100_000 + "x", None), ("yesterday", None), ("الحرب 2022", None),
        ("Budget 2022", None), ("", None),
        ("32 July 2022", None),
    ],
)  # fmt: skip
def test_days_are_read_as_newspapers_write_them(line, day):
    assert parse_day(line) == day


@BOTH
def test_front_matter_says_what_the_text_does_not(tmp_path, language):
    front = (
        "id: my-id\ntitle: >\n  A title\n  1984\nauthor: 42\ndate: 5 July 2020\n"
        f"language: {language}\nurl: https://example.org/x\nnote: ignored\n"
    )
    for name in ("a.md", "b.txt"):
        article = read_file(write(tmp_path, name, f"---\n{front}---\n{PROSE[language]}\n"))
        assert (article.id, article.title, article.author) == ("my-id", "A title 1984", "42")
        assert article.published == date(2020, 7, 5)
        assert article.url == "https://example.org/x"
        assert article.text == PROSE[language]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//host/x", "http://[", "x"]
)
def test_an_address_not_of_the_web_is_left_out_and_told(tmp_path, url):
    path = write(tmp_path, "a.md", f"---\nurl: '{url}'\n---\n{PROSE['en']}\n")
    reading = read_folder(tmp_path)
    assert [article.url for article in reading.articles] == [None]
    assert [problem.path for problem in reading.problems] == [path]
    assert url in str(reading.problems[0])


@pytest.mark.parametrize(
    ("front", "title", "author"),
    [
        (
            "title: دراسة: القيلولة تخفض الضغط\nauthor: Mona Aziz",
            "دراسة: القيلولة تخفض الضغط",
            "Mona Aziz",
        ),
        ('title: The 8:30 train: "never again" \U0001f682:', None, None),
        (
            "author: Mona Aziz # desk: sports\ntitle: 'Dam: works begin'",
            "Dam: works begin",
            "Mona Aziz",
        ),
    ],
)
def test_a_headline_with_a_colon_needs_no_quotes(tmp_path, front, title, author):
    article = read_file(write(tmp_path, "a.md", f"---\n{front}\n---\n{PROSE['en']}\n"))
    assert article.title == (title or front.removeprefix("title: "))
    assert article.author == author


def test_a_rule_at_the_top_is_no_front_matter(tmp_path):
    article = read_file(write(tmp_path, "a.txt", f"---\n\nA title\n\n{PROSE['en']}"))
    assert (article.title, article.text) == ("A title", PROSE["en"])


def test_a_folder_is_read_in_order_with_unique_safe_ids(tmp_path):
    outside = write(tmp_path, "outside/secret.txt", "Secret\n\n" + PROSE["en"])
    folder = tmp_path / "news"
    for name in (
        *("b.txt", "a.txt", "a.md", "deep/a.txt", "أخبار اليوم.txt", "%2e..txt"),
        *(".hidden.txt", ".git/x.txt"),
    ):
        write(folder, name, f"Title\n\n{PROSE['ar']}")
    write(folder, "z.md", f"---\nid: a\n---\n{PROSE['en']}")
    (folder / "link.txt").symlink_to(outside)
    (folder / "linked").symlink_to(outside.parent)
    (folder / "inside.txt").symlink_to(folder / "b.txt")
    (folder / "broken.txt").symlink_to(folder / "nothing.txt")
    reading = read_folder(folder)
    ids = [article.id for article in reading.articles]
    assert ids == ["2e", "a-2", "a-3", "b", "deep-a", "inside", "a", "أخبار-اليوم"]
    assert {problem.path.name for problem in reading.problems} == {"link.txt", "broken.txt"}
    assert read_folder(folder).articles == reading.articles


def test_no_folder_and_no_article_are_errors_that_say_so(tmp_path):
    with pytest.raises(ReadingError, match="not a folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(EmptyCollection):
        read_folder(tmp_path)
    write(tmp_path, "image.txt", bytes(range(256)))
    with pytest.raises(EmptyCollection, match=r"image\.txt") as caught:
        read_folder(tmp_path)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("named", ["original.txt", "original", "first", "sub/original.txt"])
def test_a_translation_finds_its_original(tmp_path, named):
    folder = "sub/" if named.startswith("sub") else ""
    front = "---\nid: first\n---\n" if named == "first" else ""
    write(tmp_path, f"{folder}original.txt", f"{front}عنوان\n\n{PROSE['ar']}\n\n{MORE['ar']}")
    write(tmp_path, "t.md", f"---\ntranslation_of: {named}\n---\n{PROSE['en']}\n\n{MORE['en']}")
    reading = read_folder(tmp_path)
    assert reading.problems == ()
    original = next(article for article in reading.articles if article.language == "ar")
    translation = next(article for article in reading.articles if article.language == "en")
    assert translation.translation_of == original.id
    if named != "first":
        assert read_file(tmp_path / "t.md").translation_of == original.id


@pytest.mark.parametrize("named", ["missing.txt", "t.md", "t", "../x"])
def test_a_translation_of_nothing_stands_alone_and_is_told(tmp_path, named):
    write(tmp_path, "a.txt", PROSE["ar"])
    write(tmp_path, "t.md", f"---\ntranslation_of: {named}\n---\n{PROSE['en']}\n")
    reading = read_folder(tmp_path)
    assert [article.translation_of for article in reading.articles] == [None, None]
    assert [problem.path.name for problem in reading.problems] == ["t.md"]


def test_a_translation_with_other_paragraphs_is_told(tmp_path):
    write(tmp_path, "a.txt", f"عنوان\n\n{PROSE['ar']}\n\n{MORE['ar']}")
    write(tmp_path, "t.md", f"---\ntranslation_of: a.txt\n---\n{PROSE['en']}\n")
    (problem,) = read_folder(tmp_path).problems
    assert problem.path.name == "t.md"
    assert "1 paragraphs" in str(problem) and "2" in str(problem)


def test_a_page_is_decoded_as_it_declares(tmp_path):
    page = (DATA / "ar-page.html").read_text(encoding="utf-8")
    old = page.replace('charset="utf-8"', 'charset="windows-1256"').encode("cp1256")
    expected = read_file(DATA / "ar-page.html").text
    assert read_file(write(tmp_path, "a.htm", old)).text == expected
    wrong = page.replace('charset="utf-8"', 'charset="no-such"').encode()
    assert read_file(write(tmp_path, "b.html", wrong)).text == expected


MARKDOWN = st.text(alphabet="ab ابج.\n#*_`[]()<>!-|&;1\\\t", max_size=200)


@given(st.one_of(st.text(max_size=300), MARKDOWN), st.sampled_from([".txt", ".md"]))
def test_any_text_is_an_article_or_a_reading_error(tmp_path_factory, text, suffix):
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_bytes(text.encode())
    try:
        article = read_file(path)
    except ReadingError:
        return
    paragraphs = article.text.split("\n\n")
    assert all(paragraph == " ".join(paragraph.split()) != "" for paragraph in paragraphs)
    assert article.title.strip() and "\n" not in article.title
    if suffix == ".txt":
        letters = {letter for letter in normalise(text) if letter.isalnum()}
        assert {letter for letter in normalise(article.text) if letter.isalnum()} <= letters


@given(st.binary(max_size=400), st.sampled_from([".txt", ".md", ".html"]))
def test_any_bytes_are_an_article_or_a_reading_error(tmp_path_factory, data, suffix):
    path = tmp_path_factory.getbasetemp() / f"bytes{suffix}"
    path.write_bytes(data)
    try:
        assert read_file(path).text
    except ReadingError as problem:
        assert str(path) in str(problem)
