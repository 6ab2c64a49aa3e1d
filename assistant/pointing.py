"""Questions that point at what was just shown: the article quoted, or the words."""

from __future__ import annotations

import re

from assistant.answering.overview import about_one, standalone
from assistant.answering.overview_phrases import Wanted
from assistant.language import detect, words
from assistant.models import Answer

# "Who said that?", in normalised words.
_WHO_SAID = re.compile(
    r"(?:and |so |but )?(?:who|whom) (?:else )?(?:says?|said|told (?:you|us)|claims|claimed)"
    r"(?: (?:that|this|so|it|these words))?"
    r"|و?(?:من|مين|شكون|منو)(?: هو)?(?: الذي| اللي)? (?:قال|قاله|قالها|صرح|ذكر|حكي|بيقول|يقول)"
    r"(?: (?:ب?ذلك|ب?هذا|هيك|كده|كدا|هكذا|هذا الكلام|هالكلام|هالحكي|الكلام ده|هاد الشي))?"
)


def pointed_at(question: str, quoted: Answer, kind: Wanted | None) -> str | None:
    """Make a question stand alone that is about the article quoted, or about the quote.

    Args:
        question: As typed.
        quoted: The last answer that quoted something.
        kind: What it wants to know of an article as a whole, if it does.

    Returns:
        None where it points at neither.
    """
    citation = quoted.citations[0]
    if kind not in (None, "count") and about_one(question) and citation.article.title:
        return standalone(kind, citation.article.title, detect(question))
    if _WHO_SAID.fullmatch(" ".join(word.text for word in words(question))):
        return f"{question} {citation.translation or citation.quote}"
    return None
