"""The tools over the Model Context Protocol: in process, over stdio, and mounted in the server."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from mcp import Client, StdioServerParameters
from web_server import QUESTIONS, serving, write_articles

from assistant import Assistant, Settings
from assistant.language import detect
from assistant.web.desk import Desk
from assistant.web.mcp_server import mcp_server
from assistant.web.opening import Opening

LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_articles(tmp_path_factory.mktemp("articles"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(index_dir=tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def assistant(folder: Path, settings: Settings) -> Assistant:
    return Assistant.open(folder, settings=settings)


@asynccontextmanager
async def asking(assistant: Assistant, settings: Settings) -> AsyncIterator[Client]:
    desk = Desk(Opening(assistant), settings)
    async with Client(mcp_server(desk)) as client:
        yield client
    desk.close()


@LANGUAGES
async def test_ask_gives_what_python_gives(
    assistant: Assistant, settings: Settings, language: str
) -> None:
    async with asking(assistant, settings) as client:
        result = await client.call_tool("ask", {"question": QUESTIONS[language]})
    expected = assistant.ask(QUESTIONS[language]).model_dump(mode="json")
    assert result.structured_content == expected
    # Clients that know no structured content read the same in the text.
    assert json.loads(result.content[0].text) == expected  # type: ignore[union-attr]


@LANGUAGES
async def test_search_gives_what_python_gives(
    assistant: Assistant, settings: Settings, language: str
) -> None:
    async with asking(assistant, settings) as client:
        result = await client.call_tool("search", {"query": QUESTIONS[language], "k": 2})
    expected = [hit.model_dump(mode="json") for hit in assistant.search(QUESTIONS[language], 2)]
    assert result.structured_content == {"result": expected}


async def test_a_conversation_is_kept(assistant: Assistant, settings: Settings) -> None:
    follow_up = "And how much did it cost?"
    talk = assistant.conversation()
    expected = [talk.ask(QUESTIONS["en"]), talk.ask(follow_up)]
    async with asking(assistant, settings) as client:
        for question, answer in zip((QUESTIONS["en"], follow_up), expected, strict=True):
            arguments = {"question": question, "conversation": "one"}
            result = await client.call_tool("ask", arguments)
            assert result.structured_content == answer.model_dump(mode="json")


@LANGUAGES
async def test_a_refusal_is_told_in_the_questions_language(
    assistant: Assistant, settings: Settings, language: str
) -> None:
    async with asking(assistant, settings) as client:
        result = await client.call_tool("ask", {"question": QUESTIONS[language] * 100})
    assert result.is_error
    text = result.content[0].text  # type: ignore[union-attr]
    error = json.loads(text[text.index("{") :])
    assert error["kind"] == "QuestionTooLong"
    assert detect(error["what"]) == language


async def test_its_tools_are_described(assistant: Assistant, settings: Settings) -> None:
    async with asking(assistant, settings) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"ask", "search"}
    assert set(tools["ask"].input_schema["properties"]) == {"question", "conversation"}
    assert set(tools["search"].input_schema["properties"]) == {"query", "k"}
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint


async def test_it_speaks_over_stdio(assistant: Assistant, folder: Path, settings: Settings) -> None:
    program = (
        "from pathlib import Path; from assistant import Settings; "
        "from assistant.web.mcp_server import serve_mcp; "
        f"serve_mcp(Settings(), Path({str(folder)!r}))"
    )
    environment = {**os.environ, "ISNAD_INDEX_DIR": str(settings.index_dir)}
    process = StdioServerParameters(
        command=sys.executable, args=["-c", program], env=environment, cwd=ROOT
    )
    async with Client(process) as client:
        result = await client.call_tool("ask", {"question": QUESTIONS["ar"]})
    assert result.structured_content == assistant.ask(QUESTIONS["ar"]).model_dump(mode="json")


async def test_it_is_mounted_in_the_server(assistant: Assistant) -> None:
    with serving(assistant, mcp=True) as address:
        async with Client(f"{address}/mcp") as client:
            result = await client.call_tool("ask", {"question": QUESTIONS["en"]})
        counted = httpx.get(f"{address}/metrics").text
    assert result.structured_content == assistant.ask(QUESTIONS["en"]).model_dump(mode="json")
    assert 'isnad_questions_total{door="mcp",language="en",outcome="found"} 1.0' in counted


async def test_it_counts_its_clients_questions(assistant: Assistant) -> None:
    with serving(assistant, Settings(rate_limit_per_minute=1), mcp=True) as address:
        async with Client(f"{address}/mcp") as client:
            results = [
                await client.call_tool("ask", {"question": QUESTIONS["en"]}) for _ in range(2)
            ]
    assert [result.is_error for result in results] == [False, True]
    assert "TooManyQuestions" in results[1].content[0].text  # type: ignore[union-attr]


def test_without_the_setting_it_is_not_there(assistant: Assistant) -> None:
    with serving(assistant) as address:
        assert httpx.post(f"{address}/mcp", json={}).status_code == 404
