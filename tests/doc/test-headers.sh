#!/bin/sh
# Each function that the public headers declare stands below a comment, which names the methods of the protocol that the
# function calls.
: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# none FILE: prints what is wrong, if anything is.
none() {
	sed 's/^/# /' "$1"
	[ ! -s "$1" ]
}

# calls SOURCE...: lines "FUNCTION METHOD" for the methods that the library's functions name.
calls() {
	awk '
		/^[a-z].*[ *]shmgr_[a-z0-9_]+\(/ {
			match($0, /shmgr_[a-z0-9_]+\(/)
			name = substr($0, RSTART, RLENGTH - 1)
		}
		/^}/ { name = "" }
		name != "" {
			line = $0
			while (match(line, /"[a-z]+\.[a-z_]+"/)) {
				print name, substr(line, RSTART + 1, RLENGTH - 2)
				line = substr(line, RSTART + RLENGTH)
			}
		}' "$@" | sort -u
}

# declarations HEADER...: lines "HEADER FUNCTION COMMENT", where the comment is the one above the declaration, or above
# the declarations before it if there is no blank line and no comment in between.
declarations() {
	awk '
		FNR == 1 { comment = ""; file = FILENAME; sub(/.*\//, "", file) }
		/^[ \t]*$/ { comment = "" }
		/^\/\*/ { comment = ""; inside = 1 }
		inside { comment = comment " " $0; if (/\*\//) inside = 0; next }
		/^#/ { next }
		/^(typedef|enum|struct|static|})/ && !/\(/ { next }
		/^[a-z].*[ *]shmgr_[a-z0-9_]+\(/ && !/typedef/ {
			match($0, /shmgr_[a-z0-9_]+\(/)
			print file, substr($0, RSTART, RLENGTH - 1), comment
		}' "$@"
}

# Declarations without a comment. References are described once, with the manager or the type.
bare() {
	awk 'NF < 3 && $2 !~ /_(ref|unref|unrefp)$/ { print $1 ": " $2 " has no comment" }' "$directory/declarations"
}

# Methods that a function calls, and its comment does not name.
unnamed() {
	awk '
		NR == FNR { methods[$1] = methods[$1] " " $2; next }
		{
			n = split(methods[$2], method, " ")
			for (i = 1; i <= n; i++)
				if (index($0, method[i]) == 0) print $1 ": the comment of " $2 " does not name " method[i]
		}' "$directory/calls" "$directory/declarations"
}

printf '/* bad.get. */\nint shmgr_bad_get(int *ret);\nint shmgr_bad_set(int i);\n\nint shmgr_bad_stop(void);\n' >"$directory/bad.h"
printf 'int shmgr_bad_set(int i) {\n        return call("bad.set");\n}\n' >"$directory/bad.c"
declarations "$directory/bad.h" >"$directory/declarations"
calls "$directory/bad.c" >"$directory/calls"
is 'it finds a declaration without a comment' "$(bare)" 'bad.h: shmgr_bad_stop has no comment'
is 'and one whose comment does not name its method' "$(unnamed)" 'bad.h: the comment of shmgr_bad_set does not name bad.set'

declarations "$srcdir"/include/shmgr/*.h >"$directory/declarations"
calls "$srcdir"/libclient/*.c >"$directory/calls"
ok 'there are declarations' test "$(wc -l <"$directory/declarations")" -gt 250
ok 'there are calls' test "$(wc -l <"$directory/calls")" -gt 150
bare >"$directory/found"
ok 'every declaration has a comment' none "$directory/found"
unnamed >"$directory/found"
ok 'every comment names the methods that are called' none "$directory/found"
tap_end
