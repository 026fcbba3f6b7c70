#!/bin/sh
# Functions that acquire, or promise a callback, that have to be called again and again, and that wait: a program that ignores
# their failure goes on without the lock, or spins. The compiler warns where their result is not looked at.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

headers=$(cd "$srcdir" && ls include/shmgr/*.h)

# Declarations, one a line.
declarations() {
	(cd "$srcdir" && cat $headers) | tr '\n' ' ' | sed 's|/\*[^*]*\*\([^/*][^*]*\*\)*/| |g' | tr ';' '\n' | grep -oE 'shmgr_[a-z_]+\(.*' | sort -u
}

takers() {
	declarations | grep -E '^shmgr_[a-z]+_(try_)?acquire(_read|_write|_many)?\(|^shmgr_acquire_many\(|^shmgr_[a-z]+_guard(_read|_write)?\(|^shmgr_loop_submit\(|^shmgr_queue_reserve\(|^shmgr_loop_process\(|^shmgr_(barrier|condition|counter|event)_wait(_for)?\(|^shmgr_wait_any\('
}

is "what acquires is known" "$(takers | wc -l)" 23
is "all of them must be checked" "$(takers | grep -v 'SHMGR_MUST_CHECK *$')" ''

tap_end
