#!/usr/bin/env python3
"""recovery.py SHMGRD [TYPE...]: the time from the start of the daemon until it serves, with an object of 10^6 elements on the disk.

The daemon is killed between the starts. The directory is in /dev/shm, so the time is that of reading and building, not that of a disk."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

N, PER_CALL, STARTS = 1000000, 10000, 5
FILL = {
    'dict': lambda numbers: ('dict.update', {f'key-{i}': i for i in numbers}),
    'list': lambda numbers: ('list.extend', [f'value {i}' for i in numbers]),
    'queue': lambda numbers: ('queue.put_many', list(numbers)),
}


class Daemon:
    def __init__(self, program, directory):
        ready, writer = os.pipe()
        self.log = open(f'{directory}/log', 'w+', encoding='utf-8')
        self.process = subprocess.Popen(
            [program, '--config=/dev/null', f'--socket={directory}/s', f'--ready-fd={writer}', f'--state={directory}/state',
             '--max-bytes=8G', '--max-bytes-per-uid=4G'], stderr=self.log, pass_fds=[writer])
        os.close(writer)
        if os.read(ready, 1) != b'\n':
            raise SystemExit('the daemon does not start')
        os.close(ready)

    def read_ms(self):
        self.log.seek(0)
        return int(re.search(r'read in (\d+) ms', self.log.read()).group(1))

    def end(self, number):
        """Returns the processor time of the daemon, in ms."""
        self.process.send_signal(number)
        usage = os.wait4(self.process.pid, 0)[2]
        self.log.close()
        return round(1000 * (usage.ru_utime + usage.ru_stime))


def fill(directory, kind):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(f'{directory}/s')
        replies = s.makefile('rb')

        def call(method, *params):
            s.sendall(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': method, 'params': params}).encode() + b'\n')
            reply = json.loads(replies.readline())
            if 'error' in reply:
                raise SystemExit(reply['error'])

        call(f'{kind}.open', 'x', True)
        for begin in range(0, N, PER_CALL):
            method, values = FILL[kind](range(begin, begin + PER_CALL))
            call(method, 'x', values)


def measure(program, kind):
    directory = tempfile.mkdtemp(prefix='shmgr-recovery-', dir='/dev/shm')
    try:
        daemon = Daemon(program, directory)
        fill(directory, kind)
        daemon.end(signal.SIGTERM)
        times = []
        for _ in range(STARTS):
            daemon = Daemon(program, directory)
            times.append((daemon.read_ms(), daemon.end(signal.SIGKILL)))
        size = os.path.getsize(f'{directory}/state/objects.sqlite') >> 20
    finally:
        shutil.rmtree(directory)
    read, used = (sorted(column)[STARTS // 2] for column in zip(*times))
    print(f'{kind:6} {size:4} MiB on the disk, read in {read} ms; {used} ms of processor time in all', flush=True)


for a_kind in sys.argv[2:] or FILL:
    measure(sys.argv[1], a_kind)
