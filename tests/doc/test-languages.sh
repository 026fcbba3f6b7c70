#!/bin/sh
# The examples in other languages, and with an event loop, do what they say, and leave nothing in the
# daemon.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"
examples=${srcdir:-.}/examples
PATH=$(dirname "$ctl"):$PATH
# Python would store its compiled files beside the sources.
PYTHONDONTWRITEBYTECODE=1
export PATH PYTHONDONTWRITEBYTECODE

# shows NAME OUTPUT COMMAND...: the command must succeed, and its output must fit the pattern.
shows() {
	shows_name=$1 shows_out=$2
	shift 2
	out=$("$@" 2>"$directory/err")
	like "$shows_name" "$?:$out$(cat "$directory/err")" "0:$shows_out"
	is "$shows_name: nothing is left" "$("$ctl" ls)" ""
}

ok "the daemon starts" daemon_start

# A shell

shows "nightly.sh" "the first runs, with token [0-9]*
the second does not: status 75
now it does" "$examples/shell/nightly.sh"
shows "pipeline.sh" "for: 3
machine: 7
named: 5
objects: 7
of: 2
one: 3
programs: 8
shared: 6
the: 3" "$examples/shell/pipeline.sh"
out=$("$examples/shell/devices.sh" 2>&1 | sort)
is "devices.sh" "$out" "free devices: 2
test 1 has a device
test 2 has a device
test 3 has a device
test 4 has a device
test 5 has a device"
is "devices.sh: nothing is left" "$("$ctl" ls)" ""
if command -v socat >/dev/null; then
	shows "raw.sh" '{"jsonrpc":"2.0","result":{"name":"raw",*},"id":1}
{"jsonrpc":"2.0","result":41,"id":2}
{"jsonrpc":"2.0","result":42,"id":3}
{"jsonrpc":"2.0","result":null,"id":4}' "$examples/shell/raw.sh"
else
	tap_result 0 "raw.sh # SKIP there is no socat"
fi

# Python

if command -v python3 >/dev/null; then
	shows "race.py" "unsafe * of 2000, * lost
with_lock  2000 of 2000, 0 lost
with_add   2000 of 2000, 0 lost
with_cas   2000 of 2000, 0 lost" "$examples/python/race.py" 4 500
	ok "and without care updates are lost" [ "$(echo "$out" | awk '/^unsafe/ { print $5 }')" -gt 0 ]
	shows "workers.py" "worker 0 was killed by signal 9
20 items, 20 done once, 0 lost" "$examples/python/workers.py"
	out=$(cd "$examples/python" && python3 -c '
import shmgr
with shmgr.Session() as session:
    try:
        session.call("dict.get", "nix", "k")
    except shmgr.Error as error:
        print(error.errno, error.code)
    session.call("server.monitor")
    print(session.batch(("server.ping",), ("dict.get", "nix", "k"))[0])')
	is "its errors and batches" "$out" "ENOENT -32000
pong"
	ok "it needs nothing that is not Python's own" \
		python3 -S -I -c "import ast, sys
for name in sys.argv[1:]:
    for node in ast.walk(ast.parse(open(name).read())):
        for module in [a.name for a in getattr(node, 'names', [])] if isinstance(node, ast.Import) else []:
            assert module == 'shmgr' or module in sys.stdlib_module_names, module" "$examples"/python/*.py
else
	tap_result 0 "Python # SKIP there is no python3"
fi

# C, with libevent

shows "event-loop" "tick 1
tick 2
tick 3
tick 4
*the counter is 5*" "${builddir:-.}/examples/event-loop"

ok "the daemon ends cleanly" daemon_stop
"${builddir:-.}/examples/event-loop" >/dev/null 2>"$directory/err"
like "without a daemon it says so" "$?:$(cat "$directory/err")" "1:event-loop: *$SHMGR_SOCKET*"
tap_end
