"""Phrases that ask of an article as a whole, over normalised words; @ stands for the article."""

from __future__ import annotations

import re
from typing import Literal

Wanted = Literal["about", "author", "day", "title", "count"]

ARTICLE = re.compile(r"(?:[وفبكه]?ال|ل?ل)?مقال(?:ه|ات|ا)?|articles?")
SEVERAL = re.compile(r"\w*مقالات|articles")
BESIDE = frozenset("the this that these those a an news هذا هذه ده دي هاد هادا هيدا هذي".split())
"""Words beside "article" that say nothing."""
_ABOUT_AR = r"(?:عن|حول|بشان|بخصوص)"
NO_SUBJECT = re.compile(rf"about|regarding|{_ABOUT_AR}|it|its|hi[ms]|hers?|their|them|ذلك|تلك")
"""Words that end a subject, or leave open what it is."""
AND = re.compile(r"^و(?=(?:ما|ماذا|من|متي|امتي|مين|عن|عم|شو|كم|لخص|هل|تاريخ|عنوان)\b)")
ITS = {
    "it": "@", "كتبه": "كتب @", "كتبها": "كتب @", "كتبو": "كتب @", "لخصه": "لخص @",
    "لخصها": "لخص @", "نشر": "نشر @", "نشرت": "نشر @", "صدر": "صدر @", "عنوانه": "عنوان @",
    "كاتبه": "كاتب @",
}  # fmt: skip
"""Words that mean the article where the question before was about one."""

