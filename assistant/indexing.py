"""Articles become a searchable collection, and a collection a folder of files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assistant.embedding import Embedder
from assistant.errors import ReadingError
from assistant.models import Article, Passage, heading
from assistant.reading import align, cut
from assistant.retrieval.collection import Collection
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.tokens import pack
from vectorstore import VectorStore

# Raised when passages or what is kept of them change: older indexes are then made anew.
PIPELINE = 3
_BATCH = 64
# Of a title, as many words as stand before each passage while it is embedded.
_TITLE_WORDS = 40
# Tokens that a model adds: its prompt's, its marks.
_SPECIAL = 8


@dataclass(frozen=True)
class Piece:
    """A passage to index.

    Attributes:
        passage: Of an original or of a translation.
        original: For a translation's passage, the id of the passage it translates.
    """

    passage: Passage
    original: str | None = None


class _Titled(NamedTuple):
    """A passage's text, and its article's title, which stands before it while it is embedded.

    Paragraphs of an article seldom name its subject again: with the title before them they are
    found by it.
    """

    title: str
    text: str


@dataclass(frozen=True)
class _Embedded:
    vector: npt.NDArray[np.float32]
    codes: npt.NDArray[np.uint8]
    spans: npt.NDArray[np.int32]


def pieces_of(
    articles: Sequence[Article], embedder: Embedder, passage_tokens: int
) -> tuple[list[Piece], list[ReadingError]]:
    """Cut articles; a translation is cut where its original is, so that passages pair up.

    Returns:
        The passages, and why translations that don't align stand alone.
    """
    window = min(passage_tokens, embedder.max_tokens - _SPECIAL)
    by_id = {article.id: article for article in articles}
    cuts: dict[str, tuple[Passage, ...]] = {}
    pieces: list[Piece] = []
    problems: list[ReadingError] = []
    for article in sorted(articles, key=lambda article: article.translation_of is not None):
        original = by_id.get(article.translation_of or "")
        if original is not None and original.id in cuts:
            try:
                pieces += _beside(original, article, cuts[original.id])
                continue
            except ReadingError as problem:
                problems.append(problem)
        cuts[article.id] = cut(article, embedder.count_tokens, window)
        pieces += [Piece(passage) for passage in cuts[article.id]]
    return pieces, problems


def _fitting(passage: _Titled, embedder: Embedder) -> str:
    """What stands before a passage: the title, or as much of it as there is room for."""
    kept = passage.title.split()[:_TITLE_WORDS]
    if not kept:
        return ""
    room = embedder.max_tokens - _SPECIAL - embedder.count_tokens(passage.text)
    while kept and embedder.count_tokens(" ".join(kept)) > room:
        kept.pop()
    return heading(" ".join(kept))


def _beside(original: Article, translation: Article, passages: Iterable[Passage]) -> list[Piece]:
    alignment = align(original, translation)
    pieces = []
    for number, passage in enumerate(passages, 1):
        start, end = alignment.translation_span(passage.start, passage.end)
        translated = Passage(
            id=f"{translation.id}#{number}",
            article_id=translation.id,
            text=translation.text[start:end],
            start=start,
            end=end,
        )
        pieces.append(Piece(translated, passage.id))
    return pieces


def build(
    articles: Sequence[Article],
    embedder: Embedder,
    lexicon: Lexicon,
    *,
    passage_tokens: int,
    notes: Mapping[str, Any],
    before: Collection | None = None,
) -> tuple[Collection, list[ReadingError]]:
    """Embed and index articles.

    Args:
        articles: Originals and translations.
        embedder: Embeds passages and their tokens.
        lexicon: Joins the languages in lexical search.
        passage_tokens: Longest passage.
        notes: Kept in the store's manifest.
        before: A collection of the same embedder: passages with the same text are not
            embedded again.

    Returns:
        The collection, and why translations that don't align stand alone.
    """
    pieces, problems = pieces_of(articles, embedder, passage_tokens)
    titles = {each.id: each.title for each in articles}
    texts = [_Titled(titles[piece.passage.article_id], piece.passage.text) for piece in pieces]
    embedded = _embed(texts, embedder, before)
    sizes = [len(item.codes) for item in embedded]
    dim = embedder.dim
    store = VectorStore.build(
        np.stack([item.vector for item in embedded])
        if embedded
        else np.zeros((0, dim), dtype=np.float32),
        [_record(piece) for piece in pieces],
        documents=[article.model_dump(mode="json") for article in articles],
        arrays={
            "token_offsets": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            "token_codes": _joined([item.codes for item in embedded], (0, -(-dim // 2)), "u1"),
            "token_spans": _joined([item.spans for item in embedded], (0, 2), "i4"),
        },
        model=embedder.model_id,
        fingerprint=embedder.fingerprint,
        notes={
            **notes,
            "pipeline": PIPELINE,
            "passage_tokens": passage_tokens,
            "indexed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )
    return collection_of(store, lexicon), problems


def collection_of(store: VectorStore, lexicon: Lexicon) -> Collection:
    """What a store holds, as articles and passages."""
    articles = [Article.model_validate(document) for document in store.documents]
    by_id = {article.id: article for article in articles}
    passages = []
    for record in store.records:
        text = by_id[str(record["article_id"])].text
        start, end = int(str(record["start"])), int(str(record["end"]))
        passages.append(
            Passage(
                id=str(record["id"]),
                article_id=str(record["article_id"]),
                text=text[start:end],
                start=start,
                end=end,
            )
        )
    return Collection(store, by_id, tuple(passages), lexicon)


def _record(piece: Piece) -> dict[str, Any]:
    return {**piece.passage.model_dump(exclude={"text"}), "original": piece.original}


def _joined(parts: Sequence[Any], empty: tuple[int, int], kind: str) -> npt.NDArray[Any]:
    return np.concatenate([*parts, np.zeros(empty, dtype=kind)]).astype(kind)


def _embed(
    texts: Sequence[_Titled], embedder: Embedder, before: Collection | None
) -> list[_Embedded]:
    known = _known(before) if before is not None else {}
    fresh = [text for text in dict.fromkeys(texts) if text not in known]
    for start in range(0, len(fresh), _BATCH):
        batch = fresh[start : start + _BATCH]
        headings = [_fitting(each, embedder) for each in batch]
        vectors, tokens = embedder.embed_passages_with_tokens(
            [before_it + each.text for before_it, each in zip(headings, batch, strict=True)]
        )
        for each, before_it, vector, token in zip(batch, headings, vectors, tokens, strict=True):
            spans = token.spans - len(before_it)
            own = spans[:, 1] > 0
            known[each] = _Embedded(
                vector, pack(token.vectors[own]), np.maximum(spans[own], 0).astype(np.int32)
            )
    return [known[text] for text in texts]


def _known(before: Collection) -> dict[_Titled, _Embedded]:
    return {
        _Titled(before.articles[passage.article_id].title, passage.text): _Embedded(
            before.store.vectors[row], *before.token_codes(row)
        )
        for row, passage in enumerate(before.passages)
    }
