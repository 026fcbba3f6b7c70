#!/bin/sh
# Only shell/poll-through.c calls poll(2) in the daemon: a caller that forgets EINTR would take a signal for the end of a
# session.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

calls() {
	(cd "$srcdir" && grep -nE '(^|[^a-zA-Z0-9_.>])(poll|ppoll|select|pselect)\(' "$@" /dev/null) | grep -vE ':[0-9]+: *(/?\*|//)|/\*.*\(2\)'
}

# shellcheck disable=SC2046
is 'no call of poll(2)' "$(calls $(cd "$srcdir" && find daemon -name '*.c' ! -name poll-through.c | sort))" ''
is 'the check sees it where it is' "$(calls daemon/shell/poll-through.c | wc -l)" 1

tap_end
