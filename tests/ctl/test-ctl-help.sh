#!/bin/sh
# The help of shmgrctl: each command and option of its tables has help, and the manual describes it.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"
page=${srcdir:-.}/man/shmgrctl.1

# Prints the commands of the overview, one a line.
names() {
	"$ctl" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z]+( [a-z]+)?).*/\1/p'
}

# Prints the section of a command in the manual.
manual() {
	awk -v name="$1" '/^\.S[sh] / { inside = (index($0 " ", ".Ss " name " ") == 1) } inside' "$page"
}

# options TEXT: prints the long options at the beginnings of its lines.
options() {
	echo "$1" | sed -nE 's/^  (-[a-zA-Z0-9], )?--([a-z][-a-z]*).*/\2/p'
}

names >"$directory/names"
ok "there are commands" [ "$(wc -l <"$directory/names")" -gt 10 ]
while read -r name; do
	# shellcheck disable=SC2086
	run $name --help
	like "$name --help" "$status:$out" "0:Usage: shmgrctl \[OPTION...\] $name*"
	behind=$out
	# shellcheck disable=SC2086
	run help $name
	is "help $name is the same" "$out" "$behind"
	manual "$name" >"$directory/section"
	ok "$name is in the manual" [ -s "$directory/section" ]
	for option in $(options "$out"); do
		# The macro Fl of mdoc writes the first of the two dashes.
		grep -qE "^\.It (Fl . , )?-?(Fl )?-$option( |\$)" "$directory/section" || echo "$option"
	done >"$directory/missing"
	is "with all its options" "$(cat "$directory/missing")" ""
done <"$directory/names"

run lock --help
like 'a type is explained by its own text, and not by that of a service of its name' "$out" '*lock: *mutual exclusion*acquire_many*'
run queue get --help
like 'the help of a time names no unit, since a bare number is seconds here' "$out" '*timeout *time *how long to wait*'

run --help
awk '/^\.Sh COMMANDS/ { exit } { print }' "$page" >"$directory/section"
for option in $(options "$out"); do
	grep -qE "^\.It (Fl . , )?(Fl )?-$option( |\$)" "$directory/section" || echo "$option"
done >"$directory/missing"
is "the options of all commands are in the manual" "$(cat "$directory/missing")" ""
for status in $(echo "$out" | sed -nE 's/^ +([0-9]+)  .*/\1/p'); do
	grep -q "^\.It $status\$" "$page" || echo "$status"
done >"$directory/missing"
is "so are the exit codes" "$(cat "$directory/missing")" ""
is "each section of the manual is a command" "$(sed -nE 's/^\.Ss ([a-z]+)( (run|worker|read|write|keys|values|items|dump))?( .*)?$/\1\2/p' "$page" |
	grep -vxFf "$directory/names")" ""

ok "the daemon starts" daemon_start
run lock open l --create
run rwlock open rw --create
run dict open d --create

# unexplained COMMAND ARG...: prints the column headings and JSON members that the command's section of the
# manual lacks.
unexplained() {
	manual "$1" >"$directory/section"
	"$ctl" "$@" | sed -nE '/^ *[A-Z]+  +[A-Z]/p; s/^([a-z_]+):.*/\1/p' | tr -s ' ' '\n' | grep . | sort -u |
		while read -r head; do
			grep -qE "^(\.It Cm .*)?\<$head\>" "$directory/section" || echo "$head"
		done
}
mkfifo "$directory/held" "$directory/go"
# shellcheck disable=SC2016
"$ctl" lock run rw -- sh -c 'echo; read -r _ <"$0"' "$directory/go" >"$directory/held" &
holder=$!
read -r _ <"$directory/held"
"$ctl" lock run rw --timeout=1h -- true &
waiter=$!
ok "one waits" waits_until has_waits 1
for command in sessions waits "stat d"; do
	# shellcheck disable=SC2086
	is "the manual explains each column and member of $command" "$(unexplained $command)" ""
done
is "those of sessions in stat, too" "$(unexplained stat rw | grep '[A-Z]')" ""
echo >"$directory/go"
wait "$holder" "$waiter"

# Colours are printed to a terminal, or on request.
escape=$(printf '\033')
run ls -l
ok "a pipe gets no colours" [ "$out" = "${out#*"$escape"}" ]
run --color=always ls -l
like "unless it is asked" "$out" "$escape\[1mNAME$escape\[0m *"
run stat l --color always
like "also behind the command" "$out" "$escape\[1mname:*"
if has_terminals; then
	out=$(TERM=xterm script -qec "'$ctl' ls -l" /dev/null </dev/null)
	like "a terminal gets them" "$out" "*$escape\[1mNAME*"
	out=$(TERM=xterm NO_COLOR=1 script -qec "'$ctl' ls -l" /dev/null </dev/null)
	ok "but not with NO_COLOR" [ "$out" = "${out#*"$escape"}" ]
	out=$(TERM=dumb script -qec "'$ctl' ls -l" /dev/null </dev/null)
	ok "nor one that is dumb" [ "$out" = "${out#*"$escape"}" ]
else
	tap_result 0 "a terminal gets them # SKIP there is no script(1)"
fi
ok "the daemon ends cleanly" daemon_stop
tap_end
