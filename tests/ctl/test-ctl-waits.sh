#!/bin/sh
# shmgrctl waits: who holds what and who waits for whom, as a table and as a graph, with real processes.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
ctl=${SHMGRCTL:-${builddir:-.}/shmgrctl}

[ -x "$ctl" ] || {
	echo "Bail out! there is no $ctl"
	exit 99
}

# await_waits N: until so many calls wait.
await_waits() {
	i=0
	until [ "$("$ctl" --json server stats | sed 's/.*"waits":\([0-9]*\).*/\1/')" = "$1" ]; do
		i=$((i + 1))
		[ "$i" -lt 2000 ] || return 1
	done
}

# Lines with numbers that differ from run to run made alike, and blanks squeezed.
plain() {
	sed "s/$command/HOLDER/g; s/$waiting/WAITER/g; s/[0-9][0-9]* ms/T ms/
		s/s[0-9][0-9]*/sN/g; s/uid [0-9]*/uid U/; s/  */ /g; s/^ HOLDER/HOLDER/; s/^ PID/PID/; s/ *$//"
}

ok "the daemon starts" daemon_start
is "nobody holds or waits: only the heading" "$("$ctl" waits | sed 's/  */ /g')" \
	"PID UID COMM OBJECT WHAT MS FOR EXPECT NOTE"
is "an empty graph" "$("$ctl" waits --dot)" 'digraph waits {
  node [shape=box];
}'

# One holds a lock with a name that has to be quoted, and another waits for it. The fifos are held open on both
# sides, so nobody waits for the other to open them.
name='a "quoted\" lock'
mkfifo "$directory/started" "$directory/go"
exec 4<>"$directory/started" 5<>"$directory/go"
# shellcheck disable=SC2016
"$ctl" lock run --note="a test" --expect=90s "$name" -- sh -c 'echo $$ >&4; read -r line <&5' 2>"$directory/err" &
holder=$!
read -r command <&4
"$ctl" lock run "$name" -- true &
waiter=$!
ok "one waits" await_waits 1
# The process that will become its command.
waiting=$("$ctl" --json call object.stat "[\"a \\\"quoted\\\\\\\" lock\"]" | sed -E 's/.*"waiters":\[\{"pid":([0-9]+).*/\1/')

like "the table tells who holds it" "$("$ctl" waits | plain)" "PID UID *
HOLDER * sh holds a \"quoted\\\\\" lock lock * 1 min 30 s a test
*"
like "and who waits, and for whom" "$("$ctl" waits | plain)" "*
WAITER * true waits a \"quoted\\\\\" lock lock.acquire * HOLDER"
# shellcheck disable=SC1003
is "the graph tells the same" "$("$ctl" waits --dot | plain)" 'digraph waits {
 node [shape=box];
 sN [label="sh, pid HOLDER, uid U\lholds a \"quoted\\\" lock (lock), T ms\l"];
 sN [label="true, pid WAITER, uid U\lwaits a \"quoted\\\" lock (lock.acquire), T ms\l"];
 sN -> sN [label="a \"quoted\\\" lock"];
}'
if command -v dot >/dev/null; then
	"$ctl" waits --dot | dot -Tplain >"$directory/plain"
	is "which Graphviz understands" "$? $(grep -c '^node' "$directory/plain")" "0 2"
else
	tap_result 0 "which Graphviz understands # SKIP there is no dot(1)"
fi
like "as JSON it is the daemon's answer" "$("$ctl" --json waits)" \
	'{"sessions":\[*"edges":\[{*"why":"holds"*"truncated":false}'
out=$("$ctl" waits --svg 2>&1)
like "any other option is a usage error" "$?: $out" "2: *--svg*"

echo >&5
wait "$holder"
is "the holder ends" $? 0
wait "$waiter"
is "and so does the waiter, with the lock" $? 0
is "nobody holds or waits any more" "$("$ctl" waits | sed 's/  */ /g')" \
	"PID UID COMM OBJECT WHAT MS FOR EXPECT NOTE"
ok "the daemon ends cleanly" daemon_stop
tap_end
