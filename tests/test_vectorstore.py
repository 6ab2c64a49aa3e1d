"""The vector store: exact, atomic, and suspicious of what it reads."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectorstore import (
    DamagedStore,
    DimensionMismatch,
    Hit,
    InaccessibleStore,
    InvalidInput,
    MissingStore,
    ModelMismatch,
    NewerFormat,
    StoreError,
    VectorStore,
    manifest,
)

ROOT = Path(__file__).parents[1]
GENERATION = re.compile(r"[0-9a-f]{32}")
TEXTS = {
    "ar": "التقى رئيس الأركان نظيره في الرباط،\u2028 ثم عاد.\nسطر ثانٍ",
    "en": "The chief of staff met his counterpart in Rabat,\u2028 then left.\nA second line",
}


def unit(rows: int, dim: int, seed: int = 0) -> np.ndarray:
    """Random float32 vectors of L2 norm 1."""
    raw = np.random.default_rng(seed).normal(size=(rows, dim))
    return (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)


def make(rows: int = 7, dim: int = 5, *, seed: int = 0, text: str = TEXTS["en"]) -> VectorStore:
    """A store in which everything tells the seed that it was made with."""
    return VectorStore.build(
        unit(rows, dim, seed),
        [{"row": row, "text": text, "seed": seed} for row in range(rows)],
        documents=[{"id": "a", "text": text, "seed": seed}],
        arrays={
            "tokens": np.full((rows, 3, 4), seed % 256, np.uint8),
            "../../offsets": np.arange(rows + 1),
        },
        model="multilingual",
        fingerprint="f1",
        notes={"seed": seed, "text": text},
    )


def reopen(folder: Path, **options: Any) -> VectorStore:
    return VectorStore.open(folder, model="multilingual", fingerprint="f1", **options)


def same(one: VectorStore, other: VectorStore) -> bool:
    return (
        np.array_equal(one.vectors, other.vectors)
        and (one.records, one.documents, one.notes) == (other.records, other.documents, other.notes)
        and (one.model, one.fingerprint) == (other.model, other.fingerprint)
        and list(one.arrays) == list(other.arrays)
        and all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)
        and all(one.arrays[name].dtype == other.arrays[name].dtype for name in one.arrays)
    )


def generations(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if GENERATION.fullmatch(path.name)]


def saved_file(folder: Path, name: str) -> Path:
    """Where the file of a store that was saved once lies."""
    [home] = generations(folder)
    return folder / name if name == "manifest.json" else home / name


def reseal(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest as somebody would who knows how it is sealed."""
    path = folder / "manifest.json"
    body = json.loads(path.read_bytes())
    del body["sha256"]
    change(body)
    rest = json.dumps(body).encode()[1:] + b"\n"
    path.write_bytes(b'{"sha256": "%s",\n' % hashlib.sha256(rest).hexdigest().encode() + rest)


def reseal_file(folder: Path, name: str, content: bytes) -> None:
    """Replace a file and make the manifest agree."""
    saved_file(folder, name).write_bytes(content)
    seal = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    reseal(folder, lambda body: body["files"].update({name: seal}))


def npy(array: np.ndarray) -> bytes:
    from io import BytesIO

    file = BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


