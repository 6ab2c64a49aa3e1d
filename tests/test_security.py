"""Doors and headers: who comes in, from which page, and what a page may load."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import httpx
import pytest
from pydantic import ValidationError
from web_server import QUESTIONS, serving, write_articles

from assistant import Assistant, AssistantError, Settings
from assistant.language import detect
from assistant.web.security import (
    content_security_policy,
    demand_door,
    hosts_served,
    is_loopback,
)

NEWSPAPER = "https://news.example"
LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = write_articles(tmp_path_factory.mktemp("articles"))
    return Assistant.open(folder, settings=Settings(index_dir=tmp_path_factory.mktemp("index")))


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant, Settings(allowed_origins=NEWSPAPER), mcp=True) as where:  # type: ignore[arg-type]
        yield where


@pytest.fixture(scope="module")
def closed(assistant: Assistant) -> Iterator[str]:
    settings = Settings(api_keys=("first-key", "مفتاح"), login="reader:pass:word")
    with serving(assistant, settings, mcp=True) as where:
        yield where


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class TestBinding:
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9"])
    def test_loopback_needs_no_door(self, host: str) -> None:
        assert is_loopback(host)
        demand_door(Settings(), host)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "news.example", ""])
    def test_elsewhere_a_door_is_demanded(self, host: str) -> None:
        with pytest.raises(AssistantError, match="ISNAD_API_KEYS or ISNAD_LOGIN"):
            demand_door(Settings(), host)

    @pytest.mark.parametrize(
        "settings",
        [
            Settings(api_keys=("key",)),
            Settings(login="reader:word"),
            Settings(open_to_all=True),
        ],
        ids=["keys", "login", "open"],
    )
    def test_any_door_will_do(self, settings: Settings) -> None:
        demand_door(settings, "0.0.0.0")

    def test_secrets_are_not_shown(self) -> None:
        shown = repr(Settings(api_keys=("first-key",), login="reader:word"))
        assert "first-key" not in shown
        assert "reader:word" not in shown


class TestKeys:
    PATHS = ("/", "/api/articles", "/docs", "/openapi.json", "/metrics", "/v1/models", "/en/")

    @pytest.mark.parametrize("path", PATHS)
    def test_without_one_nothing_opens(self, closed: str, path: str) -> None:
        response = httpx.get(closed + path)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Basic")
        assert response.json()["error"]["kind"] == "NotAllowed"

    @pytest.mark.parametrize("path", ["/api/ask", "/api/search", "/v1/chat/completions", "/mcp"])
    def test_without_one_nothing_is_asked(self, closed: str, path: str) -> None:
        assert httpx.post(closed + path, json={"question": "x"}).status_code == 401

    @pytest.mark.parametrize("path", ["/healthz", "/widget.js"])
    def test_what_machines_and_other_sites_fetch_stays_public(self, closed: str, path: str) -> None:
        assert httpx.get(closed + path).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": "Bearer first-key"},
            {"Authorization": "bearer first-key"},
            {"X-API-Key": "first-key"},
            {"Authorization": "Bearer مفتاح".encode()},
            basic("reader", "pass:word"),
            basic("anyone", "first-key"),
        ],
    )
    def test_each_opens_everything(self, closed: str, headers: dict[str, str]) -> None:
        for path in ("/api/articles", "/metrics"):
            assert httpx.get(closed + path, headers=headers).status_code == 200
        asked = httpx.post(
            f"{closed}/api/ask", json={"question": QUESTIONS["en"]}, headers=headers, timeout=60
        )
        assert asked.status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer first-ke"},
            {"Authorization": "Bearer first-key2"},
            {"Authorization": "first-key"},
            {"Authorization": "Basic ????"},
            {"X-API-Key": ""},
            {"X-API-Key": "reader:pass:word"},
            basic("reader", "pass"),
            basic("reader", ""),
            basic("other", "pass:word"),
        ],
    )
    def test_a_wrong_one_opens_nothing(self, closed: str, headers: dict[str, str]) -> None:
        response = httpx.get(f"{closed}/api/articles", headers=headers)
        assert response.status_code in (401, 429)

    @LANGUAGES
    def test_guessing_is_slowed_down(self, assistant: Assistant, language: str) -> None:
        with serving(assistant, Settings(api_keys=("key",))) as address:
            statuses = [
                httpx.get(
                    f"{address}/metrics",
                    headers={"X-API-Key": f"guess {n}", "Accept-Language": language},
                ).status_code
                for n in range(25)
            ]
            own = httpx.get(f"{address}/metrics", headers={"X-API-Key": "key"})
        assert statuses[0] == 401
        assert statuses[-1] == 429
        assert own.status_code == 200

    @LANGUAGES
    def test_the_refusal_is_in_the_browsers_language(self, closed: str, language: str) -> None:
        error = httpx.get(f"{closed}/", headers={"Accept-Language": language}).json()["error"]
        assert detect(error["what"]) == language


class TestOrigins:
    def test_a_page_of_another_site_is_not_answered(self, address: str) -> None:
        for origin in ("https://evil.example", "null", f"{NEWSPAPER}.evil.example", "https://"):
            response = httpx.post(
                f"{address}/api/ask",
                json={"question": QUESTIONS["en"]},
                headers={"Origin": origin},
            )
            assert response.status_code == 403
            assert response.json()["error"]["kind"] == "WrongOrigin"
            assert "access-control-allow-origin" not in response.headers

    def test_an_allowed_one_reads_the_answer(self, address: str) -> None:
        preflight = httpx.options(
            f"{address}/api/ask",
            headers={
                "Origin": NEWSPAPER,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type, authorization",
            },
        )
        assert preflight.status_code == 200
        response = httpx.post(
            f"{address}/api/ask",
            json={"question": QUESTIONS["en"]},
            headers={"Origin": NEWSPAPER},
            timeout=60,
        )
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == NEWSPAPER
        assert "access-control-allow-credentials" not in response.headers

    def test_our_own_pages_are_answered(self, address: str) -> None:
        assert httpx.get(f"{address}/api/articles", headers={"Origin": address}).status_code == 200

    def test_a_preflight_passes_the_door_and_the_request_does_not(
        self, assistant: Assistant
    ) -> None:
        settings = Settings(allowed_origins=(NEWSPAPER,), api_keys=("key",))
        ask = {"Origin": NEWSPAPER, "Access-Control-Request-Method": "POST"}
        with serving(assistant, settings) as address:
            assert httpx.options(f"{address}/api/ask", headers=ask).status_code == 200
            refused = httpx.post(f"{address}/api/ask", headers={"Origin": NEWSPAPER}, json={})
        assert refused.status_code == 401
        # The page's script may read why.
        assert refused.headers["access-control-allow-origin"] == NEWSPAPER

    @pytest.mark.parametrize(
        "origin",
        [
            "news.example",
            "https://news.example/",
            "https://news.example; script-src *",
            "javascript:alert(1)",
            "https://a b",
            "https://x\r\nSet-Cookie: a=b",
        ],
    )
    def test_only_origins_are_taken_for_origins(self, origin: str) -> None:
        with pytest.raises(ValidationError, match="no origin"):
            Settings(allowed_origins=(origin,))


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "a b"])
    def test_a_rebound_name_is_not_answered(self, address: str, host: str) -> None:
        for path in ("/api/articles", "/healthz", "/mcp", "/widget.js"):
            assert httpx.get(address + path, headers={"Host": host}).status_code == 400

    @pytest.mark.parametrize("host", ["localhost", "localhost:7860", "127.0.0.1:1", "[::1]:7860"])
    def test_loopbacks_names_are(self, address: str, host: str) -> None:
        assert httpx.get(f"{address}/healthz", headers={"Host": host}).status_code == 200

    def test_the_settings_add_names(self) -> None:
        named = Settings(allowed_hosts=("ask.news.example",))
        assert "ask.news.example" in hosts_served(named, "127.0.0.1")
        assert hosts_served(named, "0.0.0.0") == ["ask.news.example"]
        assert hosts_served(Settings(), "0.0.0.0") == ["*"]


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/api/articles", "/api/articles/none", "/none", "/docs", "/widget.js"]
    )
    def test_every_response_carries_them(self, address: str, path: str) -> None:
        headers = httpx.get(address + path).headers
        assert headers["content-security-policy"] == content_security_policy((NEWSPAPER,))
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers

    def test_refusals_carry_them_too(self, closed: str) -> None:
        for response in (
            httpx.get(closed),
            httpx.get(closed, headers={"Host": "evil.example"}),
            httpx.get(closed, headers={"Origin": "https://evil.example"}),
        ):
            assert response.status_code >= 400
            assert "frame-ancestors 'self'" in response.headers["content-security-policy"]

    def test_only_the_named_may_frame_us_and_nothing_foreign_loads(self) -> None:
        policy = content_security_policy((NEWSPAPER, "http://localhost:9000"))
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules.pop("frame-ancestors") == f"'self' {NEWSPAPER} http://localhost:9000"
        assert "unsafe-eval" not in policy
        assert "//" not in "".join(rules.values())

    def test_a_mishap_is_a_clear_500_without_its_details(self, assistant: Assistant) -> None:
        class Broken(Assistant):
            def __init__(self) -> None:
                pass

            def articles(self) -> list[object]:  # type: ignore[override]
                raise RuntimeError("/secret/path")

        with serving(Broken()) as address:
            response = httpx.get(f"{address}/api/articles")
        assert response.status_code == 500
        assert response.json()["error"]["kind"] == "AssistantError"
        assert "secret" not in response.text
        assert "content-security-policy" in response.headers
