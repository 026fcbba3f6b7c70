#!/bin/sh
# A daemon that is killed, or loses its power, at each of its crash points under load: attack.py. $ATTACK_RUNS is the number of hits of
# each point, and $ATTACK_SEED repeats a load as far as the machine's timing allows.

: "${srcdir:?}" "${SHMGRD:?}"
. "$srcdir/tests/tap.sh"

# names_of PROGRAM: the names of crash points that it contains.
names_of() {
	if [ -x "${1%/*}/.libs/${1##*/}" ]; then
		set -- "${1%/*}/.libs/${1##*/}"
	fi
	grep -aoE '(disk-written|commit-begin|handover-execute|takeover-loaded|crash_point)' "$1" | sort -u | tr '\n' ' '
}

is "the product has no crash points" "$(names_of "$SHMGRD")" ""
daemon=tests/crash/shmgrd-crash
if [ ! -x "$daemon" ]; then
	echo "# the crashes are not tried: this build has no SQLite"
	tap_end
fi
like "the daemon of this test has them" "$(names_of "$daemon")" "*commit-begin *disk-written *"

command -v python3 >/dev/null || tap_end
python3 -c 'import os, select; os.pidfd_open(os.getpid())' 2>/dev/null || tap_end
attack() {
	PYTHONDONTWRITEBYTECODE=1 timeout $((120 * (${ATTACK_RUNS:-1} + 1))) python3 "$srcdir/tests/crash/attack.py" "$daemon" "$srcdir" \
		"${ATTACK_RUNS:-1}" "${ATTACK_SEED:-$$}"
}
ok "what was acknowledged is there after a crash at each point" attack
tap_end
