"""What kind of thing a question asks for, and which sentences hold such a thing."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.language import Language, normalise

# Question words as they are asked in writing and in dialects, normalised.
_ASKED = {
    "person": {
        "en": r"\b(who|whom|whose|by whom|(what|which)( \w+)? (man|men|woman|women|persons?|people|"
        r"officials?|ministers?|leaders?|officers?|judges?|experts?|scientists?|players?))\b",
        "ar": r"\b(و?(?:من|مين|منو|شكون)|لمن|لمين|بمن|ممن|(اي|باي|ما|ايه?) (رجل|رجال|امراه|نسا|"
        r"شخص|اشخاص|مسوول|مسوولين|مسوولون|المسوولون|المسوولين|وزير|وزرا|الوزرا|قاده|القاده|ضابط|"
        r"ضباط|قاض|قضاه|خبير|خبرا|الخبرا|عالم|علما|لاعب|لاعبين|اللاعبين|اللاعبون))\b",
    },
    "date": {
        "en": r"\b(when|what (year|date|day|month|time)|(in|on|by|since) which "
        r"(year|date|day|month|century)|how long ago)\b",
        "ar": r"\b(و?(?:متي|امتي|ايمتي|ايمتا|امتا|وقتاش|فوقاش|وينتا)|(اي|ما|باي) "
        r"(عام|سنه|تاريخ|يوم|شهر|وقت|ساعه|قرن)|تاريخ)\b",
    },
    "place": {
        "en": r"\b(where|(what|which) (country|city|place|town|state|region|island|river))\b",
        "ar": r"\b(و?اين|وين|و?فين|منين|"
        r"(اي|ما|باي) (بلد|دوله|مدينه|مكان|منطقه|ولايه|قاره|بلاد))\b",
    },
    "number": {
        "en": r"\b(how (many|much|long|far|old|tall|big|large|often|high|deep|fast)|"
        r"what (percentage|share|number|amount|proportion|rate|percent))\b",
        "ar": r"\b(و?(?:كم|بكم|قديش|اديش|كام|بكام|شحال|جم)|"
        r"ما عدد|ما نسبه|ما مقدار|كم عدد|نسبه|عدد)\b",
    },
    "reason": {
        "en": r"\b(why|how come|what (caused|made|led)|reason|for what)\b",
        "ar": r"\b(و?(?:لماذا|ليش|ليه|علاش|لاش)|ما سبب|ما السبب|ما اسباب|سبب|ما الذي دفع)\b",
    },
    "manner": {
        "en": r"\b(how (did|do|does|was|were|is|are|can|could|would))\b",
        "ar": r"\b(و?(?:كيف|ازاي|شلون|كيفاش)|كيفيه|بم|بماذا)\b",
    },
}
_HELD = {
    "person": {
        "en": r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+"
        r"(?:\s+(?:[A-Z]\.|al-|bin|de|van|von)?\s*[A-Z][a-z]+)+",
        "ar": r"\b(الرييس|الوزير|وزير|قايد|رييس|الملك|الامير|السيد|الدكتور|الجنرال|مدير|المدرب|"
        r"اللاعب|الكاتب|الباحث|المخرج|الناطق|المتحدث|قال|اكد|اوضح|اضاف|صرح|بقياده|عالم|موسس)\b",
    },
    "date": {
        "en": r"\b(1\d{3}|20\d{2}|january|february|march|april|may|june|july|august|september|"
        r"october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
        r"century|yesterday|decade|\d{1,2}:\d{2})\b",
        "ar": r"\b(1\d{3}|20\d{2}|يناير|فبراير|مارس|ابريل|مايو|يونيو|يوليو|اغسطس|سبتمبر|اكتوبر|"
        r"نوفمبر|ديسمبر|كانون|شباط|اذار|نيسان|ايار|حزيران|تموز|اب|ايلول|تشرين|غشت|"
        r"جانفي|فيفري|افريل|ماي|جوان|جويليه|اوت|يوليوز|شتنبر|نونبر|دجنبر|امس|"
        r"الاثنين|الثلاثا|الاربعا|الخميس|الجمعه|السبت|الاحد|القرن|عام|سنه|الماضي|المقبل)\b",
    },
    "place": {
        "en": r"\b(in|at|near|from|to|of|outside|across)\s+(?:the\s+)?[A-Z]\w+",
        "ar": r"\b(في|من|الي|ب|قرب|شمال|جنوب|شرق|غرب|وسط|مدينه|بلده|محافظه|ولايه|اقليم|جزيره)\b",
    },
    "number": {
        "en": r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
        r"(thir|four|fif|six|seven|eigh|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty|"
        r"hundred|thousand|million|billion|half|third|quarter|dozen|per cent|percent)\b",
        "ar": r"\d|\b(?!لست\b)[وفبلك]?(واحده?|اثن(ا(?= عشر)|ي|ان|ين|تا|تي|تان|تين)|ثماني|"
        r"(ثلاث|اربع|خمس|ست|سبع|ثمان|تسع|عشر)(ه|يه|ون|ين|ميه|مايه)?|(ال)?(ميه|مايه)|ميات|"
        r"ميت(ا|ي|ان|ين)|الف(ا|ي|ان|ين)?|الاف|(مليون|مليار)(ا|ي|ان|ين|ات)?|ملايين|نصف|ثلث|"
        r"ربع|عشرات)\b",
    },
    "reason": {
        "en": r"\b(because|since|due to|owing|as a result|so that|in order|to avoid|after|"
        r"reason|thanks to|led to|for fear|therefore|caused)\b",
        "ar": r"\b(لان|لانه|لانها|لانهم|بسبب|نتيجه|بعدما|بفعل|اثر|من اجل|بهدف|كي|لكي|حتي|بغيه|"
        r"سبب|مما|جرا|نظرا|بفضل|خشيه|ل)\b",
    },
    "manner": {
        "en": r"\b(by|through|using|with|via)\b",
        "ar": r"\b(عبر|بواسطه|باستخدام|من خلال|عن طريق|ب)\b",
    },
}
KINDS = tuple(_ASKED)
_CASELESS = {"date", "number", "reason", "manner"}


@lru_cache(maxsize=64)
def _pattern(table: str, kind: str, language: Language) -> re.Pattern[str]:
    source = (_ASKED if table == "asked" else _HELD)[kind][language]
    # Arabic patterns meet normalised text; English ones need its capitals.
    caseless = table == "asked" or kind in _CASELESS
    return re.compile(source, re.IGNORECASE if caseless else 0)


def asked(question: str, language: Language) -> tuple[float, ...]:
    """For each of KINDS, 1.0 when the question asks for it, else 0.0."""
    text = normalise(question)
    return tuple(float(bool(_pattern("asked", kind, language).search(text))) for kind in KINDS)


@lru_cache(maxsize=20_000)
def held(sentence: str, language: Language) -> tuple[float, ...]:
    """For each of KINDS, 1.0 when the sentence holds such a thing, else 0.0."""
    text = normalise(sentence) if language == "ar" else sentence
    return tuple(float(bool(_pattern("held", kind, language).search(text))) for kind in KINDS)
