"""Kills wrappers, commands and the daemon of `lock run` at random, under load, and checks what happened; then wrappers and
commands of `queue worker`:

  - two commands under one lock never run at once, unless the daemon was restarted between their grants;
  - a command that runs owns the lock, unless its daemon has gone;
  - a loss is told: the status is 76, with a line;
  - no item is done by two commands at once, and none is lost.

A command shows that it runs by a lock of the kernel on a file, which goes with its process, and writes its pid and its token
there. Tokens begin at the clock, so a token tells which daemon granted it. Prints TAP.

attack.py SHMGRD SHMGRCTL DIRECTORY RUNS SEED
"""
import fcntl
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

shmgrd, shmgrctl, directory, n_runs, seed = sys.argv[1:3] + [sys.argv[3], int(sys.argv[4]), int(sys.argv[5])]
socket_path = directory + '/attacked.sock'
inside_path, history_path = directory + '/inside', directory + '/history'
FLOCK = 'hhqqi4x'
CONTENDERS = 4

# The command: it takes the kernel's lock or notes who has it, works for a while, and notes its end.
COMMAND = r'''
use Fcntl; use Time::HiRes qw(sleep time);
my ($inside, $history, $run, $seconds, $stubborn, $queue) = @ARGV;
$SIG{TERM} = 'IGNORE' if $stubborn;
open(my $h, '>>', $history) or die; $h->autoflush(1);
open(my $f, '+>>', $inside) or die; $f->autoflush(1);
my $token = $queue ? <STDIN> + 0 : $ENV{SHMGR_LOCK_TOKEN};
my $lock = pack('s s x4 q q i x4', F_WRLCK, 0, $queue ? $token : 0, 1, 0);
if (!fcntl($f, F_SETLK, $lock)) {
	open(my $r, '<', $inside); my ($pid, $other) = split ' ', <$r>;
	syswrite $h, "overlap $run $token $other $pid\n";
} else {
	truncate $f, 0; syswrite $f, "$$ $token\n";
}
syswrite $h, sprintf("begin %s %s %.6f\n", $run, $token, time);
sleep $seconds;
syswrite $h, sprintf("end %s %s %.6f\n", $run, $token, time);
exit 0;
'''

n = failed = 0


def check(name, faults):
    global n, failed
    n += 1
    failed += bool(faults)
    print(('not ok' if faults else 'ok'), n, '-', name, flush=True)
    for fault in faults[:5]:
        print('#', fault, flush=True)


class Daemon:
    def __init__(self):
        self.starts = []  # microseconds: tokens of a daemon are not less than its start
        self.deaths = []  # (before the kill, after the end) in seconds
        self.lock = threading.Lock()
        self.begin()

    def begin(self):
        read_fd, write_fd = os.pipe()
        self.starts.append(int(time.time() * 1e6))
        self.process = subprocess.Popen(
            [shmgrd, '--config', '/dev/null', '--socket', socket_path, '--ready-fd', str(write_fd)],
            pass_fds=[write_fd], stderr=subprocess.DEVNULL)
        os.close(write_fd)
        with os.fdopen(read_fd) as ready:
            ready.read()

    def kill(self):
        with self.lock:
            before = time.time()
            self.process.kill()
            self.process.wait()
            self.deaths.append((before, time.time()))
            self.begin()

    def generation(self, token):
        return sum(start <= token for start in self.starts)


