#!/usr/bin/env python3
"""Crashes of a daemon at each of its crash points: attack.py DAEMON SOURCE RUNS SEED [POINT...]

DAEMON is tests/crash/shmgrd-crash. Each point of the sources (crash_point()) is hit RUNS times: the process is killed there, or
the machine loses its power. Each round starts a daemon on the same state directory, checks all objects against what clients know,
begins a load of pipelined calls, and makes the daemon crash at one point:

  acknowledged `sync` changes are there, and none that was not sent; no change happened twice
  acknowledged `async` changes are there that were made before the last epoch of `async` changes that the daemon has committed
  calls of several elements, and batches, happened as a whole or not at all
  tokens grow, though the wall clock of each daemon is wrong by up to a year
  the state that a daemon stores with the service manager, which the test plays, is taken whole by the next one, whose sessions go on; or
  the next one begins without it, and logs so

Prints, as tables of doc/reliability.md, how often each point was hit, how often with a loss of power, and how busy the daemon was
until then, by the median: under the load, or from the start of its program if it crashed in its start. For points named `take-` the
time is that of the daemon that stored the state. A point that is not hit is a failure, as is an object that is wrong: its state
directory is kept.
"""
import array
import collections
import fcntl
import json
import os
import random
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 60 * float(os.environ.get('SHMGR_TEST_LOAD') or 1)
TRIES = 5
YEAR = 365 * 24 * 3600


class Fault(Exception):
    pass


def points_of(source):
    names = []
    for folder, _, files in sorted(os.walk(source)):
        if not re.search(r'/(daemon/shell|tests/crash)(/|$)', folder):
            continue
        for name in sorted(files):
            if name.endswith('.c'):
                names += re.findall(r'crash_point\("([^"]+)"\)', open(os.path.join(folder, name)).read())
    doubled = [name for name, n in collections.Counter(names).items() if n > 1]
    if doubled or not names:
        raise Fault(f'crash points with the same name: {doubled}, of {len(names)}')
    return names


