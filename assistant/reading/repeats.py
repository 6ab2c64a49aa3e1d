"""Pull quotes and other copies of what the article says elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from assistant.language import words
from assistant.reading.cleaning import is_set_apart

_SHORTEST_COPY = 5  # words; shorter ones ("Yes, of course.") may well be said twice
_SHORTEST_EXCERPT = 8  # words, of a copy that nothing sets apart
_LONGEST_PULL_QUOTE = 80  # words
_NEARLY = 0.9
_MOST_PARAGRAPHS = 500  # a book has no pull quotes, and comparing is quadratic


def without_repeats(paragraphs: Sequence[str]) -> list[str]:
    """Drop the paragraphs that another one repeats.

    A copy word for word goes, and so does a paragraph that looks like a pull quote and whose
    words stand together, nearly all and in whatever order, in another paragraph.
    """
    terms = [_terms(paragraph) for paragraph in paragraphs]
    kept = _without_copies(paragraphs, terms)
    if len(kept) <= _MOST_PARAGRAPHS:
        for index in list(kept):
            others = (terms[other] for other in kept if other != index)
            if _is_excerpt(terms[index], is_set_apart(paragraphs[index]), others):
                kept.remove(index)
    return [paragraphs[index] for index in kept]


def _terms(paragraph: str) -> list[str]:
    # The Arabic "and" is written onto a word, and an editor adds or drops it freely.
    return [
        word.text[1:] if word.text[0] == "و" and len(word.text) > 3 else word.text
        for word in words(paragraph)
    ]


def _without_copies(paragraphs: Sequence[str], terms: Sequence[list[str]]) -> list[int]:
    """Indices without exact copies; of two, the one that nothing sets apart stays."""
    chosen: dict[tuple[str, ...], int] = {}
    for index, own in enumerate(terms):
        key = tuple(own) if len(own) >= _SHORTEST_COPY else (str(index), "")
        first = chosen.setdefault(key, index)
        if is_set_apart(paragraphs[first]) and not is_set_apart(paragraphs[index]):
            chosen[key] = index
    return sorted(chosen.values())


def _is_excerpt(own: list[str], set_apart: bool, others: Iterable[list[str]]) -> bool:
    if not set_apart:
        phrase = f" {' '.join(own)} "
        return len(own) >= _SHORTEST_EXCERPT and any(
            phrase in f" {' '.join(other)} " for other in others if len(other) > len(own)
        )
    if not _SHORTEST_COPY <= len(own) <= _LONGEST_PULL_QUOTE:
        return False
    wanted = Counter(own)
    return any(_stands_in(wanted, other) for other in others)


def _stands_in(wanted: Counter[str], terms: list[str]) -> bool:
    """Whether nearly all the words stand in one stretch of a paragraph, and every number."""
    size = wanted.total()
    if len(wanted.keys() & set(terms)) < _NEARLY * len(wanted) - 1:
        return False
    if not {word for word in wanted if word[0].isdigit()} <= set(terms):
        return False
    stretch = size + size // 5
    missing = Counter(wanted)
    found = 0
    for index, word in enumerate(terms):
        found += missing[word] > 0
        missing[word] -= 1
        if index >= stretch:
            left = terms[index - stretch]
            missing[left] += 1
            found -= missing[left] > 0
        if found >= _NEARLY * size:
            return True
    return False
