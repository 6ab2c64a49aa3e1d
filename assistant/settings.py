"""Settings: from arguments or `ISNAD_*` variables, checked once, then frozen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BUNDLED_MODEL = "bundled"
_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")


class Settings(BaseSettings):
    """Everything that can be set; arguments win over `ISNAD_*` variables.

    Attributes:
        embedding_model: "bundled", or any sentence-transformers model name or path.
        embedding_engine: "onnx" and "torch" force an engine; "auto" takes ONNX Runtime for
            the bundled model and sentence-transformers for any other.
        query_prompt: Prefix of questions; None takes the model's own.
        passage_prompt: Prefix of passages; None takes the model's own.
        index_dir: Where indexes are kept; None is the user's cache folder.
        passage_tokens: Longest passage, in the embedder's tokens.
        max_question_chars: A longer question is refused.
        max_quotes: Sentences quoted at most.
        chat_model: `provider:model` as LangChain's `init_chat_model` takes it, or None to
            answer by quoting.
        chat_base_url: Address of an OpenAI-compatible server, or None for the provider's own.
        chat_timeout_s: How long the language model may be silent before quoting takes over.
        allowed_origins: Origins that may embed the chat and call the API from a browser.
        api_keys: Keys that open the API; empty means none is asked for.
        login: `user:password` for the web page, or None.
        open_to_all: Serve without keys or login on an address that isn't loopback.
        allowed_hosts: Names under which the server is asked for, besides loopback's; needed
            behind a proxy that passes the Host header on.
        behind_proxy: Take the client's address from the proxy's X-Forwarded-For.
        rate_limit_per_minute: Questions a minute for one client.
        queue_size: Questions waiting at most; more are turned away politely.
        max_body_bytes: A larger request is refused.
        worker_threads: Questions answered at the same time; None fits the processors, or a
            language model's slowness where one is set.
        conversations_kept: Conversations remembered for follow-up questions.
        conversation_minutes: How long an idle one is remembered.
        feedback_file: JSON lines of readers' thumbs; None is beside the index.
        log_questions: Write question texts into the log.
    """

    # A refused login or key must not reach a log.
    model_config = SettingsConfigDict(
        env_prefix="ISNAD_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    embedding_model: str = BUNDLED_MODEL
    embedding_engine: Literal["auto", "onnx", "torch"] = "auto"
    query_prompt: str | None = None
    passage_prompt: str | None = None
    index_dir: Path | None = None
    passage_tokens: int = Field(default=480, ge=32, le=8192)
    max_question_chars: int = Field(default=2000, ge=10)
    max_quotes: int = Field(default=3, ge=1, le=10)
    chat_model: str | None = None
    chat_base_url: str | None = None
    chat_timeout_s: float = Field(default=30.0, gt=0)
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    api_keys: Annotated[tuple[str, ...], NoDecode] = Field(default=(), repr=False)
    login: str | None = Field(default=None, pattern=r"^[^:]+:.+$", repr=False)
    open_to_all: bool = False
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    behind_proxy: bool = False
    rate_limit_per_minute: int = Field(default=120, ge=1)
    queue_size: int = Field(default=256, ge=1)
    max_body_bytes: int = Field(default=4_000_000, ge=1000)
    worker_threads: int | None = Field(default=None, ge=1, le=256)
    conversations_kept: int = Field(default=2000, ge=1)
    conversation_minutes: float = Field(default=60.0, gt=0)
    feedback_file: Path | None = None
    log_questions: bool = False

    @field_validator("allowed_origins", "api_keys", "allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Take a comma-separated list, as variables and command lines give it."""
        if isinstance(value, str):
            return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what isn't an origin: it ends up in response headers."""
        for origin in value:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://news.example:8443")
        return value
