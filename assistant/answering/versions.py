"""What the reader reads of a sentence: in both languages, with what stands before, in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from assistant.answering.facts import asked_facts, beginning_of, passage_of
from assistant.answering.features import Sentence, Vectors, place_of
from assistant.answering.names import Translations
from assistant.language import sentences
from assistant.models import Article
from assistant.onnx_reader import OnnxReader, Text
from assistant.retrieval.collection import Collection

LONG, PART = 280, 170
"""Characters of a sentence from which on its parts are read as well, and of such a part, about:
the reader learnt from sentences of a hundred or two."""
MOST_PARTS = 8
"""What a translation stands beside may be a whole paragraph, of any length."""
_COMMA = re.compile(r"[،,؛;:–]\s+")
_REACH = 600  # characters before a sentence, in which the one before it is looked for


def read_of(
    collection: Collection, found: Sequence[Sentence], reader: OnnxReader, asked: str
) -> Vectors:
    """What the reader says of sentences, (n,).

    A sentence with a translation beside it is read in both languages, for the mean, which errs less
    than either; a long one is read whole and in parts, and counts as the best of them.

    Args:
        collection: Holds the sentences.
        found: To be read.
        reader: Reads them.
        asked: The question.
    """
    if not found:
        return np.zeros(0, dtype=np.float32)
    versions = [_versions_of(collection, each, asked) for each in found]
    texts = [text for each in versions for version in each for text in version]
    odds = iter(reader.scores(asked, texts).tolist())
    read = [[max(next(odds) for _ in version) for version in each] for each in versions]
    return np.array([np.mean(each) for each in read], dtype=np.float32)


def _versions_of(collection: Collection, sentence: Sentence, asked: str) -> list[list[Text]]:
    """A sentence as found, and what it translates or what translates it."""
    place = place_of(collection, sentence)
    places = [each for each in (place, collection.beside(*place)) if each]
    return [[text for text, _, _ in texts_at(*at, asked, collection.lexicon)] for at in places]


def texts_at(
    article: Article, start: int, end: int, asked: str, lexicon: Translations
) -> Iterator[tuple[Text, int, int]]:
    """A sentence of an article, and the parts of a long one, as the reader reads them.

    Returns:
        Each with the title and the sentence, or part, before; where it begins and ends.
    """
    whole, before = article.text[start:end], sentence_before(article.text, start)
    yield _naming(article, before, whole, asked, lexicon), start, end
    parts = list(islice(_parts(whole), MOST_PARTS)) if len(whole) > LONG else []
    for first, last in parts if len(parts) > 1 else []:
        text = _naming(article, whole[:first] or before, whole[first:last], asked, lexicon)
        yield text, start + first, start + last


def _naming(
    article: Article, before: str, sentence: str, asked: str, lexicon: Translations
) -> Text:
    """What is read of a sentence, with the names asked for that only the rest of its article holds.

    They go before the title: news names a ship once and calls it "the freighter" from then on.
    """
    text = Text(article.title, before, sentence)
    names = asked_facts(asked, lexicon).names
    if not names:
        return text
    lacking = tuple(passage_of("\n".join(text), lexicon).unknown_names(names, asked))
    if not lacking:  # The article is longer to read.
        return text
    nowhere = set(beginning_of(article, lexicon).unknown_names(lacking, asked))
    held = " ".join(asked[each.start : each.end] for each in lacking if each not in nowhere)
    return text._replace(title=": ".join(filter(None, (held, article.title))))


def _parts(sentence: str) -> Iterator[tuple[int, int]]:
    """Where a sentence falls apart at its commas, into stretches of PART characters if it can."""
    begin = last = 0
    for end in [*(comma.end() for comma in _COMMA.finditer(sentence)), len(sentence)]:
        if end - begin > PART and last > begin:
            yield begin, last
            begin = last
        last = end
    yield begin, last


def sentence_before(text: str, at: int) -> str:
    """The sentence that ends before a character of an article; "" at its beginning."""
    reach = text[max(0, at - _REACH) : at]
    start, end = (sentences(reach) or [(0, 0)])[-1]
    return reach[start:end]
