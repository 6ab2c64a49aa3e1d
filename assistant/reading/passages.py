"""Articles cut into passages that fit the embedder's window."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from assistant.language import sentences
from assistant.models import Article, Passage

Span = tuple[int, int]
CountTokens = Callable[[str], int]

_BREAK = re.compile(r"\n\s*\n")
_REACH = 200  # How many characters to look for a space in, each way.
_SHORT = 8  # A paragraph below 1/8 of the window is too short to stand alone.


def cut(article: Article, count_tokens: CountTokens, max_tokens: int) -> tuple[Passage, ...]:
    """Cut an article at its paragraphs, and inside those that are too long at sentences.

    Short paragraphs (headings, one-liners) go with the next one where both fit. Passages don't
    overlap, and each character that isn't white space is in exactly one.

    Args:
        article: Its text may be anything.
        count_tokens: Tokens of a text, with whatever the embedder adds.
        max_tokens: No passage has more, unless a single character does.

    Returns:
        In the article's order; ids are `{article.id}#{n}`, counted from 1.
    """
    return tuple(
        Passage(
            id=f"{article.id}#{number}",
            article_id=article.id,
            text=article.text[start:end],
            start=start,
            end=end,
        )
        for number, (start, end) in enumerate(spans(article.text, count_tokens, max_tokens), 1)
    )


def spans(text: str, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Where the passages of a text are; see `cut`.

    Raises:
        ValueError: max_tokens is below 1.
    """
    if max_tokens < 1:
        raise ValueError(f"A passage of {max_tokens} tokens holds nothing; give 1 or more.")
    ruler = _Ruler(text, count_tokens, max_tokens)
    pieces = [piece for paragraph in paragraphs(text) for piece in ruler.fit(paragraph)]
    return list(ruler.join_short(pieces))


def paragraphs(text: str) -> list[Span]:
    """Where the paragraphs of a text are: blank lines divide them."""
    gaps = [match.span() for match in _BREAK.finditer(text)]
    starts = [0, *(end for _, end in gaps)]
    ends = [*(start for start, _ in gaps), len(text)]
    return [span for a, b in zip(starts, ends, strict=True) for span in _trimmed(text, a, b)]


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    """The span without white space around it; none when nothing is left."""
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
    return [(start, end)] if start < end else []


class _Ruler:
    """Measures stretches of one text in tokens, each as seldom as can be."""

    def __init__(self, text: str, count_tokens: CountTokens, max_tokens: int) -> None:
        self._text = text
        self._count = count_tokens
        self._max = max_tokens
        self._known: dict[Span, int] = {}

    def tokens(self, span: Span) -> int:
        if span not in self._known:
            self._known[span] = self._count(self._text[span[0] : span[1]])
        return self._known[span]

    def fit(self, paragraph: Span) -> list[Span]:
        """Cut a paragraph where it is too long."""
        if self.tokens(paragraph) <= self._max:
            return [paragraph]
        units = [part for unit in self._sentences(paragraph) for part in self._hard(unit)]
        return [part for group in self._grouped(units) for part in self._checked(group)]

    def _sentences(self, paragraph: Span) -> list[Span]:
        start, end = paragraph
        starts = [start + a for a, _ in sentences(self._text[start:end])] or [start]
        edges = [start, *starts[1:], end]
        return [span for a, b in itertools.pairwise(edges) for span in _trimmed(self._text, a, b)]

    def _hard(self, span: Span) -> list[Span]:
        """Cut inside a sentence, into parts of like length, at spaces where there are any."""
        start, end = span
        if self.tokens(span) <= self._max or end - start == 1:
            return [span]
        count = min(end - start, max(2, -(-self.tokens(span) // self._max)))
        cuts = {self._near(span, start + (end - start) * i // count) for i in range(1, count)}
        edges = [start, *sorted(cuts), end]
        parts = [
            part
            for a, b in itertools.pairwise(edges)
            for trimmed in _trimmed(self._text, a, b)
            for part in self._hard(trimmed)
        ]
        return [part for group in self._grouped(parts) for part in self._checked(group)]

    def _near(self, span: Span, wanted: int) -> int:
        """Where to cut near a place: at white space, or else not between a letter and its mark."""
        reach = range(min(_REACH, (span[1] - span[0]) // 4) + 1)
        near = [wanted + sign * step for step in reach for sign in (-1, 1)]
        inside = [at for at in near if span[0] < at < span[1]]
        spaces = (at for at in inside if self._text[at].isspace())
        whole = (at for at in inside if not _joins(self._text, at))
        return next(itertools.chain(spaces, whole), wanted)

    def _grouped(self, units: Sequence[Span]) -> list[list[Span]]:
        """Neighbours that fit together by the sum of their tokens.

        As few groups as can be, and of like size rather than full ones and a remainder.
        """
        best: list[tuple[int, int, int]] = [(0, 0, 0)]  # groups, sum of squares, last start
        for end in range(1, len(units) + 1):
            size = 0
            options = []
            for start in range(end - 1, -1, -1):
                size += self.tokens(units[start])
                if size > self._max and start < end - 1:
                    break
                groups, squares, _ = best[start]
                options.append((groups + 1, squares + size * size, start))
            best.append(min(options))
        grouped = []
        end = len(units)
        while end:
            start = best[end][2]
            grouped.append(list(units[start:end]))
            end = start
        return grouped[::-1]

    def _checked(self, group: list[Span]) -> list[Span]:
        """The group as one span, or halves of it if the whole counts more than its parts."""
        span = group[0][0], group[-1][1]
        if len(group) == 1 or self.tokens(span) <= self._max:
            return [span]
        half = len(group) // 2
        return [*self._checked(group[:half]), *self._checked(group[half:])]

    def join_short(self, pieces: Sequence[Span]) -> Iterator[Span]:
        """Join each short piece with the next, and a short last one with the one before."""
        done: list[Span] = []
        for piece in pieces:
            last = piece == pieces[-1]
            if done and (self._is_short(done[-1]) or (last and self._is_short(piece))):
                both = done[-1][0], piece[1]
                if self.tokens(both) <= self._max:
                    done[-1] = both
                    continue
            done.append(piece)
        yield from done

    def _is_short(self, span: Span) -> bool:
        return self.tokens(span) * _SHORT <= self._max


def _joins(text: str, at: int) -> bool:
    """Whether the character there belongs to the one before it."""
    return (
        unicodedata.category(text[at]) in ("Mn", "Me", "Mc", "Sk")
        or text[at] in "\u200c\u200d"
        or text[at - 1] == "\u200d"
    )
