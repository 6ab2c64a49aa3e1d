"""Numbers, dates and names are found and compared across spellings and languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.facts import facts, missing_facts
from assistant.answering.numerals import numerals
from assistant.retrieval.lexicon import Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.bundled()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("three hundred and twenty-five people", ["325"]),
        ("ثلاثمئة وخمسة وعشرون شخصا", ["325"]),
        ("ثلاث مائة وخمس وعشرون سفينة", ["325"]),
        ("2.8 billion dollars", ["2800000000"]),
        ("2,8 مليار دولار", ["2800000000"]),
        ("٢٫٨ مليار", ["2800000000"]),
        ("$2.8bn and 5k", ["2800000000", "5000"]),
        ("۴۱ هزار", ["41"]),
        ("ألف وتسعمئة وثمانية وسبعين", ["1978"]),
        ("ألفين واثنين", ["2002"]),
        ("مليون ونصف المليون", ["1500000"]),
        ("one and a half million", ["1500000"]),
        ("half a million", ["500000"]),
        ("½ million", ["500000"]),
        ("5½ million", ["5500000"]),
        ("2½ points of 10²", ["2.5", "10", "2"]),
        ("٣¼ مليون", ["3250000"]),
        ("¾", ["0.75"]),
        ("مليونين ونصف", ["2500000"]),
        ("تسعة آلاف و600 دولار", ["9600"]),
        ("9,600 dollars", ["9600"]),
        ("9٬600 دولار", ["9600"]),
        ("أحد عشر لاعبا", ["11"]),
        ("إحدى عشرة لاعبة", ["11"]),
        ("خمس عشرة سنة", ["15"]),
        ("القرن التاسع عشر", ["19"]),
        ("الحادي والعشرون من مارس", ["21"]),
        ("بين العشرين والثلاثين", ["20", "30"]),
        ("twenty-first century", ["21"]),
        ("مئتان وخمسون", ["250"]),
        ("خمسة وستة وسبعة", ["5", "6", "7"]),
        ("مئات الآلاف وعشرات الملايين", []),
        ("hundreds of thousands, millions", []),
        ("أثناء الزيارة", []),
        ("at 23:45", ["23.45"]),
    ],
)
def test_numerals(text: str, values: list[str]) -> None:
    found = numerals(text)
    assert [min(n.values) for n in found] == [Decimal(v) for v in values]
    assert all(text[n.start : n.end] == n.text for n in found)


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("87% agreed", "وافق ٨٧ في المئة"),
        ("وافق ٨٧٪", "87 percent agreed"),
        ("87 per cent", "بنسبة 87 بالمائة"),
        ("on 17 March", "يوم مارس 17"),
        ("March 17, 1979", "في 17 آذار 1979"),
        ("في 17 مارس", "on the seventeenth of March"),
        ("2 July 2021", "02/07/2021"),
        ("في 2 تموز 2021", "2021-07-02"),
        ("in January", "في كانون الثاني"),
        ("in January", "في جانفي"),
        ("في يناير", "في كانون الثاني"),
        ("in Jan. 2020", "في يناير 2020"),
        ("August and November", "غشت ونونبر"),
        ("في أغسطس", "في شهر آب"),
        ("on Tuesday", "يوم الثلاثاء"),
        ("between 20 and 30 June", "ما بين العشرين والثلاثين من يونيو"),
        ("from 5 to 8 percent", "من 5 إلى 8 في المئة"),
        ("twelve ships", "12 سفينة"),
        ("اثنا عشر", "12 ships"),
        ("the 1980s", "ثمانينيات القرن الماضي"),
        ("two officers", "شارك ضابطان في التمارين"),
        ("1,500 men", "ألف وخمسمئة رجل"),
        ("Kochavi met Gantz", "التقى كوخافي غانتس"),
        ("Kohavi in Morocco", "كوخافي في المغرب"),
        ("زار كوخافي الرباط", "Kochavi visited Rabat"),
        ("The Moroccans agreed", "وافق المغرب"),
        ("Egypt and Syria", "مصر وسوريا"),
        ("in New York", "في نيويورك"),
        ("Kochavi's office", "مكتب كوخافي"),
        ("مكتب كوخافي", "the office of Kochavi's deputy"),
        ("خمسة ملايين ونصف", "5½ million"),
    ],
)
def test_same_facts_meet(sentence: str, passage: str, lexicon: Lexicon) -> None:
    assert missing_facts(sentence, passage, lexicon) == ()


@pytest.mark.parametrize(
    ("sentence", "passage", "missing"),
    [
        ("85% agreed", "87% agreed", "85"),
        ("وافق 85 في المئة", "وافق 87 في المئة", "85"),
        ("87 people agreed", "87% of the people agreed", "87"),
        ("87% agreed", "87 people agreed", "87"),
        ("it cost 213 euros", "كلف 214 يورو", "213"),
        ("كلف 213 يورو", "it cost 214 euros", "213"),
        ("3 million people", "ثلاثة آلاف شخص", "3 million"),
        ("51 million", "5½ million", "51 million"),
        ("2 million", "½ million", "2 million"),
        ("ثلاثة آلاف شخص", "3 million people", "ثلاثة آلاف"),
        ("410 مليارات دولار", "410 ملايين دولار", "410 مليارات"),
        ("40 miles", "40 كيلومترا", "40"),
        ("40 يورو", "40 دولارا", "40"),
        ("on 18 March", "في 17 مارس", "18 March"),
        ("في 17 أبريل", "on 17 March, before April", "17 أبريل"),
        ("on Wednesday", "يوم الثلاثاء", "Wednesday"),
        ("17 March 2020", "17 مارس 2021", "2020"),
        ("Kochavi met Netanyahu", "التقى كوخافي غانتس", "Netanyahu"),
        ("التقى كوخافي نتنياهو", "Kochavi met Gantz", "نتنياهو"),
        ("التقى كوخافي نتنياهو", "التقى كوخافي غانتس", "نتنياهو"),
        ("Iran signed", "وقع المغرب", "Iran"),
        ("زار إيران", "He visited Morocco", "إيران"),
        ("التقى حفتر الوزير", "After the talks the minister left.", "حفتر"),
        ("قال السيسي ذلك", "He says that this is so.", "السيسي"),
        ("جاء من موسكو", "One of the ministers came.", "موسكو"),
        ("in Aswan", "في اليوم الثاني", "Aswan"),
        ("زار مومباسا", "He visited Rabat", "مومباسا"),
        ("the third visit", "الزيارة الخامسة", "third"),
    ],
)
def test_other_facts_are_caught(
    sentence: str, passage: str, missing: str, lexicon: Lexicon
) -> None:
    assert missing in missing_facts(sentence, passage, lexicon)


@pytest.mark.parametrize(
    "sentence",
    [
        "It may rain, and they march on, as one of the men said at first.",
        "مارس الضغط على أحد المسؤولين أثناء الاجتماع.",
        "She was happy.",
        "كان سعيدا بالنتيجة.",
        "علاش الدار ديال الجدة؟",
    ],
)
def test_words_that_only_look_like_facts(sentence: str, lexicon: Lexicon) -> None:
    assert not facts(sentence, lexicon)


@given(number=st.integers(min_value=0, max_value=10**9), off=st.sampled_from([-1, 1, 10]))
def test_a_number_is_held_in_any_digits_and_no_other_is(number: int, off: int) -> None:
    lexicon = Lexicon.bundled()
    eastern = str(number).translate({48 + n: 0x660 + n for n in range(10)})
    grouped = f"{number:,}".replace(",", "٬").translate({48 + n: 0x6F0 + n for n in range(10)})
    assert (
        missing_facts(f"there were {number} of them", f"كان عددهم {eastern} تماما", lexicon) == ()
    )
    assert missing_facts(f"there were {number:,} of them", f"عددهم {grouped}", lexicon) == ()
    if number > 1 and number + off >= 0:
        other = missing_facts(f"there were {number} of them", f"عددهم {number + off}", lexicon)
        assert other == (str(number),)


@given(
    text=st.text(
        alphabet=st.sampled_from("0123456789٠١٫٬.,:%-/ وأاءبتعشرينمئةofandMarchيناير\n"),
        max_size=60,
    )
)
def test_no_text_breaks_the_reading(text: str) -> None:
    lexicon = Lexicon.bundled()
    assert missing_facts(text, text, lexicon) == ()
