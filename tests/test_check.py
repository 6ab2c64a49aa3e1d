"""A sentence counts as supported when its passages say so, in either language, and only then."""

from __future__ import annotations

import pytest

from assistant.answering.check import Checker
from assistant.embedding import load_embedder
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

EN = (
    "The harbour of Tarifa Bay reopened on Monday after divers removed the wreck of the trawler "
    "Santa Rosa. The trawler sank on 3 March after it struck an unlit buoy. Its captain, Ignacio "
    "Prada, was rescued with six of his crew. The regional government paid 4.2 million euros for "
    "the salvage because the owner had no insurance."
)
AR = (
    "أعيد فتح ميناء خليج طريفة يوم الاثنين بعدما أزال غواصون حطام سفينة الصيد سانتا روزا. وكانت "
    "السفينة قد غرقت في 3 مارس بعد اصطدامها بعوامة غير مضاءة. وأنقذ قبطانها إغناسيو برادا مع ستة "
    "من طاقمه. ودفعت حكومة الإقليم 4.2 مليون يورو لقاء انتشال الحطام لأن المالك لم يكن مؤمنا."
)
OTHER = {
    "en": "The museum of Irbid shows clay tablets that list rations of barley for weavers.",
    "ar": "يعرض متحف إربد ألواحا طينية تسجل حصص الشعير للنساجين.",
}


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(load_embedder(Settings()), Lexicon.bundled())


SUPPORTED = {
    "en": [
        "The harbour of Tarifa Bay opened again on Monday.",
        "The Santa Rosa sank on 3 March when it hit a buoy without a light.",
        "Captain Ignacio Prada and six of his crew were rescued.",
        "The salvage cost the regional government €4.2 million.",
    ],
    "ar": [
        "فُتح الميناء من جديد يوم الإثنين.",
        "غرقت سفينة الصيد سانتا روزا في ٣ آذار بعد اصطدامها بعوامة.",
        "أُنقذ القبطان إغناسيو برادا مع ستة من أفراد الطاقم.",
        "دفعت حكومة الإقليم 4,2 مليون يورو لانتشال الحطام.",
    ],
}
INVENTED = {
    "en": [
        ("The salvage cost 4.3 million euros.", "4.3 million"),
        ("The salvage cost 4.2 billion euros.", "4.2 billion"),
        ("The trawler sank on 4 March after it struck a buoy.", "4 March"),
        ("The harbour reopened on Thursday.", "Thursday"),
        ("Captain Ignacio Prada was rescued by Carlos Mendez.", "Mendez"),
        ("The wreck was removed by a company from Norway.", "Norway"),
    ],
    "ar": [
        ("كلف انتشال الحطام 4.3 مليون يورو.", "4.3 مليون"),
        ("كلف انتشال الحطام 4.2 مليار يورو.", "4.2 مليار"),
        ("غرقت السفينة في 4 مارس بعد اصطدامها بعوامة.", "4 مارس"),
        ("أعيد فتح الميناء يوم الخميس.", "الخميس"),
        ("أنقذ القبطان برادا على يد كارلوس منديز.", "منديز"),
        ("أزالت الحطام شركة من النرويج.", "النرويج"),
    ],
}


@pytest.mark.parametrize("passage", [EN, AR], ids=["of-en", "of-ar"])
@pytest.mark.parametrize("sentence", [*SUPPORTED["en"], *SUPPORTED["ar"]])
def test_what_a_passage_says_is_supported(sentence: str, passage: str, checker: Checker) -> None:
    verdict = checker.check(sentence, [passage])
    assert (verdict.supported, verdict.missing) == (True, ())


@pytest.mark.parametrize("passage", [EN, AR], ids=["of-en", "of-ar"])
@pytest.mark.parametrize(("sentence", "fact"), [*INVENTED["en"], *INVENTED["ar"]])
def test_an_invented_fact_is_named(
    sentence: str, fact: str, passage: str, checker: Checker
) -> None:
    verdict = checker.check(sentence, [passage])
    assert not verdict.supported
    assert verdict.reason == "facts"
    assert fact in verdict.missing


@pytest.mark.parametrize("passage", OTHER.values(), ids=OTHER)
@pytest.mark.parametrize(
    "sentence",
    [
        "The fishermen are angry about the price of fuel.",
        "The weather was fine and many people went to the beach.",
        "يغضب الصيادون من أسعار الوقود.",
        "كان الطقس جميلا وذهب كثيرون إلى الشاطئ.",
    ],
)
def test_another_subject_is_not_supported(sentence: str, passage: str, checker: Checker) -> None:
    assert checker.check(sentence, [passage]).reason == "meaning"


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("The harbour of Tarifa Bay did not reopen on Monday.", "The harbour reopened on Monday."),
        ("لم يُفتح ميناء خليج طريفة يوم الاثنين.", "أعيد فتح ميناء خليج طريفة يوم الاثنين."),
    ],
)
def test_a_denial_is_not_supported_by_what_it_denies(
    sentence: str, passage: str, checker: Checker
) -> None:
    assert not checker.check(sentence, [passage]).supported


@pytest.mark.parametrize(("text", "language"), [(EN, "en"), (AR, "ar")])
def test_spans_are_whole_sentences_that_say_so(text: str, language: str, checker: Checker) -> None:
    other = OTHER[language]
    verdict = checker.check(SUPPORTED[language][2], [other, text])
    start, end = verdict.spans[1]
    assert "Prada" in text[start:end] or "برادا" in text[start:end]
    assert text[start:end][-1] == "."
    assert verdict.supports[1] == verdict.support > verdict.supports[0]


def test_two_passages_may_support_a_sentence_together(checker: Checker) -> None:
    parts = ["The trawler Santa Rosa sank on 3 March.", "Its captain was Ignacio Prada."]
    sentence = "The trawler Santa Rosa of captain Ignacio Prada sank on 3 March."
    assert checker.missing(sentence, parts[:1])
    assert checker.check(sentence, parts).supported


@pytest.mark.parametrize("sentence", ["", " ", "...", "؟!"])
def test_nothing_said_is_not_supported(sentence: str, checker: Checker) -> None:
    assert checker.check(sentence, [EN]).reason == "empty"
    assert checker.check("Something.", []).reason == "empty"
