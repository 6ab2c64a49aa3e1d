"""Check the evaluation data: every gold in its article, ids, languages, counts.

Run from anywhere: `python benchmarks/data/check.py`. Exits 1 when a line is at fault.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent
ROOT = DATA.parents[1]
# An article is looked for by file name; the visit ships with the project's first collection.
FOLDERS = (DATA / "answers" / "articles", ROOT / "seeds", ROOT.parent / "shared" / "seeds")

ANSWER_KINDS = {"answerable": 62, "missing-fact": 16, "other-subject": 14, "instruction": 8}
ANSWER_FORMS = {"plain": 40, "dialect": 18, "typo": 9, "paraphrase": 8}  # at least
# (kind, language) -> at least; a language of "" counts both together.
ROBUSTNESS_KINDS = {
    ("typo", "ar"): 30,
    ("typo", "en"): 30,
    ("hamza", "ar"): 30,
    ("name-spelling", ""): 30,
    ("name-spelling", "ar"): 12,
    ("name-spelling", "en"): 12,
    ("dialect", ""): 30,
    ("diacritics", "ar"): 20,
    ("no-punctuation", ""): 30,
    ("arabizi", ""): 30,
}

Row = dict[str, Any]


def script(text: str) -> str:
    """Tell the script of most letters of a text: "ar", "en", or "" without letters."""
    names = [unicodedata.name(char, "").split(" ")[0] for char in text if char.isalpha()]
    arabic, latin = names.count("ARABIC"), names.count("LATIN")
    return "" if arabic == latin else "ar" if arabic > latin else "en"


def article_text(name: str) -> str | None:
    """Read an article as it stands, or None where no folder holds it."""
    found = next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)
    return None if found is None else found.read_text(encoding="utf-8")


def gold_faults(row: Row) -> list[str]:
    """Say which gold strings their article doesn't hold."""
    name = row["article"]
    if name is None:
        return ["has gold but names no article"] if row["gold"] else []
    text = article_text(name)
    if text is None:
        return [f"names the article {name!r}, which no folder holds"]
    return [f"gold {gold!r} is not in {name}" for gold in row["gold"] if gold not in text]


def read(path: Path) -> list[Row]:
    """Read a questions file, one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answer_faults(row: Row) -> list[str]:
    """Say what is wrong with one question of the answers' sets."""
    faults = gold_faults(row)
    faults += [f"{key} is not in its script" for key in ("ar", "en") if script(row[key]) != key]
    if row["kind"] not in ANSWER_KINDS or row["form"] not in ANSWER_FORMS:
        faults.append(f"unknown kind or form: {row['kind']!r}, {row['form']!r}")
    if (row["kind"] == "answerable") != bool(row["gold"]):
        faults.append("gold is for the answerable questions, and for them only")
    if (row["kind"] in ("answerable", "missing-fact")) != (row["article"] is not None):
        faults.append("an article is for questions on an article's subject, and for them only")
    return faults


def robustness_faults(row: Row) -> list[str]:
    """Say what is wrong with one perturbed question."""
    faults = gold_faults(row)
    if not row["gold"]:
        faults.append("has no gold")
    if row["noisy"] == row["clean"]:
        faults.append("noisy is clean")
    if script(row["clean"]) != row["language"]:
        faults.append("clean is not in its language's script")
    # Arabizi is Arabic in Latin letters; every other kind keeps its script.
    expected = "en" if row["kind"] == "arabizi" else row["language"]
    if script(row["noisy"]) != expected:
        faults.append("noisy is not in the script of its kind")
    if row["kind"] not in {kind for kind, _ in ROBUSTNESS_KINDS}:
        faults.append(f"unknown kind: {row['kind']!r}")
    return faults


def check_answers(name: str, rows: list[Row]) -> list[str]:
    """Check one set of answers' questions and print its counts."""
    faults = [f"{row['id']}: {fault}" for row in rows for fault in answer_faults(row)]
    kinds = Counter(row["kind"] for row in rows)
    forms = Counter(row["form"] for row in rows)
    for kind, wanted in ANSWER_KINDS.items():
        print(f"{name:<12}{kind:<16}{kinds[kind]:>4}")
        if kinds[kind] != wanted:
            faults.append(f"{name}: {kinds[kind]} of {kind}, not {wanted}")
    for form, least in ANSWER_FORMS.items():
        print(f"{name:<12}{form:<16}{forms[form]:>4}")
        if forms[form] < least:
            faults.append(f"{name}: {forms[form]} of form {form}, fewer than {least}")
    questions = Counter(row[key] for row in rows for key in ("ar", "en"))
    faults += [f"{name}: asked twice: {text!r}" for text, n in questions.items() if n > 1]
    texts = [article_text(article) or "" for article in {row["article"] or "" for row in rows}]
    golds = {gold for row in rows for gold in row["gold"]}
    return faults + [
        f"{name}: gold {gold!r} stands in more places than one"
        for gold in sorted(golds)
        if sum(text.count(gold) for text in texts) > 1
    ]


def check_robustness(rows: list[Row]) -> list[str]:
    """Check the perturbed questions and print their counts."""
    faults = [f"{row['id']}: {fault}" for row in rows for fault in robustness_faults(row)]
    counts = Counter((row["kind"], row["language"]) for row in rows)
    for (kind, language), count in sorted(counts.items()):
        print(f"{'robustness':<12}{kind:<16}{count:>4} {language}")
    for (kind, language), least in ROBUSTNESS_KINDS.items():
        count = sum(n for (k, lang), n in counts.items() if k == kind and language in ("", lang))
        if count < least:
            faults.append(f"robustness: {count} of {kind} {language}, fewer than {least}")
    noisy = Counter(row["noisy"] for row in rows)
    return faults + [f"robustness: twice: {text!r}" for text, n in noisy.items() if n > 1]


def main() -> int:
    """Check every file, print the counts, then the faults."""
    sets = {name: read(DATA / "answers" / f"{name}.jsonl") for name in ("tuned", "heldout")}
    robustness = read(DATA / "robustness.jsonl")
    faults = [fault for name, rows in sets.items() for fault in check_answers(name, rows)]
    faults += check_robustness(robustness)
    ids = Counter(row["id"] for rows in (*sets.values(), robustness) for row in rows)
    faults += [f"{id_}: id used {n} times" for id_, n in ids.items() if n > 1]
    articles = [{row["article"] for row in rows} - {None} for rows in sets.values()]
    faults += [f"{name}: in both sets" for name in sorted(set.intersection(*articles))]
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
