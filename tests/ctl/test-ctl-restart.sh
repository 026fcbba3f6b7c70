#!/bin/sh
# Commands that wait while the daemon restarts or crashes: they continue if that is safe, and otherwise exit with 69
# and the reason.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/in"

begin() {
	begin_as "$ctl" "$@"
}

begin_as() {
	: >"$directory/out"
	: >"$directory/words"
	"$@" >"$directory/out" 2>"$directory/words" &
	pid=$!
}

finish() {
	wait "$pid" 2>/dev/null
	status=$?
	out=$(cat "$directory/out")
	err=$(cat "$directory/words")
}

# restart SIGNAL [OBJECT...]: starts another daemon, with objects (TYPE:NAME) that exist before the waiting commands
# continue.
restart() {
	kill -STOP "$pid"
	kill -s "$1" "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	# The daemon must not keep the pipe open.
	daemon_start 6>&- || return
	shift
	for object; do
		run "${object%:*}" open "${object#*:}" --create
	done
	kill -CONT "$pid"
}

# Stops the process that receives a descriptor.
stop=$(cd "${builddir:-.}" && pwd)/tests/ctl/.libs/stop.so
is_stopped() {
	grep -q '^State:.*stopped' "/proc/$pid/status"
}

went_away='the daemon ended; connecting again'
for signal in TERM KILL; do
	ok "the daemon starts" daemon_start
	run event open e --create
	begin event wait e --timeout=1000000
	ok "an event is waited for" waits_until has_waits 1
	ok "SIG$signal: another daemon" restart $signal event:e
	ok "it is waited for again" waits_until has_waits 1
	run event set e
	finish
	is "and then there" "$status:$err" "0:shmgrctl: event.wait: $went_away"

	run counter open c --create
	begin counter wait c '>=' 2
	ok "a counter is waited for" waits_until has_waits 1
	ok "SIG$signal: another daemon" restart $signal counter:c
	ok "it is waited for again" waits_until has_waits 1
	run counter add c 2
	finish
	is "and then there" "$status:$out:$err" "0:2:shmgrctl: counter.wait: $went_away"

	begin counter wait c '>=' 3 --timeout=50ms
	ok "a timeout that runs out meanwhile" restart $signal counter:c
	finish
	like "is over" "$status:$err" "75:*counter.wait:*"

	run event open e --create
	begin event wait e
	ok "an event is waited for" waits_until has_waits 1
	ok "SIG$signal: another daemon, without it" restart $signal
	finish
	like "it has gone" "$status:$err" "66:shmgrctl: event.wait: $went_away
shmgrctl: event.wait: *(ENOENT)"

	run queue open q --create
	begin queue get q
	ok "an item is waited for" waits_until has_waits 1
	ok "SIG$signal: another daemon" restart $signal queue:q
	run queue put q later
	finish
	is "it is not known what became of the call" "$status:$out:$err" \
		"69::shmgrctl: queue.get: the connection to the daemon was lost during the call, which may have taken effect"
	is "and it is not made again" "$("$ctl" queue size q)" 1

	begin pipe read p
	has_reader() {
		"$ctl" ls | grep -q '^p$'
	}
	ok "a pipe is read" waits_until has_reader
	ok "SIG$signal: another daemon" restart $signal
	ok "nothing had come, so it is read again" waits_until has_reader
	echo text | "$ctl" pipe write p
	finish
	is "and all of it" "$status:$out:$err" "0:text:shmgrctl: pipe read: $went_away"

	# The reader stops as soon as it has its end, and continues when the next daemon has started.
	begin_as env ASAN_OPTIONS="verify_asan_link_order=0:$ASAN_OPTIONS" LD_PRELOAD="$stop" "$ctl" pipe read p
	ok "a pipe is opened" waits_until is_stopped
	kill -s "$signal" "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	ok "SIG$signal: another daemon" daemon_start
	kill -CONT "$pid"
	ok "the end came with the daemon: the pipe is opened again" waits_until is_stopped
	kill -CONT "$pid"
	echo text | "$ctl" pipe write p
	finish
	is "and all of it" "$status:$out:$err" "0:text:shmgrctl: pipe read: $went_away"

	begin pipe read p
	"$ctl" pipe write p <"$directory/in" &
	writer=$!
	exec 6>"$directory/in"
	echo some >&6
	ok "something comes through a pipe" waits_until grep -q some "$directory/out"
	ok "SIG$signal: another daemon" restart $signal
	echo more >&6
	exec 6>&-
	wait $writer
	finish
	is "what comes then is read, and the end is not trusted" "$status:$out:$err" "69:some
more:shmgrctl: pipe read: the daemon ended while the pipe was read: the output may be incomplete"

	begin --json top --interval=1ms
	ok "a look" waits_until grep -q . "$directory/out"
	kill -s $signal "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	ok "top misses the daemon" waits_until grep -q . "$directory/words"
	ok "SIG$signal: another daemon" daemon_start
	n_looks=$(wc -l <"$directory/out")
	has_looked() {
		[ "$(wc -l <"$directory/out")" -gt $((n_looks + 2)) ]
	}
	ok "top goes on" waits_until has_looked
	kill "$pid"
	finish
	is "with a word" "$err" "{\"note\":\"top: $went_away\"}"

	export SHMGRCTL_RECONNECT=0
	run event open e --create
	begin event wait e
	ok "an event is waited for" waits_until has_waits 1
	kill -s $signal "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	finish
	is "SHMGRCTL_RECONNECT=0 does not wait" "$status:$err" "69:shmgrctl: event.wait: the daemon ended"
	unset SHMGRCTL_RECONNECT
done
tap_end
