#!/bin/sh
# No session and no object is freed under a running call. Structure keeps this rule: the functions that free are static
# in daemon/core/end/, only that folder calls the walks over all that a session or an object has, and only code that
# gives the core its inputs calls the settling.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

# uses PATTERN FILES: prints lines of daemon/ with an identifier of the pattern, except in files of the other pattern
# and in comments.
uses() {
	(cd "$srcdir" && find daemon -name '*.[ch]' | sort | xargs grep -nE "(^|[^a-z_])($1)\\(" /dev/null) |
		grep -vE "^($2):" | grep -vE '^[^:]*:[0-9]*: *(/\*|\*|//)'
}

is "objects and sessions are freed in daemon/core/end/ alone" \
	"$(uses 'object_free|session_free' 'daemon/core/end/[a-z-]*\.c')" ""
is "nothing else frees their structures" \
	"$(uses 'freep?' 'daemon/core/end/[a-z-]*\.c' | grep -E 'free\((\*?\(?object|\*?session|[a-z]*->(object|session))\)')" ""
is "the functions that free them are static" \
	"$(grep -hE '(object|session)_free\(.*\) \{' "$srcdir"/daemon/core/end/*.c | grep -v '^static ')" ""
is "no header declares them" \
	"$(cd "$srcdir" && grep -rnE '(object|session)_free\(' daemon --include='*.h')" ""
is "what a session or an object has is ended by its end alone" \
	"$(uses '[a-z_]*_end_with_(object|session)' 'daemon/core/end/[a-z-]*\.c' |
		grep -vE ':[0-9]+:[a-z].*[{;]$')" ""
is "doomed objects end in the settling alone" \
	"$(uses 'objects_end_doomed|objects_end_all' 'daemon/core/(end/[a-z-]*\.[ch]|core\.c)')" ""
is "settling is for those who give the core its inputs" \
	"$(uses 'core_settle|core_end_doomed' 'daemon/core/(end/[a-z-]*\.[ch]|core\.[ch]|call/rpc\.c|save/save\.c)')" ""
ok "there is something to find" \
	test "$(uses '[a-z_]*_end_with_(object|session)' nothing | wc -l)" -gt 8
tap_end
