"""The one door to LangChain's chat models: opened by name, read with time limits."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from assistant.errors import ChatModelError

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel

    from assistant.settings import Settings

# What brings which provider, of this package's own extras.
_EXTRAS = {"openai": "openai", "anthropic": "anthropic", "ollama": "ollama"}
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
# They refuse any temperature but their own.
_OWN_TEMPERATURE = ("gpt-5", "o1", "o3", "o4")
# A reply may take as many silences as this in all.
_WHOLE_REPLY = 6.0
_MOST_REPLY_CHARS = 20_000


@dataclass(frozen=True)
class Message:
    """One message to a model.

    Attributes:
        role: "system" or "human".
        text: What it says.
    """

    role: str
    text: str


class ChatModel(Protocol):
    """A language model that streams one reply."""

    name: str

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        """Pieces of the reply as they come.

        Raises:
            ChatModelError: it can't be reached, refuses, is silent for too long or breaks off.
        """
        ...


class LangChainModel:
    """A chat model of LangChain, read in a thread so that its silence can be timed."""

    def __init__(self, model: BaseChatModel, name: str, timeout_s: float) -> None:
        """Read `model`; it may be silent for `timeout_s`, and speak for six times as long."""
        self.name = name
        self._model = model
        self._timeout_s = timeout_s

    def stream(self, messages: Sequence[Message]) -> Iterator[str]:
        """Pieces of the reply as they come.

        Raises:
            ChatModelError: it can't be reached, refuses, is silent for too long or breaks off.
        """
        events: queue.Queue[str | Exception | None] = queue.Queue()
        left = threading.Event()
        reader = threading.Thread(
            target=self._read, args=(messages, events, left), name="isnad-chat-model", daemon=True
        )
        reader.start()
        deadline = time.monotonic() + _WHOLE_REPLY * self._timeout_s
        length = 0
        try:
            while (event := self._wait(events, deadline)) is not None:
                if isinstance(event, Exception):
                    raise _translated(event, self.name, begun=length > 0) from event
                length += len(event)
                if length > _MOST_REPLY_CHARS:
                    raise ChatModelError(
                        f"{self.name} did not end its answer.", "Try another model."
                    )
                yield event
        finally:
            left.set()

    def _wait(
        self, events: queue.Queue[str | Exception | None], deadline: float
    ) -> str | Exception | None:
        allowed = min(self._timeout_s, deadline - time.monotonic())
        try:
            return events.get(timeout=max(0.0, allowed))
        except queue.Empty:
            raise ChatModelError(
                f"{self.name} was silent for {self._timeout_s:g} seconds, or took too long.",
                "Try again, or raise ISNAD_CHAT_TIMEOUT_S.",
            ) from None

    def _read(
        self,
        messages: Sequence[Message],
        events: queue.Queue[str | Exception | None],
        left: threading.Event,
    ) -> None:
        try:
            for chunk in self._model.stream([(m.role, m.text) for m in messages]):
                if left.is_set():
                    return
                if text := str(chunk.text):
                    events.put(text)
            events.put(None)
        except Exception as error:  # Each provider has a tree of its own.
            events.put(error)


def load_chat_model(settings: Settings) -> LangChainModel:
    """Open the chat model that the settings name; nothing is sent to it.

    Raises:
        ChatModelError: no model is set, its name is not `provider:model`, its provider is
            unknown or not installed, or it lacks a key.
    """
    named = settings.chat_model or ""
    provider, _, model = named.partition(":")
    if not (provider and model):
        raise ChatModelError(
            f"{named!r} names no language model.",
            "Write provider:model, for example ollama:qwen3:4b or openai:gpt-4o-mini.",
        )
    from langchain.chat_models import init_chat_model

    try:
        opened = init_chat_model(model, model_provider=provider, **_options(settings))
    except ImportError as error:
        extra = _EXTRAS.get(provider)
        package = f'"isnad[{extra}]"' if extra else f"langchain-{provider}"
        raise ChatModelError(
            f"The provider {provider!r} is not installed.", f"pip install {package}"
        ) from error
    except ValueError as error:
        if "provider" not in str(error).lower():
            raise _unopened(provider, named) from None
        raise ChatModelError(
            f"{provider!r} is no provider of language models.",
            "Use openai, anthropic, ollama, or another one that LangChain knows.",
        ) from None
    except Exception:  # Such errors may quote the key: nothing of them is kept.
        raise _unopened(provider, named) from None
    return LangChainModel(opened, named, settings.chat_timeout_s)


def _unopened(provider: str, named: str) -> ChatModelError:
    variable = _KEYS.get(provider, f"{provider.upper()}_API_KEY")
    return ChatModelError(
        f"The language model {named!r} can't be opened; its key may be missing.",
        f"Set the variable {variable}.",
    )


def _options(settings: Settings) -> dict[str, Any]:
    provider, _, model = (settings.chat_model or "").partition(":")
    options: dict[str, Any] = {}
    if not model.startswith(_OWN_TEMPERATURE):
        options["temperature"] = 0.0
    if provider == "ollama":
        options["client_kwargs"] = {"timeout": settings.chat_timeout_s}
    else:
        # Quoting takes over at once: a reader doesn't wait for a second try.
        options |= {"timeout": settings.chat_timeout_s, "max_retries": 0}
    if settings.chat_base_url is not None:
        options["base_url"] = settings.chat_base_url
        if provider == "openai" and not _has_key():
            options["api_key"] = "none"  # servers at home ask for none
    return options


def _has_key() -> bool:
    import os

    return bool(os.environ.get("OPENAI_API_KEY"))


_BY_STATUS = {
    400: ("did not understand the request", "Check the model's name and its context length."),
    401: ("refused the key", "Check the provider's key."),
    403: ("refused the key", "Check the provider's key."),
    404: ("is not known to the server", "Check the model's name and ISNAD_CHAT_BASE_URL."),
    408: ("took too long", "Try again."),
    429: ("has too many requests or no quota left", "Wait, or check the provider's plan."),
}


def _translated(error: Exception, name: str, *, begun: bool) -> ChatModelError:
    """What went wrong in words that hold neither the key nor the text sent."""
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if isinstance(status, int):
        what, todo = _BY_STATUS.get(status, ("failed on its server", "Try again later."))
        return ChatModelError(f"{name} {what} (HTTP {status}).", todo)
    if "Timeout" in kind:
        return ChatModelError(f"{name} took too long.", "Try again, or raise the time limit.")
    if "Connect" in kind and not begun:
        return ChatModelError(
            f"{name} can't be reached.", "Check that it runs, and ISNAD_CHAT_BASE_URL."
        )
    return ChatModelError(f"{name} broke off or sent something unreadable ({kind}).", "Try again.")
