#!/bin/sh
# Functions that acquire, or promise a callback: the compiler warns where their result is not looked at.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

headers=$(cd "$srcdir" && ls include/shmgr/*.h)

# Declarations, one a line.
declarations() {
	(cd "$srcdir" && cat $headers) | tr '\n' ' ' | sed 's|/\*[^*]*\*\([^/*][^*]*\*\)*/| |g' | tr ';' '\n' | grep -oE 'shmgr_[a-z_]+\(.*' | sort -u
}

takers() {
	declarations | grep -E '^shmgr_[a-z]+_(try_)?acquire(_read|_write|_many)?\(|^shmgr_acquire_many\(|^shmgr_[a-z]+_guard(_read|_write)?\(|^shmgr_loop_submit\(|^shmgr_queue_reserve\('
}

is "what acquires is known" "$(takers | wc -l)" 16
is "all of them must be checked" "$(takers | grep -v 'SHMGR_MUST_CHECK *$')" ''

tap_end
