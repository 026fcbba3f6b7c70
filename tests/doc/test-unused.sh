#!/bin/sh
# Each function that a header of the project declares is used: called, or named in a table. (The compiler reports unused static
# functions.)

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT
cd "$srcdir" || exit 99

# without_comments FILE...: prints the code of these files.
without_comments() {
	cat "$@" | awk '{
		line = $0
		while (1) {
			if (inside) {
				if (!(i = index(line, "*/")))
					next
				line = substr(line, i + 2)
				inside = 0
			} else if (i = index(line, "/*")) {
				printf "%s ", substr(line, 1, i - 1)
				line = substr(line, i + 2)
				inside = 1
			} else
				break
		}
		print line
	}'
}

headers=$(find common daemon libclient ctl bench examples tests -name '*.h')
sources=$(find common daemon libclient ctl bench examples tests -name '*.c')

# A declaration begins in the first column and is the first place of a name; its definition is the second one. Of an inline
# function, both are one.
# shellcheck disable=SC2086
without_comments $headers | grep -vE '^(static|ALWAYS_INLINE) ' | sed -n 's/^[a-zA-Z][a-zA-Z0-9_ ]*[ *]\([a-z][a-z0-9_]*\)(.*/\1/p' | sort -u >"$directory/declared"
# shellcheck disable=SC2086
without_comments $headers $sources | grep -oE '[a-zA-Z_][a-zA-Z0-9_]*' | sort | uniq -c | awk '$1 <= 2 { print $2 }' |
	sort >"$directory/rare"
ok "headers declare functions" [ "$(wc -l <"$directory/declared")" -gt 500 ]
is "each is used" "$(comm -12 "$directory/declared" "$directory/rare")" ""
tap_end
