"""``python -m seg VERB``."""

import sys

from seg.commands.cli import main

sys.exit(main())
