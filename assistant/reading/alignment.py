"""Which stretch of a translation says what a stretch of the original says."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import ReadingError
from assistant.language import sentences
from assistant.models import Article
from assistant.reading.passages import paragraphs

Span = tuple[int, int]

# Gale and Church (1993), "A Program for Aligning Sentences in Bilingual Corpora", tables 5 and 6.
_VARIANCE = 6.8
_PRIORS = {
    (1, 1): 0.89,
    (1, 0): 0.005,
    (0, 1): 0.005,
    (2, 1): 0.0445,
    (1, 2): 0.0445,
    (2, 2): 0.011,
}
_MOST_CELLS = 100_000  # of one table; longer lists are aligned near the diagonal


@dataclass(frozen=True)
class Pair:
    """A stretch of the original and what translates it.

    Attributes:
        original: In characters of the original's text, end exclusive.
        translation: In characters of the translation's text, end exclusive.
    """

    original: Span
    translation: Span


@dataclass(frozen=True)
class Alignment:
    """An original beside its translation.

    Attributes:
        original: The article translated.
        translation: The article that translates it.
        pairs: In order, without gaps in either text: one to two sentences against one to two,
            or a whole paragraph against a whole paragraph.
    """

    original: Article
    translation: Article
    pairs: tuple[Pair, ...]

    def translation_of(self, start: int, end: int) -> str:
        """The translated sentences for a range of the original's text.

        Raises:
            ValueError: the range is empty or outside the text.
        """
        return self.translation.text[slice(*self.translation_span(start, end))]

    def translation_span(self, start: int, end: int) -> Span:
        """Where the translated sentences for a range of the original's text are.

        Raises:
            ValueError: the range is empty or outside the text.
        """
        spans = [pair.original for pair in self.pairs]
        first, last = _touched(spans, start, end, len(self.original.text))
        return self.pairs[first].translation[0], self.pairs[last].translation[1]

    def original_of(self, start: int, end: int) -> Span:
        """The range of the original's text for a range of the translation's.

        Raises:
            ValueError: the range is empty or outside the text.
        """
        spans = [pair.translation for pair in self.pairs]
        first, last = _touched(spans, start, end, len(self.translation.text))
        return self.pairs[first].original[0], self.pairs[last].original[1]


def align(original: Article, translation: Article) -> Alignment:
    """Pair paragraphs one to one, and sentences within them by their lengths.

    A sentence that the other language leaves out belongs to its neighbour's pair, so that every
    pair has words on both sides.

    Raises:
        ReadingError: the two have not the same number of paragraphs.
    """
    source, target = paragraphs(original.text), paragraphs(translation.text)
    ratio = _letters(target) / max(1, _letters(source))
    if len(source) != len(target):
        raise _counts_differ(original, translation, source, target)
    pairs: list[Pair] = []
    for left, right in zip(source, target, strict=True):
        lefts, rights = _sentences(original.text, left), _sentences(translation.text, right)
        for i, j in _joined(_beads(_lengths(lefts), _lengths(rights), ratio)):
            pairs.append(Pair(_hull(lefts[slice(*i)]), _hull(rights[slice(*j)])))
    return Alignment(original, translation, tuple(pairs))


def _sentences(text: str, paragraph: Span) -> list[Span]:
    offset = paragraph[0]
    return [(a + offset, b + offset) for a, b in sentences(text[slice(*paragraph)])]


def _lengths(spans: Sequence[Span]) -> list[int]:
    return [end - start for start, end in spans]


def _letters(spans: Sequence[Span]) -> int:
    return sum(_lengths(spans))


def _hull(spans: Sequence[Span]) -> Span:
    return spans[0][0], spans[-1][1]


def _touched(spans: Sequence[Span], start: int, end: int, size: int) -> Span:
    """The first and the last span that a range touches, or the ones around it."""
    if not 0 <= start < end <= size:
        raise ValueError(f"No range of the text: {start} to {end} of {size} characters.")
    first = bisect_right([span[1] for span in spans], start)
    last = bisect_left([span[0] for span in spans], end) - 1
    first, last = min(first, len(spans) - 1), max(last, 0)
    return min(first, last), max(first, last)


def _cost(left: int, right: int, ratio: float) -> float:
    """Minus the log of how likely lengths like these are, for texts that translate each other."""
    if not left or not right:
        return 0.0  # Left out: the prior says how rare that is, whatever the length.
    mean = (left + right / ratio) / 2
    delta = abs(right - left * ratio) / math.sqrt(_VARIANCE * mean)
    return -math.log(max(math.erfc(delta / math.sqrt(2)), 1e-300))


def _beads(left: list[int], right: list[int], ratio: float) -> list[tuple[Span, Span]]:
    """The likeliest pairing of two lists of lengths, as index ranges of both."""
    rows, columns = len(left), len(right)
    reach = max(25, _MOST_CELLS // max(1, rows), abs(rows - columns) + 2)
    left_sums, right_sums = _sums(left), _sums(right)
    best: dict[Span, tuple[float, Span]] = {(0, 0): (0.0, (0, 0))}
    for i in range(rows + 1):
        middle = round(i * columns / max(1, rows))
        for j in range(max(0, middle - reach), min(columns, middle + reach) + 1):
            options = [
                (
                    best[i - di, j - dj][0]
                    - math.log(prior)
                    + _cost(
                        left_sums[i] - left_sums[i - di], right_sums[j] - right_sums[j - dj], ratio
                    ),
                    (di, dj),
                )
                for (di, dj), prior in _PRIORS.items()
                if (i - di, j - dj) in best
            ]
            if options:
                best[i, j] = min(options)
    beads = []
    i, j = rows, columns
    while (i, j) != (0, 0):
        di, dj = best[i, j][1]
        beads.append(((i - di, i), (j - dj, j)))
        i, j = i - di, j - dj
    return beads[::-1]


def _sums(lengths: list[int]) -> list[int]:
    sums = [0]
    for length in lengths:
        sums.append(sums[-1] + length)
    return sums


def _joined(beads: list[tuple[Span, Span]]) -> list[tuple[Span, Span]]:
    """Join what has nothing on one side to the pair before it, or to the one after it."""
    joined: list[tuple[Span, Span]] = []
    for left, right in beads:
        lone = left[0] == left[1] or right[0] == right[1]
        waiting = joined and (
            joined[-1][0][0] == joined[-1][0][1] or joined[-1][1][0] == joined[-1][1][1]
        )
        if joined and (lone or waiting):
            joined[-1] = (joined[-1][0][0], left[1]), (joined[-1][1][0], right[1])
        else:
            joined.append((left, right))
    return joined


def _counts_differ(
    original: Article, translation: Article, source: Sequence[Span], target: Sequence[Span]
) -> ReadingError:
    """Say where the two begin to differ: the first paragraph that has no single partner."""
    # The whole texts' ratio is skewed by what is missing; Arabic and English are close to 1.
    ratio = 1.25 if original.language == "ar" else 0.8
    if original.language == translation.language:
        ratio = 1.0
    beads = _beads(_lengths(source), _lengths(target), ratio)
    (left, right) = next(bead for bead in beads if _size(bead) != (1, 1))
    place = max(0, min(right[0], len(target) - 1))
    excerpt = translation.text[slice(*target[place])][:60] if target else ""
    return ReadingError(
        translation.source or translation.id,
        f"has {len(target)} paragraphs and its original {original.id!r} has {len(source)}; they "
        f"seem to part at paragraph {place + 1} ({excerpt!r}), paragraph {left[0] + 1} there.",
        "Translate paragraph by paragraph, then read it again.",
    )


def _size(bead: tuple[Span, Span]) -> Span:
    (a, b), (c, d) = bead
    return b - a, d - c
