"""Runs the examples of doc/protocol.md against a daemon, and speaks TAP.

Called by test-protocol.sh with the document's path; $SHMGR_SOCKET is the daemon's.
"""
import json
import os
import re
import socket
import sys


class Client:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20 * float(os.environ.get("SHMGR_TEST_LOAD", 1)))
        self.socket.connect(os.environ["SHMGR_SOCKET"])
        self.lines = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def receive(self):
        """Returns the next reply, or None at the end."""
        line = self.lines.readline()
        return json.loads(line) if line else None

    def close(self):
        """Returns all messages that no example expected."""
        self.socket.shutdown(socket.SHUT_WR)
        rest = self.lines.read()
        self.lines.close()
        self.socket.close()
        return rest.decode()


def fits(wanted, got):
    """Returns whether a value is what the document says; "..." stands for anything."""
    if wanted == "...":
        return True
    if isinstance(wanted, dict):
        return (isinstance(got, dict) and wanted.keys() == got.keys()
                and all(fits(wanted[key], got[key]) for key in wanted))
    if isinstance(wanted, list):
        return isinstance(got, list) and len(wanted) == len(got) and all(map(fits, wanted, got))
    return type(wanted) is type(got) and wanted == got


def methods_of(request):
    requests = request if isinstance(request, list) else [request]
    return [one["method"] for one in requests if isinstance(one, dict) and "method" in one]


def run_block(block, seen):
    """Returns what went wrong, or None."""
    clients = {}
    for line in block:
        mark, text = line[:3], line[4:]
        client = clients.setdefault(mark.replace("<", "").replace(">", "")[0], None)
        if client is None:
            client = clients[mark.replace("<", "").replace(">", "")[0]] = Client()
        if mark in ("-->", "==>"):
            client.send(text)
            try:
                seen.update(methods_of(json.loads(text)))
            except ValueError:
                pass
            continue
        got = client.receive()
        if not fits(json.loads(text), got):
            return "%s\n# but was\n# %s" % (line, json.dumps(got))
    rest = "".join(client.close() for client in clients.values())
    return "no more lines\n# but there was\n# " + rest if rest else None


def main():
    with open(sys.argv[1], encoding="utf-8") as document:
        text = document.read()
    blocks = [[line for line in block.splitlines() if line[:3] in ("-->", "<--", "==>", "<==")]
              for block in re.findall(r"^```\n(.*?)^```", text, re.M | re.S)]
    seen = set()
    failures = [run_block(block, seen) for block in blocks if block]
    for number, failure in enumerate(failures, 1):
        print("%s %d - block %d" % ("not ok" if failure else "ok", number, number))
        if failure:
            print("# expected\n# " + failure)

    client = Client()
    client.send('{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}')
    missing = sorted({method["name"] for method in client.receive()["result"]["methods"]} - seen)
    print("%s %d - every method has an example" % ("not ok" if missing else "ok", len(failures) + 1))
    if missing:
        print("# missing: " + ", ".join(missing))
    print("1..%d" % (len(failures) + 1))
    return 1 if missing or any(failures) else 0


sys.exit(main())
