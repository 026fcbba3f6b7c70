#!/bin/sh
# The holder of the lock, permit or item under which a command runs, and how long it holds: kills, losses, signals.
# Commands wait for each other by lines in FIFOs, never for a time.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/started" "$directory/go" "$directory/word"
# The FIFOs are open for reading and writing, so that no open blocks.
exec 4<>"$directory/go" 5<>"$directory/word"

# A shell ignores INT and QUIT in background commands. If env(1) cannot undo that, these signals are not tested.
defaults='env --default-signal=INT,QUIT'
keyboard='INT QUIT'
$defaults true 2>/dev/null || defaults='' keyboard=''

# A command that prints its pid and waits for a line; SIGTERM does not end it.
cat >"$directory/stubborn" <<'END'
#!/bin/sh
trap '' TERM HUP
echo $$
read -r line <&4
END
# A command that exits with 3 on SIGTERM, after it has printed a word.
cat >"$directory/obedient" <<'END'
#!/bin/sh
trap 'echo terminated >&5; exit 3' TERM
echo $$
while :; do read -r line <&4 && exit 0; done
END
chmod +x "$directory/stubborn" "$directory/obedient"

# begin ARG...: begins shmgrctl in the background; $pid is its pid, $command that of the command which it runs.
begin() {
	: >"$directory/words"
	$defaults "$ctl" "$@" >"$directory/started" 2>"$directory/words" 4<&4 5>&5 &
	pid=$!
	read -r command <"$directory/started"
}

# finish: waits for the shmgrctl of `begin`, and sets $status and $err.
finish() {
	wait "$pid" 2>/dev/null
	status=$?
	err=$(cat "$directory/words")
}

go() {
	echo >&4
}

# has_ended PID
has_ended() {
	! kill -0 "$1" 2>/dev/null
}

is_held() {
	run lock locked "$1"
	[ "$out" = true ]
}

is_free() {
	! is_held "$1"
}

holder() {
	"$ctl" --json lock owner "$1" | sed -nE 's/.*"pid":([0-9]+).*/\1/p'
}

ok "the daemon starts" daemon_start

# The command is the holder

begin lock run l -- "$directory/stubborn"
is "the command's process holds the lock" "$(holder l)" "$command"
like "by its own name" "$("$ctl" --json lock owner l)" '*"comm":"stubborn"*"client":"stubborn"*'
kill -KILL "$pid"
finish
is "shmgrctl can be killed" "$status" 137
ok "the command goes on" kill -0 "$command"
ok "with its lock" is_held l
fails "which nobody else gets" 75 "lock.acquire: 'l' is held by pid $command (stubborn) since *" lock run -n l -- echo never
go
ok "it ends, and the lock with it" waits_until is_free l

# shellcheck disable=SC2016
begin lock run l -- sh -c 'trap "" TERM; echo $$; read -r line <&4; echo first >&5; read -r line <&4; echo second >&5'
kill -KILL "$pid"
finish
go
read -r word <&5
is "the command of a killed shmgrctl runs on" "$word" first
ok "all of it under the lock" is_held l
go
read -r word <&5
is "to its end" "$word" second
ok "then the lock is free" waits_until is_free l

begin lock run l -- "$directory/obedient"
kill -KILL "$pid"
finish
read -r word <&5
is "a command that obeys is told to end when shmgrctl is killed" "$word" terminated
ok "so the lock is soon free" waits_until is_free l

# shellcheck disable=SC2016
begin lock run l -- sh -c 'echo $$; (trap "" TERM HUP; read -r line <&4; echo left >&5) & exit 0'
finish
is "a process that the command leaves behind does not keep the lock" "$status:$("$ctl" ls l)" "0:"
go
read -r word <&5
is "it runs on" "$word" left

# With standard descriptors closed, pipes and sockets must not take their numbers, or a message would be written into
# them.
for closed in '<&-' '>&-' '2>&-' '<&- 2>&-' '<&- >&- 2>&-'; do
	# This shmgrctl has a message to print: that the previous owner died.
	begin lock run l -- "$directory/stubborn"
	kill -KILL "$pid" "$command"
	wait "$pid" 2>/dev/null
	(
		eval "exec $closed"
		exec "$ctl" lock run l -- sh -c 'exit 5'
	) 2>/dev/null >/dev/null
	is "with $closed a command runs" $? 5
done
# shellcheck disable=SC2012
gives "the command inherits no descriptor" 0 "$(sh -c 'ls /proc/self/fd | tr "\n" " "' </dev/null)" \
	lock run l -- sh -c 'ls /proc/self/fd | tr "\n" " "'