class Run:
    """A process of shmgrctl that runs a command."""

    def __init__(self, number, rng, verb):
        self.number, self.was_killed, self.child_was_killed = number, False, False
        options = rng.choice((['--on-lost=kill'], ['--on-lost=term', '--grace=50ms']))
        command = ['perl', directory + '/command', inside_path, history_path, str(number),
                   f'{rng.uniform(0, 0.06):.4f}', str(rng.randrange(2)), '1' if 'worker' in verb else '']
        self.process = subprocess.Popen([shmgrctl] + verb + options + ['--'] + command,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def children(self):
        try:
            with open(f'/proc/{self.process.pid}/task/{self.process.pid}/children') as file:
                return [int(pid) for pid in file.read().split()]
        except OSError:
            return []

    def finish(self):
        self.words = self.process.communicate()[1].decode()
        self.status = self.process.returncode


def contend(numbers, rng, live, runs, verb):
    for number in iter(lambda: next(numbers, None), None):
        run = Run(number, rng, verb)
        live[threading.get_ident()] = run
        run.finish()
        live.pop(threading.get_ident(), None)
        runs.append(run)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def attack(rng, live, daemon, is_over):
    while not is_over.wait(rng.uniform(0.02, 0.3)):
        victims = list(live.values())
        if not victims:
            continue
        run, what = rng.choice(victims), rng.random()
        if what < 0.15:
            if daemon:
                daemon.kill()
        elif what < 0.55:
            run.was_killed = True
            # Only the contender of this process reaps it, perhaps at this moment: a pid is not used again that
            # soon.
            if run.process.returncode is None:
                kill(run.process.pid)
        else:
            run.child_was_killed = True
            for pid in rng.sample(run.children(), min(1, len(run.children()))):
                kill(pid)


def who_is_inside(file):
    """Returns the pid that has the kernel's lock, with the token that it wrote, or None."""
    answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0))
    kind, _, _, _, pid = struct.unpack(FLOCK, answer)
    if kind == fcntl.F_UNLCK:
        return None
    file.seek(0)
    words = file.read().split()
    return (pid, int(words[1])) if len(words) == 2 and int(words[0]) == pid else None


class Observer:
    """A session that asks for the owner of the lock."""

    def __init__(self):
        self.lines = None

    def ask(self):
        """Returns the owner, or None; raises ConnectionError if the daemon is not the one of the last call."""
        if not self.lines:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(socket_path)
            self.lines = connection.makefile('rwb')
            connection.close()
        try:
            self.lines.write(b'{"jsonrpc":"2.0","id":1,"method":"lock.owner","params":["l"]}\n')
            self.lines.flush()
            line = self.lines.readline()
        except OSError:
            line = b''
        if not line:
            self.lines = None
            raise ConnectionError
        return json.loads(line).get('result')


def watch(daemon, faults, counts, is_over):
    """Checks the owner: a command that is inside before and after the question was inside in between."""
    observer = Observer()
    with open(inside_path, 'a+') as file:
        while not is_over.wait(0.001):
            before = who_is_inside(file)
            if not before:
                continue
            try:
                with daemon.lock:
                    owner = observer.ask()
                    generation = len(daemon.starts)
            except OSError:
                continue
            if who_is_inside(file) != before or daemon.generation(before[1]) != generation:
                continue
            counts.append(1)
            if not owner or (owner['pid'], owner['token']) != before:
                faults.append(f'{before} runs, and the owner is {owner}')


def read_history():
    with open(history_path) as file:
        return [line.split() for line in file]


def judge(daemon, runs):
    begun, ended, overlaps = {}, {}, []
    for word, number, token, *rest in read_history():
        if word == 'overlap':
            if daemon.generation(int(token)) == daemon.generation(int(rest[0])):
                overlaps.append(f'run {number} with token {token} beside {rest}')
        else:
            (begun if word == 'begin' else ended)[int(number)] = float(rest[0])
    check('two commands of one daemon never ran at once', overlaps)
    untold, wrong = [], []
    for run in runs:
        if run.was_killed:
            continue
        at = begun.get(run.number)
        until = ended.get(run.number)
        is_lost = at and until and any(at < b and a < until for b, a in daemon.deaths)
        if is_lost and (run.status != 76 or ' was lost ' not in run.words):
            untold.append(f'run {run.number}: status {run.status}, {run.words!r}')
        if run.status == 0 and not until:
            wrong.append(f'run {run.number} has status 0, and its command did not end')
        if run.status == 76 and ' was lost ' not in run.words:
            wrong.append(f'run {run.number} has status 76, and says {run.words!r}')
        # The run found no daemon, between two daemons, and had taken nothing.
        if run.status == 69 and not at and 'cannot connect' in run.words:
            continue
        if run.status not in (0, 76) and not run.child_was_killed:
            wrong.append(f'run {run.number} has status {run.status}, and says {run.words!r}')
    check('whose lock was lost was told', untold)
    check('the status is what happened', wrong)
    return begun, ended


