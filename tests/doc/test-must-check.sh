#!/bin/sh
# Functions that acquire, that promise a callback, that must be called repeatedly, or that wait: a program that ignores
# their failure continues without the lock, or spins. The compiler warns if their result is unused.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

headers=$(cd "$srcdir" && ls include/shmgr/*.h)

# Prints the declarations, one a line.
declarations() {
	(cd "$srcdir" && cat $headers) | tr '\n' ' ' | sed 's|/\*[^*]*\*\([^/*][^*]*\*\)*/| |g' | tr ';' '\n' | grep -oE 'shmgr_[a-z_]+\(.*' | sort -u
}

takers() {
	declarations | grep -E '^shmgr_[a-z]+_(try_)?acquire(_read|_write|_many)?\(|^shmgr_acquire_many\(|^shmgr_[a-z]+_guard(_read|_write)?\(|^shmgr_loop_submit\(|^shmgr_queue_reserve\(|^shmgr_loop_process\(|^shmgr_(barrier|condition|counter|event)_wait(_for)?\(|^shmgr_wait_any\('
}

is "what acquires is known" "$(takers | wc -l)" 23
is "all of them must be checked" "$(takers | grep -v 'SHMGR_MUST_CHECK *$')" ''

tap_end
