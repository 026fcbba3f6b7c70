#!/bin/sh
# libshmgr.so exports exactly the functions that the headers declare, and imports nothing that prints or ends a
# program.

. "${srcdir:-.}/tests/tap.sh"
library=${builddir:-.}/.libs/libshmgr.so
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

[ -e "$library" ] || {
	echo "Bail out! there is no $library"
	exit 99
}

# Prints the functions that one header declares, after the preprocessor, since a macro makes some. A name before a
# parenthesis is a function's. CC is a list of words.
# shellcheck disable=SC2086
declared() {
	echo '#include <shmgr/shmgr.h>' | ${CC:-cc} -E -P -I"${srcdir:-.}/include" -x c - |
		tr -s ' \t\n' ' ' | grep -oE 'shmgr_[a-z0-9_]+ ?\(' | tr -d ' (' | sort -u
}

# symbols KIND: prints lines "type name[@version]" of the defined or the undefined ones.
symbols() {
	${NM:-nm} -D --with-symbol-versions "--$1" "$library" | awk '{ print $(NF - 1), $NF }'
}

declared >"$directory/declared"
symbols defined-only | awk '$1 != "A" { sub("@.*", "", $2); print $2 }' | sort -u >"$directory/exported"
comm -23 "$directory/declared" "$directory/exported" >"$directory/missing"
comm -13 "$directory/declared" "$directory/exported" >"$directory/undeclared"
symbols defined-only | awk '$1 != "A" && ($1 != "T" || $2 !~ /@@LIBSHMGR_0$/)' >"$directory/odd"
symbols undefined-only | sed 's/.* //; s/@.*//; s/^__//; s/_chk$//' |
	grep -xE '(v?[fd]?printf|puts|fputs|putc|fputc|putchar|fwrite|perror|psignal|syslog|v?warnx?|v?errx?|_?exit|quick_exit|abort|assert_fail)' \
		>"$directory/rude"

ok "there are functions" test "$(wc -l <"$directory/declared")" -gt 100
ok "every function that a header declares is exported" none "$directory/missing"
ok "everything that is exported is declared in a header" none "$directory/undeclared"
ok "all are functions, with the library's version" none "$directory/odd"
ok "the library neither prints nor ends the program" none "$directory/rude"

# A release does not have debian/.
packaged=${srcdir:-.}/debian/libshmgr0.symbols
if [ -e "$packaged" ]; then
	sed -n 's/^ \(shmgr_[a-z0-9_]*\)@.*/\1/p' "$packaged" | sort -u | comm -3 - "$directory/exported" \
		>"$directory/unpackaged"
	ok "the Debian package knows them all: make update-symbols" none "$directory/unpackaged"
fi
tap_end
