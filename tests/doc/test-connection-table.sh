#!/bin/sh
# Each row of doc/manager-connection.md names a test: the tests must exist, and be run.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
table=$srcdir/doc/manager-connection.md

# named SUFFIX: prints each name that the table writes as `...SUFFIX`, once.
named() {
	grep -oE "\`test[-_/a-z0-9]*$1\`" "$table" | tr -d '\140' | sort -u
}

# A row is "subject, CPython, shmgr, test", in a table with a heading.
rows() {
	grep -E '^\|' "$table" | grep -vE '^\|( \||---)'
}

ok "there are rows" test "$(rows | wc -l)" -gt 40
is "each has four columns" "$(rows | awk -F '|' 'NF != 6')" ""
for file in $(named '\.(c|sh)' | sed 's|^tests/||; s|.*/||' | sort -u); do
	ok "$file is a test that is run" grep -qE "(^|[[:space:]])tests/[a-z]+/$file( |\$)" "$srcdir/Makefile.am"
done
for test in $(named '[a-z]' | grep '^test_'); do
	ok "$test is in a suite" grep -qE "tcase_add(_loop)?_test\(.*\<$test\>" "$srcdir"/tests/lib/test-connection*.c "$srcdir/tests/lib/test-lib-pipe.c"
done

# astray: prints rows that name a test and a file, whose file lacks the test.
astray() {
	grep -oE '`test_[a-z_0-9]+`([ ,]+(and )?`test_[a-z_0-9]+`)* in `test-[a-z-]+\.c`' "$table" |
		while read -r words; do
			file=$(echo "$words" | grep -oE 'test-[a-z-]+\.c')
			for test in $(echo "$words" | grep -oE 'test_[a-z_0-9]+'); do
				grep -q "^START_TEST($test)" "$srcdir"/tests/*/"$file" || echo "$test is not in $file"
			done
		done
}
is "each test is in the file that is named with it" "$(astray)" ""
tap_end
