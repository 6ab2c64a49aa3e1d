"""The cutting of passages behind LangChain's splitter interface; importing this loads LangChain."""

from __future__ import annotations

from collections.abc import Callable

from langchain_text_splitters import TextSplitter

from assistant.reading.passages import spans


class PassageSplitter(TextSplitter):
    """Cuts any text as `passages.cut` cuts articles; documents carry their `start_index`."""

    def __init__(self, count_tokens: Callable[[str], int], max_tokens: int) -> None:
        super().__init__(
            chunk_size=max_tokens,
            chunk_overlap=0,
            length_function=count_tokens,
            add_start_index=True,
        )

    def split_text(self, text: str) -> list[str]:
        """The passages of a text, in order."""
        found = spans(text, self._length_function, self._chunk_size)
        return [text[start:end] for start, end in found]
