"""The built wheel, installed outside the checkout, answers with the network refused."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import HARBOUR, OLIVES, ROOT

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("hatchling") is None,
        reason="hatchling is missing: `pip install --group dev`; the wheel is NOT tested",
    ),
    pytest.mark.timeout(600),
]

# Read by every Python that starts with this folder on its path.
NO_NETWORK = """
import socket

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def refusing(name):
    real = getattr(socket.socket, name)

    def connect(self, address, *rest):
        if self.family != getattr(socket, "AF_UNIX", None) and address[0] not in LOOPBACK:
            raise RuntimeError(f"NETWORK REFUSED: {address}")
        return real(self, address, *rest)

    setattr(socket.socket, name, connect)


def getaddrinfo(host, *rest, real=socket.getaddrinfo, **more):
    if host not in LOOPBACK:
        raise RuntimeError(f"NETWORK REFUSED: {host}")
    return real(host, *rest, **more)


refusing("connect")
refusing("connect_ex")
socket.getaddrinfo = getaddrinfo
"""
PACKAGES = ("assistant", "prompts", "vectorstore")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is no checkout."""
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def wheel(outside: Path) -> Path:
    built = outside / "built"
    pip("wheel", str(ROOT), "--no-build-isolation", "--wheel-dir", str(built), cwd=outside)
    [found] = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path, outside: Path) -> dict[str, str]:
    """Variables with which Python finds the installed wheel before the checkout."""
    target = outside / "installed"
    pip("install", str(wheel), "--no-index", "--target", str(target), cwd=outside)
    guard = outside / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    articles = outside / "articles"
    articles.mkdir()
    for article in (HARBOUR, OLIVES):
        text = f"{article.title}\n\n{article.text}\n"
        (articles / f"{article.id}.txt").write_text(text, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(guard), str(target)]),
        "ISNAD_INDEX_DIR": str(outside / "index"),
    }


def pip(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--no-deps", "--quiet"]
    run = subprocess.run(
        [*command, "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
    assert run.returncode == 0, run.stderr


def python(
    *arguments: str, outside: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=outside,
        env=environment,
    )


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *PACKAGES]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if run.returncode != 0:
        pytest.skip("this is no git checkout: its files can't be told from litter")
    wanted = {name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert len(wanted) > 80
    assert wanted - held == set()


@pytest.mark.parametrize(
    "name",
    [
        "assistant/py.typed",
        "assistant/embedder/model.safetensors",
        "assistant/embedder/tokenizer.json",
        "assistant/embedder/encoder.onnx",
        "assistant/reader/reader.onnx",
        "assistant/reader/reader.safetensors",
        "assistant/lexicon/table.npz",
        "assistant/lexicon/function-words.ar.txt",
        "assistant/retrieval/fusion.json",
        "assistant/answering/choice.json",
        "assistant/answering/shortlist.json",
        "assistant/answering/decision.json",
        "prompts/answer.ar.txt",
        "prompts/answer.en.txt",
        "assistant/web/static/chat.js",
        "assistant/web/static/style.css",
        "assistant/web/static/widget.js",
    ],
)
def test_package_data_is_inside(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.getinfo(name).file_size == (ROOT / name).stat().st_size


def test_the_network_is_refused_and_the_checkout_not_used(
    outside: Path, environment: dict[str, str]
) -> None:
    code = (
        "import socket, assistant, prompts, vectorstore\n"
        "print(assistant.__file__, prompts.__file__, vectorstore.__file__, sep='\\n')\n"
        "for address in [('192.0.2.1', 80), ('pypi.org', 443)]:\n"
        "    try:\n"
        "        socket.create_connection(address, timeout=1)\n"
        "    except RuntimeError as error:\n"
        "        print(error)\n"
    )
    run = python("-c", code, outside=outside, environment=environment)
    assert run.returncode == 0, run.stderr
    *places, first, second = run.stdout.splitlines()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(outside) for place in places)
    assert first.startswith("NETWORK REFUSED")
    assert second.startswith("NETWORK REFUSED")


@pytest.mark.parametrize(
    ("question", "language", "gold"),
    [
        ("How much was paid for the salvage?", "en", "4.2 million"),
        ("Why did the olive presses close?", "en", "كلفة الكهرباء"),
        ("كم بئرا ستحفر وزارة الزراعة؟", "ar", "اثنتي عشرة"),
        ("من كان قبطان سفينة الصيد؟", "ar", "Ignacio Prada"),
    ],
)
def test_a_question_is_answered(
    outside: Path, environment: dict[str, str], question: str, language: str, gold: str
) -> None:
    run = python(
        *("-m", "assistant", "ask", question, "--articles", "articles", "--json"),
        outside=outside,
        environment=environment,
    )
    assert (run.returncode, run.stderr) == (0, "")
    answer = json.loads(run.stdout)
    assert answer["found"]
    assert answer["language"] == language
    assert any(gold in citation["quote"] for citation in answer["citations"])


def test_the_prompts_and_the_page_are_read_from_the_wheel(
    outside: Path, environment: dict[str, str]
) -> None:
    code = (
        "from importlib.resources import files\n"
        "from assistant.prompting import fill\n"
        "print(len(fill('question', 'ar', passages='p', question='q')))\n"
        "print((files('assistant.web') / 'static' / 'widget.js').is_file())\n"
    )
    run = python("-c", code, outside=outside, environment=environment)
    assert run.returncode == 0, run.stderr
    size, there = run.stdout.split()
    assert int(size) > 10
    assert there == "True"
