"""REST and OpenAI's form, over real HTTP on loopback."""

from __future__ import annotations

import json
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest
from web_server import (
    QUESTIONS,
    ROOT,
    Gated,
    process,
    serving,
    wait_until_ready,
    write_articles,
)

from assistant import Assistant, AssistantError, Conversation, Settings
from assistant.language import detect
from assistant.web.conversations import Remembered, Shelf
from assistant.web.feedback import feedback_file, record
from assistant.web.limits import RateLimit
from assistant.web.refusals import TooManyQuestions, preferred
from assistant.web.server import serve

LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = write_articles(tmp_path_factory.mktemp("articles"))
    index_dir = tmp_path_factory.mktemp("index")
    return Assistant.open(folder, settings=Settings(index_dir=index_dir))


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant, Settings(rate_limit_per_minute=10_000)) as where:
        yield where


def ask(address: str, question: str, **more: object) -> httpx.Response:
    return httpx.post(f"{address}/api/ask", json={"question": question, **more}, timeout=60)


def events(response: httpx.Response) -> list[tuple[str, object]]:
    blocks = [block for block in response.text.split("\n\n") if block]
    return [
        (block.split("\n")[0].removeprefix("event: "), json.loads(block.split("data: ", 1)[1]))
        for block in blocks
    ]


class TestAsk:
    @LANGUAGES
    def test_gives_what_python_gives(
        self, address: str, assistant: Assistant, language: str
    ) -> None:
        response = ask(address, QUESTIONS[language])
        assert response.status_code == 200
        assert response.json() == assistant.ask(QUESTIONS[language]).model_dump(mode="json")
        assert response.json()["citations"], "the question is answered by the articles"

    @LANGUAGES
    def test_streams_pieces_and_then_the_answer(
        self, address: str, assistant: Assistant, language: str
    ) -> None:
        response = httpx.post(
            f"{address}/api/ask/stream", json={"question": QUESTIONS[language]}, timeout=60
        )
        assert response.headers["content-type"].startswith("text/event-stream")
        *pieces, last = events(response)
        assert {name for name, _ in pieces} == {"text"}
        assert last == ("answer", assistant.ask(QUESTIONS[language]).model_dump(mode="json"))
        assert "".join(str(piece) for _, piece in pieces) == last[1]["text"]

    def test_an_id_keeps_a_conversation(self, address: str, assistant: Assistant) -> None:
        follow_up = "And how much did it cost?"
        talk = assistant.conversation()
        expected = [talk.ask(QUESTIONS["en"]), talk.ask(follow_up)]
        got = [
            ask(address, question, conversation="tab-1").json()
            for question in (QUESTIONS["en"], follow_up)
        ]
        assert got == [answer.model_dump(mode="json") for answer in expected]

    @LANGUAGES
    def test_too_long_is_refused_in_the_questions_language(
        self, address: str, language: str
    ) -> None:
        response = ask(address, QUESTIONS[language] * 100)
        error = response.json()["error"]
        assert (response.status_code, error["kind"]) == (413, "QuestionTooLong")
        assert detect(error["what"]) == detect(error["todo"]) == language

    @pytest.mark.parametrize("question", ["", "   ", "؟؟!!", "…"])
    @LANGUAGES
    def test_without_words_is_refused_in_the_readers_language(
        self, address: str, language: str, question: str
    ) -> None:
        response = httpx.post(
            f"{address}/api/ask",
            json={"question": question},
            headers={"Accept-Language": f"{language};q=0.9"},
            timeout=60,
        )
        error = response.json()["error"]
        assert (response.status_code, error["kind"]) == (422, "QuestionError")
        assert detect(error["what"]) == language

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"question"',
            b'{"question": 5}',
            b'{"query": "x"}',
            b'{"question": "x", "conversation": "../../etc"}',
            b'{"question": "\\ud800"}',
            b"\xff\xfe",
            b"[" * 100_000,
        ],
    )
    def test_another_form_is_refused(self, address: str, body: bytes) -> None:
        response = httpx.post(
            f"{address}/api/ask", content=body, headers={"Content-Type": "application/json"}
        )
        assert 400 <= response.status_code < 500
        assert set(response.json()["error"]) >= {"what", "todo", "kind"}


