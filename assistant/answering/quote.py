"""Answers without a language model: the sentences that answer, quoted and cited."""

from __future__ import annotations

import re
from collections.abc import Collection as Container
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.answering import wording
from assistant.answering.features import Sentence, only_asks, place_of
from assistant.language import Language, normalise, sentences
from assistant.models import Article, ArticleInfo, Citation, Passage
from assistant.onnx_reader import UNREAD
from assistant.retrieval.collection import Collection

Place = tuple[str, int, int]

# A sentence is quoted beside the best one when it is at least this likely to be the answer.
LEAST_SHARE = 0.03
# One of another article than those quoted must be read so, too, as log odds: without it one answer
# in ten quoted several articles, seldom rightly.
LEAST_READ_ELSEWHERE = -2.0
# Beside one that the reader takes for likelier, none that it reads lower, as log odds, is quoted
# with a smaller share: hardly any of these held the answer.
LEAST_READ_BESIDE, LEAST_SHARE_BESIDE = -8.0, 0.15
# These lean on the sentence before them; normalised.
_LEANS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"^\W*(?:(?:and|but|so|then)\s+)?(?:he|she|it|they|this|that|these|those|his|her|its|their|"
        r"the (?:former|latter)|both)\b"
        r"|.*\b(?:he|she|they) (?:said|says|added|adds|explained|noted)\W*$",
    ),
    "ar": re.compile(
        r"^\W*[وف]?(?:هو|هي|هم|هما|هذا|هذه|هولا|ذلك|تلك|لكنه|لكنها|لكنهم|انه|انها|كلاهما|"
        r"اضافت?|تابعت?|اردفت?|استطردت?|كانت? قد)\b"
        # Said by somebody named before: "وأشار إلى أن", "ويقول:".
        r"|^\W*[وف](?:(?:اشار|قال|اكد|اوضح|ذكر|لفت|نفي?|شدد|اعتبر|راي|اعلن|كشف|ختم)ت?"
        r"|[يت](?:شير|قول|وكد|وضح|ذكر|لفت|نفي|شدد|عتبر|ري|علن|كشف|ضيف))"
        r"(?:\s+(?:(?:الي|علي)\s+|ب)?ان(?:ه|ها|هم)?\b|\s+الي\b|\s+بالقول\b|\s*:)",
    ),
}
_SHORT_WORDS = 4
_BULLET = re.compile(r"[-–—*•▪●◙]\s+(?=\S)")
_QUOTED = re.compile(r'«[^«»\n]{,400}»|“[^“”\n]{,400}”|(?<!\w)"(?=\S)[^"\n]{,400}(?<=\S)"(?!\w)')


@dataclass(frozen=True)
class Quotation:
    """A citation and the words that the answer shows for it.

    Attributes:
        citation: Of the original.
        shown: The quote, or its translation in the question's language.
        language: Of what is shown.
        named: The article as the answer names it: the original, or the translation shown.
    """

    citation: Citation
    shown: str
    language: Language
    named: ArticleInfo


def quotations(
    collection: Collection,
    ranked: Sequence[Sentence],
    language: Language,
    *,
    most: int,
    exclude: Container[Place] = (),
) -> list[Quotation]:
    """Turn the best sentences into citations of the originals, each once, by article.

    Args:
        collection: Holds the articles.
        ranked: Sentences, best first.
        language: The question's.
        most: How many at most.
        exclude: Article id, start and end of quotes that were given before; beside them even
            the first must be LEAST_SHARE likely.
    """
    found: dict[str, list[tuple[Article, tuple[int, int]]]] = {}
    taken = [*exclude]
    for sentence in ranked:
        if len(taken) == most + len(exclude) or (taken and sentence.share < LEAST_SHARE):
            break
        unlike = UNREAD != sentence.read < LEAST_READ_BESIDE <= ranked[0].read
        if unlike and sentence.share < LEAST_SHARE_BESIDE:
            continue
        article, start, end = original_place(collection, sentence)
        if overlaps(taken, (article, start, end)):
            # What it leans on may be quoted already.
            article, start, end = original_place(collection, sentence, alone=True)
        if overlaps(taken, (article, start, end)):
            continue
        if found and article.id not in found and sentence.read < LEAST_READ_ELSEWHERE:
            continue
        taken.append((article.id, start, end))
        found.setdefault(article.id, []).append((article, (start, end)))
    ordered = [place for places in found.values() for place in places]
    return [
        _quotation(collection, article, place, language, number)
        for number, (article, place) in enumerate(ordered, 1)
    ]


