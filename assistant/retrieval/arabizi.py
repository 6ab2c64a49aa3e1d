"""Arabic typed in Latin letters and digits ("emta wasal el ra2ees?"), put into Arabic script.

Arabizi writes sounds, so its words are sought by sound: function words in a table, all others
among a collection's own words and the lexicon's stems.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from assistant.language import detect, normalise, stem, third_language, unpointed, words
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.spelling import WEAK, Spellings, sounds

# Digits that look like the letters they stand for; an apostrophe is a letter's dot.
_DIGITS = {
    "3'": "غ", "7'": "خ", "5'": "خ", "6'": "ظ", "9'": "ض",
    "3": "ع", "4": "ذ", "5": "خ", "6": "ط", "7": "ح", "8": "ق", "9": "ص",
}  # fmt: skip
_DIGIT = re.compile("|".join(_DIGITS))
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
ADDRESS = r"(?<!\S)\S*?(?:://|@|www\.)\S*"
# Addresses, and words of Latin letters and digits; all else stays as it is.
_TOKEN = re.compile(
    rf"(?P<address>{ADDRESS})|"
    r"(?<![\w.])(?=\d*'?[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9']*[A-Za-z0-9])?(?:(?<=[35679])')?(?!\w)"
)
# A digit among a word's letters; 4 is a letter too seldom to say so.
_MIXED = re.compile(r"(?=\d*'?[a-z]\d?'?[a-z])(?:[a-z']*[2356789](?!\d))+[a-z']*")
# Ordinals, hours, measures, model numbers.
_COUNTED = re.compile(
    r"\d+(?:st|nd|rd|th|er|ere|es|ra|ro|da|do|ta|to|ma|mo|am|pm|yr|hr|min|sec|star|ft|lb|oz|in|pc|"
    r"bps|[mckg]?m|[mk]?g|[tgmk]b|k?w|hz|k|bn|mn|tn|d|g)s?|"
    r"[a-z]{1,3}\d+s?|[a-z]2[a-z]|[a-z]\d[a-z]\d|k8s|7eleven"
)
# "+" joins what follows.
_SPELLED = {
    form: word
    for word, forms in {
        "ال+": "el al il l", "وال+": "wel wil wal", "بال+": "bel bil bal", "لل+": "lel lil lal",
        "في ال+": "fel fil fal", "على ال+": "3al", "من ال+": "mnel menel",
        "و+": "w wa", "ب+": "b bi", "ل+": "la li",
        "من": "men min mn meen min mino", "في": "fi fe fee f", "على": "3ala 3la", "عن": "3an 3n",
        "مع": "ma3 m3a", "إلى": "ila ela", "بعد": "ba3d ba3ed b3d", "قبل": "abl 2abl qabl gabl",
        "متى": "emta imta amta ayemta waqtash waktash fo2ash",
        "أين": "weyn wein ween wayn feyn fein feen ayna", "من أين": "mnein mnen menin",
        "كيف": "kif keef kayf ezay izay ezzay izzay kifash kefash shlon shloon chlon",
        "لماذا": "leish lesh leysh leh leeh lih limatha lemaza 3lash 3alash laysh",
        "كم": "kam kaam adeish addeish 2addesh adesh gadesh ch7al sh7al chhal bekam bkam",
        "ماذا": "shu shou chou shoo eih eyh shno shnu shnou chnou wesh wach matha esh "
        "eish aysh shinu shino",
        "من هو": "shkon shkoun chkoun menho minhu", "ما": "ma", "هل": "hal",
        "أي": "ayy ay anhi ani", "الذي": "elli illi lli yalli", "هو": "howa howe huwa houwa",
        "هي": "heya hiya hiye", "هذا": "hada hayda hatha haza hadha",
        "هذه": "hadi hayde hathi hazihi", "كان": "kan kaan kana", "كانت": "kanet kanat",
        "قال": "2al aal qal gal 2aal", "قالت": "2alet qalat galet",
        "بسبب": "besabab bsabab", "عشان": "3ashan 3shan 3lashan", "بين": "bein bayn",
        "ديال": "dyal dial", "كل": "kol kull kul", "عام": "3am", "سنة": "sene sana sine",
        "مش": "mesh mish mosh mush",
    }.items()
    for form in forms.split()
}  # fmt: skip
_ASKING = frozenset("متى أين كيف لماذا كم ماذا هل".split()) | {"من أين", "من هو"}
_JOIN = re.compile(r"\+[ -]*(?=[\u0621-\u064a])")
_ARTICLE = re.compile(r"^(?:[aei]?l)(?=[^\W_aeiou']\w{2})")
# How alike words must sound.
_LEAST = 0.8
# What words have ahead: a collection's own, common ones by how much commoner than a rare one they
# are, and those with the same consonants, of which Arabizi writes some alike.
_OWN_AHEAD, _COMMON_AHEAD, _SAME_AHEAD, _RARE = 0.12, 0.02, 0.1, 1e-6
_ALIKE = str.maketrans("ZDT", "ddt", WEAK)
# Short vowels aren't written, but at the end.
_LETTERS = dict(
    pair.split(":")
    for pair in "sh:ش ch:ش kh:خ gh:غ th:ث dh:ذ ou:و oo:و ee:ي ei:ي ay:ي aw:و aa:ا b:ب c:ك d:د f:ف "
    "g:ج h:ه j:ج k:ك l:ل m:م n:ن p:ب q:ق r:ر s:س t:ت v:ف w:و x:كس y:ي z:ز".split()
)
_ENDINGS = {"a": "ا", "e": "ة", "i": "ي", "o": "و", "u": "و"}
_LETTER = re.compile(r"^[aeiou]|(.)\1|" + "|".join(_LETTERS) + "|[aeiou]$|.")


def is_arabizi(text: str, lexicon: Lexicon) -> bool:
    """Whether a text is Arabic in Latin letters.

    Two signs say so, a digit as a letter among them or a word that asks; or a single one where no
    other word is English or plainly of a third language. Any other small English word, or an
    accented letter, says no.
    """
    text = text.translate(_APOSTROPHES)
    if detect(text) == "ar" or any(letter.isalpha() and not _plain(letter) for letter in text):
        return False
    forms = [match[0].lower() for match in _TOKEN.finditer(text) if not match["address"]]
    signs = [form for form in forms if form in _SPELLED or _is_mixed(form)]
    others = [form for form in forms if form not in signs]
    if any(lexicon.is_function_word(form, "en") for form in others):
        return False
    telling = any(_is_mixed(form) or _SPELLED.get(form) in _ASKING for form in signs)
    if len(signs) > 1 or not telling:
        return telling
    english = any(lexicon.knows(stem(form), "en") for form in others)
    return len(forms) > 2 and not english and third_language(text) is None


def _plain(letter: str) -> bool:
    return letter.isascii() or "\u0600" <= letter <= "\u06ff"


def _is_mixed(form: str) -> bool:
    bare = form.removesuffix("'s")
    return bool(_MIXED.fullmatch(bare)) and not _COUNTED.fullmatch(bare)


class Arabizi:
    """Reads Arabizi with the words of a collection at hand."""

    def __init__(self, texts: Sequence[str], lexicon: Lexicon) -> None:
        """Take the collection's Arabic texts; they are looked at when the first Arabizi comes."""
        self._texts = texts
        self._lexicon = lexicon
        # A conversation reads its questions again with every turn.
        self._sought = lru_cache(maxsize=4096)(self._seek)

    @cached_property
    def _own(self) -> Spellings:
        # Each spelling once, the last one last.
        backwards = (piece for text in reversed(self._texts) for piece in reversed(text.split()))
        pieces = dict.fromkeys(backwards)
        written = {
            word.text: unpointed(piece[word.start : word.end])
            for piece in reversed(pieces)
            for word in words(piece)
        }
        return Spellings(written)

    def in_arabic(self, text: str) -> str:
        """The text in Arabic script where it is Arabizi, and as it is otherwise.

        Addresses, numbers, and what stands in Arabic already, are left alone.
        """
        if not is_arabizi(text, self._lexicon):
            return text
        # A plus of the question's own joins nothing.
        kept = text.translate(_APOSTROPHES).replace("+", "\0")
        read = _JOIN.sub("", _TOKEN.sub(self._word, kept)).replace("+", "").replace("\0", "+")
        return re.sub(r"\?(?=\s|$)", "؟", read)

    def _word(self, match: re.Match[str]) -> str:
        form = match[0].lower()
        if match["address"] or _COUNTED.fullmatch(form):
            return match[0]
        return _SPELLED.get(form) or self._sought(form)

    def _seek(self, form: str) -> str:
        bare = _ARTICLE.sub("", form)
        article = "ال" if bare != form else ""
        found = [each for sounded in _heard(bare) for each in self._alike(sounded)]
        word = max(found)[1] if found else _written(next(_heard(bare)))
        return article + re.sub("^ال(?=...)", "", word)

    def _alike(self, sounded: str) -> Iterator[tuple[float, str]]:
        bones = _consonants(sounded)
        for word, score in self._own.alike(sounded, _LEAST):
            yield score + _OWN_AHEAD + _SAME_AHEAD * (bones == _consonants(normalise(word))), word
        for word, score in _stems(self._lexicon).alike(sounded, _LEAST):
            ahead = _COMMON_AHEAD * math.log10(max(1.0, self._lexicon.share(word, "ar") / _RARE))
            yield score + ahead + _SAME_AHEAD * (bones == _consonants(word)), word


def _consonants(word: str) -> str:
    return sounds(word).translate(_ALIKE)


def _heard(form: str) -> Iterator[str]:
    """The sounds that a form may stand for: 2 is no sound or a q, and a construct's t none."""
    for hamza in ("", "q") if "2" in form else ("",):
        sounded = _DIGIT.sub(lambda digit: _DIGITS[digit[0]], form.replace("2", hamza))
        yield sounded
        if re.search("[aei]t$", sounded):
            yield sounded[:-2] + "ه"


def _written(sounded: str) -> str:
    """Letter by letter, where no known word sounds like it."""

    def letter(match: re.Match[str]) -> str:
        found = match[0]
        if found not in _ENDINGS:
            return _LETTERS.get(found) or _LETTERS.get(found[0], found.strip("'"))
        if match.start() == 0:
            return "ا"
        return _ENDINGS[found] if match.end() == len(sounded) else ""

    return _LETTER.sub(letter, sounded)


@lru_cache(maxsize=1)
def _stems(lexicon: Lexicon) -> Spellings:
    return Spellings({stem: stem for stem in lexicon.vocabulary("ar") if stem.isalpha()})


__all__ = ["Arabizi", "is_arabizi"]
