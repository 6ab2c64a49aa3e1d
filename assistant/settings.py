"""Settings: from arguments or `ISNAD_*` variables, checked once, then frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BUNDLED_MODEL = "bundled"


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
        rate_limit_per_minute: Questions a minute for one client.
        queue_size: Questions waiting at most; more are turned away politely.
        feedback_file: JSON lines of readers' thumbs; None is beside the index.
        log_questions: Write question texts into the log.
    """

    model_config = SettingsConfigDict(env_prefix="ISNAD_", frozen=True, extra="forbid")

    embedding_model: str = BUNDLED_MODEL
    embedding_engine: Literal["auto", "onnx", "torch"] = "auto"
    query_prompt: str | None = None
    passage_prompt: str | None = None
    index_dir: Path | None = None
    passage_tokens: int = Field(default=256, ge=32, le=8192)
    max_question_chars: int = Field(default=2000, ge=10)
    max_quotes: int = Field(default=3, ge=1, le=10)
    chat_model: str | None = None
    chat_base_url: str | None = None
    chat_timeout_s: float = Field(default=30.0, gt=0)
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    api_keys: Annotated[tuple[str, ...], NoDecode] = ()
    login: str | None = None
    open_to_all: bool = False
    rate_limit_per_minute: int = Field(default=120, ge=1)
    queue_size: int = Field(default=256, ge=1)
    feedback_file: Path | None = None
    log_questions: bool = False

    @field_validator("allowed_origins", "api_keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Take a comma-separated list, as variables and command lines give it."""
        if isinstance(value, str):
            return tuple(part for part in (piece.strip() for piece in value.split(",")) if part)
        return value
