#!/bin/sh
# The examples do what they say: without a lock updates are lost, and with each of the fixes none is.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
examples=${EXAMPLES:-${builddir:-.}/examples}

# Prints the lines of the table behind its heading.
rows() {
	sed '1,/^ *\(run\|how\) /d' "$directory/out"
}

# Prints the greatest (with -n the least) number of a column.
extreme() {
	rows | awk -v n="$1" '{ print $n }' | sort "$2" | head -n 1
}

# races NAME PROCESSES ITERATIONS: makes ten runs. Some must lose updates; none may lose all but one, or
# gain any.
races() {
	"$examples/manager-race" --runs 10 --processes "$2" --iterations "$3" >"$directory/out"
	is "$1: it ends well" $? 0
	total=$(($2 * $3))
	is "$1: every run is shown" "$(rows | wc -l)" 10
	is "$1: what is left and what was lost agree" \
		"$(rows | awk -v total="$total" '$2 != 100 - total + $3')" ""
	ok "$1: most runs lose updates" [ "$(rows | awk '$3 > 0' | wc -l)" -gt 5 ]
	ok "$1: but no more than there were" [ "$(extreme 3 -rn)" -lt "$total" ]
	ok "$1: and none are gained" [ "$(extreme 3 -n)" -ge 0 ]
}

# is_exact NAME RESULT WAYS ARG...
is_exact() {
	name=$1 right=$2 ways=$3
	shift 3
	"$examples/manager-lock" "$@" >"$directory/out"
	is "$name" "$?: $(rows | awk '{ print $1, $2, $3 }' | paste -s -d ' ')" "0: $(
		for way in $ways; do
			echo "$way $right 0"
		done | paste -s -d ' '
	)"
}

ok "the daemon starts" daemon_start
races "fifty at once" 50 20
is_exact "each way is exact" 50 "lock add cas"
is_exact "again and again" -900 "lock add cas" --iterations 20
is_exact "a lock alone" 50 lock --fix=lock
is_exact "add alone" 50 add --fix add
is_exact "cas alone" 50 cas --fix cas
is_exact "two processes" -1900 "lock add cas" --processes 2 --iterations 1000
is_exact "one process" 99 "lock add cas" --processes 1

# is_refused WORD PROGRAM ARG...: a usage error, whose message must have the word.
is_refused() {
	word=$1 program=$2
	shift 2
	"$examples/$program" "$@" >/dev/null 2>"$directory/err"
	is "$program $*: it is a usage error" $? 2
	like "$program $*: it says what is wrong" "$(cat "$directory/err")" "*$program: *$word*"
}
is_refused "hope" manager-lock --fix=hope
is_refused "--processes" manager-race --processes 0
is_refused "12x" manager-race --iterations=12x
is_refused "--runs" manager-lock --runs=99999999999999999999
is_refused "--fix" manager-race --fix=add
is_refused "more" manager-race more
is_refused "--nix" manager-race --nix

# The examples leave nothing in the daemon.
is "no object is left" "$("${SHMGRCTL:-${builddir:-.}/shmgrctl}" ls | wc -l)" 0
ok "the daemon ends cleanly" daemon_stop
"$examples/manager-race" >/dev/null 2>"$directory/err"
is "without a daemon it fails" $? 1
ok "and says so" [ -s "$directory/err" ]

# The whole demonstration, and the files that it leaves.
mkdir "$directory/tmp"
TMPDIR=$directory/tmp "${srcdir:-.}/examples/demo.sh" "${builddir:-.}" >"$directory/out" 2>&1
is "the demonstration ends well" $? 0
like "it shows both sides" "$(cat "$directory/out")" "UNSAFE*SAFE*lock *add *cas *PIPE*end of file*end of file*"
# The consumers print at the same time, so one may see the end of file before the other has printed its last item.
is "each item is consumed once" "$(sed -n 's/^consumer [12]: item //p' "$directory/out" | sort -n | paste -s -d ' ')" \
	"1 2 3 4 5 6 7 8 9 10"
lost=$(sed -n '/^UNSAFE/,/^SAFE/s/^ *[0-9][0-9]* *[0-9][0-9]* *\([0-9][0-9]*\)$/\1/p' "$directory/out" | paste -s -d +)
like "it ends with what was seen" "$(cat "$directory/out")" "*Seen: fifty processes lost $(($lost)) of 500 updates*and none with*"
# The commands that the demonstration prints last, on a socket of the test; the shell must begin when the
# daemon listens.
commands=$(sed -n '/^Seen:/,$s/^    //p' "$directory/out" | sed "s|/tmp/shmgr-demo|$directory/next|g")
started=$(echo "$commands" | sed '1!d; s/$/; until "$SHMGRCTL" ping >"$directory\/pong"; do kill -0 $! || exit; done/')
said=$(export SHMGRCTL directory; sh -c "$started 2>/dev/null; $(echo "$commands" | sed 1d); kill \$!; wait" <<-'END' 2>&1
	ping
	exit
END
)
like "what it says to try next works" "$said" "*pong*"
is "it leaves nothing behind" "$(ls -A "$directory/tmp")" ""
mkdir "$directory/empty"
TMPDIR=$directory/tmp "${srcdir:-.}/examples/demo.sh" "$directory/empty" >"$directory/out" 2>&1
is "it fails when there is no daemon to start" $? 1
is "and leaves nothing then" "$(ls -A "$directory/tmp")" ""
tap_end
