#!/bin/sh
# Each error that a method returned in some of the fuzzer's worlds is documented: in the manual by the table of a function
# that calls the method, or among the errors of every call; in protocol.md in the section of the type, or in the list of
# errors that the sections do not repeat.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mdoc.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# Prints lines "METHOD ERRNO..." of the manual, for each method that a function calls, or opens a type by.
manual() {
	for page in "$srcdir"/man/shmgr_*.3; do
		errors "$page"
	done >"$directory/tables"
	{
		calls "$srcdir"/libclient/*.c
		sed -n 's/^\(shmgr_\([a-z]*\)_open\) .*/\1 \2.open/p' "$directory/tables"
	} | awk '
		NR == FNR { name = $1; $1 = ""; errors[name] = $0; next }
		{ of[$2] = of[$2] " " errors[$1] }
		END { for (method in of) print method of[method] }' "$directory/tables" -
}

# Prints the errors of every call in the manual; those of every open have .open in front.
common() {
	section ERRORS "$srcdir/man/libshmgr.3" | sed -n 's/^\.It Bq Er //p'
	section DESCRIPTION "$srcdir/man/libshmgr.3" | sed -n 's/^\.Er \(E[A-Z]*\).*/.open\1/p'
}

# protocol DOCUMENT: prints lines "FAMILY ERRNO" of protocol.md, and "FAMILY lock" for one that has those of a lock; the
# family * has the errors that belong to methods of all types.
protocol() {
	awk '
		/^## / { families = substr($0, 4) ~ /^(Objects|Methods)$/ ? "*" : ""; is_list = 0 }
		/^### / { families = substr($0, 5) }
		/^The descriptions of methods below do not repeat/ { families = "*"; is_list = 1 }
		is_list && /^```/ { families = "" }
		{
			n = split(families, family, ", ")
			if (/those of (a|the) lock/) for (i = 1; i <= n; i++) print family[i], "lock"
			line = $0
			while (match(line, /`E[A-Z]+`|"errno":"E[A-Z]+"/)) {
				name = substr(line, RSTART, RLENGTH)
				gsub(/"errno":|[`"]/, "", name)
				for (i = 1; i <= n; i++) print family[i], name
				line = substr(line, RSTART + RLENGTH)
			}
		}' "$1"
}

# missing_in_manual: reads lines "METHOD ERRNO", and prints those that the manual lacks. ECANCELED is for session.cancel,
# which the library calls only for a call that then fails with EINTR, and no function has the argument unused_ms.
missing_in_manual() {
	awk -v common="$common" '
		BEGIN { n = split(common, word); for (i = 1; i <= n; i++) is_common[word[i]] = 1 }
		NR == FNR { for (i = 2; i <= NF; i++) said[$1, $i] = 1; is_called[$1] = 1; next }
		{ open = $1 ~ /\.open$/ ? ".open" : "" }
		is_called[$1] && !is_common[$2] && !is_common[open $2] && !said[$1, $2] && $2 != "ECANCELED" && $0 != "object.delete EBUSY"' \
		"$directory/manual" -
}

missing_in_protocol() {
	awk '
		NR == FNR { said[$1, $2] = 1; next }
		{ family = $1; sub(/\..*/, "", family) }
		!said["*", $2] && !said[family, $2] && !(said[family, "lock"] && said["lock", $2])' "$directory/protocol" -
}

# Prints functions that say how large a result may be, and not how much work.
halves() {
	calls "$srcdir"/libclient/*.c | awk '
		NR == FNR { calls[$1] = 1; next }
		/ EMSGSIZE/ && calls[$1] && !/ EDQUOT/ { print $1 }' - "$directory/tables"
}

manual >"$directory/manual"
protocol "$srcdir/doc/protocol.md" >"$directory/protocol"
common=$(common | tr '\n' ' ')
bad='lock.release EDOM
queue.open EPERM
queue.peek ENODATA
pipe.open EEXIST'
is 'it finds what the manual lacks' "$(echo "$bad" | missing_in_manual)" 'lock.release EDOM'
is 'and what protocol.md lacks' "$(echo "$bad" | missing_in_protocol)" 'lock.release EDOM'
./tests/fuzz/fuzz --errors 1 "${1:-24}" | sort -u >"$directory/errors"
ok 'methods return errors' test "$(wc -l <"$directory/errors")" -gt 500
missing_in_manual <"$directory/errors" >"$directory/found"
ok 'the manual has them' none "$directory/found"
missing_in_protocol <"$directory/errors" >"$directory/found"
ok 'protocol.md has them' none "$directory/found"
halves >"$directory/found"
ok 'a function whose result may be too large names the bound of work, too' none "$directory/found"
tap_end
