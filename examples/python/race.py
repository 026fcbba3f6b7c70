#!/usr/bin/env python3
"""Processes that add to one number: how updates get lost, and three ways to lose none.

Usage: race.py [PROCESSES [TIMES]]
"""
import multiprocessing
import sys

import shmgr

NAME = "example-race"


def unsafe(session):
    """Between the two calls another process may write."""
    session.call("dict.set", NAME, "n", session.call("dict.get", NAME, "n") + 1)


def with_lock(session):
    with session.lock(NAME + "-lock"):
        unsafe(session)


def with_add(session):
    session.call("dict.add", NAME, "n", 1)


def with_cas(session):
    """Tries again whenever another process was faster."""
    while True:
        n = session.call("dict.get", NAME, "n")
        if session.call("dict.cas", NAME, "n", n, n + 1):
            return


def work(way, times, barrier):
    # Each process begins a session of its own, after the fork.
    with shmgr.Session() as session:
        barrier.wait()
        for _ in range(times):
            way(session)


def run(session, way, processes, times):
    session.call("dict.set", NAME, "n", 0)
    barrier = multiprocessing.Barrier(processes)
    workers = [multiprocessing.Process(target=work, args=(way, times, barrier)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return session.call("dict.get", NAME, "n")


def main():
    processes, times = [int(word) for word in sys.argv[1:3]] + [4, 500][len(sys.argv[1:3]):]
    with shmgr.Session() as session:
        session.call("dict.open", name=NAME, create=True)
        try:
            for way in unsafe, with_lock, with_add, with_cas:
                n = run(session, way, processes, times)
                print("%-10s %d of %d, %d lost" % (way.__name__, n, processes * times, processes * times - n))
        finally:
            session.call("object.delete", NAME)
            session.call("object.delete", NAME + "-lock")


if __name__ == "__main__":
    main()