class TestArticles:
    def test_search_gives_what_python_gives(self, address: str, assistant: Assistant) -> None:
        for query in QUESTIONS.values():
            response = httpx.post(f"{address}/api/search", json={"query": query, "k": 2})
            expected = [hit.model_dump(mode="json") for hit in assistant.search(query, 2)]
            assert response.json() == expected

    @pytest.mark.parametrize("k", [0, -1, 51, "many"])
    def test_search_refuses_an_odd_k(self, address: str, k: object) -> None:
        response = httpx.post(f"{address}/api/search", json={"query": "bridge", "k": k})
        assert response.status_code == 422

    def test_lists_and_reads_them(self, address: str, assistant: Assistant) -> None:
        listed = httpx.get(f"{address}/api/articles").json()
        assert [entry["id"] for entry in listed] == [article.id for article in assistant.articles()]
        assert all("text" not in entry for entry in listed)
        for entry in listed:
            article = httpx.get(f"{address}/api/articles/{entry['id']}").json()
            assert article == assistant.article(entry["id"]).model_dump(mode="json")

    @LANGUAGES
    def test_an_unknown_one_is_404(self, address: str, language: str) -> None:
        response = httpx.get(
            f"{address}/api/articles/none", headers={"Accept-Language": f"{language}-XX"}
        )
        assert response.status_code == 404
        assert detect(response.json()["error"]["what"]) == language