def play(count, verb, attacked, watcher):
    """Runs `count` times the verb while it is attacked, with the daemon if that is given; returns the runs."""
    for path in inside_path, history_path:
        open(path, 'w').close()
    live, runs, is_over = {}, [], threading.Event()
    numbers = iter(range(count))
    threads = [threading.Thread(target=contend, args=(numbers, random.Random(f'{seed} {verb} {i}'), live, runs, verb))
               for i in range(CONTENDERS)]
    others = [threading.Thread(target=attack, args=(random.Random(f'{seed} {verb} attack'), live, attacked, is_over))]
    others += [threading.Thread(target=watcher, args=(is_over,))] if watcher else []
    for thread in threads + others:
        thread.start()
    for thread in threads:
        thread.join()
    is_over.set()
    for thread in others:
        thread.join()
    return runs


def tell_statuses(runs):
    return {status: sum(run.status == status for run in runs) for status in {run.status for run in runs}}


def play_locks(daemon):
    faults, counts = [], []
    runs = play(n_runs, ['lock', 'run', 'l'], daemon, lambda is_over: watch(daemon, faults, counts, is_over))
    begun, ended = judge(daemon, runs)
    check('a command that ran had the lock', faults)
    check('commands ran', [] if ended else ['none did'])
    last = subprocess.run([shmgrctl, 'lock', 'run', '--timeout=60s', 'l', '--', 'echo', 'mine'], capture_output=True, check=False)
    check('the lock can be had in the end', [] if last.stdout == b'mine\n' else [last.stderr])
    print(f'# {len(begun)} commands began, {len(ended)} ended; {len(daemon.deaths)} daemons died; '
          f'{len(counts)} looks at the owner; statuses {tell_statuses(runs)}')


def play_queue():
    items = range(n_runs)
    subprocess.run([shmgrctl, 'queue', 'open', 'q', '--create'], stdout=subprocess.DEVNULL, check=True)
    subprocess.run([shmgrctl, 'queue', 'put_many', 'q', json.dumps(list(items))], stdout=subprocess.DEVNULL, check=True)
    runs = play(n_runs // 2, ['queue', 'worker', 'q', '--max=2', '--drain'], None, None)
    drained = subprocess.run([shmgrctl, 'queue', 'worker', 'q', '--timeout=1s', '--', 'perl', directory + '/command', inside_path,
                              history_path, 'last', '0', '0', '1'], capture_output=True, check=False)
    history = read_history()
    check('no item was done by two commands at once', [line for line in history if line[0] == 'overlap'])
    done = {int(line[2]) for line in history if line[0] == 'end'}
    check('every item was done', [f'item {item} was not' for item in items if item not in done])
    check('the queue is empty in the end', [] if drained.returncode == 75 else [drained])
    print(f'# {sum(line[0] == "begin" for line in history)} commands for {n_runs} items; statuses {tell_statuses(runs)}')


def main():
    print(f'# {n_runs} runs, seed {seed}', flush=True)
    os.environ['SHMGR_SOCKET'] = socket_path
    with open(directory + '/command', 'w') as file:
        file.write('use IO::Handle;' + COMMAND)
    daemon = Daemon()
    play_locks(daemon)
    play_queue()
    daemon.process.terminate()
    check('the daemon ends cleanly', [] if daemon.process.wait() == 0 else [daemon.process.returncode])
    print(f'1..{n}')
    return failed != 0


sys.exit(main())
