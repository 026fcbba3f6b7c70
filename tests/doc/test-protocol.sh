#!/bin/sh
# The examples of doc/protocol.md are true, and every method has one.
: "${srcdir:?}"

if ! command -v python3 >/dev/null 2>&1; then
	echo "1..0 # SKIP python3 is not here"
	exit 0
fi
. "$srcdir/tests/daemon.sh"
daemon_start
python3 "$srcdir/tests/doc/protocol.py" "$srcdir/doc/protocol.md"
