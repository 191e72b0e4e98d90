"""Servers that answer as vendors' do which no test can reach: real ones on loopback, with their limits and oddities.

    python -m hub.simulators.yandex360

They are named in the entry-point group `hub.simulators`. Nothing of the hub imports them, and they import nothing of it:
one that shares code with what it is to test proves nothing.
"""