# shellcheck disable=SC2016
gives "nor a signal that is blocked" 0 "$(grep SigBlk /proc/self/status)" lock run l -- grep SigBlk /proc/self/status
gives "two commands in one" 0 'a
b' lock run l -- sh -c 'echo a; echo b'
run lock run l -- sh -c 'kill -KILL $$'
is "a command that is killed makes the status" "$status" 137
run lock run l -- true
is "and its lock was released" "$status:$err" "0:"

# --tree

# shellcheck disable=SC2016
begin lock run --tree l -- sh -c 'echo $$; trap "" TERM; (read -r line <&4) & exit 5'
finish
is "with --tree shmgrctl ends with the command" "$status" 5
ok "and the lock is held by what the command left behind" is_held l
go
ok "until that ends" waits_until is_free l
run lock run l -- true
is "which is no death" "$status:$err" "0:"
# shellcheck disable=SC2016
begin lock run --tree l -- sh -c 'trap "" TERM; echo $$; (read -r line <&4) & wait'
kill -KILL "$pid"
finish
ok "a killed shmgrctl does not matter" is_held l
go
ok "nor the order of the ends" waits_until is_free l
# shellcheck disable=SC2016
gives "what is inherited is out of the way" 0 socket lock run --tree l -- \
	sh -c 'readlink /proc/self/fd/200 | sed "s/:.*//"'
gives "and nobody can talk on it" 0 refused lock run --tree l -- \
	sh -c 'echo x 2>/dev/null >/proc/self/fd/200 || echo refused'

# Losses

begin lock run l -- "$directory/obedient"
daemon_stop
read -r word <&5
finish
is "the daemon's end ends the command" "$word:$status" "terminated:76"
like "and is told" "$err" "shmgrctl: the lock 'l' was lost while the command ran: *; sending SIGTERM to the command"
ok "another daemon starts" daemon_start
begin lock run l -- "$directory/obedient"
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
read -r word <&5
finish
is "so does its death" "$word:$status" "terminated:76"
ok "and another" daemon_start
begin lock run --grace=50ms l -- "$directory/stubborn"
run rm l
finish
is "so does the deletion of the lock, after the grace with SIGKILL" "$status" 76
like "and is told as such" "$err" "shmgrctl: the lock 'l' was lost while the command ran: it was deleted; sending SIGTERM to the command"
ok "the command has gone" has_ended "$command"
begin lock run --on-lost=kill l -- "$directory/stubborn"
run rm l
finish
is "--on-lost=kill does not wait" "$status:$(has_ended "$command" && echo gone)" "76:gone"
begin lock run --on-lost=warn l -- "$directory/obedient"
run rm l
waits_until grep -q . "$directory/words"
ok "--on-lost=warn lets it run" kill -0 "$command"
go
finish
like "and tells" "$status:$err" "76:shmgrctl: the lock 'l' was lost while the command ran: it was deleted; the command continues without it"
begin semaphore run s -- "$directory/obedient"
run rm s
read -r word <&5
finish
like "a permit is lost in the same way" "$word:$status:$err" "terminated:76:*semaphore 's' was lost while the command ran*"
run queue open jobs --create
run queue put jobs item
begin queue worker jobs --once -- "$directory/obedient"
run rm jobs
read -r word <&5
finish
like "and a reservation" "$word:$status:$err" "terminated:76:*reservation of item * was lost while the command ran*"

