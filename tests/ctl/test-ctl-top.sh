#!/bin/sh
# shmgrctl top: plain, as JSON, and as a screen on a terminal.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

fails "without a daemon" 69 "*$SHMGR_SOCKET*" top --count=1
ok "the daemon starts" daemon_start

# A command that holds a lock, two that wait for it, and a queue with a waiter.
mkfifo "$directory/started" "$directory/go"
# shellcheck disable=SC2016
"$ctl" lock run nightly -- sh -c 'echo $$; read -r _ <"$0"' "$directory/go" >"$directory/started" &
wrapper=$!
read -r holder <"$directory/started"
"$ctl" lock run nightly -- true &
first=$!
"$ctl" lock run nightly -- true &
second=$!
run queue open jobs --create
"$ctl" queue get jobs >"$directory/got" &
getter=$!
ok "three wait" waits_until has_waits 3

run top --count=1
like "numbers" "$status:$out" "0:up * sessions 5 * objects 2 * waiting 3
calls/s *.* errors/s 0.0 *"
like "who waits for what, and who has it" "$out" "*
OBJECT *TYPE *WAITERS\* *LONGEST *HELD BY *SINCE
nightly *lock *2 * *$holder sh *
jobs *queue *1 *nobody
*"
like "what is called" "$out" "*
METHOD *CALLS/S\* *ERRORS/S *MEAN *MAX *
*lock.acquire *"
run top --count=3 --interval=1ms
is "one after the other" "$(echo "$out" | grep -c '^OBJECT')" 3
run --json top --count=2 --interval=1ms
is "as JSON a line for each" "$(echo "$out" | wc -l)" 2
like "with the same in it" "$out" \
	'{"uptime_ms":*"waits":3,*"contended":[{"name":"nightly","type":"lock","waiters":2,*"comm":"sh",*"name":"jobs"*"methods":[*'
# Rates count the calls between two looks: here those are only the looks themselves.
last=$(echo "$out" | tail -n 1)
like "the second look counts since the first" "$last" '*"methods":[{"method":"server.*'
ok "and no lock was acquired since" [ "$last" = "${last#*lock.acquire}" ]
run top --count=1 --sort=name,errors
like "sorted otherwise" "$status:$out" "0:*
OBJECT\* *
jobs *
nightly *
METHOD * ERRORS/S\* *"
fails "by an order that there is not" 2 "top: --sort: 'size' is not waiters, held, name, calls, errors, mean or max" top --sort=size
for n in 0 0.0001 25h; do
	fails "with an interval of $n" 2 "top: --interval: '$n' is not within 1 ms and 1 d" top --interval=$n
done
fails "an interval is a number" 2 "top: --interval: 'x'*" top --interval=x

if command -v tmux >/dev/null && has_terminals; then
	terminal() {
		TERM=xterm TMUX='' tmux -f /dev/null -S "$directory/tmux" "$@"
	}
	# shows GREP-ARG...: waits until the screen has the pattern, for a thousand looks at most.
	shows() {
		n_looks=0
		until terminal capture-pane -p >"$directory/screen" 2>/dev/null && grep -q "$@" "$directory/screen"; do
			n_looks=$((n_looks + 1))
			[ $n_looks -lt 1000 ] || return 1
		done
	}
	terminal new-session -d -x 90 -y 12 \
		"SHMGR_SOCKET='$SHMGR_SOCKET' '$ctl' top --interval=20ms; echo ended with \$?; read -r _"
	ok "a screen" shows "^nightly .*lock .*2 "
	ok "with who has it" shows "^nightly .* $holder sh "
	if ldd "$(dirname "$ctl")/.libs/shmgrctl" 2>/dev/null | grep -q curses; then
		ok "the last line tells the keys" shows "^q quit | objects by: w waiters, "
		terminal send-keys n
		ok "n sorts by name" shows "^OBJECT\*  *TYPE .*WAITERS  "
		terminal send-keys e
		ok "e sorts by errors" shows "^METHOD .* ERRORS/S\* "
		# is_cut: succeeds if no line is continued in the next one: each must begin like a line of the screen.
		is_cut() {
			terminal capture-pane -p >"$directory/screen" && grep -q '^q qui' "$directory/screen" &&
				! grep -v '^\(up \|calls\|OBJEC\|METHO\|q qui\|night\|jobs\|[a-z]*\.[a-z_]*\|[a-z]*$\|$\)' "$directory/screen"
		}
		for size in 40x9 20x5 5x3 90x12; do
			terminal resize-window -x "${size%x*}" -y "${size#*x}"
			ok "$size: lines are cut at the right edge" waits_until is_cut
		done
	else
		tap_result 0 "keys # SKIP it was built without curses"
	fi
	echo >"$directory/go"
	ok "it changes by itself" shows "calls/s .*waiting 1\|waiting 1$"
	if ldd "$(dirname "$ctl")/.libs/shmgrctl" 2>/dev/null | grep -q curses; then
		terminal send-keys q
		ok "q ends it" shows "ended with 0"
	else
		tap_result 0 "q ends it # SKIP it was built without curses"
	fi
	terminal kill-server
else
	tap_result 0 "a screen # SKIP there is no tmux, or no terminal for it"
	echo >"$directory/go"
fi
wait "$wrapper"
wait "$first"
wait "$second"
run queue put jobs done
wait "$getter"
is "nobody was hindered" "$(cat "$directory/got")" done
run lock run nightly -- "$ctl" --json stat nightly
like "a lock tells which command has it" "$out" '*"client":"shmgrctl"*'
ok "the daemon ends cleanly" daemon_stop
tap_end