FILES = [
    "manifest.json",
    "vectors.npy",
    "records.jsonl",
    "documents.jsonl",
    "array-0.npy",
    "array-1.npy",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one saved store."""
    make().save(tmp_path / "index")
    return tmp_path / "index"


# Search


def check_hits(hits: list[Hit], products: np.ndarray, allowed: np.ndarray, k: int) -> None:
    """Compare with what NumPy finds; ties at the end may fall either way."""
    assert len({hit.row for hit in hits}) == len(hits) == min(k, len(allowed))
    assert {hit.row for hit in hits} <= set(allowed.tolist())
    best = np.sort(products[allowed])[::-1][: len(hits)]
    np.testing.assert_allclose([hit.score for hit in hits], best, atol=1e-5)
    np.testing.assert_allclose([products[hit.row] for hit in hits], best, atol=1e-5)
    assert hits == sorted(hits, key=lambda hit: (-hit.score, hit.row))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_search_agrees_with_numpy(data: st.DataObject) -> None:
    rows = data.draw(st.integers(0, 40))
    dim = data.draw(st.integers(1, 9))
    seed = data.draw(st.integers(0, 2**32 - 1))
    vectors = unit(rows, dim, seed)
    if rows and data.draw(st.booleans()):  # the same passage again and again
        vectors = vectors[np.random.default_rng(seed).integers(0, max(rows // 3, 1), rows)]
    queries = unit(data.draw(st.integers(0, 30)), dim, seed + 1)  # FAISS turns to BLAS at 20
    k = data.draw(st.integers(0, 50))
    subset = None
    if data.draw(st.booleans()):
        subset = np.array(data.draw(st.lists(st.integers(0, rows - 1)) if rows else st.just([])))
    store = VectorStore.build(vectors, [{}] * rows, documents=[], model="m", fingerprint="f")

    found = store.search(queries, k, rows=subset)

    allowed = np.arange(rows) if subset is None else np.unique(subset).astype(int)
    assert len(found) == len(queries)
    for query, hits in zip(queries, found, strict=True):
        products = vectors @ query
        check_hits(hits, products, allowed, k)
        np.testing.assert_allclose(store.scores(query), products, atol=1e-6)
        assert store.scores(query).dtype == np.float32


def test_equal_scores_come_in_the_order_of_rows() -> None:
    vectors = np.repeat(unit(1, 4), 6, axis=0)
    store = VectorStore.build(vectors, [{}] * 6, documents=[], model="m", fingerprint="f")
    [hits] = store.search(vectors[:1], 6)
    assert [hit.row for hit in hits] == [0, 1, 2, 3, 4, 5]


def test_many_threads_search_at_once() -> None:
    store = make(200, 16)
    queries = unit(64, 16, 5)
    expected = store.search(queries, 5, rows=np.arange(0, 200, 2))
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: store.search(queries, 5, rows=np.arange(0, 200, 2)), range(40))
        )
    assert found == [expected] * 40


@pytest.mark.parametrize(
    ("queries", "k", "rows"),
    [
        (unit(1, 5)[0], 1, None),
        (np.full((1, 5), np.nan, np.float32), 1, None),
        (np.full((1, 5), np.inf, np.float32), 1, None),
        (unit(1, 5), -1, None),
        (unit(1, 5), 1, np.array([7])),
        (unit(1, 5), 1, np.array([-1])),
        (unit(1, 5), 1, np.array([0.5])),
        (unit(1, 5), 1, np.array([[1]])),
        (unit(1, 5), 1, np.ones(7, bool)),
    ],
)
def test_search_refuses_nonsense(queries: np.ndarray, k: int, rows: np.ndarray | None) -> None:
    with pytest.raises(InvalidInput):
        make().search(queries, k, rows=rows)


def test_a_query_of_another_length_names_both_lengths() -> None:
    for ask in (lambda: make().search(unit(1, 4), 1), lambda: make().scores(unit(1, 4)[0])):
        with pytest.raises(DimensionMismatch, match=r"4 dimensions, the store 5") as caught:
            ask()
        assert (caught.value.expected, caught.value.given) == (5, 4)


# Building


@pytest.mark.parametrize(
    "vectors",
    [
        np.full((1, 3), np.nan, np.float32),
        np.full((1, 3), np.inf, np.float32),
        np.full((1, 3), 1e30, np.float32),
        np.zeros((1, 3), np.float32),
        unit(1, 3) * np.float32(1.1),
        unit(1, 3).astype(np.float64),
        unit(1, 3)[0],
        np.zeros((0, 0), np.float32),
        unit(2, 3),  # with one record
    ],
)
def test_build_refuses_vectors_that_are_no_unit_rows(vectors: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        VectorStore.build(vectors, [{}], documents=[], model="m", fingerprint="f")


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "record", [{"a": float("nan")}, {"a": {1}}, {"a": b"bytes"}, {"a": nested(10**5)}, ["a"]]
)
def test_build_refuses_what_is_not_json(record: Any) -> None:
    for records, documents in (([record], []), ([{}], [record])):
        with pytest.raises(InvalidInput, match="record"):
            VectorStore.build(unit(1, 3), records, documents=documents, model="m", fingerprint="f")


@pytest.mark.parametrize(
    "array", [np.array([{}], object), np.array(["text"]), np.zeros(2, [("a", "f4")])]
)
def test_build_refuses_arrays_that_need_pickle_or_more(array: np.ndarray) -> None:
    with pytest.raises(InvalidInput, match="'mine'"):
        VectorStore.build(
            unit(1, 3), [{}], documents=[], arrays={"mine": array}, model="m", fingerprint="f"
        )


def test_a_store_does_not_change_with_what_it_was_built_from(tmp_path: Path) -> None:
    vectors, array = unit(2, 3), np.arange(4)
    records: list[dict[str, Any]] = [{"tags": ["a"]}, {}]
    store = VectorStore.build(
        vectors, records, documents=[], arrays={"a": array}, model="m", fingerprint="f"
    )
    before = vectors.copy()
    vectors[:], array[:] = 0, 0
    records[0]["tags"].append("b")
    store.save(tmp_path)
    mapped = VectorStore.open(tmp_path, model=None, fingerprint=None)
    loaded = VectorStore.open(tmp_path, model=None, fingerprint=None, mmap=False)
    for each in (store, mapped, loaded):
        np.testing.assert_array_equal(each.vectors, before)
        np.testing.assert_array_equal(each.arrays["a"], np.arange(4))
        assert each.records[0] == {"tags": ["a"]}
        for held in (each.vectors, each.arrays["a"]):
            with pytest.raises(ValueError, match="read-only"):
                held[:] = 1


# Round trip


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("mmap", [True, False])
def test_a_saved_store_opens_as_it_was(tmp_path: Path, language: str, mmap: bool) -> None:
    store = make(seed=3, text=TEXTS[language])
    store.save(tmp_path / "new" / "folder")
    opened = reopen(tmp_path / "new" / "folder", mmap=mmap, verify=True)
    assert same(opened, store)
    assert (len(opened), opened.dim) == (7, 5)
    assert opened.records[2]["text"] == opened.documents[0]["text"] == TEXTS[language]
    assert opened.search(unit(3, 5), 4) == store.search(unit(3, 5), 4)
    assert (
        TEXTS[language].split()[0].encode()
        in saved_file(tmp_path / "new" / "folder", "records.jsonl").read_bytes()
    )


@settings(deadline=None, max_examples=20)
@given(
    record=st.dictionaries(
        st.text(st.characters()),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters()),  # lone surrogates too
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    ),
    shape=st.lists(st.integers(0, 3), max_size=4),
    dtype=st.sampled_from(["?", "u1", ">i8", "<f2", "f8"]),
)
def test_any_json_and_any_array_survive(
    tmp_path_factory: pytest.TempPathFactory, record: Any, shape: list[int], dtype: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    store = VectorStore.build(
        unit(1, 2),
        [record],
        documents=[record],
        arrays={"one": np.ones(shape, dtype), "turned": np.asfortranarray(np.ones(shape, dtype))},
        model=str(record),
        fingerprint="",
        notes=record,
    )
    store.save(folder)
    opened = VectorStore.open(folder, model=store.model, fingerprint="")
    assert same(opened, store)
    assert opened.records[0] == opened.documents[0] == opened.notes == record
    shutil.rmtree(folder)


def test_an_empty_store_works(tmp_path: Path) -> None:
    make(0, 5).save(tmp_path)
    store = reopen(tmp_path)
    assert (len(store), store.dim, store.records) == (0, 5, ())
    assert store.search(unit(2, 5), 3) == [[], []]
    assert store.search(unit(2, 5), 3, rows=np.array([], int)) == [[], []]
    assert store.scores(unit(1, 5)[0]).shape == (0,)


def test_only_the_standard_library_numpy_and_faiss_are_loaded() -> None:
    code = """
        import sys
        import vectorstore
        assert "faiss" not in sys.modules
        names = {name.partition(".")[0] for name in sys.modules}
        print(*(names & {"assistant", "torch", "pydantic", "langchain"}))
    """
    done = run_python(code)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr


# Another model, another format, nothing there


@pytest.mark.parametrize(("model", "fingerprint"), [("other", None), (None, "f2"), ("x", "f1")])
def test_another_model_is_named(folder: Path, model: str | None, fingerprint: str | None) -> None:
    with pytest.raises(ModelMismatch) as caught:
        VectorStore.open(folder, model=model, fingerprint=fingerprint)
    for name in ("multilingual", "f1", model or fingerprint, str(folder)):
        assert str(name) in str(caught.value)
    assert caught.value.todo.startswith("Rebuild the index")
    assert same(VectorStore.open(folder, model=None, fingerprint=None), make())


def test_a_newer_format_is_told_apart_from_damage(folder: Path) -> None:
    reseal(folder, lambda body: (body.clear(), body.update(format=2, other="layout")))
    with pytest.raises(NewerFormat, match=r"format 2.*up to 1.*rebuild"):
        reopen(folder)
    (folder / "manifest.json").write_text('{"format": 3, "seal": "of another kind"}')
    with pytest.raises(NewerFormat, match="format 3"):
        reopen(folder)


def test_nothing_there(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(MissingStore, match="Build the index"):
            reopen(folder)
    assert list(tmp_path.iterdir()) == []


# Damage


def check_damage(folder: Path, name: str, kinds: Any = DamagedStore) -> None:
    for options in ({}, {"mmap": False}, {"verify": True}):
        with pytest.raises(kinds) as caught:
            reopen(folder, **options)
        assert name in caught.value.what or isinstance(caught.value, NewerFormat)
        assert "rebuild the index" in caught.value.todo


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_anywhere(folder: Path, name: str) -> None:
    path = saved_file(folder, name)
    content = path.read_bytes()
    for position in sorted({*range(0, len(content), 13), len(content) - 1}):
        path.write_bytes(
            content[:position] + bytes([content[position] ^ 4]) + content[position + 1 :]
        )
        with pytest.raises((DamagedStore, NewerFormat), match=re.escape(str(folder))):
            reopen(folder)
    path.write_bytes(content)
    assert same(reopen(folder), make())


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_file_cut_short(folder: Path, name: str, keep: float) -> None:
    path = saved_file(folder, name)
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    check_damage(folder, name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_goes_on(folder: Path, name: str) -> None:
    with saved_file(folder, name).open("ab") as file:
        file.write(b" ")
    check_damage(folder, name)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_removed(folder: Path, name: str) -> None:
    saved_file(folder, name).unlink()
    check_damage(folder, f"{name} is missing")


def test_the_files_removed(folder: Path) -> None:
    shutil.rmtree(generations(folder)[0])
    check_damage(folder, "is missing")
    (folder / "manifest.json").unlink()
    with pytest.raises(MissingStore):
        reopen(folder)


def test_files_swapped(folder: Path) -> None:
    one, other = (saved_file(folder, name) for name in ("records.jsonl", "documents.jsonl"))
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    check_damage(folder, "jsonl")


def test_vectors_of_another_store_of_the_same_shape(folder: Path, tmp_path: Path) -> None:
    make(seed=1).save(tmp_path / "other")
    for name in ("vectors.npy", "array-0.npy"):
        shutil.copy(saved_file(tmp_path / "other", name), saved_file(folder, name))
        check_damage(folder, "checksum")


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_file_that_is_none(folder: Path, tmp_path: Path, kind: str) -> None:
    path = saved_file(folder, "records.jsonl")
    path.rename(tmp_path / "elsewhere")
    if kind == "link":
        path.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    check_damage(folder, "records.jsonl is not a plain file")


def test_large_files_are_hashed_when_asked(tmp_path: Path) -> None:
    large = {"large": np.zeros(65 * 2**20, np.uint8)}
    store = VectorStore.build(
        unit(1, 2), [{}], documents=[], arrays=large, model="multilingual", fingerprint="f1"
    )
    store.save(tmp_path)
    with saved_file(tmp_path, "array-0.npy").open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\1")
    assert reopen(tmp_path).arrays["large"][-1] == 1
    with pytest.raises(DamagedStore, match=r"array-0\.npy was altered"):
        reopen(tmp_path, verify=True)


# A manifest whose seal is right but whose author is hostile

HOSTILE: dict[str, Callable[[dict[str, Any]], object]] = {
    "climbing generation": lambda body: body.update(generation="../" + "a" * 29),
    "absolute generation": lambda body: body.update(generation="/etc"),
    "generation with line feed": lambda body: body.update(generation=body["generation"] + "\n"),
    "climbing file": lambda body: body["files"].update(
        {"../records.jsonl": body["files"].pop("records.jsonl")}
    ),
    "absolute file": lambda body: body["files"].update(
        {"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}
    ),
    "file of no known name": lambda body: body["files"].update(
        {"more.npy": {"bytes": 1, "sha256": "0" * 64}}
    ),
    "files no mapping": lambda body: body.update(files=[]),
    "file no mapping": lambda body: body["files"].update({"vectors.npy": 3}),
    "file without checksum": lambda body: body["files"]["vectors.npy"].pop("sha256"),
    "checksum of another kind": lambda body: body["files"]["vectors.npy"].update(sha256="md5"),
    "negative size": lambda body: body["files"]["vectors.npy"].update(bytes=-1),
    "size a truth": lambda body: body["files"]["vectors.npy"].update(bytes=True),
    "huge size": lambda body: body["files"]["vectors.npy"].update(bytes=10**30),
    "huge rows": lambda body: body.update(rows=10**30),
    "one row more": lambda body: body.update(rows=8),
    "rows a float": lambda body: body.update(rows=7.0),
    "rows null": lambda body: body.update(rows=None),
    "another dim": lambda body: body.update(dim=6),
    "no documents": lambda body: body.update(documents=0),
    "array named twice": lambda body: body.update(arrays=["tokens", "tokens"]),
    "array without file": lambda body: body["arrays"].append("more"),
    "array name a number": lambda body: body.update(arrays=["tokens", 1]),
    "arrays text": lambda body: body.update(arrays="ab"),
    "notes a list": lambda body: body.update(notes=[]),
    "model a list": lambda body: body.update(model=["multilingual"]),
    "format 0": lambda body: body.update(format=0),
    "format true": lambda body: body.update(format=True),
    "format text": lambda body: body.update(format="1"),
    **{
        f"no {key}": lambda body, key=key: body.pop(key)
        for key in (
            "format model fingerprint rows dim documents created generation arrays notes files"
        ).split()
    },
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    reseal(folder, lambda body: None)
    assert same(reopen(folder), make())  # so that what follows is not about the seal
    reseal(folder, change)
    check_damage(folder, str(folder))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"format": 1}',
        b'{"format": NaN}',
        b"[" * 10**5,
        b'{"rows": ' + b"9" * 10**4 + b"}",
        b'{"sha256": "' + b"0" * 64 + b'",\n}',
    ],
    ids=range(9),
)
def test_a_manifest_that_is_none(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    check_damage(folder, "manifest.json")


def header(text: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vectors.npy", npy(np.full((7, 5), np.nan, np.float32))),
        ("vectors.npy", npy(np.zeros((7, 5), np.float32))),
        ("vectors.npy", npy(unit(7, 5).astype(np.float64))),
        ("vectors.npy", npy(unit(7, 5).astype(np.int32))),
        ("vectors.npy", npy(unit(8, 5))),
        ("vectors.npy", npy(unit(7, 6))),
        ("vectors.npy", npy(np.asfortranarray(unit(7, 5)))),
        ("vectors.npy", npy(unit(7, 5))[:-1]),
        ("vectors.npy", b""),
        ("vectors.npy", b"\x93NUMPY"),
        ("array-0.npy", npy(np.array([{"an": "object"}], object))),
        ("array-0.npy", npy(np.array(["text"]))),
        ("array-0.npy", pickle.dumps(np.zeros(3))),
        ("array-0.npy", header("{'descr': '|u1', 'fortran_order': False, 'shape': (9**9,), }\n")),
        (
            "array-0.npy",
            header("{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999999999,), }\n"),
        ),
        (
            "array-0.npy",
            header(
                "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 9999999999999999999,), }\n"
            ),
        ),
        ("array-0.npy", header("{'descr': '<f3', 'fortran_order': False, 'shape': (0,), }\n")),
        ("array-0.npy", header("(" * 60000)),
        ("records.jsonl", b"{}\n" * 6),
        ("records.jsonl", b"{}\n" * 8),
        ("records.jsonl", b"{}\n" * 6 + b"{}"),
        ("records.jsonl", b"{}\n" * 7 + b"{}"),
        ("records.jsonl", b"{}\n" * 6 + b"[]\n"),
        ("records.jsonl", b"{}\n" * 6 + b"\n"),
        ("records.jsonl", b"{}\n" * 6 + b'{"a": Infinity}\n'),
        ("records.jsonl", b"{}\n" * 6 + b'{"a": "\xff"}\n'),
        ("records.jsonl", b"{}\n" * 6 + b'{"a":' * 10**5 + b"\n"),
        ("documents.jsonl", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_file(folder: Path, name: str, content: bytes) -> None:
    reseal_file(folder, name, saved_file(folder, name).read_bytes())
    assert same(reopen(folder), make())
    reseal_file(folder, name, content)
    check_damage(folder, str(folder))


def test_a_pickle_is_never_run(folder: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    for name in ("array-0.npy", "vectors.npy"):
        reseal_file(folder, name, npy(np.array([Trap()], object)))
        check_damage(folder, name)
    assert not (tmp_path / "sprung").exists()


# Saving in one step


def run_python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_killed_at_every_step_of_a_save(folder: Path) -> None:
    """A child dies at its first, second, third... call that reaches the disk."""
    code = """
        import os, shutil, signal, sys
        from test_vectorstore import make

        class Killer:
            def __init__(self, step): self.left = step
            def __call__(self, event, arguments):
                if event in ("open", "os.mkdir", "os.rename", "os.rmdir", "os.remove",
                             "os.listdir", "os.scandir", "fcntl.flock"):
                    self.left -= 1
                    if not self.left:
                        os.kill(os.getpid(), signal.SIGKILL)

        store = make(seed=1)
        for step in range(1, 100):
            copy = f"{sys.argv[1]}-{step}"
            shutil.copytree(sys.argv[1], copy)
            child = os.fork()
            if not child:
                sys.addaudithook(Killer(step))
                store.save(copy)
                os._exit(0)
            if os.waitpid(child, 0)[1] == 0:
                break
    """
    done = run_python(code, folder)
    assert done.returncode == 0, done.stderr
    copies = sorted(folder.parent.glob("index-*"), key=lambda path: int(path.name[6:]))
    assert 10 < len(copies) < 99
    seeds = []
    for copy in copies:
        opened = reopen(copy)
        seeds.append(opened.notes["seed"])
        assert same(opened, make(seed=seeds[-1]))
        make(seed=2).save(copy)
        assert same(reopen(copy), make(seed=2))
        assert len(generations(copy)) == 1  # what the crash left is gone
        assert {path.name for path in copy.iterdir()} - {generations(copy)[0].name} == {
            "manifest.json",
            ".lock",
        }
    assert seeds == sorted(seeds)  # the old one before some step, the new one after
    assert (seeds[0], seeds[-1]) == (0, 1)


SAVER = """
    import sys
    from test_vectorstore import make
    first = int(sys.argv[2])
    stores = [make(400, 32, seed=seed) for seed in range(first, first + 3)]
    print("ready", flush=True)
    for turn in range(int(sys.argv[3])):
        stores[turn % 3].save(sys.argv[1])
"""


def start_saver(folder: Path, first: int, turns: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SAVER), folder, str(first), str(turns)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    return process


@pytest.mark.parametrize("delay_s", [0.01, 0.04, 0.09, 0.17])
def test_killed_at_any_moment(tmp_path: Path, delay_s: float) -> None:
    make(400, 32, seed=0).save(tmp_path)
    process = start_saver(tmp_path, 0, 10**9)
    time.sleep(delay_s)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    store = reopen(tmp_path, verify=True)
    assert same(store, make(400, 32, seed=store.notes["seed"]))  # type: ignore[arg-type]
    make(seed=9).save(tmp_path)
    assert same(reopen(tmp_path), make(seed=9))
    assert len(generations(tmp_path)) == 1


def test_two_processes_save_while_threads_read(tmp_path: Path) -> None:
    expected = {seed: make(400, 32, seed=seed) for seed in range(6)}
    expected[0].save(tmp_path)
    held = reopen(tmp_path)
    processes = [start_saver(tmp_path, first, 25) for first in (0, 3)]
    opened: list[int] = []

    def read() -> int:
        count = 0
        while any(process.poll() is None for process in processes):
            store = reopen(tmp_path)
            seed = store.notes["seed"]
            assert isinstance(seed, int)
            assert same(store, expected[seed])
            assert same(held, expected[0])
            opened.append(seed)
            count += 1
        return count

    with ThreadPoolExecutor(3) as pool:
        counts = [future.result() for future in [pool.submit(read) for _ in range(3)]]
    assert [process.wait() for process in processes] == [0, 0]
    assert min(counts) > 0
    assert len(set(opened)) > 1  # the readers did see it change
    assert len(generations(tmp_path)) == 1
    assert reopen(tmp_path).notes["seed"] in {0, 3}  # either one's 25th
    assert same(held, expected[0])
    assert held.search(unit(2, 32), 3) == expected[0].search(unit(2, 32), 3)


def test_a_save_that_overtakes_an_opening(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the manifest and its files another process saves, and sweeps the files away."""
    load, seeds = manifest.load, [1]

    def load_late(place: Path) -> manifest.Manifest:
        found = load(place)
        if seeds:
            make(seed=seeds.pop(0)).save(place)
        return found

    monkeypatch.setattr(manifest, "load", load_late)
    assert same(reopen(folder), make(seed=1))
    assert seeds == []


def test_a_save_waits_for_the_one_under_way(folder: Path) -> None:
    thread = threading.Thread(target=lambda: make(seed=1).save(folder))
    with (folder / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert same(reopen(folder), make(seed=0))
    thread.join(30)
    assert same(reopen(folder), make(seed=1))


def test_a_mapped_store_can_be_saved_where_it_came_from(folder: Path) -> None:
    store = reopen(folder)
    for _ in range(3):
        store.save(folder)
        assert same(reopen(folder), make())
    assert same(store, make())


def test_only_generations_are_swept(folder: Path) -> None:
    mine = folder / "mine"
    (folder / ("f" * 32)).mkdir()
    (folder / ("f" * 32) / "left.npy").write_bytes(b"by a crash")
    mine.mkdir()
    (mine / "article.txt").write_text("text", encoding="utf-8")
    make(seed=1).save(folder)
    assert (mine / "article.txt").read_text(encoding="utf-8") == "text"
    assert len(generations(folder)) == 1
    assert same(reopen(folder), make(seed=1))


def test_a_damaged_store_is_replaced(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"damaged")
    make(seed=1).save(folder)
    assert same(reopen(folder), make(seed=1))
    assert len(generations(folder)) == 1


# When the disk says no


def check_refused(folder: Path, save: Callable[[], None]) -> None:
    with pytest.raises(InaccessibleStore, match=re.escape(str(folder))) as caught:
        save()
    assert isinstance(caught.value, StoreError)
    assert "permissions" in caught.value.todo


@pytest.mark.parametrize("call", ["replace", "fsync", "mkdir"])
def test_a_refusal_leaves_the_old_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        check_refused(folder, lambda: make(seed=1).save(folder))
    assert same(reopen(folder), make())
    assert len(generations(folder)) == 1


def test_an_interrupt_leaves_the_old_store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(seed=1).save(folder)
    assert same(reopen(folder), make())
    assert len(generations(folder)) == 1


def test_no_space_leaves_the_old_store(folder: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = make(2000, 64, seed=1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, limits[1]))
    try:
        check_refused(folder, lambda: large.save(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert same(reopen(folder), make())
    assert len(generations(folder)) == 1


@contextmanager
def no_right(path: Path, mode: int) -> Iterator[None]:
    """Take rights away, root's right to ignore that included."""
    path.chmod(mode)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        path.chmod(0o755)


@pytest.mark.parametrize("name", ["", "vectors.npy", "manifest.json"])
def test_a_file_that_may_not_be_read(folder: Path, name: str) -> None:
    path = saved_file(folder, name) if name else folder
    with (
        no_right(path, 0),
        pytest.raises(InaccessibleStore, match=r"Permission denied.*permissions"),
    ):
        reopen(folder)
    assert same(reopen(folder), make())


def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    store = make(seed=1)
    with no_right(folder, 0o555):
        for place in (folder, folder / "new"):
            check_refused(folder, lambda place=place: store.save(place))
    assert same(reopen(folder), make())


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text", encoding="utf-8")
    check_refused(tmp_path, lambda: make().save(tmp_path / "file"))
    with pytest.raises(InaccessibleStore):
        reopen(tmp_path / "file")
