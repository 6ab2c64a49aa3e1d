"""Text in two languages: which one it is, its normal form, its words, stems and sentences."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, NamedTuple, get_args

Language = Literal["ar", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_WORD = re.compile(r"(?:[a-z]\.){2,}|[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*")
POSSESSIVE = re.compile(r"['’]s?$")
# "And the …", which Snowball leaves on: والمغرب and المغرب have one stem.
_CONJUNCTION = re.compile(r"^[وف](?=(?:ال|لل|بال|كال)\w\w\w)")

# What NFKD leaves apart though readers and typists treat it as one letter.
_ONE_LETTER = {
    "ى": "ي",
    "ی": "ي",
    "ے": "ي",
    "ة": "ه",
    "ۀ": "ه",
    "ە": "ه",
    "ھ": "ه",
    "ہ": "ه",
    "ٱ": "ا",
    "ک": "ك",
    "ڪ": "ك",
    "گ": "ك",
    "ڤ": "ف",
    "پ": "ب",
    "چ": "ج",
    "ژ": "ز",
    "٫": ".",
    "٬": ",",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "ـ": "",
    "ء": "",
    "ß": "ss",
    "ı": "i",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "æ": "ae",
    "œ": "oe",
}


class _Folding(dict[int, str]):
    """Filled as letters are met: what each becomes, the empty string when it is dropped."""

    def __init__(self, keep_endings: bool) -> None:
        super().__init__()
        # Snowball's Arabic stemmer tells the endings ة and ى from ه and ي.
        self._kept = "ةىء" if keep_endings else ""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        folded = "".join(map(self._fold, unicodedata.normalize("NFKD", letter)))
        # 5½ is not 51/2, and the mark of a footnote no digit of the year before it.
        if unicodedata.category(letter) == "No" and folded[:1].isdigit():
            folded = f" {folded} "
        self[code] = folded
        return folded

    def _fold(self, letter: str) -> str:
        if letter in self._kept:
            return letter
        if unicodedata.category(letter) in ("Mn", "Cf", "Cc") and letter not in "\n\t":
            return ""
        digit = unicodedata.decimal(letter, None)
        if digit is not None:
            return str(digit)
        lower = letter.lower()
        return _ONE_LETTER.get(lower, lower if len(lower) == 1 else lower[0])


_FOLD = _Folding(keep_endings=False)
_FOLD_FOR_STEMS = _Folding(keep_endings=True)


def normalise(text: str) -> str:
    """Fold what readers take for the same letter.

    Case, diacritics, tatweel, hamza and alef forms, ى/ي, ة/ه, Persian letters, Arabic and
    Persian digits, typographic quotes and invisible controls.
    """
    return text.translate(_FOLD)


def normalise_mapped(text: str) -> tuple[str, list[int]]:
    """Normalise, and say where each character came from.

    Returns:
        The normal form, and for each of its characters the index in `text` it came from, with
        `len(text)` once more at the end.
    """
    pieces = [_FOLD[ord(letter)] for letter in text]
    origin = [index for index, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*origin, len(text)]


def find_normalised(needle: str, text: str) -> tuple[int, int] | None:
    """Find `needle` in `text` though letters differ in form.

    Returns:
        The span in `text`, with the marks that follow its last letter, or None.
    """
    wanted = normalise(needle).strip()
    folded, origin = normalise_mapped(text)
    at = folded.find(wanted) if wanted else -1
    if at < 0:
        return None
    last = origin[at + len(wanted) - 1]
    # A letter that folds into several is found whole.
    return origin[at], next(place for place in origin[at + len(wanted) :] if place > last)


def detect(text: str) -> Language:
    """Which of the two languages most words of `text` are written in."""
    arabic = latin = 0
    for match in _WORD.finditer(text):
        if _ARABIC.match(match[0]):
            arabic += 1
        elif match[0][0].isalpha():
            latin += 1
    return "ar" if arabic and arabic >= latin else "en"


@lru_cache(maxsize=4096)
def third_language(text: str) -> str | None:
    """The ISO 639-1 code of a language that is neither Arabic nor English, when it is plain.

    Judged by langid (Lui and Baldwin 2012) among languages of newspapers; "und" for another
    script; short or mixed text, and any with an English function word, gives None.
    """
    letters = [letter for letter in text if letter.isalpha()]
    own = [x for x in letters if _ARABIC.match(x) or unicodedata.name(x, "").startswith("LATIN")]
    if letters and len(own) < len(letters) / 2:
        return "und"
    found = {match[0] for match in _WORD.finditer(normalise(text))}
    if detect(text) == "ar" or len(found) < 4 or found & _ENGLISH_FUNCTION_WORDS:
        return None
    code, lead = _identify(text)
    return None if code == "en" or lead < 12.0 else code


_ENGLISH_FUNCTION_WORDS = frozenset(
    "the who what when where why how which whose did does was were been are is of and with "
    "about this that these his her their has have had will would tell".split()
)
_LATIN_LANGUAGES = ["en", "fr", "es", "de", "it", "pt", "nl", "tr", "sv", "pl", "id", "ro"]
_LOCK = threading.Lock()


def _identify(text: str) -> tuple[str, float]:
    """The likeliest language, and how far it leads English in log probability."""
    with _LOCK:
        ranks = dict(_identifier().rank(text))
    best = max(ranks, key=ranks.__getitem__)
    return best, ranks[best] - ranks["en"]


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(_LATIN_LANGUAGES)
    return identifier


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        text: Normalised.
        start: In the text as given.
        end: Exclusive.
    """

    text: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words and numbers of a text, normalised, with their places in it."""
    folded, origin = normalise_mapped(text)
    for match in _WORD.finditer(folded):
        word = _number(match[0]) if match[0][0].isdigit() else match[0]
        end = origin[match.end() - 1] + 1
        # A last hamza belongs to the word, but has no normal form.
        end += text[end : origin[match.end()]].rfind("ء") + 1
        yield Word(word, origin[match.start()], end)


# Tatweel, and the vowel marks of the Unicode block Arabic.
_POINTS = dict.fromkeys([0x0640, *range(0x064B, 0x0653), 0x0670])


def unpointed(text: str) -> str:
    """Arabic without tatweel and vowel marks, as newspapers print it; all else as it is."""
    return text.translate(_POINTS)


def tokenise(text: str) -> list[str]:
    """The stems of a text's words, in order, as lexical search knows them.

    Snowball stems (Porter 2001) of Arabic and English words, folded as `normalise` does;
    numbers without their thousands separators.
    """
    folded = text.translate(_FOLD_FOR_STEMS)
    stems = (stem(match[0]) for match in _WORD.finditer(folded))
    return [each for each in stems if normalise(each)]  # hamzas alone have no normal form


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one word without diacritics, folded; a number is its own stem."""
    if word[0].isdigit():
        return _number(word)
    stemmers = _stemmers()
    if not _ARABIC.match(word):
        latin = stemmers["english"].stemWord(POSSESSIVE.sub("", word.replace(".", "")))
        return normalise(latin)  # Arabic letters may be glued to it.
    word = _CONJUNCTION.sub("", word)
    # One pass leaves what it strips depending on the prefix; repeated, the forms meet.
    while (shorter := stemmers["arabic"].stemWord(word)) != word:
        word = shorter
    return normalise(word) or word


