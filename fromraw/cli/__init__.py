"""The command line: what `fromraw` does when it is typed, and with which code it ends.

0 done, 1 the data or the machine, 2 the command line, 130 interrupted. Nothing here, and nothing that `--help` needs,
imports torch, numpy or pyarrow: commands do, in their bodies.
"""

import time

STARTED = time.monotonic()
"""Before anything else is imported: `--minutes` are those of the whole command."""

import contextlib  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402
from collections.abc import Iterator, Sequence  # noqa: E402

from fromraw.errors import FromrawError  # noqa: E402


def main(argv: Sequence[str] | None = None) -> int:
    """Do what is typed (argv: without the program's name; left out: the process's own) and return the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    started = STARTED if argv is None else time.monotonic()
    try:
        with _terminable():
            return _run(words, started)
    except BrokenPipeError:
        with contextlib.suppress(OSError, ValueError):  # whoever read has gone; flushing at exit must not complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt as interrupt:
        return _end(_interrupted(interrupt, words, started), 130)
    except Exception as error:
        if "--debug" in words:
            traceback.print_exc()
        return _end(*_explained(error))


def _run(words: list[str], started: float) -> int:
    from fromraw.cli.app import invoke
    from fromraw.cli.calling import Call

    code = invoke(Call(words, started))
    sys.stdout.flush()
    return code


def _explained(error: Exception) -> tuple[str, int]:
    """What happened, in one line, and the exit code."""
    if isinstance(error, FromrawError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {error.filename}' if error.filename else ''}.", 1
    if isinstance(error, MemoryError):
        return "out of memory; --memory 1GB keeps less of the data in it.", 1
    first = (str(error).strip().splitlines() or [""])[0]
    words = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return f"{words.rstrip('.')}; this is a fault of fromraw; --debug shows where.", 1


def _interrupted(interrupt: KeyboardInterrupt, words: list[str], started: float) -> str:
    from fromraw.cli.kept import what_is_kept

    return f"interrupted. {interrupt if interrupt.args and str(interrupt) else what_is_kept(words, started)}"


def _end(text: str, code: int) -> int:
    print(f"fromraw: {text}", file=sys.stderr)
    return code


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM is Ctrl-C here, as in training."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
