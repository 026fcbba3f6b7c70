#!/bin/sh
# A few of the fuzzer's worlds against a real daemon, over connections that behave badly. Arguments run others:
# SECONDS [SEED [WORLDS]].

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"

chmod 755 "$directory"
daemon_start --mode=0666 --log-level=error --max-frame=64K --max-output=256K --soft-output=64K || exit 99
ok "a witness is always answered" ./tests/fuzz/fuzz-wire "$SHMGR_SOCKET" "${1:-600}" "${2:-1}" "${3:-3}"
ok "the daemon ends cleanly" daemon_stop
is "no sanitizer has said anything" "$(grep -E 'Sanitizer|runtime error' "$directory/log")" ""
tap_end
