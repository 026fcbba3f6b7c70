#!/bin/sh
# A daemon that is killed, or loses its power, at each of its crash points under load: see attack.py. $ATTACK_RUNS is
# the number of hits of each point; $ATTACK_SEED repeats a load as far as the machine's timing allows.

: "${srcdir:?}" "${SHMGRD:?}"
. "$srcdir/tests/tap.sh"

points=$(grep -rhoE 'crash_point\("[a-z-]+"' "$srcdir/daemon" | sed 's/.*"\(.*\)"/\1/' | sort -u)

binary_of() {
	if [ -x "${1%/*}/.libs/${1##*/}" ]; then echo "${1%/*}/.libs/${1##*/}"; else echo "$1"; fi
}

# A name may occur within a longer text, so only whole strings count here.
named_in_product() {
	tr -c 'a-z-' '\n' <"$(binary_of "$SHMGRD")" | grep -xF "$points"
}

missing_from() {
	for point in $points; do
		grep -qaF "$point" "$(binary_of "$1")" || echo "$point"
	done
}

is "the product has no crash points" "$(named_in_product)" ""
daemon=tests/crash/shmgrd-crash
if [ ! -x "$daemon" ]; then
	echo "# the crashes are not tried: this build has no SQLite"
	tap_end
fi
is "the daemon of this test has all that the sources have" "$(missing_from "$daemon")" ""

command -v python3 >/dev/null || tap_end
python3 -c 'import os, select; os.pidfd_open(os.getpid())' 2>/dev/null || tap_end
attack() {
	PYTHONDONTWRITEBYTECODE=1 timeout $((120 * (${ATTACK_RUNS:-1} + 1))) python3 "$srcdir/tests/crash/attack.py" "$daemon" "$srcdir" \
		"${ATTACK_RUNS:-1}" "${ATTACK_SEED:-$$}"
}
ok "what was acknowledged is there after a crash at each point" attack
tap_end
