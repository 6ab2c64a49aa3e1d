"""Settings: from arguments or variables, checked, frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant import Settings

LISTS = ["allowed_origins", "api_keys", "allowed_hosts"]
TWO = {
    "allowed_origins": ("https://news.example", "http://localhost:8443"),
    "api_keys": ("one", "مفتاح"),
    "allowed_hosts": ("news.example", "10.0.0.7"),
}


@pytest.mark.parametrize(
    ("variable", "value", "attribute", "expected"),
    [
        ("ISNAD_MAX_QUOTES", "5", "max_quotes", 5),
        ("ISNAD_INDEX_DIR", "/tmp/فهرس", "index_dir", Path("/tmp/فهرس")),
        ("ISNAD_EMBEDDING_ENGINE", "torch", "embedding_engine", "torch"),
        ("ISNAD_CHAT_TIMEOUT_S", "2.5", "chat_timeout_s", 2.5),
        ("ISNAD_OPEN_TO_ALL", "true", "open_to_all", True),
        ("ISNAD_LOGIN", "سلمى:s3cret:x", "login", "سلمى:s3cret:x"),
        ("isnad_passage_tokens", "64", "passage_tokens", 64),
    ],
)
def test_variables_are_read(monkeypatch, variable, value, attribute, expected):
    assert getattr(Settings(), attribute) != expected
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), attribute) == expected


def test_arguments_win_over_variables(monkeypatch):
    monkeypatch.setenv("ISNAD_MAX_QUOTES", "5")
    assert Settings(max_quotes=2).max_quotes == 2


def test_variables_of_other_programs_are_left_alone(monkeypatch):
    before = Settings()
    monkeypatch.setenv("MAX_QUOTES", "9")
    monkeypatch.setenv("API_KEYS", "other")
    assert Settings() == before


def test_a_wrong_variable_is_named(monkeypatch):
    monkeypatch.setenv("ISNAD_MAX_QUOTES", "many")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [error["loc"] for error in caught.value.errors()] == [("max_quotes",)]


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_divided_by_commas(monkeypatch, name):
    first, second = TWO[name]
    monkeypatch.setenv(f"ISNAD_{name.upper()}", f" {first} ,, {second}, ")
    assert getattr(Settings(), name) == (first, second)
    assert getattr(Settings(**{name: first}), name) == (first,)
    assert getattr(Settings(**{name: [first, second]}), name) == (first, second)
    assert getattr(Settings(**{name: ""}), name) == ()


@pytest.mark.parametrize(
    "origin",
    [
        "news.example",
        "https://news.example/path",
        "javascript:alert(1)",
        "https://news.example\r\nSet-Cookie: x",
        "https://a b",
        "null",
        "https://",
        "*.example",
    ],
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(ValidationError, match="allowed_origins"):
        Settings(allowed_origins=[origin])


@pytest.mark.parametrize("origin", ["*", "http://[::1]:7860", "https://a-b.news.example"])
def test_origins_are_taken(origin):
    assert Settings(allowed_origins=origin).allowed_origins == (origin,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("passage_tokens", 31),
        ("max_question_chars", 0),
        ("max_quotes", 0),
        ("chat_timeout_s", 0),
        ("rate_limit_per_minute", 0),
        ("queue_size", -1),
        ("worker_threads", 0),
        ("conversation_minutes", -0.1),
        ("embedding_engine", "gpu"),
        ("login", "nobody"),
        ("login", "nobody:"),
        ("no_such_setting", 1),
    ],
)
def test_values_that_make_no_sense_are_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})


def test_settings_are_frozen():
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.max_quotes = 1


def test_secrets_are_not_shown():
    settings = Settings(api_keys="k3y-of-the-house", login="reader:pa55word")
    assert "k3y-of-the-house" not in repr(settings)
    assert "pa55word" not in f"{settings}"


def test_a_refused_secret_is_not_shown():
    with pytest.raises(ValidationError) as caught:
        Settings(login="pa55word-without-a-name")
    assert "pa55word" not in str(caught.value)


def test_each_setting_is_described():
    described = Settings.__doc__ or ""
    assert not [name for name in Settings.model_fields if f"    {name}: " not in described]