class TestOpenAI:
    @pytest.fixture
    def client(self, address: str) -> Iterator[openai.OpenAI]:
        with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            yield client

    @LANGUAGES
    def test_completion_cites(
        self, client: openai.OpenAI, assistant: Assistant, language: str
    ) -> None:
        completion = client.chat.completions.create(
            model="isnad", messages=[{"role": "user", "content": QUESTIONS[language]}]
        )
        answer = assistant.ask(QUESTIONS[language])
        message = completion.choices[0].message
        assert message.content == answer.text
        assert completion.model_extra is not None
        assert completion.model_extra["isnad"] == answer.model_dump(mode="json")
        assert message.annotations
        for annotation in message.annotations:
            at = annotation.url_citation
            marker = re.fullmatch(r"\[(\d+)\]", answer.text[at.start_index : at.end_index])
            assert marker is not None
            cited = answer.citations[int(marker[1]) - 1].article
            assert at.title == cited.title
            assert httpx.URL(at.url) == cited.url or httpx.get(at.url).json()["id"] == cited.id

    @LANGUAGES
    def test_stream_ends_with_the_citations(
        self, client: openai.OpenAI, assistant: Assistant, language: str
    ) -> None:
        chunks = list(
            client.chat.completions.create(
                model="isnad",
                messages=[{"role": "user", "content": QUESTIONS[language]}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        answer = assistant.ask(QUESTIONS[language])
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == answer.text
        *_, last, usage = chunks
        assert last.choices[0].finish_reason == "stop"
        assert last.model_extra is not None
        assert last.model_extra["isnad"] == answer.model_dump(mode="json")
        assert usage.usage is not None

    @pytest.mark.parametrize("remembered", [True, False])
    def test_earlier_messages_are_the_conversation(
        self, client: openai.OpenAI, assistant: Assistant, remembered: bool
    ) -> None:
        follow_up = "And how much did it cost?"
        talk = assistant.conversation()
        first, second = talk.ask(QUESTIONS["en"]), talk.ask(follow_up)
        messages = [{"role": "user", "content": QUESTIONS["en"]}]
        if remembered:
            client.chat.completions.create(model="isnad", messages=messages)  # type: ignore[arg-type]
        messages += [
            {"role": "assistant", "content": first.text},
            {"role": "user", "content": follow_up},
        ]
        got = client.chat.completions.create(model="isnad", messages=messages)  # type: ignore[arg-type]
        assert got.choices[0].message.content == second.text

    def test_refusals_have_openais_form(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.APIStatusError) as refusal:
            client.chat.completions.create(
                model="isnad", messages=[{"role": "assistant", "content": "Hello"}]
            )
        assert refusal.value.status_code == 422
        assert refusal.value.type == "invalid_request_error"
        assert "user" in str(refusal.value.message)

    def test_lists_its_model(self, client: openai.OpenAI) -> None:
        assert [model.id for model in client.models.list()] == ["isnad"]


class TestLimits:
    @LANGUAGES
    def test_too_many_questions_are_turned_away(self, assistant: Assistant, language: str) -> None:
        with serving(assistant, Settings(rate_limit_per_minute=2)) as address:
            answers = [ask(address, QUESTIONS[language]) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        error = answers[-1].json()["error"]
        assert error["kind"] == "TooManyQuestions"
        assert detect(error["what"]) == language
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 30

    @pytest.mark.parametrize(("behind_proxy", "last"), [(True, 200), (False, 429)])
    def test_forwarded_addresses_count_only_behind_a_proxy(
        self, assistant: Assistant, behind_proxy: bool, last: int
    ) -> None:
        settings = Settings(rate_limit_per_minute=1, behind_proxy=behind_proxy)
        with serving(assistant, settings) as address:
            for client, expected in (("198.51.100.1", 200), ("198.51.100.2", last)):
                # What stands before the proxy's own entry is the client's claim.
                response = httpx.post(
                    f"{address}/api/ask",
                    json={"question": QUESTIONS["en"]},
                    headers={"X-Forwarded-For": f"203.0.113.9, {client}"},
                    timeout=60,
                )
                assert response.status_code == expected

    def test_tokens_come_back_with_time(self) -> None:
        now = [0.0]
        limit = RateLimit(60, clock=lambda: now[0])
        for _ in range(60):
            limit.spend("a")
        with pytest.raises(TooManyQuestions) as refusal:
            limit.spend("a")
        assert refusal.value.retry_after_s == 1
        limit.spend("b")
        now[0] += 1.0
        limit.spend("a")

    @LANGUAGES
    def test_a_full_queue_turns_away_and_loses_nobody(
        self, assistant: Assistant, language: str
    ) -> None:
        gated = Gated(assistant)
        settings = Settings(worker_threads=1, queue_size=1)
        with serving(gated, settings) as address, ThreadPoolExecutor(2) as readers:
            first = readers.submit(ask, address, QUESTIONS[language])
            assert gated.arrived.acquire(timeout=30)
            second = readers.submit(ask, address, QUESTIONS[language])
            while "isnad_questions_waiting 1.0" not in httpx.get(f"{address}/metrics").text:
                pass
            turned_away = ask(address, QUESTIONS[language])
            gated.gate.set()
            assert (first.result().status_code, second.result().status_code) == (200, 200)
        assert turned_away.status_code == 503
        assert turned_away.json()["error"]["kind"] == "QueueFull"
        assert detect(turned_away.json()["error"]["what"]) == language
        assert turned_away.headers["retry-after"]

    @pytest.mark.parametrize("declared", [True, False])
    def test_a_large_body_is_refused(self, assistant: Assistant, declared: bool) -> None:
        body = json.dumps({"question": "x" * 5000}).encode()
        content = body if declared else iter([body[:2000], body[2000:]])
        with serving(assistant, Settings(max_body_bytes=4000)) as address:
            response = httpx.post(
                f"{address}/api/ask", content=content, headers={"Content-Type": "application/json"}
            )
        assert (response.status_code, response.json()["error"]["kind"]) == (413, "TooLarge")

    def test_a_body_of_undeclared_length_is_read(self, address: str) -> None:
        body = json.dumps({"question": QUESTIONS["en"]}).encode()
        response = httpx.post(
            f"{address}/api/ask",
            content=iter([body[:7], body[7:]]),
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 200


class TestConversationShelf:
    def test_forgets_the_idle_and_the_least_used(self, assistant: Assistant) -> None:
        now = [0.0]
        shelf = Shelf(2, idle_s=10, clock=lambda: now[0])
        kept = {key: shelf.take("me", key, assistant.conversation) for key in "ab"}
        assert shelf.take("me", "a", assistant.conversation) is kept["a"]
        shelf.take("me", "c", assistant.conversation)
        assert shelf.pop("me", "b") is None
        now[0] = 11.0
        assert shelf.pop("me", "a") is None
        assert len(shelf) == 0

    def test_owners_are_kept_apart(self, assistant: Assistant) -> None:
        shelf = Shelf(9, idle_s=10)
        mine = shelf.take("me", "1", assistant.conversation)
        assert isinstance(mine, Remembered)
        assert isinstance(mine.talk, Conversation)
        assert shelf.take("you", "1", assistant.conversation) is not mine


class TestOperations:
    def test_says_what_it_waits_for(self, assistant: Assistant) -> None:
        opened = threading.Event()

        def slowly() -> Assistant:
            assert opened.wait(60)
            return assistant

        with serving(slowly, wait=False) as address:
            with pytest.raises(AssertionError):
                wait_until_ready(address, timeout_s=0.5)
            health = httpx.get(f"{address}/healthz")
            assert health.status_code == 503
            assert health.json()["waiting_for"]
            refused = ask(address, QUESTIONS["ar"])
            assert (refused.status_code, refused.json()["error"]["kind"]) == (503, "NotReady")
            page = httpx.get(f"{address}/ar/", headers={"Accept": "text/html"})
            assert page.status_code == 503
            assert 'lang="ar" dir="rtl"' in page.text
            opened.set()
            wait_until_ready(address, timeout_s=10)
            assert httpx.get(f"{address}/healthz").json() == {"status": "ready"}
            assert ask(address, QUESTIONS["ar"]).status_code == 200

    def test_counts_questions(self, assistant: Assistant) -> None:
        with serving(assistant) as address:
            outcomes = [ask(address, QUESTIONS[language]).json()["found"] for language in QUESTIONS]
            ask(address, "x" * 5000)
            text = httpx.get(f"{address}/metrics").text
        assert outcomes == [True, True]
        for line in (
            'isnad_questions_total{door="rest",language="en",outcome="found"} 1.0',
            'isnad_questions_total{door="rest",language="ar",outcome="found"} 1.0',
            'isnad_questions_total{door="rest",language="en",outcome="refused"} 1.0',
            'isnad_http_requests_total{method="POST",route="/api/ask",status="200"} 2.0',
            "isnad_ready 1.0",
        ):
            assert line in text

    @pytest.mark.parametrize("told", [True, False])
    @LANGUAGES
    def test_logs_hold_questions_only_when_told(
        self,
        assistant: Assistant,
        caplog: pytest.LogCaptureFixture,
        language: str,
        told: bool,
    ) -> None:
        from assistant.web.logs import JsonLines

        with caplog.at_level(logging.INFO), serving(assistant, Settings(log_questions=told)) as at:
            ask(at, QUESTIONS[language])
            httpx.get(f"{at}/api/articles", params={"q": QUESTIONS[language]})
        lines = [json.loads(JsonLines().format(record)) for record in caplog.records]
        assert any(line["event"] == "question" and line["door"] == "rest" for line in lines)
        assert any(QUESTIONS[language] in str(line) for line in lines) is told

    def test_the_running_answer_is_finished_on_shutdown(self, assistant: Assistant) -> None:
        gated = Gated(assistant)
        with ThreadPoolExecutor(1) as readers:
            with serving(gated) as address:
                reader = readers.submit(ask, address, QUESTIONS["en"])
                assert gated.arrived.acquire(timeout=30)
                threading.Timer(1.0, gated.gate.set).start()
            assert reader.result().status_code == 200

    @pytest.mark.parametrize(
        ("wanted", "given"),
        [
            ("ar", "ar"),
            ("en-GB,ar;q=0.5", "en"),
            ("fr,ar-MA;q=0.8,en;q=0.3", "ar"),
            ("fr", "en"),
            ("", "en"),
            ("ar;q=oops,en", "en"),
        ],
    )
    def test_the_front_page_follows_the_browser(
        self, address: str, wanted: str, given: str
    ) -> None:
        assert preferred(wanted) == given
        response = httpx.get(f"{address}/", headers={"Accept-Language": wanted})
        assert (response.status_code, response.headers["location"]) == (307, f"/{given}/")

    def test_the_docs_load_nothing_from_elsewhere(self, address: str) -> None:
        page = httpx.get(f"{address}/docs").text
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert loaded
        for path in loaded:
            assert path.startswith("/")
            assert httpx.get(address + path).status_code == 200
        paths = httpx.get(f"{address}/openapi.json").json()["paths"]
        assert {"/api/ask", "/api/ask/stream", "/api/search", "/api/articles"} <= set(paths)


class TestServe:
    def test_answers_and_calls_nobody_until_it_is_told_to_stop(self, tmp_path: Path) -> None:
        folder = write_articles(tmp_path / "articles")
        (tmp_path / "connections").mkdir()
        with process(
            folder, index_dir=str(tmp_path / "index"), connections=tmp_path / "connections"
        ) as address:
            for language in QUESTIONS:
                assert ask(address, QUESTIONS[language]).json()["citations"]
                page = httpx.get(f"{address}/{language}/", timeout=30)
                assert page.status_code == 200
                assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
        called = set((tmp_path / "connections" / "made").read_text().split())
        assert called <= {"127.0.0.1", "::1", "localhost"}

    def test_a_taken_port_is_a_clear_error(self, tmp_path: Path) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(AssistantError, match="choose another with --port"),
        ):
            serve(Settings(), write_articles(tmp_path), port=taken.getsockname()[1])

    def test_strangers_are_not_served_by_accident(self, tmp_path: Path) -> None:
        with pytest.raises(AssistantError, match="ISNAD_API_KEYS"):
            serve(Settings(), write_articles(tmp_path), host="0.0.0.0", port=0)

    def test_a_folder_without_articles_ends_it_with_one_line(self, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "assistant", "serve", "--articles", tmp_path, "--port", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert ended.returncode == 1
        assert "holds no article" in ended.stderr.splitlines()[-1]
        assert "Traceback" not in ended.stderr


@LANGUAGES
def test_feedback_is_kept_as_json_lines(tmp_path: Path, language: str) -> None:
    settings = Settings(index_dir=tmp_path / "index")
    for thumb in ("up", "down"):
        record(settings, {"thumb": thumb, "question": QUESTIONS[language] + "\n"})
    lines = feedback_file(settings).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["thumb"] for line in lines] == ["up", "down"]
    assert json.loads(lines[0])["question"] == QUESTIONS[language] + "\n"
