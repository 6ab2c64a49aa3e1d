"""From files to clean articles, and from articles to passages."""

from assistant.reading.alignment import Alignment, align
from assistant.reading.folder import Reading, read_file, read_folder
from assistant.reading.passages import cut

__all__ = ["Alignment", "Reading", "align", "cut", "read_file", "read_folder"]
