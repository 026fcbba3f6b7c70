#!/bin/sh
# A client like those of the Language Server Protocol, with timeouts and a cancellation of its own: see
# doc/protocol.md.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
python=
# Finds a python3 that has the library: the first one in PATH may not be the system's.
for candidate in python3 /usr/bin/python3; do
	"$candidate" -c 'import pylsp_jsonrpc' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || tap_skip_all "there is no pylsp-jsonrpc for python3"

daemon_start || {
	echo "Bail out! the daemon does not start"
	exit 99
}
PYTHONDONTWRITEBYTECODE=1 "$python" "${srcdir:-.}/tests/doc/pylsp.py" 2>"$directory/said"
status=$?
# The library's log about its own futures helps only after a failure.
[ "$status" -eq 0 ] || sed 's/^/# /' "$directory/said"
exit "$status"
