#!/bin/sh
# driver.sh CASE: runs a case for check.sh, and prints a line at its beginning and at its end. A case is a script, or
# PROGRAM/FOLDER/test-NAME, a suite of a program. Its output goes to a .log file, and a line for each test to a .trs
# file.

: "${srcdir:?}" "${AWK:?}" "${SHELL:?}"

# Prints how many times as long as on an idle machine everything takes: the time limits of the tests are multiplied by
# this. A load that has just begun is not in the average yet.
load() {
	load=0 n_running=1
	loadavg=${SHMGR_LOADAVG:-/proc/loadavg}
	[ ! -r "$loadavg" ] || IFS=' /' read -r load _ _ n_running _ <"$loadavg"
	"$AWK" -v load="$load" -v running="$n_running" -v processors="$(getconf _NPROCESSORS_ONLN || echo 1)" \
		'BEGIN { print 1 + (running > load ? running : load) / processors }'
}

# count RESULTS: prints how many tests had one of these results.
count() {
	grep -cE "^:test-result: ($1)" "$trs"
}

drive() {
	env AM_TAP_AWK="$AWK" "$SHELL" "$srcdir/build-aux/tap-driver.sh" --test-name "${log#tests/}" \
		--log-file "$log.log" --trs-file "$trs" -- "$@" >/dev/null 2>&1
}

case $1 in
*.sh) log=${1%.sh} ;;
*) log=tests/$(basename "$(dirname "$1")")/$(basename "$1") ;;
esac
trs=$log.trs
mkdir -p "$(dirname "$log")"
echo "begin $1"
began=$(date +%s)
SHMGR_TEST_LOAD=$(load)
CK_TIMEOUT_MULTIPLIER=$("$AWK" "BEGIN { print ${CK_TIMEOUT_MULTIPLIER:-4} * $SHMGR_TEST_LOAD }")
export CK_TIMEOUT_MULTIPLIER SHMGR_TEST_LOAD
rm -f "$trs"
# shellcheck disable=SC2086
case $1 in
*.sh)
	limit_s=$("$AWK" "BEGIN { print int(${SHMGR_SCRIPT_LIMIT_S:-60} * $CK_TIMEOUT_MULTIPLIER) + 1 }")
	drive timeout -k 10 "$limit_s" "$srcdir/$1"
	if [ "$(tail -n 1 "$log.log")" = "ERROR: ${log#tests/} - exited with status 124" ]; then
		echo "# the script was ended after its time limit of $limit_s s" >>"$log.log"
	fi
	;;
*) drive ${LAUNCHER:-} "./${1%/*/*}" "${log#tests/}" ;;
esac
# A program that exits with 1 after tests failed has not failed itself: its last result is dropped.
if grep -q '^:test-result: FAIL' "$trs" && tail -n 1 "$log.log" | grep -q '^ERROR: .* exited with status 1$'; then
	sed '$d' "$trs" >"$trs.tmp" && mv "$trs.tmp" "$trs"
fi
[ -s "$trs" ] || echo ":test-result: ERROR no result was written" >"$trs"
echo "end $1 $log $(count 'PASS|XFAIL') $(count 'FAIL|XPASS|ERROR') $(count SKIP) $(($(date +%s) - began))"
