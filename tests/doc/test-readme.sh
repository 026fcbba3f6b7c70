#!/bin/sh
# The examples of README work as they stand there, and README shows the real output of the programs.
: "${srcdir:?}" "${builddir:?}" "${SHMGRCTL:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
. "$srcdir/tests/ctl/ctl.sh"
daemon_start
PATH=$(dirname "$SHMGRCTL"):$PATH
export PATH

# section HEADING: prints the indented lines below a heading, up to the next one.
section() {
	awk -v heading="$1" '
		/^---/ { inside = (last == heading) }
		inside && /^    / { print substr($0, 5) }
		inside && /^$/ { print }
		{ last = $0 }' "$srcdir/README"
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
}

# compile NAME N: compiles the Nth program of the section on C.
compile() {
	section 'Two programs in C' | awk -v n="$2" '/^#include <shmgr/ { i++ } i == n { print } i == n && /^}/ { exit }' >"$directory/$1.c"
	${CC:-cc} -Wall -Werror "$directory/$1.c" -I"$srcdir/include" -L"$builddir/.libs" -lshmgr \
		-Wl,-rpath,"$builddir/.libs" -o "$directory/$1"
}

if nm -D "$builddir/.libs/libshmgr.so" 2>/dev/null | grep -qE '__(asan|tsan|ubsan)'; then
	skip 'the two C programs' 'the library is built with a sanitizer'
else
	ok 'the first C program compiles' compile stock 1
	ok 'the second C program compiles' compile buy 2
	command=$(section 'Two programs in C' | grep '^\./')
	is 'they share the shop' "$(cd "$directory" && sh -c "$command" 2>&1)" '9 apples are left
8 apples are left'
	is 'without a shop buying fails' "$("$SHMGRCTL" rm shop; "$directory/buy" 2>/dev/null; echo $?)" 1
fi

section 'In a shell' >"$directory/example.sh"
ok 'README has a shell example' test -s "$directory/example.sh"
like 'the shell example counts' "$(sh -e "$directory/example.sh" 2>&1)" '*42*only one of these*through a pipe*nightly*'

section 'In Python, without a library' >"$directory/example.py"
ok 'README has a Python example' test -s "$directory/example.py"
if command -v python3 >/dev/null 2>&1; then
	is 'the Python example counts' "$(python3 "$directory/example.py" 2>&1)" 42
else
	skip 'the Python example counts' 'python3 is not here'
fi

# words: prints the heading and the rows of waits, without numbers and units, which differ from run
# to run.
words() {
	grep -E '^ *PID| (holds|waits) ' | tr -s ' ' '\n' | grep -vE '^([0-9.,]*|ms|s|min|h|d)$' | paste -s -d ' '
}
mkfifo "$directory/first" "$directory/second"
"$SHMGRCTL" shell <"$directory/first" >"$directory/first.out" 2>&1 &
first=$!
exec 4>"$directory/first"
printf 'lock open %s --create\n' disk tape >&4
echo 'lock acquire disk' >&4
is_held() {
	[ "$("$SHMGRCTL" lock locked "$1" 2>&1)" = true ]
}
ok 'the first lock is held' waits_until is_held disk
# The rows come in the order of the sessions, so the second one begins now.
"$SHMGRCTL" shell <"$directory/second" >"$directory/second.out" 2>&1 &
second=$!
exec 5>"$directory/second"
echo 'lock acquire tape' >&5
ok 'and the second' waits_until is_held tape
echo 'lock acquire tape' >&4
ok 'the first program waits for the second' waits_until has_waits 1
"$SHMGRCTL" waits >"$directory/waits"
is 'README shows what waits prints' "$(awk '/^    \$ shmgrctl waits/ { inside = 1 } /shmgrctl shell/ { exit } inside' "$srcdir/README" | words)" \
	"$(words <"$directory/waits")"
is 'and so does shmgr(7)' "$(awk '/^\$ shmgrctl waits/ { inside = 1 } /^\.Ed/ { inside = 0 } inside' "$srcdir/man/shmgr.7" | words)" \
	"$(words <"$directory/waits")"
echo 'lock acquire disk' >&5
exec 5>&-
wait "$second"
said=$(awk '/shmgr> lock acquire disk/ { inside = 1; next } inside && /^$/ { exit } inside' "$srcdir/README" | tr -s ' \n' ' ' |
	sed 's/^ //; s/ $//')
is 'README shows the error of a deadlock' "$(grep EDEADLK "$directory/second.out")" "$said"
exec 4>&-
wait "$first"

figures=$(sh "$srcdir/bench/figures.sh" "$srcdir/README" "$srcdir/doc/performance.md" "$srcdir/doc/reliability.md" 2>&1)
is 'the figures of README and reliability.md are those that were measured' "$figures" ''
sed 's/dict.get [0-9.]* times/dict.get 77 times/' "$srcdir/README" >"$directory/readme"
like 'others are found' "$(sh "$srcdir/bench/figures.sh" "$directory/readme" "$srcdir/doc/performance.md" "$srcdir/doc/reliability.md")" "*'dict.get RATIO times' is 77, and *"
sed '/^| counter.add, 16 x 1/d' "$srcdir/doc/reliability.md" >"$directory/reliability"
like 'and rows that differ' "$(sh "$srcdir/bench/figures.sh" "$srcdir/README" "$srcdir/doc/performance.md" "$directory/reliability")" '*durable objects differ*'
sh "$srcdir/bench/figures.sh" "$directory/readme" "$srcdir/doc/performance.md" "$directory/reliability" --write
is 'and mended' "$(cat "$directory/readme" "$directory/reliability")" "$(cat "$srcdir/README" "$srcdir/doc/reliability.md")"

# README refers to the section by its name.
ok 'shmgr(7) has the table of what survives' grep -q '^\.Sh SURVIVAL' "$srcdir/man/shmgr.7"
tap_end