# intrude PID: sends, on the socket of the process, what makes the daemon end its session.
intrude() {
	for intrude_fd in /proc/"$1"/fd/*; do
		case $(readlink "$intrude_fd") in
		socket:*)
			perl -e 'my $process = syscall(434, $ARGV[0] + 0, 0);
				my $fd = $process < 0 ? -1 : syscall(438, $process, $ARGV[1] + 0, 0);
				exit 1 if $fd < 0;
				open(my $socket, ">&=", $fd) or exit 1;
				syswrite($socket, "no request\n" x 200) or exit 1' \
				"$1" "${intrude_fd##*/}" && return
			;;
		esac
	done
	return 1
}
# The numbers of the system calls pidfd_open and pidfd_getfd are those of x86_64 and all newer architectures.
begin lock run l -- "$directory/obedient"
if intrude "$pid"; then
	read -r word <&5
	finish
	like "a session that the daemon ends is a loss" "$word:$status:$err" "terminated:76:*the lock 'l' was lost while the command ran: *that are not requests; sending SIGTERM to the command"
	ok "the lock is free" waits_until is_free l
	run queue open jobs --create
	run queue put jobs item
	begin queue worker jobs --once -- "$directory/obedient"
	intrude "$pid"
	read -r word <&5
	finish
	like "of a reservation, too" "$word:$status:$err" \
		"terminated:76:*the reservation of item * was lost while the command ran: *; sending SIGTERM to the command*item * returned to the queue; the next worker runs it again"
	gives "and the item is in the queue" 0 item queue get jobs 0
	run rm jobs
	begin semaphore run s2 -- "$directory/obedient"
	intrude "$pid"
	read -r word <&5
	finish
	like "and of a permit" "$word:$status:$err" "terminated:76:*permit of the semaphore 's2' was lost while the command ran: *that are not requests; sending SIGTERM to the command"

	# delete_late NAME: while the daemon is stopped, it gets first the deletion of the object, then the end of the command, and
	# then the call by which shmgrctl releases the object.
	delete_late() {
		# shellcheck disable=SC2016
		perl -MSocket -e 'my ($path, $name, $daemon, $command, $pid, $go) = @ARGV;
			my ($socket, $fifo);
			socket($socket, PF_UNIX, SOCK_STREAM, 0) && connect($socket, pack_sockaddr_un($path)) or exit 1;
			my $call = "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":[%s],\"id\":1}\n";
			syswrite($socket, sprintf($call, "server.ping", "")) && sysread($socket, my $pong, 4096) or exit 1;
			kill("STOP", $daemon);
			syswrite($socket, sprintf($call, "object.delete", "\"$name\"")) or exit 1;
			open($fifo, "+<", $go) && syswrite($fifo, "\n") or exit 1;
			for (1 .. 100000) { last unless kill(0, $command) }
			for (1 .. 100000) {
				open(my $stat, "<", "/proc/$pid/stat") or last;
				last if <$stat> =~ /\) S /;
			}
			kill("CONT", $daemon);
			sysread($socket, my $reply, 4096) or exit 1' \
			"$SHMGR_SOCKET" "$1" "$daemon_pid" "$command" "$pid" "$directory/go" || go
		finish
	}
	begin lock run l -- "$directory/stubborn"
	delete_late l
	is "a lock is lost, however late the report comes" "$status:$err" \
		"76:shmgrctl: the lock 'l' was lost while the command ran: it was deleted; the command has already ended"
	run queue open jobs --create
	run queue put jobs item
	begin queue worker jobs --once -- "$directory/stubborn"
	delete_late jobs
	like "a reservation, too" "$status:$err" \
		"76:shmgrctl: the reservation of item * was lost while the command ran: it was deleted; the command has already ended"
else
	go
	finish
	tap_result 0 "a session that the daemon ends # SKIP another process's socket cannot be had here"
fi
fails "a deed that there is not" 2 "lock run: --on-lost: 'never' is not term, kill or warn" \
	lock run --on-lost=never l -- true

# shellcheck disable=SC2016
"$ctl" queue worker jobs --max=2 --on-lost=warn -- sh -c 'read -r item; case $item in delete) "$0" rm jobs ;; *) echo "$item" ;; esac' "$ctl" \
	>"$directory/out" 2>"$directory/words" &
pid=$!
waits_until has_waits 1
run queue put jobs delete
ok "a worker whose queue was deleted makes it again" waits_until has_waits 1
run queue put jobs more
finish
is "and goes on with it" "$status:$(cat "$directory/out")" "76:more"
like "after a word" "$err" "*the reservation of item * was lost while the command ran: it was deleted*"

# The daemon comes back. A waiting command has lost nothing, and continues.

begin_idle() {
	$defaults "$ctl" "$@" >"$directory/out" 2>"$directory/words" 4<&4 5>&5 &
	pid=$!
	waits_until has_waits 1
}
for signal in TERM KILL; do
	begin_idle queue worker jobs --max=1 -- sh -c 'cat; read -r line <&4'
	kill -s "$signal" "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	ok "a daemon is started again after SIG$signal" daemon_start
	ok "the worker waits at it" waits_until has_waits 1
	run queue put jobs later
	go
	finish
	is "and goes on" "$status:$(cat "$directory/out")" "0:later"
	like "after a word" "$err" "shmgrctl: queue worker: the daemon ended; connecting again"
	run rm jobs
done
begin lock run l -- "$directory/stubborn"
holder_pid=$pid
"$ctl" lock run l -- echo second >"$directory/out" 2>"$directory/words" &
pid=$!
waits_until has_waits 1
daemon_stop
ok "a daemon is started again" daemon_start
finish
is "who waits for a lock goes on to wait, and has it" "$status:$(cat "$directory/out")" "0:second"
go
wait "$holder_pid"
is "who had it has lost it" $? 76

