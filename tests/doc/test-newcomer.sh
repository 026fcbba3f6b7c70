#!/bin/sh
# A client that was written from doc/protocol.md alone works.

if ! command -v python3 >/dev/null 2>&1; then
	echo "1..0 # SKIP there is no python3"
	exit 0
fi
. "$srcdir/tests/daemon.sh"
daemon_start || exit 99
python3 "$srcdir/tests/doc/newcomer.py"
