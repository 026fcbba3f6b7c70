#!/usr/bin/env python3
"""A queue and its workers, one of which is killed while it works: no item is lost.

A worker reserves an item, and acknowledges it when it is done. When a worker dies, its item goes back to the front
of the queue, and another worker gets it.
"""
import multiprocessing
import os
import signal

import shmgr

QUEUE, DONE = "example-jobs", "example-done"
ITEMS = 20


def work(number):
    with shmgr.Session() as session:
        while True:
            try:
                item = session.call("queue.reserve", QUEUE)
            except shmgr.Error as error:
                if error.errno == "ESHUTDOWN":  # the queue is closed and empty
                    return
                raise
            if number == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            # Storing the result and acknowledging the item are one step.
            session.batch(("dict.add", DONE, str(item["value"]), 1), ("queue.ack", QUEUE, item["id"]))


def main():
    with shmgr.Session() as session:
        session.call("queue.open", name=QUEUE, create=True)
        session.call("dict.open", name=DONE, create=True, value={str(i): 0 for i in range(ITEMS)})
        session.call("queue.put_many", QUEUE, list(range(ITEMS)))
        session.call("queue.close", QUEUE)
        workers = [multiprocessing.Process(target=work, args=(number,)) for number in range(3)]
        # The worker that will be killed has its item before the others start.
        workers[0].start()
        workers[0].join()
        for worker in workers[1:]:
            worker.start()
        for worker in workers[1:]:
            worker.join()
        done = session.call("dict.values", DONE)
        print("worker 0 was killed by signal %d" % -workers[0].exitcode)
        print("%d items, %d done once, %d lost" % (ITEMS, done.count(1), done.count(0)))
        for name in QUEUE, DONE:
            session.call("object.delete", name)


if __name__ == "__main__":
    main()
