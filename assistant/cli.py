"""The command line: index, ask, search, serve, evaluate; errors become exit codes here."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.models import Answer

_ARTICLES = Path("seeds")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done (also when the articles don't answer), 2 usage, 1 anything else.
    """
    options = _parser().parse_args(arguments)
    from assistant.errors import AssistantError

    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except AssistantError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("Interrupted.")
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        return _fail(_unforeseen(error))


def _unforeseen(error: Exception) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError) and error.title == "Settings":
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"The setting {place} is wrong: {first['msg']}. See `isnad --help`."
    return f"Something unforeseen went wrong ({type(error).__name__}: {error}). Please report it."


def _fail(message: str) -> int:
    print("isnad:", " ".join(message.split()), file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="isnad",
        description="Ask a collection of news articles in Arabic or English; "
        "every sentence of the answer shows its source.",
        epilog="Settings are read from ISNAD_* variables, such as ISNAD_EMBEDDING_MODEL and "
        "ISNAD_CHAT_MODEL.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    ask = commands.add_parser("ask", help="answer a question")
    ask.add_argument("question")
    _articles(ask)
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.set_defaults(run=_ask)

    search = commands.add_parser("search", help="show the passages that fit a query")
    search.add_argument("query")
    search.add_argument("-k", type=_positive, default=5, help="how many (5)")
    _articles(search)
    search.add_argument("--json", action="store_true", help="print hits as JSON")
    search.set_defaults(run=_search)

    index = commands.add_parser("index", help="read and index a folder of articles")
    index.add_argument("folder", type=Path)
    index.add_argument("--rebuild", action="store_true", help="make the index anew")
    index.set_defaults(run=_index)

    serve = commands.add_parser("serve", help="serve the chat, the widget and the API")
    _articles(serve)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=7860)
    serve.add_argument("--mcp", action="store_true", help="offer the tools at /mcp, too")
    serve.set_defaults(run=_serve)

    mcp = commands.add_parser("mcp", help="offer ask and search as MCP tools on stdio")
    _articles(mcp)
    mcp.set_defaults(run=_mcp)

    evaluate = commands.add_parser("evaluate", help="ask a file of questions with known answers")
    evaluate.add_argument("questions", type=Path)
    _articles(evaluate)
    evaluate.add_argument("--json", action="store_true", help="print every outcome as JSON")
    evaluate.set_defaults(run=_evaluate)

    translate = commands.add_parser("translate", help="draft an aligned translation for review")
    translate.add_argument("file", type=Path)
    translate.set_defaults(run=_translate)
    return parser


def _articles(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--articles", type=Path, default=_ARTICLES, metavar="DIR", help="folder of articles (seeds)"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _open(options: argparse.Namespace) -> Assistant:
    from assistant.assistant import Assistant

    assistant = Assistant.open(options.articles)
    _show_problems(assistant)
    return assistant


def _show_problems(assistant: Assistant) -> None:
    for problem in assistant.problems:
        print("isnad: problem:", problem, file=sys.stderr)


def _ask(options: argparse.Namespace) -> int:
    answer = _open(options).ask(options.question)
    print(answer.model_dump_json(indent=2) if options.json else _told(answer))
    return 0


def _told(answer: Answer) -> str:
    """An answer with its sources as footnotes."""
    lines = [answer.text]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        article = citation.article
        name = " — ".join(part for part in (article.title, article.author) if part)
        where = f"{article.source}:{citation.start}-{citation.end}"
        lines.append(f"[{citation.number}] {name} ({where})")
        if citation.translation is not None:
            lines.append(f"    {citation.quote}")
    if answer.note:
        lines += ["", answer.note]
    return "\n".join(lines)


def _search(options: argparse.Namespace) -> int:
    hits = _open(options).search(options.query, options.k)
    if options.json:
        print(json.dumps([hit.model_dump(mode="json") for hit in hits], ensure_ascii=False))
        return 0
    for hit in hits:
        place = f"{hit.passage.article_id}:{hit.passage.start}-{hit.passage.end}"
        print(f"{hit.score:.3f}  {place}\n{hit.passage.text}\n")
    return 0


def _index(options: argparse.Namespace) -> int:
    from assistant.assistant import Assistant

    assistant = Assistant.open(options.folder, rebuild=options.rebuild)
    _show_problems(assistant)
    info = assistant.info()
    print(f"{info.articles} articles, {info.passages} passages, {info.model_id}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from assistant.settings import Settings
    from assistant.web.server import serve

    serve(Settings(), options.articles, options.host, options.port, mcp=options.mcp)
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from assistant.settings import Settings
    from assistant.web.mcp_server import serve_mcp

    serve_mcp(Settings(), options.articles)
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from assistant.evaluation import evaluate, read_questions

    questions = read_questions(options.questions)
    evaluation = evaluate(_open(options), questions)
    print(evaluation.model_dump_json(indent=2) if options.json else evaluation.table())
    return 0


def _translate(options: argparse.Namespace) -> int:
    from assistant.settings import Settings
    from assistant.translating import translate_file

    print(translate_file(options.file, Settings()))
    return 0