# The child that will execute the command can be killed while it waits.
begin lock run l -- "$directory/stubborn"
holder_pid=$pid
"$ctl" lock run l -- echo never >"$directory/out" 2>"$directory/words" &
pid=$!
waits_until has_waits 1
kill -KILL "$("$ctl" --json stat l | sed -E 's/.*"waiters":\[\{"pid":([0-9]+).*/\1/')"
finish
is "a waiter whose process is killed says so" "$status:$(cat "$directory/out"):$err" \
	"137::shmgrctl: lock.acquire: the process that was to execute the command was killed (status 137)"
go
wait "$holder_pid"
is "and hinders nobody" $? 0

# Busy

begin lock run --note='nightly run' --expect=1h30m l -- "$directory/stubborn"
like "the note is in the stat" "$("$ctl" stat l)" "*nightly run*"
fails "and in the line of who finds it busy" 75 \
	"lock.acquire: 'l' is held by pid $command (stubborn) since 20*, for *, expected to take 1 h 30 min: \"nightly run\" (EAGAIN)" \
	lock run --timeout=0 l -- echo never
fails "which has a status of its own" 9 "lock.acquire: 'l' is held by *" lock run -n --busy-status=9 l -- echo never
fails "or is a success; the command does not run" 0 "lock.acquire: 'l' is held by *" lock run -n --busy-status=0 l -- echo never
for status in 256 -1 x ''; do
	fails "'$status' is no status" 2 "lock run: --busy-status: '$status' is not an exit status: a number from 0 to 255" \
		lock run -n --busy-status="$status" l -- echo never
done
fails "or is too late" 75 "lock.acquire: *(ETIMEDOUT)" lock run -t 1ms l -- echo never
fails "a time is a time" 2 "lock run: --timeout: '5x' is not a time*" lock run --timeout=5x l -- true
fails "and nothing less" 2 "lock run: --timeout: '-1' is not a time*" lock run --timeout=-1 l -- true
go
finish
gives "what the command says is its own" 75 "" lock run --busy-status=9 l -- sh -c 'exit 75'

# Signals

# shellcheck disable=SC2016
cat >"$directory/counting" <<'END'
#!/bin/sh
for signal in HUP INT QUIT USR1 USR2; do
	# shellcheck disable=SC2064
	trap "echo $signal >&5" $signal
done
trap 'echo TERM >&5; exit 0' TERM
echo $$
while :; do read -r line <&4; done
END
chmod +x "$directory/counting"
begin lock run l -- "$directory/counting"
for signal in HUP $keyboard USR1 USR2; do
	kill -s "$signal" "$pid"
	read -r word <&5
	is "SIG$signal is sent on" "$word" "$signal"
done
kill -TERM "$pid"
finish
read -r word <&5
is "and SIGTERM, of which the command decides" "$word:$status" "TERM:0"
for signal in USR1 USR2; do
	begin_idle queue worker jobs --max=1 -- cat
	kill -s "$signal" "$pid"
	run queue put jobs x
	finish
	is "SIG$signal does not end an idle worker" "$status:$(cat "$directory/out")" "0:x"
done
for signal in 129:HUP 143:TERM ${keyboard:+130:INT 131:QUIT}; do
	expected=${signal%:*} signal=${signal#*:}
	begin_idle queue worker jobs --max=1 -- cat
	kill -s "$signal" "$pid"
	finish
	is "SIG$signal does" "$status" "$expected"
done

begin_idle queue worker jobs --max=1 -- cat
run rm jobs
finish
like "a worker whose queue is deleted while it waits ends with a word" "$status:$err" "1:shmgrctl: queue.reserve: *(EIDRM)"
begin lock run --on-lost=kill l -- "$directory/stubborn"
holder_pid=$pid
"$ctl" lock run l -- echo never >"$directory/out" 2>"$directory/waited" &
pid=$!
waits_until has_waits 1
run rm l
finish
like "and so does a process that waits for a lock" "$status:$(cat "$directory/out"):$(cat "$directory/waited")" "1::shmgrctl: lock.acquire: *(EIDRM)"
wait "$holder_pid"
is "which its holder has lost" $? 76

# A signal that is ignored at the start stays ignored, while a command runs and while none does; SIGTERM then ends the
# worker.
for signal in HUP INT QUIT; do
	(
		trap '' "$signal"
		exec "$ctl" queue worker jobs -- sh -c 'echo begun >&5; read -r line <&4'
	) >"$directory/out" 2>"$directory/words" 4<&4 5>&5 &
	pid=$!
	waits_until has_waits 1
	kill -s "$signal" "$pid"
	run queue put jobs x
	read -r word <&5
	kill -s "$signal" "$pid"
	go
	waits_until has_waits 1
	kill -TERM "$pid"
	finish
	is "SIG$signal that is ignored at the start ends no worker, busy or idle" "$word:$status" "begun:143"
done

ok "the daemon ends cleanly" daemon_stop
tap_end
