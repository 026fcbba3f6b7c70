"""A session with shmgrd over its socket, with nothing but the standard library.

    with shmgr.Session() as session:
        session.call("dict.open", name="counts", create=True)
        session.call("dict.add", "counts", "n", 1)
        with session.lock("nightly"):
            ...

A session belongs to one thread of one process: make one for each.
"""
import contextlib
import json
import os
import socket


class Error(Exception):
    """The error that the daemon returned."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error.get("data", {})
        self.errno = self.data.get("errno")


def find_socket():
    """Returns the path of the daemon's socket, by the rules that all clients follow."""
    if os.environ.get("SHMGR_SOCKET"):
        return os.environ["SHMGR_SOCKET"]
    directory = os.environ.get("XDG_RUNTIME_DIR")
    if directory and os.path.exists(directory + "/shmgrd.sock"):
        return directory + "/shmgrd.sock"
    return "/run/shmgrd/shmgrd.sock"


class Session:
    def __init__(self, path=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path or find_socket())
        self.lines = self.socket.makefile("rw", encoding="utf-8", newline="\n")
        self.last_id = 0

    def close(self):
        """Ends the session, which releases its locks."""
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def request(self, method, args, kwargs):
        """Makes a request with parameters by position or by name."""
        self.last_id += 1
        return {"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": kwargs or args}

    def exchange(self, message):
        self.lines.write(json.dumps(message) + "\n")
        self.lines.flush()
        while True:
            line = self.lines.readline()
            if not line:
                raise ConnectionResetError("the daemon went away")
            reply = json.loads(line)
            # Skip notifications, which the daemon sends only to sessions that asked for them.
            if "method" not in reply:
                return reply

    def call(self, method, *args, **kwargs):
        """Returns the result of a method; blocks as long as the method does."""
        reply = self.exchange(self.request(method, args, kwargs))
        if "error" in reply:
            raise Error(reply["error"])
        return reply["result"]

    def batch(self, *calls):
        """Makes calls of (method, argument...) with no other session's call in between; returns
        their results."""
        replies = self.exchange([self.request(method, args, {}) for method, *args in calls])
        if isinstance(replies, dict):
            raise Error(replies["error"])
        return [Error(reply["error"]) if "error" in reply else reply["result"] for reply in replies]

    @contextlib.contextmanager
    def lock(self, name, timeout_ms=None):
        """Holds a lock, which is made if it does not exist; yields the token of the grant."""
        self.call("lock.open", name=name, create=True)
        token = self.call("lock.acquire", name=name, timeout_ms=timeout_ms)["token"]
        try:
            yield token
        finally:
            self.call("lock.release", name)
