"""Ctrl-C: the first asks, where there is something to keep; the second, or the first before that, ends at once."""

import os
import signal
import threading

import pytest

from fromraw.learning.stopping import listening


def press(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_and_the_second_ends(number: signal.Signals) -> None:
    with listening() as stop:
        stop.gently = True
        press(number)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            press(number)


def test_before_there_is_anything_to_keep_the_first_ends() -> None:
    with listening() as stop:
        with pytest.raises(KeyboardInterrupt):
            press(signal.SIGTERM)
        assert not stop.asked


def test_afterwards_all_is_as_it_was() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with listening():
        assert signal.getsignal(signal.SIGTERM) is not before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_outside_the_main_thread_nothing_is_changed() -> None:
    found = []

    def work() -> None:
        with listening() as stop:
            found.append((stop.asked, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(False, signal.getsignal(signal.SIGINT))]
