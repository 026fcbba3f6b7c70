#!/bin/sh
# Only connection/system.c calls functions that are cancellation points: a thread that is cancelled in another file
# would leave locks of the library locked.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"

# The cancellation points of pthreads(7) that such a library might call.
points='accept|accept4|close|connect|creat|epoll_wait|epoll_pwait|fsync|nanosleep|open|openat|pause|poll|ppoll|pread|preadv|preadv2|pwrite|pwritev|pwritev2|read|readv|recv|recvfrom|recvmsg|recvmmsg|select|pselect|send|sendmsg|sendmmsg|sendto|sigsuspend|sigtimedwait|sigwait|sigwaitinfo|sleep|usleep|wait|waitpid|write|writev|printf|fprintf|puts|fopen|fclose'

calls() {
	(cd "$srcdir" && grep -nE "(^|[^a-zA-Z0-9_.>])($points)\(" "$@" /dev/null) | grep -vE ':[0-9]+: *(/?\*|//)|/\*.*\(2\)'
}

is 'no call of a cancellation point' "$(calls $(cd "$srcdir" && find libclient -name '*.c' ! -path '*/system.c' | sort))" ''
is 'the check sees them where they are' "$(calls libclient/connection/system.c | wc -l)" 12

tap_end
