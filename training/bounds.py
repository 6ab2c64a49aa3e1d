"""Set the confidence from which on the answer is yes, for each direction.

    python -m training.bounds

Asks the questions of `training/news` with the networks that `training.answers` wrote. A bound is
where LOST of the questions are refused whose quotes hold the answer; what that refuses of the
unanswerable ones is printed beside it. The networks were fitted on these articles, too: honest
figures are those of `benchmarks.answers`, over the questions that nothing was fitted on.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from assistant import Assistant, Settings
from assistant.answering.answerer import Asked
from training.answers import LANGUAGES, NEWS, OUT

LOST = 0.06
"""Share of the questions with a right answer at hand that may be refused."""


def main() -> None:
    """Ask, print, write."""
    right: dict[str, list[float]] = defaultdict(list)
    lacking: dict[str, list[float]] = defaultdict(list)
    for folder in sorted(path for path in NEWS.iterdir() if path.is_dir()):
        assistant = Assistant.open(folder, settings=Settings(index_dir=Path(".work/bounds")))
        held = {Path(article.source).name: article.language for article in assistant.articles()}
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            for language in LANGUAGES:
                found = assistant.answerer.find(Asked(row[language], row[language], language))
                quotes = assistant.answerer.quotations(found, language)
                good = any(gold in q.citation.quote for gold in row["gold"] for q in quotes)
                direction = f"{language}-{held[row['article']]}"
                if good:
                    right[direction].append(found.confidence)
                elif not row["gold"]:
                    lacking[direction].append(found.confidence)
    bounds = {}
    for direction in sorted(right):
        bounds[direction] = round(float(np.quantile(right[direction], LOST)), 4)
        refused = np.mean(np.array(lacking[direction]) < bounds[direction])
        count = len(lacking[direction])
        print(
            f"{direction} bound {bounds[direction]}, missing facts refused {refused:.3f} of {count}"
        )
    (OUT / "bounds.json").write_text(json.dumps(bounds, indent=1) + "\n")


if __name__ == "__main__":
    main()
