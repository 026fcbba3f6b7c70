"""A client as somebody writes it who has read doc/protocol.md and nothing else: standard library alone.

It does some real work with several threads and processes, and speaks TAP. Called by test-newcomer.sh;
$SHMGR_SOCKET is the daemon's.
"""
import itertools
import json
import os
import signal
import socket
import sys
import threading


class Failed(Exception):
    """An error of the daemon. Programs tell errors apart by errno."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error.get("data", {})
        self.errno = self.data.get("errno")


class Session:
    """A connection, which is a session. Replies come in any order and are matched by id, so that
    threads may share a session (and then own together what it holds)."""

    def __init__(self, path=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path or os.environ["SHMGR_SOCKET"])
        self.ids = itertools.count(1)
        self.lock = threading.Lock()
        self.calls = {}
        self.over = None
        self.refused = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.socket.makefile("rb") as lines:
            for line in lines:
                reply = json.loads(line)
                for one in reply if isinstance(reply, list) else [reply]:
                    self._take(one)
        with self.lock:
            self.over = self.over or Failed({"code": -32000, "message": "the daemon is gone"})
            calls, self.calls = self.calls, {}
        for call in calls.values():
            call["done"].set()

    def _take(self, reply):
        with self.lock:
            call = self.calls.pop(reply.get("id"), None)
        if call:
            call["reply"] = reply
            call["done"].set()
        elif reply["error"]["code"] == -32000:  # the daemon is about to disconnect the session
            self.over = Failed(reply["error"])
        else:  # the daemon could not read a line
            self.refused.append(reply["error"]["code"])

    def start(self, method, *args, **kwargs):
        """Sends a call; returns the record that finish() takes."""
        call = {"id": next(self.ids), "done": threading.Event(), "reply": None}
        with self.lock:
            if self.over:
                raise self.over
            self.calls[call["id"]] = call
            self._send({"method": method, "params": kwargs or list(args), "id": call["id"]})
        return call

    def _send(self, request):
        self.socket.sendall(json.dumps({"jsonrpc": "2.0", **request}).encode() + b"\n")

    def finish(self, call):
        call["done"].wait(60)
        if call["reply"] is None:
            raise self.over or TimeoutError("no reply to " + str(call["id"]))
        if "error" in call["reply"]:
            raise Failed(call["reply"]["error"])
        return call["reply"]["result"]

    def call(self, method, *args, **kwargs):
        return self.finish(self.start(method, *args, **kwargs))

    def notify(self, method, *args):
        with self.lock:
            self._send({"method": method, "params": list(args)})

    def cancel(self, call):
        return self.call("session.cancel", call["id"])

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


n_checks = n_failed = 0


def check(name, got, wanted):
    global n_checks, n_failed
    n_checks += 1
    n_failed += got != wanted
    print("%s %d - %s" % ("ok" if got == wanted else "not ok", n_checks, name))
    if got != wanted:
        print("# expected %r, but was %r" % (wanted, got))


def errno_of(function, *args):
    try:
        function(*args)
    except Failed as failed:
        return failed.errno
    return None


def in_child(function):
    """Runs a function in a child process, with a session of its own."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            function(Session())
            status = 0
        finally:
            os._exit(status)
    return pid


def reap(pids):
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def counting(mine):
    check("hello", mine.call("session.hello", client="newcomer")["protocol"], 1)
    mine.call("dict.open", name="n-counts", create=True, value={"n": 0})
    mine.call("lock.open", name="n-lock", create=True)

    def add_with_lock(session):
        for _ in range(20):
            session.call("lock.acquire", "n-lock")
            session.call("dict.set", "n-counts", "n", session.call("dict.get", "n-counts", "n") + 1)
            session.call("lock.release", "n-lock")

    def add(session):
        for _ in range(20):
            session.call("dict.add", "n-counts", "n", 1)

    def cas(session):
        for _ in range(20):
            while True:
                n = session.call("dict.get", "n-counts", "n")
                if session.call("dict.cas", "n-counts", "n", n, n + 1):
                    break

    for way in add_with_lock, add, cas:
        mine.call("dict.set", "n-counts", "n", 0)
        check("%s: all children end well" % way.__name__, reap([in_child(way) for _ in range(5)]), [0] * 5)
        check("%s: no update is lost" % way.__name__, mine.call("dict.get", "n-counts", "n"), 100)


