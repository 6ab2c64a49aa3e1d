"""One answer everywhere: every way in gives the citations that Python gives, field by field."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client as GradioClient
from mcp import Client as McpClient
from openai import OpenAI
from web_server import process

from assistant import Answer, Assistant, Settings

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
QUESTIONS = (
    "Who did the chief of staff meet in Morocco?",
    "من التقى رئيس الأركان في المغرب؟",
    "متى بدأت الزيارة and who welcomed him?",
    "Who won the 2022 World Cup?",
    "من فاز بكأس العالم سنة 2022؟",
    "Where did the delegation travel? <b>[1](javascript:alert(1))</b>",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(index_dir=tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def assistant(settings: Settings) -> Assistant:
    return Assistant.open(SEEDS, settings=settings)


@pytest.fixture(scope="module")
def address(assistant: Assistant, settings: Settings) -> Iterator[str]:
    # The index is made by now: this process and the server's read the same one.
    assert assistant.articles()
    with process(
        SEEDS, "--mcp", index_dir=str(settings.index_dir), rate_limit_per_minute="10000"
    ) as where:
        yield where


@pytest.fixture(scope="module")
def gradio(address: str) -> Iterator[dict[str, GradioClient]]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HF_HUB_OFFLINE", "1")
        yield {name: GradioClient(f"{address}/{name}/", verbose=False) for name in ("ar", "en")}


def by_rest(address: str, question: str) -> Any:
    return httpx.post(f"{address}/api/ask", json={"question": question}, timeout=60).json()


def by_events(address: str, question: str) -> Any:
    told = httpx.post(f"{address}/api/ask/stream", json={"question": question}, timeout=60).text
    return json.loads(told.split("event: answer\ndata: ")[1].split("\n")[0])


def by_openai(address: str, question: str, stream: bool) -> Any:
    with OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        asked: list[Any] = [{"role": "user", "content": question}]
        if not stream:
            completion = client.chat.completions.create(model="isnad", messages=asked)
            return (completion.model_extra or {})["isnad"]
        *_, last = client.chat.completions.create(model="isnad", messages=asked, stream=True)
        return (last.model_extra or {})["isnad"]


async def by_mcp(address: str, question: str) -> Any:
    async with McpClient(f"{address}/mcp") as client:
        return (await client.call_tool("ask", {"question": question})).structured_content


def by_stream(assistant: Assistant, question: str) -> Any:
    *_, answer = assistant.stream(question)
    assert isinstance(answer, Answer)
    return answer.model_dump(mode="json")


@pytest.mark.parametrize("question", QUESTIONS)
async def test_every_way_in_gives_the_same_answer(
    assistant: Assistant, address: str, gradio: dict[str, GradioClient], question: str
) -> None:
    expected = assistant.ask(question)
    answers = {
        "aask": (await assistant.aask(question)).model_dump(mode="json"),
        "stream": by_stream(assistant, question),
        "conversation": assistant.conversation().ask(question).model_dump(mode="json"),
        "REST": by_rest(address, question),
        "server-sent events": by_events(address, question),
        "OpenAI": by_openai(address, question, stream=False),
        "OpenAI, streamed": by_openai(address, question, stream=True),
        "MCP": await by_mcp(address, question),
        **{
            f"gradio_client, {name}": client.predict(question, api_name="/ask")
            for name, client in gradio.items()
        },
    }
    for way, answer in answers.items():
        assert answer == expected.model_dump(mode="json"), way
        citations = tuple(Answer.model_validate(answer).citations)
        for got, wanted in zip(citations, expected.citations, strict=True):
            article = assistant.article(got.article.id)
            assert got == wanted, way
            assert article.text[got.start : got.end] == got.quote, way


def test_the_command_line_gives_the_same_answer(assistant: Assistant, settings: Settings) -> None:
    question = QUESTIONS[0]
    told = subprocess.run(
        [sys.executable, "-m", "assistant", "ask", question, "--articles", str(SEEDS), "--json"],
        env={"ISNAD_INDEX_DIR": str(settings.index_dir), "PATH": ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout) == assistant.ask(question).model_dump(mode="json")


def test_gradios_search_gives_the_same_hits(
    assistant: Assistant, gradio: dict[str, GradioClient]
) -> None:
    for question in QUESTIONS:
        expected = [hit.model_dump(mode="json") for hit in assistant.search(question, 3)]
        for client in gradio.values():
            assert client.predict(question, 3, api_name="/search") == expected
