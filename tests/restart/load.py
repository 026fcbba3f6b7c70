#!/usr/bin/env python3
"""Clients of a daemon that is restarted again and again: load.py SHMGRD HOW [ARGUMENTS]

  attack N SEED   a mixed load while the daemon is restarted N times. No call may fail, no reply may be missing, doubled or
                  out of order, and the histories of the objects must fit: locks exclude, tokens grow, items come once and in
                  their order, barriers let the right number through.
  many N          N connections, a tenth of them holding locks and a tenth waiting for them, under load, and restarts: how
                  long anybody waited.
  curve MIB...    the pause with so much contents in objects.
  stored MIB...   the pause with so much contents in a durable object, whose database is in /var/tmp.

The last three print rows of the table in doc/reliability.md.
"""
import array
import json
import os
import random
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 60 * float(os.environ.get('SHMGR_TEST_LOAD') or 1)


class Fault(Exception):
    pass


class Daemon:
    def __init__(self, program, *options):
        self.directory = tempfile.mkdtemp(prefix='shmgr-')
        self.path = self.directory + '/s'
        self.log = self.directory + '/log'
        reader, writer = os.pipe()
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(
                [program, '--config=/dev/null', '--dumpable=yes', '--socket=' + self.path, f'--ready-fd={writer}', *options],
                stderr=log, pass_fds=[writer])
        os.close(writer)
        if not os.read(reader, 1):
            raise Fault('the daemon does not start: ' + open(self.log).read())
        os.close(reader)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        text = open(self.log).read()
        shutil.rmtree(self.directory)
        if status:
            raise Fault(f'the daemon ended with {status}: {text}')
        return text

    def status(self, key):
        for line in open(f'/proc/{self.process.pid}/status'):
            if line.startswith(key + ':'):
                return int(line.split()[1])
        return 0

    def cpu_ms(self):
        """The processor time of the process, in seconds."""
        fields = open(f'/proc/{self.process.pid}/stat').read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 // os.sysconf('SC_CLK_TCK')