def dying(mine):
    ready, told = os.pipe()

    def hold(session):
        session.call("lock.acquire", "n-lock")
        os.write(told, b"!")
        signal.pause()

    pid = in_child(hold)
    os.read(ready, 1)
    check("a lock that is held is not to be had", errno_of(mine.call, "lock.acquire", "n-lock", 0), "EAGAIN")
    check("nor in a little while", errno_of(mine.call, "lock.acquire", "n-lock", 5), "ETIMEDOUT")
    check("somebody else's lock is not released", errno_of(mine.call, "lock.release", "n-lock"), "EPERM")
    check("its owner is known", mine.call("lock.owner", "n-lock")["pid"], pid)
    waiting = mine.start("lock.acquire", "n-lock")
    os.kill(pid, signal.SIGKILL)
    check("who waits gets it when the owner dies", mine.finish(waiting)["owner_died"]["pid"], pid)
    reap([pid])
    check("to wait for oneself is a deadlock", errno_of(mine.call, "lock.acquire", "n-lock"), "EDEADLK")
    mine.call("lock.release", "n-lock")


def waiting(mine):
    mine.call("event.open", "n-event", True)
    calls = [mine.start("event.wait", "n-event") for _ in range(10)]
    check("a session that waits is answered meanwhile", mine.call("server.ping"), "pong")
    check("a call is cancelled", mine.cancel(calls[3]), True)
    check("and says so", errno_of(mine.finish, calls.pop(3)), "ECANCELED")
    check("what was never called is not", errno_of(mine.call, "session.cancel", 123456), "ENOENT")
    mine.notify("event.set", "n-event")
    check("a notification is carried out", [mine.finish(call) for call in calls], [True] * 9)
    mine.call("counter.open", name="n-latch", create=True, value=3)
    latch = mine.start("counter.wait", "n-latch", "<=", 0)
    check("three children count down", reap([in_child(lambda s: s.call("counter.add", "n-latch", -1)) for _ in range(3)]),
          [0] * 3)
    check("and the latch opens", mine.finish(latch), 0)


def working(mine):
    mine.call("queue.open", name="n-jobs", create=True)
    mine.call("list.open", name="n-done", create=True)

    def work(session):
        try:
            while True:
                job = session.call("queue.reserve", "n-jobs")
                session.call("list.append", "n-done", job["value"])
                session.call("queue.ack", "n-jobs", job["id"])
        except Failed as failed:
            if failed.errno != "ESHUTDOWN":
                raise

    def take_and_die(session):
        session.call("queue.reserve", "n-jobs")

    mine.call("queue.put_many", "n-jobs", list(range(50)))
    check("one takes a job and dies", reap([in_child(take_and_die)]), [0])
    pids = [in_child(work) for _ in range(3)]
    mine.call("queue.close", "n-jobs")
    check("the others stop when it is closed and empty", reap(pids), [0] * 3)
    check("and each job was done once", sorted(mine.call("list.copy", "n-done")), list(range(50)))


def values(mine):
    mine.call("list.open", "n-values", True)
    for value in [0, -1, 2**63 - 1, -2**63, 0.1, 5e-324, 1.7976931348623157e308, "", "\u00e9\U0001f600\n\"\\", None, True,
                  [], {}, {"a": [1, {"b": None}]}]:
        mine.call("list.append", "n-values", value)
        check("%.30r comes back" % (value,), mine.call("list.get", "n-values", -1), value)
    mine.notify("list.append", "n-values", 2**63)
    check("the next call is answered", mine.call("server.ping"), "pong")
    check("and the line with a number that is too large was refused", mine.refused, [-32700])


def bad(mine):
    check("no such object", errno_of(mine.call, "dict.get", "n-nothing", "k"), "ENOENT")
    check("another type", errno_of(mine.call, "dict.get", "n-lock", "k"), "EPROTOTYPE")
    check("no such key", errno_of(mine.call, "dict.get", "n-counts", "k"), "ENODATA")
    try:
        mine.call("dict.add", "n-counts", "n", "one")
    except Failed as failed:
        check("a bad argument is named", (failed.code, failed.data.get("param")), (-32602, "delta"))
    other = Session()
    for _ in range(10):
        other.socket.sendall(b"good morning\n")
    other.reader.join(20)
    check("what is no JSON is refused", other.refused, [-32700] * 10)
    check("and ten times are too many", other.over.errno, "ECONNRESET")


def main():
    mine = Session()
    for part in counting, dying, waiting, working:
        part(mine)
    values(mine)
    bad(mine)
    for name in [o["name"] for o in mine.call("object.list", pattern="n-*")]:
        mine.call("object.delete", name)
    check("nothing is left", mine.call("object.list"), [])
    mine.close()
    print("1..%d" % n_checks)
    return 1 if n_failed else 0


status = main()
# Exits at once: threads may still wait for replies that do not come.
sys.stdout.flush()
os._exit(status)
