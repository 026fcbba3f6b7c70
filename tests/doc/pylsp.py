"""The daemon driven by pylsp-jsonrpc, the library of Python's language server: its cancellation and its own timeouts
lose no item and leave no lock held unnoticed. Prints TAP; the socket is in the environment."""
import concurrent.futures
import json
import os
import socket
import sys
import threading

from pylsp_jsonrpc.endpoint import Endpoint
from pylsp_jsonrpc.exceptions import JsonRpcException


class Client:
    """An endpoint whose messages are lines: the library's own streams put headers before them. The library drops the
    response to a call that it has cancelled meanwhile with an error; `late` has its result."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.environ['SHMGR_SOCKET'])
        self.lines = self.socket.makefile('rb')
        self.late = {}
        self.answered = threading.Condition()
        self.last_id = 0
        self.endpoint = Endpoint({}, self.send, self.next_id)
        threading.Thread(target=self.listen, daemon=True).start()

    def next_id(self):
        self.last_id += 1
        return self.last_id

    def send(self, *messages):
        self.socket.sendall(b''.join(json.dumps(message).encode() + b'\n' for message in messages))

    def listen(self):
        for line in self.lines:
            message = json.loads(line)
            try:
                self.endpoint.consume(message)
            except concurrent.futures.InvalidStateError:
                with self.answered:
                    self.late[message['id']] = message
                    self.answered.notify_all()

    def begin(self, method, **params):
        """Begins a call; returns its future and its id."""
        return self.endpoint.request(method, params), self.last_id

    def call(self, method, **params):
        return self.endpoint.request(method, params).result(timeout=60)

    def wait_late(self, call):
        with self.answered:
            self.answered.wait_for(lambda: call in self.late, timeout=60)
        return self.late[call]

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.endpoint.shutdown()


n = failed = 0


def check(name, is_true):
    global n, failed
    n += 1
    failed += not is_true
    print(f"{'ok' if is_true else 'not ok'} {n} - {name}", flush=True)


def waits(client, name, count):
    """Waits until the daemon has parked `count` calls."""
    while len(client.call('object.stat', name=name)['waiters']) != count:
        pass


def cancel(future):
    # The library logs an error for a future that is told twice.
    future.cancel()


def errno_of(error):
    return error['data']['errno']


a, b = Client(), Client()
a.call('queue.open', name='jobs', create=True)
a.call('lock.open', name='l', create=True)

future, call = a.begin('queue.get', name='jobs')
waits(b, 'jobs', 1)
cancel(future)
check('a cancelled get is answered ECANCELED', errno_of(a.wait_late(call)['error']) == 'ECANCELED')
waits(b, 'jobs', 0)
b.call('queue.put', name='jobs', value='first')
check('and takes no item', b.call('queue.get', name='jobs', timeout_ms=0) == 'first')
check('its session goes on', a.call('server.ping') == 'pong')

b.call('lock.acquire', name='l')
future, call = a.begin('lock.acquire', name='l')
waits(b, 'l', 1)
cancel(future)
check('a cancelled acquire is answered ECANCELED', errno_of(a.wait_late(call)['error']) == 'ECANCELED')
b.call('lock.release', name='l')
check('and holds nothing', b.call('lock.owner', name='l') is None)

# The client's own timeout expires, and it does what doc/protocol.md says.
future, call = a.begin('queue.get', name='jobs')
try:
    future.result(timeout=0.02)
    check("the client's own timeout comes first", False)
except concurrent.futures.TimeoutError:
    check("the client's own timeout comes first", True)
waits(b, 'jobs', 1)
cancel(future)
check('the cancellation that follows is answered', errno_of(a.wait_late(call)['error']) == 'ECANCELED')
b.call('queue.put', name='jobs', value='second')
check('and the item is there', a.call('queue.get', name='jobs', timeout_ms=0) == 'second')

# The call was served before the cancellation arrived: its result comes nevertheless, and the client must handle it.
b.call('queue.put', name='jobs', value='third')
both = []
a.endpoint._consumer = both.append
future, call = a.begin('queue.get', name='jobs')
cancel(future)
a.endpoint._consumer = a.send
check('the library sends $/cancelRequest', both[1] == {'jsonrpc': '2.0', 'method': '$/cancelRequest', 'params': {'id': call}})
a.send(*both)
late = a.wait_late(call)
check('a call that was served before has its result', late.get('result') == 'third')
a.call('queue.put', name='jobs', value=late['result'])
check('which the client can put back', b.call('queue.get', name='jobs', timeout_ms=0) == 'third')

# A timeout of the daemon needs none of that.
try:
    a.call('queue.get', name='jobs', timeout_ms=1)
    check('timeout_ms is an error of the call', False)
except JsonRpcException as error:
    check('timeout_ms is an error of the call', errno_of(error.to_dict()) == 'ETIMEDOUT')

# A client exits with a reserved item: nothing is lost either.
b.call('queue.put', name='jobs', value='fourth')
a.call('queue.reserve', name='jobs')
a.call('lock.acquire', name='l')
future, call = a.begin('queue.get', name='jobs')
waits(b, 'jobs', 1)
a.close()
check('a closed client gives back its reservation', b.call('queue.get', name='jobs', timeout_ms=60000) == 'fourth')
check('and its lock', b.call('lock.acquire', name='l', timeout_ms=60000)['token'] > 0)
b.close()
print(f'1..{n}')
sys.exit(failed != 0)