_WHAT = (
    r"(?:whats?(?: is| are| was)?(?: the)?"
    r"|(?:ما|ماذا|شو|شنو|شنوه|ايش|وش|ايه|اش|اشنو)(?: هو| هي)?)"
)
_WHO = r"(?:من|مين|شكون|منو)(?: هو| هي)?(?: الذي| التي| اللي)?"
_WHEN = r"(?:متي|امتي|ايمتي|امتا|ايمتا|وقتاش|فوقاش)"
_OF_WHAT = r"(?:عم|عما|عشو|علاش|(?:عن|علي|حول) (?:ماذا|شو|ايش|ايه|وش|شنو))"
_TELLS = r"(?:ب|ك)?[يت]ت?(?:تحدث|حدث|تكلم|كلم|حكي|تناول|ناول|قول|دور|ناقش|هضر|هدر|دوي)"
_SHORT = r"(?:short |brief |quick |main |key |general |whole )*"
_GIST = r"(?:topics?|subjects?|gist|summary|overview|contents?|points?|ideas?|takeaways?)"
_GIST_AR = (
    r"(?:ال)?(?:موضوع|ملخصا?|خلاصه|مضمون|محتوي|فحوي|نبذه|لمحه|مختصرا?|زبده|فكره|افكار|نقاط)"
    r"(?: (?:ال)?(?:عامه|رييسيه|اساسيه))?"
)
_PHRASES: dict[Wanted, tuple[str, ...]] = {
    "about": (
        r"whats? (?:is |was )?@ (?:is |was |are )?(?:all )?about",
        r"what (?:is|are|was|were) @ about",
        r"what (?:does|do|did) @ (?:say|discuss|cover|tell(?: us)?|talk about|deal with)",
        r"(?:summari[sz]e|sum up|recap|outline|explain) @",
        r"(?:more )?about @",
        rf"(?:{_WHAT} )?{_SHORT}{_GIST} (?:of|in|from) @",
        rf"@ {_SHORT}{_GIST}",
        r"(?:short |brief |quick )?summary|tl dr|tldr",
        r"(?:لخصي?|لخصلي|لخصولي|اختصر|اختصرلي|اشرح)(?: (?:لي|لنا))?(?: @)?(?: (?:لي|لنا))?",
        rf"{_WHAT} {_TELLS} @",
        rf"{_OF_WHAT} {_TELLS} @",
        rf"@ (?:{_TELLS} )?{_OF_WHAT}",
        rf"(?:{_WHAT} )?(?:اهم |ابرز )?{_GIST_AR}(?: (?:عن|في|من))? @",
        r"(?:ملخصا?|الملخص|الخلاصه)",
        rf"{_WHAT} (?:اهم )?(?:ما )?(?:جا|ورد) في @",
        r"(?:عن|حول) @",
    ),
    "author": (
        r"who (?:wrote|has written|authored) @",
        r"who (?:is |was |s )?@ (?:is |was )?(?:written )?(?:by|from)",
        rf"(?:who (?:is |was |s )?|{_WHAT} )?(?:the )?(?:name of )?(?:the )?(?:author|writer) of @",
        rf"(?:who (?:is |was |s )?|{_WHAT} )?@ author",
        rf"{_WHO} (?:كتب|كتبت|كتبو|كاتب|كاتبه|مولف|مولفه|حرر|صاحب|صاحبه) @",
        rf"{_WHAT} اسم (?:كاتب|كاتبه|مولف|صاحب) @",
        rf"@ (?:كتبه|كتبها|بقلم) {_WHO}",
        r"(?:كاتب|مولف) @",
    ),
    "day": (
        r"when (?:was|were|is) @ (?:written|published|posted|issued|released|dated|from)",
        r"when did @ (?:come out|appear)",
        r"what (?:day|date) (?:is|was) @(?: published| written| from)?",
        rf"(?:{_WHAT} )?(?:publication )?date of @",
        r"how old is @",
        rf"{_WHEN} (?:تم )?(?:نشر|نشرت|نشرو|كتب|كتبت|صدر|صدرت|نزل|نزلت|اتنشرت?|اتكتبت?|ظهرت?) @",
        rf"(?:{_WHAT} )?تاريخ (?:نشر |كتابه |صدور )?@",
    ),
    "title": (
        rf"(?:{_WHAT} )?(?:titles?|headlines?|names?) of @",
        rf"(?:{_WHAT} )?@ (?:title|headline|called)",
        r"(?:list|name) (?:all )?@",
        r"(?:what|which) @ (?:are there|do you have|exist)",
        r"what are @",
        rf"(?:{_WHAT} )?(?:عنوان|عناوين|اسم|اسما) @",
        rf"{_WHAT} @(?: (?:ال)?(?:موجوده|متوفره|متاحه))?",
        rf"{_WHAT} @ (?:اللي |التي )?(?:عندك|لديك|عندكم|لديكم)",
    ),
    "count": (
        r"how many @ (?:are (?:there|here)|do you (?:have|know))",
        r"number of @",
        r"كم (?:عدد )?@(?: (?:موجود|لديك|عندك|لديكم|عندكم|هنا|هناك))?",
        rf"(?:{_WHAT} )?عدد @(?: (?:الموجوده|لديك|عندك))?",
    ),
}
_BEFORE = (
    r"(?:(?:and|so|ok|okay|please|now|just|can you|could you|tell|show|give|me|us|a|the|i want|"
    r"i need|to know|و|طيب|بس|ممكن|يمكن|هل|تستطيع|ان|"
    r"اعطني|اعطيني|عطيني|عطني|هات|قل|قول|قلي|لي|اريد|بدي|"
    r"عايز|ابغي|ابي|بغيت|حدثني|اخبرني|خبرني|احكي|احكيلي|كلمني) )*"
)
_AFTER = (
    r"(?: (?:please|then|exactly|briefly|in|a|few|one|two|three|short|words?|sentences?|lines?|"
    r"points|من فضلك|لو سمحت|رجا|باختصار|بايجاز|بالضبط|في|ب?ثلاث|نقاط|جمل|اسطر|كلمات|سطر|جمله))*"
)
NAMED = re.compile(
    r"(?<!\ba )(?<!\ban )(?<!\ba news )\b(?:news )?(article|story|report|obituary|piece(?! of))"
    r" (?:(?:that|which) (?:is|talks) )?(?:about|on|of|regarding) "
    r"|\b(?P<definite>(?:[وفبكه]?ال|لل)(?:مقاله?|خبر|تقرير|نعي)) "
    rf"(?:(?:الذي|التي|اللي) (?:{_TELLS} )?)?{_ABOUT_AR} "
    rf"|\b[وفبكل]?(مقاله?|خبر|تقرير|نعي) (?!(?:{_ABOUT_AR}|في|من|علي)\b)"
    r"|\b(?P<kind>(?<=the )obituary|النعي)\b"
)
"""What comes before the subject of an article; a kind of article is its own subject."""
OPEN = re.compile(rf"{_BEFORE}{_WHAT} (?:{_TELLS}|(?:اهم )?(?:ما )?(?:جا|ورد) في) ")
"""What "المقال عن" may follow without "عن" being a part of its name: what it says about that."""
WHICH = re.compile(rf"{_BEFORE}{_WHAT} @")
"""With a subject, this asks what happened, or which article it is."""
PATTERNS = {
    kind: re.compile(f"{_BEFORE}(?:{'|'.join(phrases)}){_AFTER}")
    for kind, phrases in _PHRASES.items()
}