class Manager:
    """The service manager: it keeps the descriptors that the daemon stores, and passes them to the next daemon."""

    above = 200
    # Gives the descriptors the numbers of the protocol, and executes the daemon.
    starter = ('import os, sys; n = int(sys.argv[1]); fds = [int(a) for a in sys.argv[2:2 + n]]\n'
               'for i, fd in enumerate(fds): os.dup2(fd, 3 + i); os.close(fd)\n'
               'os.environ["LISTEN_PID"] = str(os.getpid()); os.execv(sys.argv[2 + n], sys.argv[2 + n:])')

    def __init__(self, directory):
        self.path = directory + '/notify'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.store = []
        self.settled = threading.Event()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            data, rights, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4))
            fds = array.array('i')
            for _, _, bytes_of in rights:
                fds.frombytes(bytes_of)
            text = data.decode()
            name = text.partition('FDNAME=')[2]
            if text.startswith('FDSTORE=1\n'):
                self.store += [(name, fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self.above)) for fd in fds]
            elif text.startswith('FDSTOREREMOVE=1\n'):
                self.drop(name)
            for fd in fds:
                os.close(fd)
            if text == 'SETTLED':
                self.settled.set()
            if text == 'END':
                self.socket.close()
                return

    def drop(self, name=None):
        for stored, fd in self.store:
            if name in (None, stored):
                os.close(fd)
        self.store = [(stored, fd) for stored, fd in self.store if name not in (None, stored)]

    def settle(self):
        """Waits until all messages that were sent are read."""
        self.settled.clear()
        self.send(b'SETTLED')
        if not self.settled.wait(PATIENCE):
            raise Fault('the messages to the service manager are not read')

    def send(self, text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(text, self.path)

    def names(self):
        return [name for name, _ in self.store]

    def command(self):
        return [sys.executable, '-ISc', self.starter, str(len(self.store))] + [str(fd) for _, fd in self.store]

    def environment(self, can_store):
        return {'NOTIFY_SOCKET': self.path, 'FDSTORE': '64' if can_store else '0', 'LISTEN_FDS': str(len(self.store)),
                'LISTEN_FDNAMES': ':'.join(self.names())}


class Daemon:
    def __init__(self, program, directory, crash, when, clock, manager=None, can_store=False):
        self.path = directory + '/socket'
        self.log = directory + '/log'
        self.crash_log = directory + '/crash'
        open(self.crash_log, 'w').close()
        reader, low = os.pipe()
        writer = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, Manager.above)
        os.close(low)
        environment = manager.environment(can_store) if manager else {}
        stored = [fd for _, fd in manager.store] if manager else []
        self.begin_ns, self.begin_busy_ns, self.busy = time.monotonic_ns(), 0, 0
        environment = dict(os.environ, SHMGRD_CRASH=crash, SHMGRD_CRASH_WHEN=when, SHMGRD_CRASH_LOG=self.crash_log,
                           SHMGRD_CRASH_CLOCK=str(clock), STATE_DIRECTORY=directory + '/kept', **environment)
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(
                (manager.command() if manager else []) + [program, '--config=/dev/null', '--dumpable=yes', '--socket=' + self.path, f'--ready-fd={writer}',
                 f'--state={directory}/state', '--sync-interval=20ms'], stderr=log, pass_fds=[writer] + stored, env=environment)
        os.close(writer)
        self.pidfd = os.pidfd_open(self.process.pid)
        if not select.select([reader], [], [], PATIENCE)[0]:
            raise Fault('the daemon hangs at its start:\n' + self.text())
        self.is_ready = bool(os.read(reader, 1))
        os.close(reader)

    def has_ended(self, seconds):
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def busy_ns(self):
        """Returns the time that the main thread ran, or could have run."""
        return sum(int(n) for n in open(f'/proc/{self.process.pid}/schedstat').read().split()[:2])

    def begin_load(self):
        self.begin_ns, self.begin_busy_ns = time.monotonic_ns(), self.busy_ns()

    def text(self):
        return open(self.log).read()

    def has_crashed_at(self, point):
        return f'crash {point}\n' in open(self.crash_log).read()

    def passed(self):
        """Returns, for the process that crashed, the last two times at which it passed each point, in ns."""
        text = open(self.crash_log).read()
        return {name: [int(last), int(before)]
                for name, last, before in re.findall(r'^passed (\S+) (\d+) (\d+)$', text, re.M)}

    def wait(self):
        if not self.has_ended(PATIENCE):
            raise Fault('the daemon hangs:\n' + self.text())
        self.busy = (self.busy_ns() - self.begin_busy_ns) / (time.monotonic_ns() - self.begin_ns)
        os.close(self.pidfd)
        return self.process.wait()


def line(number, method, params):
    return {'jsonrpc': '2.0', 'id': number, 'method': method, 'params': params}


