"""What LangChain asks of a retriever and of a splitter, by its own suite and through its chains."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import HARBOUR, OLIVES
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from assistant import Assistant, Settings
from assistant.errors import QuestionError
from assistant.reading.splitter import PassageSplitter
from assistant.retrieval.langchain import PassageRetriever

QUERIES = {"ar": "من كان قبطان سفينة الصيد؟", "en": "Why did the olive presses close?"}


@pytest.fixture(scope="module")
def many() -> Assistant:
    """The small collection, cut into more passages than the suite asks for."""
    return Assistant([HARBOUR, OLIVES], settings=Settings(passage_tokens=40))


class RetrieverSuite(RetrieversIntegrationTests):
    """LangChain's suite, over the real assistant."""

    assistant: Assistant

    @pytest.fixture(autouse=True)
    def _over_many_passages(self, many: Assistant) -> None:
        type(self).assistant = many

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return PassageRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"assistant": self.assistant}


class TestArabicStandard(RetrieverSuite):
    """With an Arabic question."""

    @property
    def retriever_query_example(self) -> str:
        return QUERIES["ar"]


class TestEnglishStandard(RetrieverSuite):
    """With an English question."""

    @property
    def retriever_query_example(self) -> str:
        return QUERIES["en"]


BOTH = pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)


@BOTH
def test_documents_are_the_hits_with_their_places(many, query):
    retriever = many.as_retriever(k=4)
    documents = retriever.invoke(query)
    hits = many.search(query, k=4)
    assert [document.id for document in documents] == [hit.passage.id for hit in hits]
    for document, hit in zip(documents, hits, strict=True):
        metadata = document.metadata
        article = many.article(metadata["article"]["id"])
        assert article.text[metadata["start"] : metadata["end"]] == document.page_content
        assert metadata["score"] == hit.score
        assert "text" not in metadata["article"]
        assert json.loads(json.dumps(metadata)) == metadata


@BOTH
def test_a_retriever_stands_in_a_chain(many, query):
    chain = many.as_retriever(k=2) | RunnableLambda(lambda found: [d.page_content for d in found])
    expected = [hit.passage.text for hit in many.search(query, k=2)]
    assert chain.invoke(query) == expected
    assert chain.batch([query, query]) == [expected, expected]


@pytest.mark.parametrize("query", ["", "؟!", "x" * 5000])
def test_what_is_no_query_is_refused(many, query):
    with pytest.raises(QuestionError):
        many.as_retriever().invoke(query)


@pytest.mark.parametrize("k", [0, -3])
def test_fewer_than_one_document_is_refused(many, k):
    with pytest.raises(QuestionError, match=str(k)):
        many.as_retriever().invoke(QUERIES["en"], k=k)
    with pytest.raises(ValueError, match="k"):
        many.as_retriever(k=k)


def test_more_documents_than_there_are_is_all_of_them(many):
    documents = many.as_retriever(k=500).invoke(QUERIES["en"])
    assert len(documents) == many.info().passages


@pytest.mark.parametrize("name", ["harbour", "olives"])
def test_the_splitter_takes_documents_and_keeps_what_they_carry(many, name):
    article = many.article(name)
    splitter = PassageSplitter(lambda text: len(text.split()), 12)
    whole = Document(page_content=article.text, metadata={"source": name})
    found = splitter.transform_documents([whole, whole])
    assert found == splitter.split_documents([whole, whole])
    assert len(found) > 4
    for document in found:
        start = document.metadata["start_index"]
        assert article.text[start : start + len(document.page_content)] == document.page_content
        assert document.metadata["source"] == name
        assert len(document.page_content.split()) <= 12
