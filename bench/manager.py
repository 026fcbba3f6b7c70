"""Python's Manager, for bench/others.c: reads lines "KIND N", does what the kind says N times, and prints microseconds for one."""
import multiprocessing
import os
import sys
import time


def main():
    allowed = sorted(os.sched_getaffinity(0))
    processor = os.environ.get("BENCH_MANAGER_CPU", "-1")
    if processor != "-1":
        os.sched_setaffinity(0, {int(processor)})
    manager = multiprocessing.Manager()
    if processor != "-1":
        os.sched_setaffinity(0, allowed)
    a_dict, lock, queue = manager.dict({"k": 12345678}), manager.Lock(), manager.Queue()

    def get():
        a_dict["k"]

    def lock_pair():
        lock.acquire()
        lock.release()

    def queue_pair():
        queue.put(12345678)
        queue.get()

    kinds = get, lock_pair, queue_pair
    print(flush=True)
    for line in sys.stdin:
        kind, n = map(int, line.split())
        run = kinds[kind]
        begin = time.perf_counter()
        for _ in range(n):
            run()
        print((time.perf_counter() - begin) / n * 1e6, flush=True)
    manager.shutdown()


if __name__ == "__main__":
    main()
