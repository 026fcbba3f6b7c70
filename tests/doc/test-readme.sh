#!/bin/sh
# What README shows works as it stands there.
: "${srcdir:?}" "${builddir:?}" "${SHMGRCTL:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
daemon_start
PATH=$(dirname "$SHMGRCTL"):$PATH
export PATH

# section HEADING: the indented lines below a heading, up to the next one.
section() {
	awk -v heading="$1" '
		/^---/ { inside = (last == heading) }
		inside && /^    / { print substr($0, 5) }
		inside && /^$/ { print }
		{ last = $0 }' "$srcdir/README"
}

section 'In C' | sed -n '/^#include/,/^}/p' >"$directory/count.c"
ok 'README has a C program' test -s "$directory/count.c"
if nm -D "$builddir/.libs/libshmgr.so" 2>/dev/null | grep -qE '__(asan|tsan|ubsan)'; then
	echo 'ok 2 - the C program # SKIP the library is built with a sanitizer'
	tap_n=$((tap_n + 1))
else
	${CC:-cc} -Wall -Werror "$directory/count.c" -I"$srcdir/include" -L"$builddir/.libs" -lshmgr \
		-Wl,-rpath,"$builddir/.libs" -o "$directory/count"
	is 'the C program counts' "$("$directory/count")" 42
fi

section 'In a shell' >"$directory/example.sh"
ok 'README has a shell example' test -s "$directory/example.sh"
like 'the shell example counts' "$(sh -e "$directory/example.sh" 2>&1)" '*42*only one of these*through a pipe*nightly*'

section 'In Python, without a library' >"$directory/example.py"
ok 'README has a Python example' test -s "$directory/example.py"
if command -v python3 >/dev/null 2>&1; then
	is 'the Python example counts' "$(python3 "$directory/example.py" 2>&1)" 42
else
	echo 'ok 6 - the Python example # SKIP python3 is not here'
	tap_n=$((tap_n + 1))
fi
tap_end
