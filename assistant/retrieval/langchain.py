"""Search as LangChain's retriever interface has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

if TYPE_CHECKING:
    from assistant.models import Article, Hit


class PassageRetriever(BaseRetriever):
    """Passages as documents, with where they stand as metadata.

    Attributes:
        assistant: Anything with `search(query, k) -> list[Hit]` and `article(id) -> Article`.
        k: Documents for each query.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    assistant: Any
    k: int = Field(default=5, ge=1)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits: list[Hit] = self.assistant.search(query, self.k if k is None else k)
        return [self._document(hit) for hit in hits]

    def _document(self, hit: Hit) -> Document:
        article: Article = self.assistant.article(hit.passage.article_id)
        metadata = {
            "article": article.info().model_dump(mode="json"),
            "start": hit.passage.start,
            "end": hit.passage.end,
            "score": hit.score,
        }
        return Document(page_content=hit.passage.text, metadata=metadata, id=hit.passage.id)
