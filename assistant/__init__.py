"""Isnad: answers about a collection of news articles, each sentence with its source."""

from assistant.assistant import Assistant
from assistant.conversation import Conversation
from assistant.errors import AssistantError
from assistant.models import Answer, Article, ArticleInfo, Citation, Hit, Passage
from assistant.settings import Settings

__all__ = [
    "Answer",
    "Article",
    "ArticleInfo",
    "Assistant",
    "AssistantError",
    "Citation",
    "Conversation",
    "Hit",
    "Passage",
    "Settings",
]
