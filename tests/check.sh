#!/bin/sh
# check.sh PROGRAM[/FOLDER]|SCRIPT...: runs the cases of test programs, or those of a folder, and scripts. Prints a line
# for each program and each folder of scripts, on a terminal also the running cases; then the output of failed ones;
# then a summary. It reads from the environment
#
#     CASES        the names of the cases to run: lock, 'dict*', core/test-lock or tests/ctl/test-ctl.sh
#     SKIP_CASES   the names of those not to run
#     MAKE         runs the cases, as many at once as its -j says
#     LAUNCHER     a command before the programs: valgrind
set -uf

: "${srcdir:?}" "${MAKE:?}"

# name_of CASE: prints it without folder, test- and suffix.
name_of() {
	name=${1##*/}
	name=${name#test-}
	name=${name%.c}
	name=${name%.sh}
}

# is_among NAME WORD...: whether one of the words is a name or pattern for it; notes which one.
is_among() {
	wanted_name=$1
	shift
	for word in "$@"; do
		name_of "$word"
		# shellcheck disable=SC2254
		case $wanted_name in
		$name)
			matched="$matched$word "
			return 0
			;;
		esac
	done
	return 1
}

# Sets all to the cases of the arguments.
find_all() {
	all=
	for program in "$@"; do
		folder=
		case $program in
		*.sh)
			all="$all $program"
			continue
			;;
		tests/*/*) folder=${program##*/}/ program=${program%/*} ;;
		esac
		if [ ! -f "$program" ]; then
			echo "make check: there is no program $program; CASES names a case: make check CASES=lock" >&2
			return 1
		fi
		suites=$("./$program" --list) || return
		for suite in $suites; do
			case $suite in "$folder"*) all="$all $program/$suite" ;; esac
		done
	done
}

# Sets cases to those that are to be run.
choose() {
	cases='' matched=' '
	for case in $all; do
		name_of "$case"
		case_name=$name
		# shellcheck disable=SC2086
		if is_among "$case_name" ${CASES:-'*'} && ! is_among "$case_name" ${SKIP_CASES:-}; then
			cases="$cases $case"
		fi
	done
	for word in ${CASES:-}; do
		case $matched in
		*" $word "*) ;;
		*)
			echo "make check: no case is called '$word'; a case is called as its file, without test-" >&2
			return 1
			;;
		esac
	done
}

# Sets group to the group that gets a line: the program, or the folder of a script.
group_of() {
	case $1 in
	*.sh) group=${1%/*} ;;
	*) group=${1%/*/*} ;;
	esac
}

# Prints the sums of the ended cases of a group, or of all: "ENDED PASSED FAILED SKIPPED".
sums() {
	"$AWK" -v group="${1:-}" '
		$1 == "end" && index($2, group) == 1 { n++; passed += $4; failed += $5; skipped += $6 }
		END { print n + 0, passed + 0, failed + 0, skipped + 0 }' "$events"
}

# words PASSED FAILED SKIPPED
words() {
	printf '%d passed' "$1"
	[ "$2" -eq 0 ] || printf ', %d failed' "$2"
	[ "$3" -eq 0 ] || printf ', %d skipped' "$3"
}

running() {
	"$AWK" '
		$1 == "begin" { running[$2] = 1 }
		$1 == "end" { delete running[$2] }
		END {
			for (name in running) {
				sub(/^tests\/(test-[a-z]*\/)?/, "", name)
				printf "%s%s", n++ ? ", " : "", name
			}
		}' "$events"
}

show_status() {
	[ "$is_terminal" = yes ] && printf '\r\033[K%d of %d: %.60s' "$n_ended" "$n_cases" "$(running)"
}

hide_status() {
	[ "$is_terminal" = yes ] && printf '\r\033[K'
}

# Prints the line of a group whose cases have all ended.
show_group() {
	# shellcheck disable=SC2046
	set -- "$1" "$2" $(sums "$1/")
	[ "$3" -eq "$2" ] || return
	hide_status
	printf '%-6s %-18s %s\n' "$([ "$5" -eq 0 ] && echo ok || echo FAILED)" "$1" "$(words "$4" "$5" "$6")"
}

# Reads the lines of driver.sh.
follow() {
	n_ended=0
	while read -r what case rest; do
		case $what in
		begin | end) echo "$what $case $rest" >>"$events" ;;
		*) continue ;;
		esac
		if [ "$what" = end ]; then
			n_ended=$((n_ended + 1))
			group_of "$case"
			n=0
			for other in $cases; do
				case $other in "$group"/*) n=$((n + 1)) ;; esac
			done
			show_group "$group" "$n"
		fi
		show_status
	done
	hide_status
}

show_failures() {
	"$AWK" '$1 == "end" && $5 > 0 { print $3 }' "$events" | while read -r log; do
		echo
		echo "--- $log.log:"
		grep -avE '^(ok |PASS: |FAIL: |1\.\.)' "$log.log" | tail -n 40
	done
}

close() {
	# shellcheck disable=SC2046
	set -- $(sums)
	seconds=$(($(date +%s) - began))
	if [ "$1" -lt "$n_cases" ]; then
		echo "make check: ended before $((n_cases - $1)) of $n_cases cases had; running: $(running)"
	elif [ "$n_cases" -eq 0 ]; then
		echo "make check: no test was run."
	elif [ "$3" -gt 0 ]; then
		echo
		echo "make check: $(words "$2" "$3" "$4") in $seconds s; once more: make check CASES='$(failed_names)'"
	else
		echo "make check: all $2 tests passed$([ "$4" -eq 0 ] || echo ", $4 were skipped") in $seconds s;" \
			"their output is in tests/*/*.log."
	fi
	[ "$1" -eq "$n_cases" ] && [ "$3" -eq 0 ]
}

failed_names() {
	"$AWK" '$1 == "end" && $5 > 0 {
		sub(/^.*\/(test-)?/, "", $3)
		printf "%s%s", n++ ? " " : "", $3
	}' "$events"
}

find_all "$@" && choose || exit 1
began=$(date +%s)
n_cases=$(echo "$cases" | wc -w)
events=tests/check.events
is_terminal=no
[ -t 1 ] && is_terminal=yes
mkdir -p tests
: >"$events"
trap 'hide_status; close; exit 1' HUP INT TERM
export cases
# shellcheck disable=SC2086
$MAKE -s -f "$srcdir/tests/cases.mk" cases="$cases" | follow
show_failures
close
