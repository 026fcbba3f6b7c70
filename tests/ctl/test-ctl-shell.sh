#!/bin/sh
# shmgrctl shell: one session for many commands, from a file and on a terminal.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"
SHMGRCTL_HISTORY=$directory/history
export SHMGRCTL_HISTORY

# script NAME STATUS OUTPUT TEXT [ARG...]: compares the shell's output for these lines.
script() {
	script_name=$1 script_status=$2 script_out=$3 script_text=$4
	shift 4
	out=$(printf '%s\n' "$script_text" | "$ctl" shell "$@" 2>"$directory/err")
	status=$?
	# Tokens begin at the clock.
	out=$(printf '%s' "$out" | sed 's/^token: [0-9]\{16\}$/token: .../')
	err=$(cat "$directory/err")
	is "$script_name" "$status: $out" "$script_status: $script_out"
}

fails "without a daemon" 69 "*$SHMGR_SOCKET*" shell
ok "the daemon starts" daemon_start
run lock open l --create

script "lines are commands" 0 'pong
l' 'ping
ls'
script "of one session, which keeps what it acquires" 0 'token: ...
true' 'lock acquire l
lock locked l'
script "and gives it back in the end" 0 false 'lock locked l'
run --json lock run l -- true
is "which is no owner's death" "$status:$err" "0:"
ok "the log says what happened" grep -q "released at the end: pid [0-9]* (shmgrctl), uid [0-9]*, session [0-9]*, 'l': lock" "$directory/log"
script "a command that fails ends the session in the same way" 66 'token: ...' 'lock acquire l
dict get nix k' -e
run lock run l -- true
is "which is no death, too" "$status:$err" "0:"
# A shell that is killed; its input is a FIFO that does not end.
mkfifo "$directory/lines" "$directory/answers"
"$ctl" shell <"$directory/lines" >"$directory/answers" &
shell=$!
exec 6>"$directory/lines" 7<"$directory/answers"
echo 'lock acquire l' >&6
read -r _ <&7
kill -KILL "$shell"
wait "$shell" 2>/dev/null
exec 6>&- 7<&-
run lock run l -- true
like "a shell that is killed is a death" "$status:$err" "0:shmgrctl: the last owner of 'l' exited without releasing it: pid $shell (shmgrctl), *"
script "words have quotes" 0 'name: my "dict"
created: true
id: 2
lifetime: persistent
a '\''b\c
 ' "dict open 'my \"dict\"' --create
dict set \"my \\\"dict\\\"\" \"it's\" \"a 'b\\\\c\"
dict get my\\ \\\"dict\\\" it\\'s
dict set 'my \"dict\"' k ' '
dict get 'my \"dict\"' k"
script "empty lines and comments are none" 0 pong '
   # nothing
ping # something'
script "options hold for their line" 0 '"pong"
pong' '--json ping
ping'
script "the last command makes the status" 66 pong 'ping
dict get nix k'
script "those behind a failure go on" 0 pong 'dict get nix k
ping'
script "unless they shall not" 66 "" 'dict get nix k
ping' --stop-on-failure
script "quit ends it" 0 pong 'ping
quit
ls'
script "with the status so far" 2 "" 'nix
exit'
script "a quote that is not closed" 2 "" 'ls "l'
like "is told" "$err" "shmgrctl: shell: unterminated quote: *"
script "another daemon is not for one line" 2 "" "--socket=/nix ping"
like "which is told" "$err" "*give --socket to 'shmgrctl shell'*"
script "it does not begin in itself" 2 "" shell
# shellcheck disable=SC2016
script "commands run commands" 0 'l
pong' "lock run l -- sh -c 'echo \$SHMGR_LOCK'
ping"
ok "without a terminal there is no history" [ ! -e "$directory/history" ]

is "no code jumps out of a signal handler" "$(grep -rlE 'longjmp' "${srcdir:-.}"/ctl "${srcdir:-.}"/libclient)" ""

if ! command -v tmux >/dev/null || ! has_terminals; then
	tap_result 0 "a terminal # SKIP there is no tmux, or no terminal for it"
	tap_end
fi
# Each terminal has a tmux server of its own: a server that is about to end still accepts new terminals,
# and then ends with them.
n_servers=0
terminal() {
	TERM=xterm TMUX='' tmux -f /dev/null -S "$directory/tmux.$n_servers" "$@"
}
# shows GREP-ARG...: waits until the screen has the pattern, for a thousand looks at most.
shows() {
	n_looks=0
	until terminal capture-pane -p >"$directory/screen" 2>/dev/null && grep -q "$@" "$directory/screen"; do
		n_looks=$((n_looks + 1))
		[ $n_looks -lt 1000 ] || {
			sed 's/^/# /' "$directory/screen"
			return 1
		}
	done
}
# An interrupt drops what was typed ahead, so the test types only after the next prompt.
interrupts() {
	terminal send-keys C-c
	shows -x 'shmgr>'
}
# The screen may show the prompt of before.
interrupts_once() {
	terminal send-keys C-c
	terminal capture-pane -p | sed '/^$/d' | tail -n 1 | grep -qx 'shmgr>'
}
# Wide enough for a line; TERM is what tmux says. The locale is that of a container, in which names are UTF-8, too.
begins() {
	n_servers=$((n_servers + 1))
	terminal new-session -d -x 120 -y 30 "env LC_ALL=C SHMGR_SOCKET='$SHMGR_SOCKET' SHMGRCTL_HISTORY='$SHMGRCTL_HISTORY' \
		'$ctl' shell; echo ended with \$?; read -r _"
	shows '^shmgr>'
}

