"""Everything that can go wrong, as one tree.

AssistantError
├── QuestionError            the question is empty, has no words, or is too long
├── ReadingError             a file or folder can't be read as articles
│   └── EmptyCollection      the folder holds no article at all
├── ArticleError             an article is not in the collection, or clashes with one that is
├── EmbeddingError           the embedding model can't be loaded, or misbehaves
├── LexiconError             the translation table is damaged or of another format
├── StaleIndex               the saved index can't be used; says how to rebuild it
└── ChatModelError           the language model is not installed, not reachable, or failed

`vectorstore` stands alone and has its own tree, `vectorstore.StoreError`; it becomes a
`StaleIndex` where it crosses into this package.
"""

from __future__ import annotations

from pathlib import Path


class AssistantError(Exception):
    """What every error of this package derives from.

    Attributes:
        what: What went wrong, with what.
        todo: What to do about it.
    """

    def __init__(self, what: str, todo: str) -> None:
        self.what = what
        self.todo = todo
        super().__init__(f"{what} {todo}".strip())


class QuestionError(AssistantError):
    """The question can't be answered as it stands; nothing was searched."""


class ReadingError(AssistantError):
    """A file can't be read as an article.

    Attributes:
        path: The file or folder.
    """

    def __init__(self, path: Path | str, what: str, todo: str) -> None:
        self.path = Path(path)
        self.reason = what
        super().__init__(f"{path}: {what}", todo)


class EmptyCollection(ReadingError):
    """No file of the folder could be read as an article.

    Attributes:
        problems: What was wrong with each file that was tried.
    """

    def __init__(self, path: Path | str, problems: tuple[ReadingError, ...] = ()) -> None:
        self.problems = problems
        tried = " ".join(str(problem) for problem in problems)
        super().__init__(path, "holds no article. " + tried, "Put .txt or .md articles there.")


class ArticleError(AssistantError):
    """An article is missing from the collection, or clashes with one that is there.

    Attributes:
        article_id: The id that was asked for.
    """

    def __init__(self, article_id: str, what: str, todo: str) -> None:
        self.article_id = article_id
        super().__init__(what, todo)


class EmbeddingError(AssistantError):
    """The embedding model can't be loaded, or gave vectors of another shape."""


class LexiconError(AssistantError):
    """The translation table's file is damaged or of another format."""


class StaleIndex(AssistantError):
    """The saved index can't be used as it is."""


class ChatModelError(AssistantError):
    """The language model can't be loaded or did not answer."""
