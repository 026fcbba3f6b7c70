#!/bin/sh
# A mixed load while the daemon is restarted, and many connections at a restart: see load.py. $ATTACK_RUNS is the number
# of restarts; $ATTACK_SEED repeats a load as far as the machine's timing allows.

: "${srcdir:?}" "${SHMGRD:?}"
. "$srcdir/tests/tap.sh"

command -v python3 >/dev/null || tap_skip_all "there is no python3"
python3 -c 'import socket; socket.recv_fds' 2>/dev/null || tap_skip_all "python3 is older than 3.9"
load() {
	PYTHONDONTWRITEBYTECODE=1 python3 "$srcdir/tests/restart/load.py" "$SHMGRD" "$@"
}
ok "histories of a mixed load across restarts" load attack "${ATTACK_RUNS:-3}" "${ATTACK_SEED:-$$}"
ok "everyone is there after a restart with many connections" load many 200
tap_end
