#!/bin/sh
# Comments, messages and documents name their subject: no sentence begins with Who, Whoever, What, "Where there is" or
# "There is", nor with "The same for" and its like, which make a reader guess it.
: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# Prints the C files of this project, whose comments and string literals are checked.
sources() {
	find "$srcdir/bench" "$srcdir/common" "$srcdir/ctl" "$srcdir/daemon" "$srcdir/examples" "$srcdir/include" \
		"$srcdir/libclient" "$srcdir/tests" -name '*.[ch]'
}

# Prints texts and scripts, which are checked completely.
documents() {
	find "$srcdir/bench" "$srcdir/ctl" "$srcdir/daemon" "$srcdir/debian" "$srcdir/doc" "$srcdir/examples" "$srcdir/man" \
		"$srcdir/systemd" "$srcdir/tests" -type f ! -name '*.[cho]' ! -name '*.log' ! -name '*.trs' ! -path '*/test-words.sh'
	for file in HACKING.md Makefile.am README SECURITY.md bootstrap .ci/run; do
		[ ! -e "$srcdir/$file" ] || echo "$srcdir/$file"
	done
}

# Prints the text of comments and string literals as lines "FILE:NUMBER:TEXT"; each begins a line of its own.
texts() {
	awk '
		FNR == 1 { inside = 0 }
		{
			line = $0
			while (line != "") {
				if (inside) {
					end = index(line, "*/")
					text = end ? substr(line, 1, end - 1) : line
					sub(/^[ \t]*\*? ?/, "", text)
					print FILENAME ":" FNR ":" text
					if (!end) break
					inside = 0
					line = substr(line, end + 2)
				} else if (match(line, /\/\*|"([^"\\]|\\.)*"/)) {
					if (substr(line, RSTART, 2) == "/*") inside = 1
					else print FILENAME ":" FNR ":" substr(line, RSTART + 1, RLENGTH - 2)
					line = substr(line, RSTART + RLENGTH)
				} else break
			}
		}' "$@"
}

# Prints lines "FILE:NUMBER:TEXT" of whole files, without the signs of comments, lists and macros of mdoc.
lines() {
	awk '{ sub(/^[ \t]*(#+|\*|-|>|\.\\"|"""|\/\/)?[ \t]*/, ""); print FILENAME ":" FNR ":" $0 }' "$@"
}

# Prints sentences that begin with one of these words. A question, as in a heading, ends with its mark.
riddles() {
	grep -E '(^[^:]*:[0-9]+:|[.;:!?] +\(?|\()((Who|Whoever|What|There (is|are)|Where there (is|are)) [a-z]|The same([.,;]| (after|among|as|before|but|for|if|in|of|until|when|with|without)\b))' |
		grep -vE '\?$' | sed "s|^$srcdir/||"
}

printf '/* What a session has. */\nint i; /* Right. */ char *s = "There is none";\n/* One.\n * Two. Who comes\n * third. */\n' >"$directory/bad.c"
texts "$directory/bad.c" | riddles >"$directory/found"
is 'it finds such sentences in C' "$(cut -d : -f 2 "$directory/found" | paste -s -d ' ')" '1 2 4'
printf '# What a test does.\n.It What\n- There is no end.\nIt is. Whoever comes.\nThe same.\nThe same lock.\n# The same for a lock.\n' >"$directory/bad.sh"
lines "$directory/bad.sh" | riddles >"$directory/found"
is 'and in documents' "$(cut -d : -f 2 "$directory/found" | paste -s -d ' ')" '1 3 4 5 7'

sources | sort >"$directory/sources"
documents | sort >"$directory/documents"
ok 'C files are read' test "$(wc -l <"$directory/sources")" -gt 300
ok 'documents are read' test "$(wc -l <"$directory/documents")" -gt 50
# File names of this project hold no blanks.
# shellcheck disable=SC2046
texts $(cat "$directory/sources") | riddles >"$directory/found"
ok 'no comment and no message begins with Who, What or There is' none "$directory/found"
# shellcheck disable=SC2046
lines $(cat "$directory/documents") | riddles >"$directory/found"
ok 'nor does a sentence of a document or a script' none "$directory/found"
tap_end