class Client:
    """A connection. Replies are matched by id, and must come in the order of the calls unless calls
    wait."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(daemon.path)
        self.socket.settimeout(PATIENCE)
        self.input = b''
        self.last_id = 0
        self.fds = []
        self.notifications = []
        self.longest = 0

    def close(self):
        self.socket.close()

    def line(self, method, params):
        self.last_id += 1
        return json.dumps({'jsonrpc': '2.0', 'id': self.last_id, 'method': method, 'params': params}).encode() + b'\n'

    def start(self, method, **params):
        self.socket.sendall(self.line(method, params))
        return self.last_id

    def fill(self):
        data, fds, _, _ = socket.recv_fds(self.socket, 1 << 20, 253)
        self.fds += fds
        if not data:
            raise Fault('the connection ended')
        self.input += data

    def message(self):
        while True:
            line, newline, rest = self.input.partition(b'\n')
            if newline:
                self.input = rest
                return json.loads(line)
            self.fill()

    def reply(self, number=None):
        """Returns the next reply; raises a fault unless `number` is None or its id."""
        while True:
            message = self.message()
            if 'id' in message:
                break
            self.notifications.append(message)
        if number is not None and message['id'] != number:
            raise Fault(f'the reply to {number} is {message}')
        return message

    def call(self, method, **params):
        before = time.monotonic()
        message = self.reply(self.start(method, **params))
        self.longest = max(self.longest, time.monotonic() - before)
        if 'error' in message:
            raise Fault(f'{method}: {message["error"]}')
        return message['result']


class Load:
    """Worker threads, each with connections of its own, that run until `is_over`."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.is_over = False
        self.faults = []
        self.threads = []
        self.counts = {}
        self.longest = 0
        self.lock = threading.Lock()

    def add(self, worker, *arguments):
        def run():
            try:
                worker(self, *arguments)
            except Exception as fault:
                self.faults.append(f'{worker.__name__}: {type(fault).__name__}: {fault}')
                self.is_over = True
        thread = threading.Thread(target=run, daemon=True)
        self.threads.append(thread)
        thread.start()

    def count(self, name, n=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + n

    def note(self, client):
        with self.lock:
            self.longest = max(self.longest, client.longest)

    def finish(self):
        self.is_over = True
        for thread in self.threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                self.faults.append('a worker waits for ever')
        return self.faults


# ---- Workers

def adds_under_a_lock(load, tokens):
    client = Client(load.daemon)
    n = 0
    while not load.is_over:
        grant = client.call('lock.acquire', name='lock')
        # No other session has the lock here, so the tokens are appended in order.
        tokens.append(grant['token'])
        value = client.call('dict.get', name='dict', key='sum')
        client.call('dict.set', name='dict', key='sum', value=value + 1)
        client.call('lock.release', name='lock')
        n += 1
    load.count('added', n)
    load.note(client)


def adds_in_a_pipeline(load, number):
    client = Client(load.daemon)
    name = f'counter{number}'
    client.call('counter.open', name=name, create=True)
    expected = 0
    while not load.is_over:
        n = random.randrange(1, 200)
        lines = b''.join(client.line('counter.add', {'name': name, 'delta': 1}) for _ in range(n))
        first = client.last_id - n + 1
        for piece in pieces(lines):
            client.socket.sendall(piece)
        for i in range(n):
            expected += 1
            message = client.reply(first + i)
            if message.get('result') != expected:
                raise Fault(f'{message}, not {expected}')
    load.count('pipelined', expected)


def pieces(data):
    while data:
        n = random.choice([1, 7, 100, 5000])
        yield data[:n]
        data = data[n:]


def produces(load, number):
    client = Client(load.daemon)
    n = 0
    while not load.is_over:
        client.call('queue.put', name='queue', value=[number, n])
        n += 1
    load.count('put', n)
    load.note(client)


def consumes(load, taken):
    client = Client(load.daemon)
    last = {}
    while True:
        item = client.call('queue.reserve', name='queue')
        if item['value'] is None:
            client.call('queue.ack', name='queue', id=item['id'])
            return
        number, n = item['value']
        if last.get(number, -1) >= n:
            raise Fault(f'item {n} of producer {number} came behind {last[number]}')
        last[number] = n
        client.call('queue.ack', name='queue', id=item['id'])
        taken.append((number, n))


def meets(load, number, rounds):
    client = Client(load.daemon)
    for i in range(rounds):
        if load.faults:
            return
        index = client.call('barrier.wait', name='barrier')
        with load.lock:
            load.counts.setdefault(('barrier', i), []).append(index)


def waits_for_a_time(load):
    client = Client(load.daemon)
    n = 0
    while not load.is_over:
        before = time.monotonic()
        message = client.reply(client.start('event.wait', name='never', timeout_ms=50))
        if message.get('error', {}).get('data', {}).get('errno') != 'ETIMEDOUT':
            raise Fault(f'{message}')
        if time.monotonic() - before < 0.05:
            raise Fault('a wait of 50 ms ended too early')
        n += 1
    load.count('timed out', n)


def waits_on_a_condition(load):
    client = Client(load.daemon)
    client.call('condition.acquire', name='condition')
    n = 0
    while client.call('dict.get', name='dict', key='go on'):
        client.call('condition.wait', name='condition')
        n += 1
    client.call('condition.release', name='condition')
    load.count('notified', n)


def notifies(load):
    client = Client(load.daemon)
    while not load.is_over:
        client.call('condition.acquire', name='condition')
        client.call('condition.notify', name='condition', n=2)
        client.call('condition.release', name='condition')
    client.call('condition.acquire', name='condition')
    client.call('dict.set', name='dict', key='go on', value=False)
    client.call('condition.notify_all', name='condition')
    client.call('condition.release', name='condition')


def reads_slowly(load):
    client = Client(load.daemon)
    while not load.is_over:
        numbers = [client.start('list.slice', name='long') for _ in range(3)]
        time.sleep(random.random() / 50)
        for number in numbers:
            result = client.reply(number)['result']
            if len(result) != 3000 or result[2999] != 'ä' * 100:
                raise Fault('a long reply is damaged')
        load.count('long replies', 3)


def passes_descriptors(load, number):
    client = Client(load.daemon)
    name = f'pipe{number}'
    n = 0
    while not load.is_over:
        writer_id = client.start('pipe.open', name=name, create=True, end='writer')
        reader_id = client.start('pipe.open', name=name, create=True, end='reader')
        for number in (writer_id, reader_id):
            if 'error' in (message := client.reply(number)):
                raise Fault(f'{message}')
        writer, reader = client.fds
        client.fds = []
        os.write(writer, b'through')
        if os.read(reader, 100) != b'through':
            raise Fault('a pipe leads elsewhere')
        os.close(writer)
        client.call('pipe.close', name=name, end='writer')
        if os.read(reader, 100) != b'':
            raise Fault('the end of a pipe is not seen')
        os.close(reader)
        client.call('pipe.close', name=name, end='reader')
        n += 1
    load.count('pipes', n)


def dies_with_a_lock(load):
    """Processes that are killed while they hold the lock; the next owner must be told of the death."""
    client = Client(load.daemon)
    while not load.is_over:
        reader, writer = os.pipe()
        # A process with threads may only fork to execute another program.
        child = subprocess.Popen(
            [sys.executable, '-S', '-c',
             'import socket,sys,os,time\n'
             's=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n'
             's.sendall(b\'{"jsonrpc":"2.0","id":1,"method":"lock.acquire","params":["mortal"]}\\n\')\n'
             's.recv(1000); os.write(1,b"!"); time.sleep(1000)\n', load.daemon.path], stdout=writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        number = client.start('lock.acquire', name='mortal')
        child.kill()
        pid = child.pid
        child.wait()
        result = client.reply(number)['result']
        if result.get('owner_died', {}).get('pid') != pid:
            raise Fault(f'nobody says that {pid} died: {result}')
        client.call('lock.release', name='mortal')
        load.count('deaths')


def monitors(load):
    client = Client(load.daemon)
    client.call('server.monitor', name='seen')
    other = Client(load.daemon)
    n = 0
    while not load.is_over:
        other.call('event.set', name='seen')
        n += 1
        while len(client.notifications) < n:
            message = client.message()
            if message['method'] == 'monitor.lost':
                raise Fault(f'{message}')
            client.notifications.append(message)
    load.count('events', n)


def comes_and_goes(load):
    while not load.is_over:
        client = Client(load.daemon)
        if client.call('server.ping') != 'pong':
            raise Fault('no pong')
        client.close()
        load.count('connections')


# ---- The commands

def prepare(client):
    client.call('lock.open', name='lock', create=True)
    client.call('lock.open', name='mortal', create=True)
    client.call('dict.open', name='dict', create=True, value={'sum': 0, 'go on': True})
    client.call('queue.open', name='queue', create=True, maxsize=50)
    client.call('barrier.open', name='barrier', create=True, parties=3)
    client.call('event.open', name='never', create=True)
    client.call('event.open', name='seen', create=True)
    client.call('condition.open', name='condition', create=True)
    client.call('list.open', name='long', create=True, value=['ä' * 100] * 3000)


def expect(what, is_so):
    if not is_so:
        raise Fault(what)


def check_histories(load, client, tokens, taken, rounds, n_producers):
    expect('a token did not grow', all(a < b for a, b in zip(tokens, tokens[1:])))
    expect('additions under the lock were lost', client.call('dict.get', name='dict', key='sum') == load.counts['added'])
    expect('items were lost or doubled', len(taken) == len(set(taken)) == load.counts['put'])
    for i in range(rounds):
        expect(f'round {i} of the barrier: {load.counts.get(("barrier", i))}',
               sorted(load.counts.pop(('barrier', i), [])) == [0, 1, 2])


def attack(program, n_restarts, seed):
    random.seed(seed)
    daemon = Daemon(program)
    client = Client(daemon)
    prepare(client)
    load = Load(daemon)
    tokens, taken, rounds, pauses = [], [], 10 * n_restarts, []
    for i in range(3):
        load.add(adds_under_a_lock, tokens)
        load.add(meets, i, rounds)
    for i in range(2):
        load.add(adds_in_a_pipeline, i)
        load.add(produces, i)
        load.add(passes_descriptors, i)
        load.add(waits_on_a_condition)
    consumers = Load(daemon)
    for _ in range(2):
        consumers.add(consumes, taken)
    for worker in (waits_for_a_time, notifies, reads_slowly, dies_with_a_lock, monitors, comes_and_goes):
        load.add(worker)
    n_fds = None
    for i in range(n_restarts):
        if load.faults or consumers.faults:
            break
        pauses.append(client.call('server.restart')['pause_ms'])
        for _ in range(random.randrange(20)):
            client.call('server.ping')
    faults = load.finish()
    for _ in range(2):
        client.call('queue.put', name='queue', value=None)
    faults += consumers.finish()
    if not faults:
        check_histories(load, client, tokens, taken, rounds, 2)
    client.close()
    text = daemon.end()
    if faults:
        raise Fault('; '.join(faults) + '\n' + text[-3000:])
    expect(f'{text}\nhas not {n_restarts} restarts', text.count('notice: restarted: ') == n_restarts)
    did = ', '.join(f'{n} {what}' for what, n in sorted(load.counts.items()))
    print(f'# {n_restarts} restarts, pauses up to {max(pauses)} ms, calls up to {load.longest * 1000:.0f} ms: {did}')


def calls_all_the_time(load, latencies):
    client = Client(load.daemon)
    client.call('counter.open', name='counter', create=True)
    while not load.is_over:
        client.longest = 0
        client.call('counter.add', name='counter', delta=1)
        latencies.append(client.longest)


def fill(client, mib):
    """Fills a list with texts of one KiB, each of which has memory of its own after the first
    restart."""
    client.call('list.open', name='contents', create=True)
    for _ in range(16):
        client.call('list.append', name='contents', value=os.urandom(512).hex())
    for _ in range(mib):
        client.call('list.extend', name='contents', values=[os.urandom(512).hex() for _ in range(1024)])


def restart_under_load(daemon, client, n_restarts=2):
    """Returns the pause of the last restart in ms, the longest call of all clients in s, and the
    number of calls."""
    for _ in range(n_restarts - 1):
        client.call('server.restart')
    load, latencies = Load(daemon), []
    for _ in range(4):
        load.add(calls_all_the_time, latencies)
    while len(latencies) < 100 and not load.faults:
        time.sleep(0.01)
    pause = client.call('server.restart')['pause_ms']
    n = len(latencies)
    while len(latencies) < n + 100 and not load.faults:
        time.sleep(0.01)
    faults = load.finish()
    if faults:
        raise Fault('; '.join(faults))
    return pause, max(latencies), len(latencies)


def cost_of_restart(daemon, client):
    """The processor time of a restart, which does not depend on the load of the machine. The
    process stays the same."""
    costs = []
    for _ in range(3):
        before = daemon.cpu_ms()
        client.call('server.restart')
        costs.append(daemon.cpu_ms() - before)
    return min(costs)


def raise_limit(n):
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, max(n, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    except (OSError, ValueError):
        raise Fault(f'{n} descriptors are needed: ulimit -n') from None


def many(program, n_connections):
    raise_limit(n_connections + 200)
    daemon = Daemon(program, '--max-descriptors=0', '--max-sessions=100000', '--max-sessions-per-uid=100000', '--max-waits-per-uid=100000',
                    '--max-holds-per-uid=100000', '--max-objects-per-uid=100000')
    client = Client(daemon)
    clients = [Client(daemon) for _ in range(n_connections)]
    n = n_connections // 10
    for i in range(n):
        clients[i].call('lock.open', name=f'lock{i}', create=True)
        clients[i].call('lock.acquire', name=f'lock{i}')
    numbers = [clients[n + i].start('lock.acquire', name=f'lock{i}') for i in range(n)]
    while client.call('server.stats')['waits'] < n:
        pass
    pause, longest, n_calls = restart_under_load(daemon, client)
    cost = cost_of_restart(daemon, client)
    for i in range(n):
        clients[i].call('lock.release', name=f'lock{i}')
        expect('a waiter does not get the lock', 'token' in clients[n + i].reply(numbers[i]).get('result', {}))
    for c in clients:
        expect('no pong', c.call('server.ping') == 'pong')
    for c in clients:
        c.close()
    daemon.end()
    tell(f'{n_connections:,} connections of one process, {n:,} of them holding locks and {n:,} waiting', pause, longest, cost)


def tell(state, pause, longest, cost):
    print(f'# | {state} | {pause:,} ms | {longest * 1000:,.0f} ms | {cost:,} ms |', flush=True)


def curve(program, sizes, directory):
    """Without a directory the contents are in memory alone."""
    stored = [f'--state={directory}/state', '--max-stored-bytes-per-uid=1T'] if directory else []
    for mib in sizes:
        daemon = Daemon(program, '--max-bytes=1T', '--max-bytes-per-uid=1T', '--restart-time=10min', *stored)
        client = Client(daemon)
        client.socket.settimeout(600)
        fill(client, mib)
        while stored and client.call('server.stats')['store']['unsynced']:
            time.sleep(0.01)
        pause, longest, _ = restart_under_load(daemon, client)
        size = f'{mib} MiB' if mib < 1024 else f'{mib // 1024} GiB'
        tell(('durable ' if stored else '') + 'contents of ' + size, pause, longest, cost_of_restart(daemon, client))
        client.close()
        daemon.end()
        if stored:
            shutil.rmtree(directory + '/state')


def main():
    program, how, *arguments = sys.argv[1:]
    try:
        if how == 'attack':
            attack(program, int(arguments[0]), arguments[1])
        elif how == 'many':
            many(program, int(arguments[0]))
        elif how == 'curve':
            curve(program, [int(mib) for mib in arguments], None)
        elif how == 'stored':
            with tempfile.TemporaryDirectory(prefix='shmgr-', dir='/var/tmp') as directory:
                curve(program, [int(mib) for mib in arguments], directory)
        else:
            sys.exit(__doc__)
    except Fault as fault:
        print(f'not ok - {fault}')
        sys.exit(1)


main()
