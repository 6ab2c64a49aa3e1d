"""The façade: a folder of articles that answers questions."""

from __future__ import annotations

import threading
from collections.abc import Collection as Container
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answering.answerer import Answerer, Asked, Search, Writing, check_question
from assistant.answering.quote import Place
from assistant.conversation import Conversation, Rewriting
from assistant.embedding import Embedder, load_embedder
from assistant.embedding_together import Together
from assistant.errors import ArticleError, QuestionError, ReadingError
from assistant.indexing import build
from assistant.language import Language, detect
from assistant.library import Library, Opened
from assistant.models import Answer, Article, CollectionInfo, Hit
from assistant.reading import read_file
from assistant.retrieval.collection import Collection
from assistant.retrieval.fusion import DEPTH, Retriever
from assistant.retrieval.lexicon import Lexicon
from assistant.settings import Settings

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever


class Assistant:
    """Answers questions about articles, each sentence with its source.

    Any number of threads may ask at once; adding and removing articles replaces the collection
    in one step, so that an answer never mixes two states.

        assistant = Assistant.open("seeds")
        answer = assistant.ask("Who did Kochavi meet in Morocco?")
    """

    def __init__(
        self,
        articles: Iterable[Article] = (),
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        writer: Writing | None = None,
    ) -> None:
        """Index articles in memory; nothing is saved. `open` keeps an index of a folder.

        Args:
            articles: To begin with; may be none. Of several with one id the last stays.
            settings: Or the `ISNAD_*` variables.
            embedder: Instead of the one that the settings name.
            writer: Instead of the language model that the settings name.

        Raises:
            AssistantError: the embedding model, the lexicon or the language model can't be used.
        """
        self.settings = settings or Settings()
        self._embedder: Embedder = Together(embedder or load_embedder(self.settings))
        self._lexicon = Lexicon.bundled()
        self._writer = writer or _writer(self.settings, self._embedder, self._lexicon)
        self._changing = threading.Lock()
        self._library: Library | None = None
        held = {article.id: article for article in articles}
        collection, problems = self._build(list(held.values()))
        self._answerer = self._answerer_of(collection)
        self.problems: tuple[ReadingError, ...] = tuple(problems)

    @classmethod
    def open(
        cls,
        folder: Path | str,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        writer: Writing | None = None,
        rebuild: bool = False,
    ) -> Assistant:
        """Open a folder of articles; its index is kept, and reused while nothing changes.

        Args:
            folder: Holds .txt, .md and .html files, also in folders of its own.
            settings: Or the `ISNAD_*` variables.
            embedder: Instead of the one that the settings name.
            writer: Instead of the language model that the settings name.
            rebuild: Make the index anew, also where it is damaged.

        Raises:
            EmptyCollection: no file could be read as an article.
            ReadingError: there is no such folder.
            StaleIndex: the saved index is damaged or of a newer format.
            AssistantError: a model can't be used.
        """
        assistant = cls(settings=settings, embedder=embedder, writer=writer)
        library = Library(Path(folder), assistant.settings, assistant._embedder, assistant._lexicon)
        assistant._library = library
        assistant._take(library.open(rebuild=rebuild))
        return assistant

    def ask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Container[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        """Answer a question in its own language.

        Args:
            question: In Arabic, in Latin letters too ("emta wasal el ra2ees?"), or English.
            standalone: What to search for instead, when the question leans on earlier ones.
            exclude: Article id, start and end of quotes not to be given again.
            otherwise: What to try in turn where that finds nothing.

        Raises:
            QuestionError: the question is empty, has no words, or is too long.
        """
        answer = None
        for event in self.stream(
            question, standalone=standalone, exclude=exclude, otherwise=otherwise
        ):
            answer = event
        assert isinstance(answer, Answer)
        return answer

    async def aask(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Container[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Answer:
        """As `ask`, without holding up the event loop."""
        import asyncio

        return await asyncio.to_thread(
            self.ask, question, standalone=standalone, exclude=exclude, otherwise=otherwise
        )

    def stream(
        self,
        question: str,
        *,
        standalone: str | None = None,
        exclude: Container[Place] = (),
        otherwise: Sequence[Search] = (),
    ) -> Iterator[str | Answer]:
        """Pieces of the answer's text as they are ready, the finished Answer last.

        Raises:
            QuestionError: as `ask`, at once.
        """
        check_question(question, self.settings.max_question_chars)
        read = self._read(question)
        asked = Asked(question, standalone or read, detect(read), exclude, otherwise)
        return self._answerer.events(asked)

    def search(self, query: str, k: int = 5) -> list[Hit]:
        """The passages that fit a query, best first; fewer than k where there are fewer.

        Raises:
            QuestionError: as `ask`, or k is below 1.
        """
        check_question(query, self.settings.max_question_chars)
        if k < 1:
            raise QuestionError(f"{k} passages were asked for.", "Ask for 1 or more.")
        answerer = self._answerer
        query = self._read(query)
        [question] = answerer.retriever.read([query], [detect(query)])
        candidates = answerer.retriever.rank(question, max(DEPTH, k))
        return answerer.hits(candidates, k)

    def conversation(self, turns: Sequence[Answer] = ()) -> Conversation:
        """A conversation, in which questions may lean on earlier ones."""
        return Conversation(self, turns=turns, rewrite=_rewriter(self.settings), read=self._read)

    def as_retriever(self, k: int = 5) -> BaseRetriever:
        """This assistant's search as a LangChain retriever."""
        from assistant.retrieval.langchain import PassageRetriever

        return PassageRetriever(assistant=self, k=k)

    def article(self, article_id: str) -> Article:
        """One article.

        Raises:
            ArticleError: the collection has no such article.
        """
        try:
            return self.collection.articles[article_id]
        except KeyError as error:
            raise ArticleError(
                article_id,
                f"There is no article {article_id!r}.",
                "`assistant.articles()` lists them all.",
            ) from error

    def articles(self) -> list[Article]:
        """All articles, translations too, by id."""
        return [article for _, article in sorted(self.collection.articles.items())]

    def info(self) -> CollectionInfo:
        """What the collection holds, and with which model it is searched."""
        collection = self.collection
        notes = collection.store.notes
        languages: list[Language] = list(collection.rows_by_language)
        return CollectionInfo(
            articles=len(collection.articles) - len(collection.alignments_of_translations),
            passages=len(collection.passages),
            languages=tuple(languages),
            model_id=self._embedder.model_id,
            chat_model=self._writer.name if self._writer else None,
            indexed_at=datetime.fromisoformat(str(notes["indexed_at"])),
        )

    def add(self, article: Article) -> None:
        """Add an article, or replace the one with its id.

        In an opened folder the article is kept in the index; no file is written.
        """
        with self._changing:
            self._change({article.id: article}, gone=frozenset())

    def add_file(self, path: Path | str) -> Article:
        """Read a file and add its article.

        Raises:
            ReadingError: the file can't be read as an article.
        """
        article = read_file(path)
        self.add(article)
        return article

    def remove(self, article_id: str) -> None:
        """Take an article out, with its translations.

        Where it came from a file, it stays out until the file changes.

        Raises:
            ArticleError: the collection has no such article.
        """
        with self._changing:
            self.article(article_id)
            held = self.collection.articles.values()
            beside = {article.id for article in held if article.translation_of == article_id}
            self._change({}, gone=frozenset(beside | {article_id}))

    @property
    def answerer(self) -> Answerer:
        """What answers now; adding or removing an article makes another."""
        return self._answerer

    @property
    def retriever(self) -> Retriever:
        """What ranks passages now; adding or removing an article makes another."""
        return self._answerer.retriever

    @property
    def collection(self) -> Collection:
        """What is searched now; adding or removing an article makes another."""
        return self.retriever.collection

    def _read(self, question: str) -> str:
        """A question with Arabic in its own letters and slips mended; as it is if too long."""
        if len(question) > self.settings.max_question_chars:
            return question
        return self.collection.slips.mended(self.collection.arabizi.in_arabic(question))

    def _change(self, added: dict[str, Article], gone: frozenset[str]) -> None:
        before = self.collection
        held = {**before.articles, **added}
        articles = [article for key, article in held.items() if key not in gone]
        if self._library is None:
            collection, problems = self._build(articles, before)
            self._take(Opened(collection, tuple(problems), fresh=True))
        else:
            self._take(self._library.change(articles, before, set(added), gone))

    def _build(
        self, articles: Sequence[Article], before: Collection | None = None
    ) -> tuple[Collection, list[ReadingError]]:
        return build(
            articles,
            self._embedder,
            self._lexicon,
            passage_tokens=self.settings.passage_tokens,
            notes={},
            before=before,
        )

    def _take(self, opened: Opened) -> None:
        self._answerer = self._answerer_of(opened.collection)
        self.problems = opened.problems

    def _answerer_of(self, collection: Collection) -> Answerer:
        return Answerer(
            Retriever(collection, self._embedder),
            most_quotes=self.settings.max_quotes,
            writer=self._writer,
        )


def _rewriter(settings: Settings) -> Rewriting | None:
    if settings.chat_model is None:
        return None
    from assistant.answering.chat_model import load_chat_model
    from assistant.answering.rewrite import Rewriter

    return Rewriter(load_chat_model(settings))


def _writer(settings: Settings, embedder: Embedder, lexicon: Lexicon) -> Writing | None:
    if settings.chat_model is None:
        return None
    from assistant.answering.writing import ChatWriting

    return ChatWriting(settings, embedder, lexicon)
