#!/bin/sh
# lock run while its wrapper, its command and the daemon are killed at random: see attack.py. $ATTACK_RUNS is the number
# of runs; $ATTACK_SEED repeats an attack as far as the machine's timing allows.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

for tool in python3 perl; do
	command -v $tool >/dev/null || tap_skip_all "there is no $tool"
done
PYTHONDONTWRITEBYTECODE=1 python3 "${srcdir:-.}/tests/ctl/attack.py" "$SHMGRD" "$ctl" "$directory" "${ATTACK_RUNS:-80}" \
	"${ATTACK_SEED:-$$}"
