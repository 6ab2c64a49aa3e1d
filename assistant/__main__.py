"""`python -m assistant` is `isnad`."""

import sys

from assistant.cli import main

sys.exit(main())
