#!/bin/sh
# Each function of the public headers stands below a comment, which names the methods of the protocol that the function
# calls, its errors, the units of its numbers, and the owner of each pointer that the conventions of shmgr.h do not
# cover.
: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/mdoc.sh"
directory=$(mktemp -d) || exit 99
trap 'rm -rf "$directory"' EXIT

# declarations HEADER...: prints lines "HEADER FUNCTION COMMENT". The comment is the one above the declaration, or above
# the declarations before it if neither a blank line nor a comment is in between.
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

# Prints declarations without a comment. Functions that count references are described once, with the manager or the
# type.
bare() {
	awk 'NF < 3 && $2 !~ /_(ref|unref|unrefp)$/ { print $1 ": " $2 " has no comment" }' "$directory/declarations"
}

# Prints methods that a function calls and its comment does not name.
unnamed() {
	awk '
		NR == FNR { methods[$1] = methods[$1] " " $2; next }
		{
			n = split(methods[$2], method, " ")
			for (i = 1; i <= n; i++)
				if (index($0, method[i]) == 0) print $1 ": the comment of " $2 " does not name " method[i]
		}' "$directory/calls" "$directory/declarations"
}

# Prints lines "FUNCTION ERRNO..." of the tables in the manual.
manual_errors() {
	for page in "$srcdir"/man/shmgr_*.3; do
		errors "$page" | grep -v ' none$'
	done
}

# Prints errors that the manual has for a function and its comment does not name. -EEXIST belongs to SHMGR_EXCLUSIVE.
unsaid() {
	awk '
		NR == FNR { errors[$1] = $0; next }
		{
			n = split(errors[$2], error, " ")
			for (i = 2; i <= n; i++)
				if (error[i] != "EEXIST" && index($0, "-" error[i]) == 0)
					print $1 ": the comment of " $2 " does not name -" error[i]
		}' "$directory/errors" "$directory/declarations"
}

# prototypes HEADER...: prints declarations as lines "HEADER RESULT FUNCTION(PARAMETERS".
prototypes() {
	awk '
		FNR == 1 { text = ""; file = FILENAME; sub(/.*\//, "", file) }
		/^(typedef|#|enum|struct [a-z_]+ \{|static|[ \t]*\/?\*)/ { next }
		/^[a-z].*[ *]shmgr_[a-z0-9_]+\(/ { text = "" }
		/^[a-z].*[ *]shmgr_[a-z0-9_]+\(/ || text != "" {
			text = text " " $0
			if (/;/) { gsub(/[ \t]+/, " ", text); print file text; text = "" }
		}' "$@"
}

# Prints parameters of time whose name has no unit.
unitless() {
	grep -oE '(^[^ ]+|[ *]shmgr_[a-z0-9_]+\(|(int|int64_t|uint64_t|size_t|unsigned|long) \*?[a-z_]*(time|delay|duration|interval|timeout|_ms|ms_)[a-z_]*[,)])' \
		"$directory/prototypes" | awk '
			/\($/ { name = $0; gsub(/[ *(]/, "", name); next }
			/[,)]$/ && !/(_ms|ms_[a-z]+)[,)]$/ { gsub(/[,)]/, ""); print name ": " $NF " has no unit" }'
}

# Prints pointers without a named owner: results, and stored pointers of types that the conventions do not cover.
ownerless() {
	awk '
		NR == FNR { comment[$2] = $0; next }
		{
			match($0, /shmgr_[a-z0-9_]+\(/)
			name = substr($0, RSTART, RLENGTH - 1)
			result = substr($0, 1, RSTART - 1)
			rest = substr($0, RSTART + RLENGTH)
			if (name ~ /_(ref|unref|unrefp)$/) next
			gsub(/(struct json_object|char|shmgr_[a-z]+) \*\*ret_[a-z_]+/, "", rest)
			if (result !~ /\*$/ && rest !~ /\*\*/) next
			if (name ~ /guardp$/) next
			if (comment[name] !~ /[Oo]wned|[Bb]orrowed|frees?[ (]|caller.s|caller owns|own(s|ed)? |scope|valid until|belongs/)
				print name ": the comment does not say who owns the pointer"
		}' "$directory/declarations" "$directory/prototypes"
}

printf '/* bad.get. */\nint shmgr_bad_get(int *ret);\nint shmgr_bad_set(int i);\n\nint shmgr_bad_stop(void);\n' >"$directory/bad.h"
printf 'int shmgr_bad_set(int i) {\n        return call("bad.set");\n}\n' >"$directory/bad.c"
declarations "$directory/bad.h" >"$directory/declarations"
calls "$directory/bad.c" >"$directory/calls"
is 'it finds a declaration without a comment' "$(bare)" 'bad.h: shmgr_bad_stop has no comment'
is 'and one whose comment does not name its method' "$(unnamed)" 'bad.h: the comment of shmgr_bad_set does not name bad.set'

printf '/* bad.wait: -EAGAIN. */\nint shmgr_bad_wait(int64_t timeout, int *ret);\n\n/* A name. */\nconst char *shmgr_bad_name(void);\n' >"$directory/bad.h"
declarations "$directory/bad.h" >"$directory/declarations"
prototypes "$directory/bad.h" >"$directory/prototypes"
echo 'shmgr_bad_wait EAGAIN ETIMEDOUT' >"$directory/errors"
is 'and an error that a comment leaves out' "$(unsaid)" 'bad.h: the comment of shmgr_bad_wait does not name -ETIMEDOUT'
is 'and a time without a unit' "$(unitless)" 'shmgr_bad_wait: timeout has no unit'
is 'and a pointer without an owner' "$(ownerless)" 'shmgr_bad_name: the comment does not say who owns the pointer'

declarations "$srcdir"/include/shmgr/*.h >"$directory/declarations"
calls "$srcdir"/libclient/*.c >"$directory/calls"
ok 'there are declarations' test "$(wc -l <"$directory/declarations")" -gt 250
ok 'there are calls' test "$(wc -l <"$directory/calls")" -gt 150
bare >"$directory/found"
ok 'every declaration has a comment' none "$directory/found"
unnamed >"$directory/found"
ok 'every comment names the methods that are called' none "$directory/found"
manual_errors >"$directory/errors"
ok 'the manual has errors' test "$(wc -l <"$directory/errors")" -gt 150
unsaid >"$directory/found"
ok 'every comment names the errors of its functions' none "$directory/found"
prototypes "$srcdir"/include/shmgr/*.h >"$directory/prototypes"
unitless >"$directory/found"
ok 'every time has its unit in its name' none "$directory/found"
ownerless >"$directory/found"
ok 'every pointer has an owner' none "$directory/found"
for convention in 'gives to json_object_put' 'to be freed' 'gives it to its _unref' 'UNITS'; do
	ok "the conventions have: $convention" grep -q "$convention" "$srcdir/include/shmgr/shmgr.h"
done
tap_end
