"""The translation table, function words, and words that sound or look alike."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import LexiconError
from assistant.language import Language, normalise, tokenise
from assistant.retrieval.lexicon import (
    CHECKSUM_NAME,
    FILE_NAME,
    FORMAT,
    Lexicon,
    without_particles,
)
from assistant.retrieval.spelling import Spellings, keys, likeness, one_slip

BUNDLED = Path(__file__).parent.parent / "assistant" / "lexicon"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.bundled()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "lexicon"))


def test_the_file_fits_its_checksum_and_its_size() -> None:
    content = (BUNDLED / FILE_NAME).read_bytes()
    expected = (BUNDLED / CHECKSUM_NAME).read_text(encoding="ascii").split()[0]
    assert hashlib.sha256(content).hexdigest() == expected
    assert len(content) < 8_000_000


def test_the_table_is_read_once() -> None:
    assert Lexicon.bundled() is Lexicon.bundled()


def test_a_changed_byte_is_found(copied: Path) -> None:
    content = bytearray((copied / FILE_NAME).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / FILE_NAME).write_bytes(content)
    with pytest.raises(LexiconError, match="checksum"):
        Lexicon.open(copied)


@pytest.mark.parametrize("content", [b"", b"not a table", b"PK\x03\x04 half of an archive"])
def test_a_file_that_is_no_table_is_refused(copied: Path, content: bytes) -> None:
    (copied / FILE_NAME).write_bytes(content)
    (copied / CHECKSUM_NAME).write_text(hashlib.sha256(content).hexdigest(), encoding="ascii")
    with pytest.raises(LexiconError, match=r"training\.lexicon"):
        Lexicon.open(copied)


@pytest.mark.parametrize("name", [FILE_NAME, CHECKSUM_NAME, "function-words.ar.txt"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(LexiconError, match=name):
        Lexicon.open(copied)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"format": np.array(FORMAT + 1)}, "format"), ({"ar_p": None}, "ar_p")],
)
def test_another_format_is_refused(change: dict[str, np.ndarray | None], message: str) -> None:
    with np.load(BUNDLED / FILE_NAME, allow_pickle=False) as arrays:
        changed = {name: arrays[name] for name in arrays.files} | change
    with pytest.raises(LexiconError, match=message):
        Lexicon({name: array for name, array in changed.items() if array is not None})


@pytest.mark.parametrize(
    ("word", "source", "among"),
    [
        ("حكومة", "ar", "government"),
        ("البرلمان", "ar", "parliament"),
        ("مستشفى", "ar", "hospital"),
        ("زلزال", "ar", "earthquake"),
        ("القاهرة", "ar", "cairo"),
        ("government", "en", "حكومة"),
        ("volcano", "en", "بركان"),
        ("fought", "en", "قاتل"),
        ("doctors", "en", "طبيب"),
        ("Berlin", "en", "برلين"),
    ],
)
def test_common_words_are_translated(
    lexicon: Lexicon, word: str, source: Language, among: str
) -> None:
    (stem,) = lexicon.stems(word)
    (wanted,) = lexicon.stems(among)
    assert wanted in [other for other, _ in lexicon.translations(stem, source)[:8]]


@pytest.mark.parametrize(
    ("word", "source", "never"),
    [("قطة", "ar", "government"), ("table", "en", "بركان"), ("river", "en", "وزير")],
)
def test_other_words_are_no_translation(
    lexicon: Lexicon, word: str, source: Language, never: str
) -> None:
    (stem,) = lexicon.stems(word)
    assert lexicon.stems(never)[0] not in dict(lexicon.translations(stem, source))


@pytest.mark.parametrize("source", ["ar", "en"])
def test_probabilities_are_sorted_and_sum_to_at_most_one(
    lexicon: Lexicon, source: Language
) -> None:
    for stem in [*lexicon.vocabulary(source)][::500]:
        found = [p for _, p in lexicon.translations(stem, source)]
        assert found == sorted(found, reverse=True)
        assert sum(found) <= 1.01
        assert all(p > 0 for p in found)


@pytest.mark.parametrize("source", ["ar", "en"])
def test_an_unknown_stem_has_nothing(lexicon: Lexicon, source: Language) -> None:
    assert lexicon.translations("qqzzxqq", source) == ()
    assert not lexicon.knows("qqzzxqq", source)
    assert lexicon.share("qqzzxqq", source) == 0.0
    assert lexicon.synonyms("qqzzxqq", source) == {}


@pytest.mark.parametrize(("word", "language"), [("explosion", "en"), ("انفجار", "ar")])
def test_synonyms_exclude_the_word_and_function_words(
    lexicon: Lexicon, word: str, language: Language
) -> None:
    (stem,) = lexicon.stems(word)
    found = lexicon.synonyms(stem, language)
    assert found
    assert stem not in found
    assert not any(lexicon.is_function_stem(other, language) for other in found)


@pytest.mark.parametrize(
    ("word", "language"),
    [
        *[
            (word, "ar")
            for word in "من متى ولماذا وين إزاي ليش شكون إيمتى قديش كام فين علاش".split()
        ],
        *[(word, "en") for word in "who where how many did whose the".split()],
    ],
)
def test_words_that_only_ask_are_function_words(
    lexicon: Lexicon, word: str, language: Language
) -> None:
    assert lexicon.is_function_word(normalise(word), language)


@pytest.mark.parametrize(
    ("word", "language"),
    [("وزير", "ar"), ("مدينة", "ar"), ("فرنسا", "ar"), ("minister", "en"), ("war", "en")],
)
def test_words_that_name_are_not(lexicon: Lexicon, word: str, language: Language) -> None:
    assert not lexicon.is_function_word(normalise(word), language)


@pytest.mark.parametrize(("joined", "bare"), [("والحكومة", "حكومة"), ("لزيمبابوي", "زيمبابوي")])
def test_particles_before_a_word_go(lexicon: Lexicon, joined: str, bare: str) -> None:
    assert lexicon.stems(joined) == lexicon.stems(bare)


def test_settling_twice_changes_nothing(lexicon: Lexicon) -> None:
    for word in "والمفاوضات فبالمدارس وكوخافي لكازابلانكا ولد بيت".split():
        (stem,) = tokenise(word)
        assert lexicon.settled(lexicon.settled(stem)) == lexicon.settled(stem)
    assert without_particles("وكوخاف", {"كوخاف"}) == "كوخاف"
    assert without_particles("وكوخاف", {"وكوخاف", "كوخاف"}) == "وكوخاف"
    assert without_particles("كوخاف", {"خاف"}) == "كوخاف"
    assert without_particles("koch", {"och"}) == "koch"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كوخافي", "kochavi"),
        ("كوخافي", "kohavi"),
        ("كوخافي", "kokhavi"),
        ("kochavi", "kohavi"),
        ("kohavi", "kokhavi"),
        ("لوديي", "loudiyi"),
        ("لوديي", "لوديى"),
        ("لوديي", "اللوديي"),
        ("الفاروق", "farouk"),
        ("غانتس", "gantz"),
        ("جورج", "george"),
        ("تشرشل", "churchill"),
        ("نتنياهو", "netanyahu"),
        ("القذافي", "gaddafi"),
        ("القذافي", "qadhafi"),
        ("تشايكوفسكي", "tchaikovsky"),
        ("mohammed", "muhamad"),
    ],
)
def test_spellings_of_a_name_meet(one: str, other: str) -> None:
    one, other = normalise(one), normalise(other)
    assert keys(one) & keys(other)
    assert likeness(one, other) >= 0.85
    assert likeness(one, other) == pytest.approx(likeness(other, one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كوخافي", "cohen"),
        ("كوخافي", "kofi"),
        ("لوديي", "london"),
        ("غانتس", "guinness"),
        ("محمد", "mandela"),
        ("برلين", "brooklyn"),
        ("washington", "wellington"),
        ("كتاب", "computer"),
    ],
)
def test_unrelated_names_do_not(one: str, other: str) -> None:
    assert not keys(one) & keys(other) or likeness(one, other) < 0.8


def test_a_word_is_most_like_itself() -> None:
    for word in ["كوخافي", "القاهره", "kochavi", "x"]:
        assert likeness(word, word) == 1.0
    assert likeness("", "kochavi") == 0.0


def test_spellings_are_found_among_others() -> None:
    words = "kochavi gantz london kofi minister polisario".split()
    spellings = Spellings({word: word for word in words})
    assert spellings.alike("كوخافي", 0.8)[0][0] == "kochavi"
    assert spellings.alike("وكوخافي", 0.8)[0][0] == "kochavi"
    assert [found for found, _ in spellings.alike("بوليساريو", 0.8)] == ["polisario"]
    assert spellings.alike("1948", 0.8) == []
    assert spellings.alike("", 0.8) == []


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("goverment", "government"),
        ("governmentt", "government"),
        ("govenrment", "government"),
        ("حكوومه", "حكومه"),
        ("حكمه", "حكومه"),
        ("حوكمه", "حكومه"),
    ],
)
def test_one_slip_is_forgiven(slip: str, meant: str) -> None:
    known = {"government", "حكومه", "table", "قطه"}
    assert one_slip(slip, known) == [meant]
    assert one_slip(meant, known) == []
