"""How an answer is worded in each language."""

from __future__ import annotations

import re
from datetime import date

from assistant.language import Language
from assistant.models import ArticleInfo

# White space, and the controls that no reader sees.
_GAP = r"[\s\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
_MARKER_LIKE = re.compile(rf"\[({_GAP}\d+(?:{_GAP}[,،–-]{_GAP}\d+)*{_GAP})\]")
_QUOTES: dict[Language, tuple[str, str]] = {"ar": ("«", "»"), "en": ("“", "”")}
_INNER: dict[Language, dict[int, str]] = {
    "ar": str.maketrans({"«": "“", "»": "”"}),
    "en": str.maketrans({"“": "‘", "”": "’"}),
}
_NOT_FOUND: dict[Language, str] = {
    "ar": "لا تجيب المقالات عن هذا السؤال.",
    "en": "The articles don't answer this question.",
}
_NOTHING_MORE: dict[Language, str] = {
    "ar": "لا تقول المقالات أكثر من ذلك.",
    "en": "The articles say nothing more about this.",
}
_THIRD: dict[Language, str] = {
    "ar": "يُجاب هنا عن الأسئلة بالعربية والإنجليزية فقط.",
    "en": "Questions are answered here in Arabic and English only.",
}
_COURTESY: dict[Language, str] = {
    "ar": "أهلا بك. اسأل عما تقوله المقالات، بالعربية أو الإنجليزية.",
    "en": "Hello. Ask what the articles say, in English or Arabic.",
}
_MONTHS: dict[Language, tuple[str, ...]] = {
    "ar": (
        "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو",
        "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def not_found(language: Language) -> str:
    """That the articles don't say."""
    return _NOT_FOUND[language]


def nothing_more(language: Language) -> str:
    """That what the articles say was quoted before."""
    return _NOTHING_MORE[language]


def third_language(language: Language) -> str:
    """That the question is in neither of the two languages, said in both."""
    other: Language = "en" if language == "ar" else "ar"
    return f"{_THIRD[language]} {_THIRD[other]}"


def courtesy(language: Language) -> str:
    """What is said to a greeting, to thanks, to a goodbye."""
    return _COURTESY[language]


def introduction(article: ArticleInfo, language: Language, shown: Language) -> str:
    """Who says so, when, and in which language where it isn't the question's.

    Args:
        article: The one quoted.
        language: The question's.
        shown: The language of the words that follow.
    """
    title, who = _titled(article, language), _credits(article, language)
    if language == "ar":
        what = f"جاء في مقال {title}" if title else "جاء في المقال"
    else:
        what = f"According to {title}" if title else "According to the article"
    return f"{what}{who}{_tongue(language, shown)}:"


def beginning(article: ArticleInfo, language: Language, shown: Language) -> str:
    """Who wrote an article and when, and that its beginning follows; as `introduction`."""
    title = _titled(article, language)
    author = plain(article.author) if article.author else ""
    when = day(article.published, language) if article.published else ""
    if language == "ar":
        by, on = f" بقلم {author}" if author else "", f"، نُشر في {when}" if when else ""
        tongue = _tongue(language, shown).removeprefix("،")
        return f"{f'مقال {title}' if title else 'المقال'}{by}{on}، ومطلعه{tongue}:"
    told = [f"was written by {author}"] if author else []
    told += [f"was published on {when}"] if when else []
    joined = f"{', '.join(told)} and " if told else ""
    return f"{title or 'The article'} {joined}begins{_tongue(language, shown)}:"


def _titled(article: ArticleInfo, language: Language) -> str:
    """The title in quotation marks; "" without one."""
    opening, closing = _QUOTES[language]
    title = plain(article.title).translate(_INNER[language])
    return f"{opening}{title}{closing}" if title else ""


def _credits(article: ArticleInfo, language: Language) -> str:
    """Who wrote the article and when, in brackets; "" where neither is known."""
    parts = [plain(article.author)] if article.author else []
    parts += [day(article.published, language)] if article.published else []
    comma = "، " if language == "ar" else ", "
    return f" ({comma.join(parts)})" if parts else ""


def _tongue(language: Language, shown: Language) -> str:
    if shown == language:
        return ""
    return "، بالإنجليزية" if language == "ar" else ", in Arabic"


def quoted(words: str, shown: Language) -> str:
    """Words in the quotation marks of their language."""
    opening, closing = _QUOTES[shown]
    return f"{opening}{plain(words)}{closing}"


def plain(words: str) -> str:
    """One line in which nothing looks like a citation's marker: [3] becomes (3)."""
    return _MARKER_LIKE.sub(r"(\1)", " ".join(words.split()))


def day(published: date, language: Language) -> str:
    """A date as it is written in running text."""
    return f"{published.day} {_MONTHS[language][published.month - 1]} {published.year}"


def fell_back(language: Language, error: Exception) -> str:
    """That the language model could not answer, and so the articles are quoted."""
    if language == "ar":
        return f"تعذّر استخدام النموذج اللغوي، فاقتُبست المقالات كما هي. ({error})"
    return f"The language model could not be used, so the articles are quoted. ({error})"


def broke_off(language: Language, error: Exception) -> str:
    """That the language model failed midway; what it said until then had been checked."""
    if language == "ar":
        return f"توقّف النموذج اللغوي قبل أن يتمّ الجواب. ({error})"
    return f"The language model broke off before the answer was complete. ({error})"