def overlaps(taken: Container[Place], place: tuple[Article, int, int]) -> bool:
    """Whether part of a place in an article is taken."""
    article, start, end = place
    return any(other == article.id and first < end and start < last for other, first, last in taken)


def not_quoted(
    collection: Collection, ranked: Iterable[Sentence], exclude: Container[Place]
) -> list[Sentence]:
    """The sentences that no quote given before holds any of."""
    return [
        sentence
        for sentence in ranked
        if not (exclude and overlaps(exclude, original_place(collection, sentence, alone=True)))
    ]


def original_place(
    collection: Collection, sentence: Sentence, *, alone: bool = False
) -> tuple[Article, int, int]:
    """Where the original says it, with the sentences that it can't be read without.

    Args:
        collection: Holds the article.
        sentence: Of the original or of a translation.
        alone: The sentence only.
    """
    article, start, end = place_of(collection, sentence)
    if not alone:
        start = leaning_start(collection, sentence)
        # With the passage before, for quotation marks there.
        around = _passage_around(collection.passages_of(article.id), article, (start, end))
        first = around.start
        start, end = (first + at for at in _unbroken(around.text, start - first, end - first))
    original = collection.articles.get(article.translation_of or "")
    if original is not None and sentence.candidate.row != sentence.candidate.variant:
        alignment = collection.alignments_of_translations[article.id]
        start, end = alignment.original_of(start, end)
        article = original
    bullet = _BULLET.match(article.text, start, end)
    return article, bullet.end() if bullet else start, end


def leaning_start(collection: Collection, sentence: Sentence) -> int:
    """Where in its article a sentence begins, or the one before that it leans on."""
    article, start, end = place_of(collection, sentence)
    # The sentence before may be the last of the passage before.
    passages = reversed(collection.passages_of(article.id))
    others = (each.start for each in passages if each.start < start)
    first = next((at for at in others if article.text[at:start].strip()), start)
    before = sentences(article.text[first:start])
    if not before:
        return start
    begin, stop = (first + at for at in before[-1])
    if "\n" in article.text[stop:start]:
        # What stands in another paragraph is another thought, but for what is answered here.
        return begin if only_asks(article.text, begin, stop) else start
    words = article.text[start:end]
    leans = _LEANS[sentence.language].match(normalise(words)) or len(words.split()) < _SHORT_WORDS
    return begin if leans else start


def _unbroken(text: str, start: int, end: int) -> tuple[int, int]:
    """Widened to the sentences of quotations that would be cut."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    while True:
        cut = [span for span in quoted if any(span[0] < at < span[1] for at in (start, end))]
        if not cut:
            return start, end
        start = min(start, *(first for first, _ in cut))
        end = max(end, *(last for _, last in cut))
        touched = [span for span in sentences(text) if span[0] < end and start < span[1]]
        start, end = touched[0][0], touched[-1][1]


def _quotation(
    collection: Collection,
    article: Article,
    place: tuple[int, int],
    language: Language,
    number: int,
) -> Quotation:
    start, end = place
    quote = article.text[start:end]
    beside = collection.translated(article, start, end, language)
    named, translation = (beside[0].info(), beside[1]) if beside else (article.info(), None)
    passage = _passage_around(collection.passages_of(article.id), article, place)
    citation = Citation(
        number=number,
        article=article.info(),
        passage=passage,
        quote=quote,
        start=start,
        end=end,
        translation=translation,
    )
    shown = language if translation else article.language
    return Quotation(citation, translation or quote, shown, named)


def _passage_around(
    passages: Sequence[Passage], article: Article, place: tuple[int, int]
) -> Passage:
    """The passage that holds a place, or several as one where a translation joins them."""
    held = [passage for passage in passages if passage.start < place[1] and place[0] < passage.end]
    first, last = held[0], held[-1]
    if first is last:
        return first
    text = article.text[first.start : last.end]
    return first.model_copy(update={"text": text, "end": last.end})


def pieces(
    found: Sequence[Quotation], language: Language, *, begins: bool = False
) -> Iterator[str]:
    """The answer's text, piece by piece: an introduction for each article, then its quotes.

    Args:
        found: In order.
        language: The question's.
        begins: Whether the quotes are how articles begin, and not what was asked for.
    """
    introduction = wording.beginning if begins else wording.introduction
    current = ""
    for quotation in found:
        citation = quotation.citation
        lead = " "
        if citation.article.id != current:
            opening = introduction(quotation.named, language, quotation.language)
            lead = f"\n\n{opening} " if current else f"{opening} "
            current = citation.article.id
        yield f"{lead}{wording.quoted(quotation.shown, quotation.language)} [{citation.number}]"
