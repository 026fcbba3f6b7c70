#!/bin/sh
# shmgrctl waits: which session holds what and which one waits for which, as a table and as a graph, with real
# processes.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
ctl=${SHMGRCTL:-${builddir:-.}/shmgrctl}

[ -x "$ctl" ] || {
	echo "Bail out! there is no $ctl"
	exit 99
}

# await_waits N: waits until the daemon reports N waiting calls.
await_waits() {
	i=0
	until [ "$("$ctl" --json server stats | sed 's/.*"waits":\([0-9]*\).*/\1/')" = "$1" ]; do
		i=$((i + 1))
		[ "$i" -lt 2000 ] || return 1
	done
}

# plain: replaces numbers that differ from run to run, and squeezes blanks.
plain() {
	sed "s/$command/HOLDER/g; s/$waiting/WAITER/g; s/[0-9][0-9.]* m*s\\b/T ms/
		s/s[0-9][0-9]*/sN/g; s/uid [0-9]*/uid U/; s/  */ /g; s/^ HOLDER/HOLDER/; s/^ PID/PID/; s/ *$//"
}

ok "the daemon starts" daemon_start
is "an empty answer says so" "$("$ctl" waits)" "no session holds a lock or permits, and none waits"
is "an empty graph" "$("$ctl" waits --dot)" 'digraph waits {
  node [shape=box];
}'

# One command holds a lock whose name must be quoted, and another one waits for it. The FIFOs are open for
# reading and writing, so that no open blocks.
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
# The child of shmgrctl that will execute the command.
waiting=$("$ctl" --json call object.stat "[\"a \\\"quoted\\\\\\\" lock\"]" | sed -E 's/.*"waiters":\[\{"pid":([0-9]+).*/\1/')

like "the table tells who holds it" "$("$ctl" waits | plain)" "PID UID COMMAND OBJECT WHAT TIME BLOCKED BY EXPECT NOTE*
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

# If two relations join two sessions by one object, only one is shown.
"$ctl" lock run "$name" -- true &
second=$!
ok "two wait" await_waits 2
is "each relation once" "$("$ctl" waits --dot | grep -c ' -> ')" "$("$ctl" waits --dot | grep ' -> ' | sed 's/ \[.*//' | sort -u | wc -l)"
is "and each hold" "$("$ctl" waits | grep -c ' holds ')" 1
like "a command that waits for its lock, and has not been executed, is shown by its name" "$("$ctl" waits | plain)" \
	"* true waits *lock.acquire *"
# The command is shown by its full name, though the kernel keeps only 15 bytes.
printf '#!/bin/sh\necho >&4\nread -r line <&5\n' >"$directory/a-command-with-a-long-name"
chmod +x "$directory/a-command-with-a-long-name"
"$ctl" lock run long -- "$directory/a-command-with-a-long-name" &
long=$!
read -r _ <&4
like "waits has the name of the command" "$("$ctl" waits)" "* a-command-with-a-long-name *holds *long *"
like "so has the graph" "$("$ctl" waits --dot)" "*a-command-with-a-long-name, pid*"
like "top" "$("$ctl" top --count=1)" "*long *lock * a-command-with*"
like "stat" "$("$ctl" stat long)" "*a-command-with-a-long-name*"
like "sessions" "$("$ctl" sessions)" "SESSION * PID * USER * COMMAND *a-command-with-a-long-name *"
like "and whoever finds the lock busy" "$("$ctl" lock run long --timeout=0 -- true 2>&1)" \
	"*'long' is held by pid * (a-command-with-a-long-name) since *"
echo >&5
echo >&5
wait "$long"
wait "$holder"
is "the holder ends" $? 0
wait "$waiter"
is "and so does the waiter, with the lock" $? 0
wait "$second"
is "nobody holds or waits any more" "$("$ctl" waits)" "no session holds a lock or permits, and none waits"
ok "the daemon ends cleanly" daemon_stop
tap_end
