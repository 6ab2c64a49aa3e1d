"""Vectors and JSON records in, hits out: an exact vector store in a folder, without pickle.

It never embeds and knows nothing of who uses it. `VectorStore` tells how.
"""

from vectorstore.errors import (
    DamagedStore,
    DimensionMismatch,
    InaccessibleStore,
    InvalidInput,
    MissingStore,
    ModelMismatch,
    NewerFormat,
    StoreError,
)
from vectorstore.exact import Hit
from vectorstore.lines import JSON, Record
from vectorstore.store import VectorStore

__all__ = [
    "JSON",
    "DamagedStore",
    "DimensionMismatch",
    "Hit",
    "InaccessibleStore",
    "InvalidInput",
    "MissingStore",
    "ModelMismatch",
    "NewerFormat",
    "Record",
    "StoreError",
    "VectorStore",
]
