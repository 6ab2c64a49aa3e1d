"""A collection as it is searched: articles, their passages, and what was computed of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assistant.language import LANGUAGES, Language, words
from assistant.models import Article, Passage, heading
from assistant.reading.alignment import Alignment, align
from assistant.retrieval.arabizi import Arabizi
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.lexicon import Lexicon
from assistant.retrieval.slips import Slips
from vectorstore import VectorStore

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Collection:
    """Articles and passages, ready to be searched; never changed, only replaced.

    Attributes:
        store: One row for each passage.
        articles: By id, translations too.
        passages: One for each row, in the store's order.
        lexicon: Joins the two languages in lexical search.
    """

    store: VectorStore
    articles: Mapping[str, Article]
    passages: Sequence[Passage]
    lexicon: Lexicon = field(repr=False)

    @cached_property
    def languages(self) -> tuple[Language, ...]:
        """The language of each row."""
        return tuple(self.articles[passage.article_id].language for passage in self.passages)

    def headed(self, row: int) -> str:
        """A passage's text with its article's heading before it."""
        passage = self.passages[row]
        return heading(self.articles[passage.article_id].title) + passage.text

    @cached_property
    def rows_by_language(self) -> dict[Language, Rows]:
        """The rows of each language that the collection holds."""
        languages = np.array(self.languages)
        rows = {language: np.flatnonzero(languages == language) for language in LANGUAGES}
        return {language: found for language, found in rows.items() if len(found)}

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The lexical index over all rows."""
        texts = [self.headed(row) for row in range(len(self.passages))]
        return LexicalIndex.build(texts, self.languages, self.lexicon)

    @cached_property
    def arabizi(self) -> Arabizi:
        """What reads Arabic that is typed in Latin letters."""
        texts = [self.passages[row].text for row in self.rows_by_language.get("ar", ())]
        return Arabizi(texts, self.lexicon)

    @cached_property
    def slips(self) -> Slips:
        """What mends slips of the keys."""
        return Slips(self.lexical, self.lexicon)

    @cached_property
    def originals(self) -> Rows:
        """For each row, the row of the original passage: its own unless it is a translation's."""
        rows = np.arange(len(self.passages))
        number = {passage.id: row for row, passage in enumerate(self.passages)}
        for row, record in enumerate(self.store.records):
            rows[row] = number.get(str(record.get("original")), row)
        return rows

    @cached_property
    def alignments_of_translations(self) -> dict[str, Alignment]:
        """For each translation that stands beside its original: how they align."""
        beside = {
            self.passages[row].article_id
            for row, original in enumerate(self.originals)
            if row != original
        }
        translations = [self.articles[article_id] for article_id in sorted(beside)]
        return {
            translation.id: align(self.articles[str(translation.translation_of)], translation)
            for translation in translations
        }

    @cached_property
    def alignments(self) -> dict[str, tuple[Article, Alignment]]:
        """For each original that has a translation beside it: that, and how they align."""
        # Of several, one in the other language: the last to be set stays.
        ordered = sorted(
            self.alignments_of_translations.values(),
            key=lambda found: found.original.language != found.translation.language,
        )
        return {found.original.id: (found.translation, found) for found in ordered}

    def translated(
        self, article: Article, start: int, end: int, language: Language
    ) -> tuple[Article, str] | None:
        """The translation that says a range of an original in `language`, and its words there."""
        if article.language == language or article.id not in self.alignments:
            return None
        beside, alignment = self.alignments[article.id]
        if beside.language != language:
            return None
        return beside, alignment.translation_of(start, end)

    def beside(self, article: Article, start: int, end: int) -> tuple[Article, int, int] | None:
        """Where the translation beside an article, or its original, says a range of its text."""
        if own := self.alignments_of_translations.get(article.id):
            return own.original, *own.original_of(start, end)
        if article.id in self.alignments:
            translation, alignment = self.alignments[article.id]
            return translation, *alignment.translation_span(start, end)
        return None

    @cached_property
    def _rows_of(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row, passage in enumerate(self.passages):
            found.setdefault(passage.article_id, []).append(row)
        return found

    def rows_beside(self, article_id: str) -> Rows:
        """The rows of all articles but one and its translations."""
        return np.flatnonzero(~np.isin(self.originals, self._rows_of.get(article_id, [])))

    @cached_property
    def rows_of_originals(self) -> dict[str, list[int]]:
        """The rows of each article, in its order, without translations beside their originals."""
        return {
            article_id: rows
            for article_id, rows in self._rows_of.items()
            if self.articles[article_id].translation_of not in self.articles
        }

    @cached_property
    def originals_by_title(self) -> dict[str, list[str]]:
        """The ids of the originals that have each title, or whose translation has; as words."""
        found: dict[str, list[str]] = {}
        for article in self.articles.values():
            title = " ".join(word.text for word in words(article.title))
            own = article.id in self.rows_of_originals
            original = article.id if own else article.translation_of or ""
            if title and original in self.rows_of_originals:
                ids = found.setdefault(title, [])
                ids += [original] if original not in ids else []
        return found

    def passages_of(self, article_id: str) -> Sequence[Passage]:
        """The passages of one article, in its order."""
        return [self.passages[row] for row in self._rows_of.get(article_id, ())]

    def token_codes(self, row: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """The packed token vectors of a passage, (n_tokens, bytes), and their spans in it."""
        offsets = self.store.arrays["token_offsets"]
        tokens = slice(int(offsets[row]), int(offsets[row + 1]))
        return self.store.arrays["token_codes"][tokens], self.store.arrays["token_spans"][tokens]
