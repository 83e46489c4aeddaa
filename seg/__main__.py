"""``python -m seg VERB``."""

import sys

from seg.cli import main

sys.exit(main())