class Client:
    """Makes calls one after the other."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(path)
        self.file = self.socket.makefile('rb')

    def call(self, method, *params, **members):
        self.socket.sendall(json.dumps(line(1, method, members or list(params))).encode() + b'\n')
        reply = json.loads(self.file.readline() or '{"error": "the connection ended"}')
        if 'error' in reply:
            raise Fault(f'{method}{params or members}: {reply["error"]}')
        return reply['result']

    def close(self):
        self.file.close()
        self.socket.close()


class Worker:
    """One object and its pipeline of calls, numbered for ever: `acked` of them were acknowledged, `sent` were sent. Two
    chunks are in flight, so the daemon has the next one when it has answered one."""

    chunk = 100

    def __init__(self, name):
        self.name = name
        self.acked = self.sent = 0
        self.fault = None

    def text(self, n):
        """The call with this number; ids are reused."""
        method, params = self.call(n)
        return f'{{"jsonrpc":"2.0","id":{n % (4 * self.chunk)},"method":"{method}","params":{params}}}\n'

    def noted(self, data):
        """Handles replies: whole lines, in their order."""

    def run(self, path):
        try:
            self.pipeline(path)
        except OSError:
            pass
        except Fault as fault:
            self.fault = f'{self.name}: {fault}'

    def pipeline(self, path):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(PATIENCE)
            s.connect(path)
            rest = b''
            self.send_chunk(s)
            while True:
                self.send_chunk(s)
                end = self.sent - self.chunk
                while self.acked < end:
                    data = s.recv(1 << 18)
                    if not data:
                        return
                    whole, newline, rest = (rest + data).rpartition(b'\n')
                    if newline:
                        self.note(whole + newline)

    def send_chunk(self, s):
        data = ''.join(self.text(n) for n in range(self.sent, self.sent + self.chunk)).encode()
        self.sent += self.chunk
        try:
            s.sendall(data)
        except OSError:
            # All replies that arrived before the end are read.
            pass

    def note(self, data):
        if b'"ECONNRESET"' in data:
            # Drops the errors of calls that waited, or that came after the end of the session: these did not happen.
            data = b''.join(text for text in data.splitlines(True) if b'"ECONNRESET"' not in text)
        if b'"error"' in data:
            raise Fault(data[max(data.find(b'"error"') - 50, 0):][:300])
        self.noted(data)
        self.acked += data.count(b'\n')

    def settle(self, value):
        """Notes that this many calls have happened."""
        self.acked = self.sent = value

    def expect(self, value, text, required):
        if not required <= value <= self.sent:
            raise Fault(f'{self.name}: {value} calls have happened: {text}; {required} must have, and {self.sent} were sent')
        self.settle(value)


class Counter(Worker):
    def __init__(self, name, durable):
        super().__init__(name)
        self.durable = durable
        self.history = []
        if durable == 'async':
            self.chunk = 500

    def open(self, client):
        client.call('counter.open', name=self.name, create=True, durable=self.durable)

    def call(self, n):
        return 'counter.add', f'["{self.name}"]'

    def noted(self, data):
        n = data.count(b'\n')
        result = int(re.match(rb'\d+', data[data.rfind(b'"result":') + 9:])[0])
        if result != self.acked + n:
            raise Fault(f'the result of call {self.acked + n} is {result}')
        if self.durable == 'async':
            self.history.append((time.monotonic_ns(), result))

    def check(self, client, end):
        value = client.call('counter.get', self.name)
        required = self.acked
        if self.durable == 'async':
            end.note_lost([at for at, acked in self.history if acked > value])
            required = max([acked for at, acked in self.history if at < end.written_ns] or [0])
            self.history = [(0, value)]
        self.expect(value, value, required)


class Pair(Worker):
    """Two counters that each batch increments together."""

    chunk = 50

    def __init__(self, name, durable):
        super().__init__(name)
        self.durable = durable

    def open(self, client):
        for end in 'ab':
            client.call('counter.open', name=self.name + end, create=True, durable=self.durable)

    def text(self, n):
        return '[' + ','.join(f'{{"jsonrpc":"2.0","id":{2 * (n % 200) + i},"method":"counter.add","params":["{self.name}{end}"]}}'
                              for i, end in enumerate('ab')) + ']\n'

    def check(self, client, end):
        a, b = (client.call('counter.get', self.name + end) for end in 'ab')
        if a != b:
            raise Fault(f'{self.name}: half a batch has happened: {a} and {b}')
        self.expect(a, a, self.acked if self.durable == 'sync' else 0)


class Dict(Worker):
    """Calls that set all keys."""

    chunk = 20
    keys = [f'key{i}' for i in range(8)]

    def __init__(self, name, durable):
        super().__init__(name)
        self.durable = durable
        self.params = json.dumps([name, {key: 'N' for key in self.keys}], separators=(',', ':')).replace('"N"', 'N')

    def open(self, client):
        if client.call('dict.open', name=self.name, create=True, durable=self.durable)['created']:
            client.call('dict.update', self.name, {key: 0 for key in self.keys})

    def call(self, n):
        return 'dict.update', self.params.replace('N', str(n + 1))

    def check(self, client, end):
        values = client.call('dict.items', self.name)
        numbers = {value for _, value in values}
        if sorted(key for key, _ in values) != self.keys or len(numbers) != 1:
            raise Fault(f'{self.name}: half a dict.update has happened: {values}')
        self.expect(numbers.pop(), values[0], self.acked if self.durable == 'sync' else 0)


class List(Worker):
    """Ten calls append four elements each, the next one deletes the first 40."""

    chunk = 22

    def open(self, client):
        client.call('list.open', name=self.name, create=True, durable='sync')

    def call(self, n):
        if n % 11 == 10:
            return 'list.delete_slice', f'["{self.name}",0,40]'
        return 'list.extend', f'["{self.name}",[{n},{n},{n},{n}]]'

    def check(self, client, end):
        values = client.call('list.copy', self.name)
        n = self.acked
        while n <= self.sent and values != [i for i in range(n - n % 11, n) for _ in range(4)]:
            n += 1
        self.expect(n, values, self.acked)


class Producer(Worker):
    chunk = 50

    def open(self, client):
        client.call('queue.open', name=self.name, create=True, durable='sync')

    def call(self, n):
        return 'queue.put', f'["{self.name}",{n}]'

    def check(self, client, end):
        pass


class Consumer(Worker):
    """A queue: the first items of the producer, in order."""

    chunk = 50

    def __init__(self, name, producer):
        super().__init__(name)
        self.producer = producer

    def open(self, client):
        pass

    def call(self, n):
        return 'queue.get', f'["{self.name}"]'

    def noted(self, data):
        items = [int(item) for item in re.findall(rb'"result":(\d+)', data)]
        if items != list(range(self.acked, self.acked + len(items))) or len(items) != data.count(b'\n'):
            raise Fault(f'{items} came after {self.acked - 1}')

    def check(self, client, end):
        items = []
        while more := client.call('queue.get_many', self.name, 1000, 0) if client.call('queue.size', self.name) else []:
            items += more
        put = self.producer
        first, last = (items[0], items[-1] + 1) if items else (self.sent, 0)
        # If the queue is empty, the items that are missing were given to calls whose replies are lost.
        if items:
            put.expect(last, items, put.acked)
            self.expect(first, items, self.acked)
        elif put.acked > self.sent:
            raise Fault(f'{self.name} is empty: {put.acked} items were put, {self.sent} calls may have taken one')
        if items != list(range(first, last)) and items:
            raise Fault(f'{self.name} has {items}')
        n = last if items else max(put.sent, self.sent)
        put.settle(n)
        self.settle(n)


class Lock(Worker):
    chunk = 20

    def __init__(self, name):
        super().__init__(name)
        self.token = 0

    def open(self, client):
        client.call('lock.open', name=self.name, create=True)

    def call(self, n):
        return 'lock.release' if n % 2 else 'lock.acquire', f'["{self.name}"]'

    def noted(self, data):
        for token in re.findall(rb'"token":(\d+)', data):
            if int(token) <= self.token:
                raise Fault(f'token {token} came after {self.token}')
            self.token = int(token)

    def check(self, client, end):
        client.call('lock.open', name=self.name, create=True)
        token = client.call('lock.acquire', self.name)['token']
        client.call('lock.release', self.name)
        if token <= self.token:
            raise Fault(f'token {token} came after {self.token}')
        self.token = token
        self.settle(0)


class End:
    """Notes how the last daemon ended: changes that were acknowledged before `written_ns` must be on the disk."""

    oldest_ms = 0
    n_checked = 0

    def __init__(self, written_ns, end_ns):
        self.written_ns = written_ns
        self.end_ns = end_ns
        End.n_checked += 0 < written_ns < 1 << 62

    def note_lost(self, times):
        for at in times:
            End.oldest_ms = max(End.oldest_ms, (self.end_ns - at) / 1e6)


EVERYTHING = 1 << 62


def end_of(passed):
    """Returns the time before which acknowledged changes must be on the disk: the moment when the last
    committed epoch with `async` changes was collected, or when the store was left."""
    times = lambda name: passed.get(name, [0, 0])
    committed = times('epoch-committed')[0]
    collected = max([t for t in times('collect-async') if t < committed] or [0])
    return max(collected, *(times(name)[0] for name in ('takeover-found', 'store-flushed', 'put-flushed', 'end-flushed')))


class Attack:
    def __init__(self, program, seed):
        self.program = program
        self.random = random.Random(seed)
        self.hits = collections.Counter()
        self.losses = collections.Counter()
        self.taken = collections.Counter()
        self.busy = {'load': collections.defaultdict(list), 'start': collections.defaultdict(list)}
        self.n_starts = 0
        self.begin()

    def begin(self):
        """Begins with a new directory and new objects."""
        # In memory: the syncs of tests/crash/disk.c take as long as those of a disk, however busy the machine's disk
        # is.
        self.directory = tempfile.mkdtemp(prefix='shmgr-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
        os.mkdir(self.directory + '/kept')
        put = Producer('queue')
        self.workers = [Counter('sync1', 'sync'), Counter('sync2', 'sync'), Counter('async1', 'async'), Counter('async2', 'async'),
                        Pair('pair', 'sync'), Pair('async-pair', 'async'), Dict('dict', 'sync'), Dict('async-dict', 'async'),
                        List('list'), put, Consumer('queue', put), Lock('lock')]
        self.end = End(0, 0)
        self.daemon = None
        self.manager = Manager(self.directory)
        self.has_objects = False

    def start(self, crash, is_armed, manager=None, can_store=False):
        when = self.directory + '/armed'
        if is_armed:
            open(when, 'w').close()
        elif os.path.exists(when):
            os.unlink(when)
        self.n_starts += 1
        begin = time.monotonic()
        while True:
            self.daemon = Daemon(self.program, self.directory, crash, when, self.random.randrange(-YEAR, YEAR), manager, can_store)
            # A forked child of the killed daemon may have the lock for a moment, until it has closed its descriptors.
            if self.daemon.is_ready or 'another daemon uses it' not in self.daemon.text() or time.monotonic() > begin + PATIENCE:
                return
            self.daemon.wait()

    def check(self):
        """Asserts that the objects are as the clients know them."""
        client = Client(self.daemon.path)
        for worker in self.workers:
            worker.open(client)
        for worker in self.workers:
            worker.check(client, self.end)
        client.close()
        self.has_objects = True

    def await_end(self, seconds):
        return self.daemon.has_ended(seconds)

    def begin_threads(self):
        threads = [threading.Thread(target=worker.run, args=[self.daemon.path], daemon=True) for worker in self.workers]
        for thread in threads:
            thread.start()
        return threads

    def end_threads(self, threads):
        for thread in threads:
            thread.join(PATIENCE)
        faults = [worker.fault for worker in self.workers if worker.fault]
        faults += ['a connection has not ended'] * any(thread.is_alive() for thread in threads)
        if faults:
            raise Fault('; '.join(faults))

    def await_progress(self, threads):
        """Each pipeline continues with the daemon that took its session over."""
        before = [worker.sent for worker in self.workers]
        end = time.monotonic() + PATIENCE
        while any(worker.sent <= n for worker, n in zip(self.workers, before)):
            if time.monotonic() > end or not all(thread.is_alive() for thread in threads):
                raise Fault(f'a session does not go on after the state was taken: {[worker.fault for worker in self.workers]}\n'
                            + self.daemon.text())
            time.sleep(0.002)

    def end_at(self, point):
        """Ends the daemon by SIGTERM: it crashes at the point or, if that is None, exits with 0."""
        os.kill(self.daemon.process.pid, signal.SIGTERM)
        self.expect_crash(point)

    def expect_crash(self, point):
        status = self.daemon.wait()
        if status != (-signal.SIGKILL if point else 0) or (point and not self.daemon.has_crashed_at(point)):
            raise Fault(f'the daemon ended with {status}, not at {point}:\n{self.daemon.text()}')
        self.manager.settle()

    def round_of_manager(self, point, crash, loses_power):
        """The daemon stores its state with the service manager, and another one takes it; one of them crashes at the point. The next
        one has all of that state, or none and says so."""
        is_taking = point.startswith('take-')
        self.start('none:0' if is_taking else crash, not is_taking, self.manager, True)
        self.check()
        self.daemon.begin_load()
        threads = self.begin_threads()
        self.await_end(0.03 + 0.03 * self.random.random())
        self.end_at(None if is_taking else point)
        self.busy['load'][point].append(self.daemon.busy)
        self.end = End(EVERYTHING if is_taking else end_of(self.daemon.passed()), time.monotonic_ns())
        if is_taking:
            if 'shmgrd-state' not in self.manager.names():
                raise Fault(f'no state was stored: {self.manager.names()}\n{self.daemon.text()}')
            self.start(crash, True, self.manager)
            self.expect_crash(point)
        if loses_power:
            self.manager.drop()
        self.start_after(threads, loses_power)
        self.hits[point] += 1
        self.losses[point] += bool(loses_power)
        return True

    def start_after(self, threads, loses_power):
        is_passed = 'shmgrd-state' in self.manager.names()
        self.start('none:0', False, self.manager)
        if not self.daemon.is_ready:
            raise Fault('the daemon does not start:\n' + self.daemon.text())
        self.manager.settle()
        log = self.daemon.text()
        if self.manager.store:
            raise Fault(f'the store is not empty: {self.manager.names()}\n{log}')
        says = 'restarted: version' if is_passed else 'the previous daemon '
        # A mark that was not synced may be lost.
        if says not in log and not loses_power:
            raise Fault(f'the log lacks "{says}":\n{log}')
        if is_passed:
            self.await_progress(threads)
            self.end = End(EVERYTHING, 0)
        self.taken[is_passed] += 1
        self.end_at(None)
        self.end_threads(threads)

    def load(self, point):
        """Runs the load, then a planned restart, then an ordinary end, until the daemon has crashed."""
        before = [worker.acked for worker in self.workers]
        self.daemon.begin_load()
        threads = self.begin_threads()
        is_late = re.match('(handover|image|takeover|trial|check|keep|store|end)-', point)
        self.await_end(0.03 + 0.03 * self.random.random())
        open(self.directory + '/armed', 'w').close()
        if not is_late and self.await_end(0.3):
            pass
        elif not point.startswith('end-') and self.restart(point):
            pass
        else:
            os.kill(self.daemon.process.pid, signal.SIGTERM)
        if not self.await_end(PATIENCE):
            raise Fault('the daemon hangs:\n' + self.daemon.text())
        self.end_ns = time.monotonic_ns()
        status = self.daemon.wait()
        self.end_threads(threads)
        if sum(worker.acked for worker in self.workers) == sum(before):
            self.daemon.busy = 0
        return status

    def restart(self, point):
        """Returns whether the daemon ended in a planned restart."""
        # Neither the new program nor the old one may open the directory any more.
        os.chmod(self.directory + '/state', 0o750 if point.startswith('keep-') else 0o700)
        try:
            is_over = self.call_restart()
        except ConnectionError:
            # The daemon crashed after it was last checked.
            is_over = self.await_end(PATIENCE)
            if not is_over:
                raise Fault('the daemon lives, and refuses connections:\n' + self.daemon.text())
        os.chmod(self.directory + '/state', 0o700)
        return is_over

    def call_restart(self):
        client = Client(self.daemon.path)
        client.socket.sendall(json.dumps(line(1, 'server.restart', [])).encode() + b'\n')
        poll = select.poll()
        poll.register(client.socket, select.POLLIN)
        poll.poll(PATIENCE * 1000)
        is_over = self.await_end(0.01)
        client.close()
        return is_over

    def round(self, point, count, loses_power):
        """Returns whether the point was hit."""
        crash = f'{point}:{count}' + (f':{self.random.randrange(1, 1 << 31)}' if loses_power else '')
        if re.match('(put|take)-', point):
            return self.round_of_manager(point, crash, loses_power)
        is_at_start = re.match('(read|directory|tokens|new|migrate)-|store-open', point) or (
            point.startswith('disk-') and self.random.random() < 0.2)
        if point.startswith('new-'):
            self.check_and_begin()
        elif point.startswith('migrate-'):
            self.check_alone()
            self.make_first_format()
        elif is_at_start and not self.has_objects:
            self.check_alone()
        self.start(crash, is_at_start)
        has_load = self.daemon.is_ready and not is_at_start
        if has_load:
            self.check()
            status = self.load(point)
        else:
            if self.daemon.is_ready:
                # The daemon continues, and may still crash at any time.
                os.kill(self.daemon.process.pid, signal.SIGTERM)
            status = self.daemon.wait()
        if not self.daemon.has_crashed_at(point):
            if status != 0:
                raise Fault(f'the daemon ended with {status}:\n{self.daemon.text()}')
            self.end = End(EVERYTHING, 0) if has_load else self.end
            return False
        if not has_load:
            # Nothing has changed since the last check, or the crash came in this load.
            pass
        elif re.match('trial|check', point):
            if status != 0:
                raise Fault(f'the daemon ended with {status}, and not the child:\n{self.daemon.text()}')
            self.end = End(EVERYTHING, 0)
        else:
            self.end = End(end_of(self.daemon.passed()), self.end_ns)
        self.busy['load' if has_load else 'start'][point].append(self.daemon.busy)
        self.hits[point] += 1
        self.losses[point] += bool(loses_power)
        return True

    def check_and_begin(self):
        """Begins with another directory."""
        self.finish()
        self.begin()

    def make_first_format(self):
        """Turns the database into one that an older daemon has left."""
        columns = 'id, type, name, uid, gid, mode, durable, max_bytes, created_ms, base, state, sum'
        database = sqlite3.connect(self.directory + '/state/objects.sqlite')
        database.executescript(f"""
            BEGIN; DROP INDEX object_name; ALTER TABLE object RENAME TO newer;
            CREATE TABLE object (id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, uid INTEGER NOT NULL,
              gid INTEGER NOT NULL, mode INTEGER NOT NULL, durable TEXT NOT NULL, max_bytes INTEGER NOT NULL,
              created_ms INTEGER NOT NULL, base INTEGER NOT NULL, state TEXT NOT NULL, sum INTEGER NOT NULL);
            INSERT INTO object SELECT {columns} FROM newer; DROP TABLE newer;
            CREATE INDEX object_name ON object (name, id); PRAGMA user_version = 1; COMMIT;""")
        database.close()

    def check_alone(self):
        self.start('none:0', False)
        if not self.daemon.is_ready:
            raise Fault('the daemon does not start:\n' + self.daemon.text())
        self.check()
        os.kill(self.daemon.process.pid, signal.SIGTERM)
        if self.daemon.wait():
            raise Fault('the daemon does not end')
        self.end = End(EVERYTHING, 0)

    def finish(self):
        self.check_alone()
        self.manager.send(b'END')
        shutil.rmtree(self.directory)

    def hit(self, point, loses_power):
        for i in range(TRIES):
            often = re.match('(disk-(write|sync)|row|commit|writer|transaction|collect|epoch)', point)
            if self.round(point, self.random.randrange(1, 40) if often and i == 0 else 1, loses_power):
                return
        raise Fault(f'{point} was not hit in {TRIES} rounds')


def percent(shares):
    return f'{100 * sorted(shares)[len(shares) // 2]:.0f} %' if shares else ''


def row(*cells):
    print('# | ' + ' | '.join(str(cell) for cell in cells) + ' |')


def tell(attack, names, seconds):
    load, start = (attack.busy[when] for when in ('load', 'start'))
    row('point', 'hits', 'with a loss of power', 'busy under load', 'busy in its start')
    row(*['---'] * 5)
    for point in sorted(names):
        row(f'`{point}`', attack.hits[point], attack.losses[point], percent(load[point]), percent(start[point]))
    busy = [share for shares in load.values() for share in shares]
    print(f'# points under load whose median is below 80 %: {sum(sorted(s)[len(s) // 2] < 0.8 for s in load.values() if s)}')
    print(f'# Crashes while the state was stored or taken: {attack.taken[True]} left a daemon that took the whole state, '
          f'{attack.taken[False]} one that began without it. {End.n_checked} crashes had `async` changes to check. It took {seconds:.0f} s.')
    row('run', 'crashes', 'with a loss of power', 'daemon busy (median)', 'oldest `async` change that was lost, with a `sync-interval` of 20 ms')
    row(*['---'] * 5)
    n = sorted(attack.hits[point] for point in names)
    row(f'{len(names)} points, {n[0]} to {n[-1]} hits each' if n[0] < n[-1] else f'{len(names)} points, {n[0]} hits each',
        f'{sum(n):,}', f'{sum(attack.losses.values()):,}', percent(busy), f'{End.oldest_ms:.0f} ms')


def main():
    program, source, n_runs, seed, *names = sys.argv[1:]
    names = names or points_of(os.path.realpath(source))
    attack = Attack(program, int(seed))
    begin = time.monotonic()
    try:
        for i in range(int(n_runs)):
            for point in attack.random.sample(names, len(names)):
                attack.point = point
                attack.hit(point, attack.random.random() < 0.5 and not re.match('trial|check', point))
        attack.finish()
    except KeyboardInterrupt:
        # Prints the figures so far.
        attack.daemon.process.kill()
        shutil.rmtree(attack.directory)
    except Fault as fault:
        attack.daemon.process.kill()
        print(f'not ok - {attack.point}: {fault}\n# seed {seed}; the directory is {attack.directory}')
        sys.exit(1)
    tell(attack, names, time.monotonic() - begin)
    if any(attack.hits[point] == 0 for point in names):
        sys.exit(1)


main()
