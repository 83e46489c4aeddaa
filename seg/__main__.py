"""``python -m seg VERB``."""

import sys

from seg.commands.main import main

sys.exit(main())