ok "on a terminal it has a prompt" begins
terminal send-keys 'lock acquire l' Enter
ok "and does what it is told" shows '^token: [0-9]'
terminal send-keys 'event open e --create' Enter 'event wait e' Enter
waits_until has_waits 1
terminal send-keys C-c
ok "an interrupt ends a call that waits" shows 'event.wait: interrupted'
terminal send-keys 'lock owner l' Enter
ok "and not the session" shows '^held_ms: '
terminal send-keys 'this is nothing'
shows 'this is nothing$'
ok "at the prompt it ends the line" interrupts
terminal send-keys 'ping' Enter
ok "which is not run" shows '^pong'
terminal send-keys 'monitor' Enter
ok "a monitor runs" shows 'watching'
ok "until an interrupt" interrupts
terminal send-keys 'counter open after-it --create' Enter
ok "and the shell goes on" shows '^name: after-it'
edits=no
if ldd "$(dirname "$ctl")/.libs/shmgrctl" 2>/dev/null | grep -qE 'libedit|libreadline'; then
	edits=yes
	terminal send-keys 'counter add aft' Tab '5' Enter
	ok "TAB completes" shows '^5$'
	terminal send-keys Up C-a C-k 'counter add aft' Tab '7' Enter
	ok "lines can be edited" shows '^12$'
	terminal send-keys 'quit' Enter
	ok "quit ends it" shows 'ended with 0'
	terminal send-keys Enter
	ok "the history is kept" grep -q 'after-it' "$directory/history"
	is "for its owner alone" "$(stat -c %a "$directory/history")" 600
	ok "it begins again" begins
	terminal send-keys Up Up Enter
	ok "and is there again" shows '^19$'
else
	tap_result 0 "TAB completes # SKIP it was built without libedit and readline"
fi
terminal send-keys C-d
ok "the end of the input ends it" shows 'ended with'
terminal kill-server
if [ "$edits" = no ]; then
	ok "the daemon ends cleanly" daemon_stop
	tap_result 0 "signals at the prompt # SKIP it was built without libedit and readline"
	tap_end
fi

# With a shell of job control above it, which says how shmgrctl stops and ends. Its process is in $directory/pid.
cat >"$directory/job" <<TXT
set -m
sh -c 'echo \$\$ >$directory/pid; exec $ctl shell'
while s=\$?; [ \$s = 148 ]; do
	echo stopped with \$s
	read -r _
	fg
done
echo ended with \$s
stty -a | grep -o -e '-*icanon'
read -r _
TXT
begins_job() {
	n_servers=$((n_servers + 1))
	terminal new-session -d -x 120 -y 30 "env LC_ALL=C SHMGR_SOCKET='$SHMGR_SOCKET' SHMGRCTL_HISTORY='$SHMGRCTL_HISTORY' sh '$directory/job'"
	shows '^shmgr>'
}
ok "under job control" begins_job
for again in first second; do
	terminal send-keys "counter open $again-stop --create"
	shows "$again-stop --create$"
	terminal send-keys C-z
	ok "^Z stops it: the $again time" shows 'stopped with'
	terminal send-keys Enter
	ok "fg shows the line again" shows "^shmgr> counter open $again-stop --create$"
	terminal send-keys Enter
	ok "which can be run" shows "^name: $again-stop"
done
# A daemon that stands still: completion waits for it. The second interrupt ends the session of a call that cannot be cancelled.
kill -STOP "$daemon_pid"
terminal send-keys 'counter add ' Tab C-c C-c
ok "an interrupt ends a completion" waits_until interrupts_once
kill -CONT "$daemon_pid"
terminal send-keys 'ping' Enter
ok "and the session goes on" shows '^pong'
terminal resize-window -x 40 -y 30
terminal send-keys 'event open abcdefghijklmnopqrstuvwxyz-123456 --create' Enter
ok "a line is wrapped at a new width" shows '^name: abcdefghijklmnopqrstuvwxyz-123456'
terminal resize-window -x 120 -y 30
terminal send-keys 'set open s-é --create' Enter
ok "characters have several bytes" shows '^name: s-é'
ok "its daemon ends" daemon_stop
ok "which the prompt tells" shows 'the daemon ended'
terminal send-keys 'ping'
ok "another one starts" daemon_start
terminal send-keys Enter
ok "and the shell connects to it" shows '^pong'
terminal send-keys 'lock open l --create' Enter 'lock acquire l' Enter
shows '^token: '
ok "a daemon ends" daemon_stop
ok "with a lock of the session" shows "lost.*'l'"
ok "one starts" daemon_start
for n in HUP QUIT TERM; do
	terminal send-keys 'something'
	shows 'something$'
	kill -$n "$(cat "$directory/pid")"
	case $n in
	HUP) s=129 ;;
	QUIT) s=131 ;;
	TERM) s=143 ;;
	esac
	ok "SIG$n ends the line and the shell" shows "ended with $s"
	ok "and restores the terminal" shows -x icanon
	terminal kill-server
	ok "again under job control" begins_job
done
terminal send-keys 'ping' Enter
shows '^pong'
# Keys that begin a sequence, a search, a quotation: the interrupt comes in the middle of it.
for keys in Escape C-r C-v C-x; do
	terminal send-keys 'something' "$keys" C-c
	terminal send-keys C-c
	ok "an interrupt ends the line behind $keys" shows -x 'shmgr>'
	terminal send-keys "set open set-$keys --create" Enter
	ok "and the next line is read" shows "^name: set-$keys"
done
terminal kill-server
ok "the daemon ends cleanly" daemon_stop
tap_end
