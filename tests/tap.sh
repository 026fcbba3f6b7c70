# Test Anything Protocol for shell tests: source this file, call the checks, and end with tap_end.
# shellcheck shell=sh

tap_n=0
tap_failed=0

# tap_result STATUS NAME: reports a check; STATUS 0 means that it passed.
tap_result() {
	tap_n=$((tap_n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_n - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_n - $2"
	fi
}

# ok NAME COMMAND...: the command must succeed.
ok() {
	tap_name=$1
	shift
	"$@"
	tap_result $? "$tap_name"
}

# is NAME ACTUAL EXPECTED: two texts must be equal.
is() {
	if [ "$2" = "$3" ]; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1"
		printf 'expected: %s\nbut was:  %s\n' "$3" "$2" | sed 's/^/# /'
	fi
}

# like NAME ACTUAL PATTERN: a text must match a pattern of the shell.
like() {
	# shellcheck disable=SC2254
	case $2 in
	$3) tap_result 0 "$1" ;;
	*)
		tap_result 1 "$1"
		printf 'expected: %s\nbut was:  %s\n' "$3" "$2" | sed 's/^/# /'
		;;
	esac
}

# none FILE: a command for ok: the file must be empty; prints what it has.
none() {
	sed 's/^/# /' "$1"
	[ ! -s "$1" ]
}

# Prints the plan, and ends the test.
tap_end() {
	echo "1..$tap_n"
	[ "$tap_failed" -eq 0 ]
	exit
}

# has_terminals: whether a terminal can be opened, which some containers do not allow.
has_terminals() {
	command -v script >/dev/null && command script -qec true /dev/null </dev/null >/dev/null 2>&1
}

# tap_skip_all REASON: ends a test that cannot be run here.
tap_skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}
