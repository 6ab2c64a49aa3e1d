"""Days of publication, as newspapers of both languages write them."""

from __future__ import annotations

import re
from datetime import date

from assistant.language import normalise

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LABEL = re.compile(
    r"^(?:first published|published|posted|last updated|updated|date|on"
    r"|نشر(?:ت)?(?: بتاريخ| يوم| في)?|بتاريخ|تاريخ النشر|اخر تحديث|تحديث|التاريخ)"
    r"\s*(?:on|في)?\s*[:\-]?\s+"
)
# The library knows the names of Egypt; these are the Levant's and the Maghreb's.
_MONTHS = {
    "كانون الثاني": 1, "جانفي": 1,
    "شباط": 2, "فيفري": 2,
    "اذار": 3,
    "نيسان": 4, "افريل": 4,
    "ايار": 5, "ماي": 5,
    "حزيران": 6, "جوان": 6,
    "تموز": 7, "جويليه": 7, "يوليوز": 7,
    "اب": 8, "اوت": 8, "غشت": 8,
    "ايلول": 9, "شتنبر": 9,
    "تشرين الاول": 10,
    "تشرين الثاني": 11, "نونبر": 11,
    "كانون الاول": 12, "دجنبر": 12,
}  # fmt: skip
_EGYPT = "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()
_NAMED = re.compile(r"(?<!\w)(" + "|".join(_MONTHS) + r")(?!\w)")
_WEEKDAY = re.compile(r"(?<!\w)(?:يوم )?ال(?:احد|اثنين|ثلاثا|اربعا|خميس|جمعه|سبت)[،,]?(?!\w)")
_CLOCK = re.compile(
    r"(?:[،,]|(?<!\s)\s)?(?<!\d)(?:(?:at|الساعه)\s+)?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?"
    r"(?:\s*(?:[ap]\.?m\.?|gmt|صباحا|مسا|ص|م)(?!\w)|z|[+-]\d\d:?\d\d)?"
)
_HIJRI = re.compile(r"(?<!\d)\d{1,2}[ /]+(?:[^\W\d]+ ){1,3}1[34]\d\d ?ه(?:جريه?)?(?!\w)")
_SAME_DAY = re.compile(r"(?<!\w)الموافق(?: ل)?(?!\w)")
LONGEST_LINE = 100  # characters, of one that names author or day
_OF_OUR_ERA = re.compile(r"(?<=\d)\s*م(?:يلاديه?)?(?!\w)")
_TWO_NAMES = re.compile(r"([^\W\d]{2,})\s*[/(]\s*[^\W\d][^\d/()]*\)?")


def parse_day(line: str) -> date | None:
    """The day that a line is about, when it holds nothing but a whole date.

    Day before month where only numbers stand (20/07/2022), as in the press of both languages.
    """
    if len(line) > LONGEST_LINE:
        return None
    text = _SAME_DAY.sub("", _HIJRI.sub("", _CLOCK.sub("", normalise(line))))
    text = _LABEL.sub("", _OF_OUR_ERA.sub("", text).strip(" -–—،,"))
    if len(text.split()) > 9 or not _YEAR.search(text):
        return None
    text = _TWO_NAMES.sub(r"\1 ", _WEEKDAY.sub("", text))
    text = _NAMED.sub(lambda match: _EGYPT[_MONTHS[match[1]] - 1], text)
    import dateparser

    found = dateparser.parse(
        _with_hamza(text),
        languages=["en", "ar"],
        settings={"DATE_ORDER": "DMY", "REQUIRE_PARTS": ["day", "month", "year"]},
    )
    return found.date() if found else None


def _with_hamza(text: str) -> str:
    """Give month names back the letters that normalising folds."""
    names = {normalise(name): name for name in _EGYPT}
    return " ".join(names.get(word, word) for word in text.split())