def _number(digits: str) -> str:
    """Drop thousands separators, keep the decimal point: 1,500 -> 1500; 3,5 -> 3.5."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits):
        return digits.replace(",", "")
    return digits.replace(",", ".")


_THREAD = threading.local()


def _stemmers() -> dict[str, Any]:
    # A Stemmer must not be shared between threads.
    if not hasattr(_THREAD, "stemmers"):
        from Stemmer import Stemmer

        _THREAD.stemmers = {name: Stemmer(name) for name in ("arabic", "english")}
    stemmers: dict[str, Any] = _THREAD.stemmers
    return stemmers


_STOP = re.compile(
    r"""(?<![.!?؟۔…])
        (?P<mark>[.!?؟۔…]+)        # one or more ends
        (?P<closers>["'”’»)\]]*)    # what closes with them
        (?=\s|$)""",
    re.VERBOSE,
)
# What may stand before an abbreviation: an opening mark, but not the apostrophe of "didn't".
_ALONE = r"(?<![^\s(\[«“\"'])(?<!\w')"
# A name or an example always follows.
_TITLE = re.compile(
    _ALONE + r"(?:mr|mrs|ms|dr|prof|gen|col|lt|capt|sgt|maj|adm|brig|gov|sen|rep|rev|hon|pres|mt|"
    r"(?-i:Ft)|vs|cf|e\.g|i\.e)$",
    re.IGNORECASE,
)
# Words of their own, save before a number.
_NUMBERED = re.compile(_ALONE + r"(?:no|art|sec|min|pop|est|tel|ext)$", re.IGNORECASE)
_NUMBER = re.compile(r"[+(#$£€~]*\d|[IVXLC]{2,}\b")
# May end a sentence: a word that opens the next one tells.
_ABBREVIATION = re.compile(
    _ALONE + r"(?:jr|sr|etc|inc|ltd|co|corp|ph\.d|nos|vol|fig|pp|ch|approx|dept|st|rd|ave|blvd|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|(?<=et )al|"
    r"(?:[a-z]\.)*[a-z]|(?:و?[\u0621-\u064a]\.)*(?:[\u0621-\u064a]ـ?|و?أ?د|و[أم]))$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:The|An?|He|She|It|They|We|I|This|That|These|Those|There|His|Her|Its|Their|Our|In|On|At|"
    r"From|For|After|Before|When|While|As|If|But|And)(?=[\s'’])"
)
# After a number: any capital opens a sentence, unless a day or time zone goes with the hour.
_UNIT = re.compile(r"\d(?:\s(?:[a-z]|ft|min|sec|hrs?)|\s?(?i:[ap]\.\s?m))$")
_AFTER_UNIT = re.compile(
    r"""(?!(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b
        |(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?
        |Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b
        |(?:[A-Z]{1,4}T|UTC)\b|(?:[A-Z]\w+\s){1,3}[Tt]ime\b|(?:Eastern|Central|Mountain|Pacific)\b)
        ["'“‘«]*[^\W\d_a-z]""",
    re.VERBOSE,
)
# Not د, which is a title oftener than a unit.
_ARABIC_UNIT = re.compile(r"\d\s(?:[قك]\.\s?)?(?:[مصغلسث]|هـ?)$")
_AFTER_ARABIC_UNIT = re.compile(r"و[^\W\d_]|(?:ثم|كما|لكن|أما)\s|[A-Z]")
# "At about 9 p.m.", or the hour alone as a label: what happened then still follows.
_HOUR = re.compile(
    r"\W*(?:\d[\d.:]*\s?[ap]\.\s?m|(?:at|by|on|from|around|about|before|after|until|since|"
    r"shortly|just|between|\w+day,?|و?(?:في|عند|منذ|قبل|بعد|حتى|يوم|عام|سنة|الساعة))(?:\s+\S+){1,6})",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"[^\w\n]{0,8}\d{1,3}(?:\.\d{1,2}){0,4}")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text are.

    A line break always ends one; a full stop does not where it belongs to an abbreviation, an
    initial or a number, numbers an item of a list, or where a small letter follows.

    Returns:
        Spans without surrounding white space, in order; together they hold every other
        character of the text.
    """
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        for stop in _STOP.finditer(text, line.start(), line.end()):
            if _ends(text, stop, start, line):
                spans.append((start, stop.end()))
                start = stop.end()
        spans.append((start, line.end()))
    stripped = (_strip(text, start, end) for start, end in spans)
    return [(start, end) for start, end in stripped if start < end]


def _ends(text: str, stop: re.Match[str], start: int, line: re.Match[str]) -> bool:
    following = text[stop.end() : line.end()].lstrip()
    if not following:
        return True
    # An ellipsis or a quoted question may go on in the same sentence.
    if stop["mark"] != "." or following[0].islower():
        return not following[0].islower()
    before = text[max(start, stop.start() - 24) : stop.start()]
    if _LIST_NUMBER.fullmatch(text, line.start(), stop.start()) or _TITLE.search(before):
        return False
    if _UNIT.search(before):
        opens = _AFTER_UNIT.match(following)
    elif _NUMBERED.search(before):
        return not _NUMBER.match(following)
    elif _ARABIC_UNIT.search(before):
        opens = _AFTER_ARABIC_UNIT.match(following)
    else:
        return not _ABBREVIATION.search(before) or _OPENING.match(following) is not None
    in_brackets = ")" in stop["closers"]
    return bool(opens) and not in_brackets and not _HOUR.fullmatch(text, start, stop.start())


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
