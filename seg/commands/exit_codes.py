"""How a verb ends."""

GOOD = 0
SOME_FAILED = 1  # some inputs failed
WRONG_USE = 2
MISTAKE = 70  # a mistake in the program, which leaves its traceback: EX_SOFTWARE of BSD's sysexits.h
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
