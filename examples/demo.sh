#!/bin/sh
# demo.sh BUILD_DIR: fifty processes share a dict, first without a lock, then safely; two consumers share a pipe.
#
# The script starts a daemon of its own, on a private socket, and leaves nothing behind. It exits with 0 if all
# the safe ways were exact and the daemon exited with 0.

build=${1:?usage: demo.sh BUILD_DIR}
directory=$(mktemp -d) || exit 1
daemon=

stop_daemon() {
	[ -n "$daemon" ] || return 0
	kill -TERM "$daemon"
	wait "$daemon"
	set -- $?
	daemon=
	return "$1"
}

clean() {
	stop_daemon
	rm -rf "$directory"
}

trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The daemon writes a line to descriptor 3 when it listens; if it cannot, the script reads an end of file.
SHMGR_SOCKET=$directory/shmgrd.sock
export SHMGR_SOCKET
mkfifo "$directory/ready" || exit 1
"$build/shmgrd" --socket "$SHMGR_SOCKET" --log-level warning --ready-fd 3 3>"$directory/ready" &
daemon=$!
read -r _ <"$directory/ready" || exit 1

echo "UNSAFE: read the count, subtract one, write it back"
race=$("$build/examples/manager-race" --runs 10) || exit 1
echo "$race"
echo
echo "SAFE: hold a lock meanwhile; let the daemon add; or write only over what was read"
"$build/examples/manager-lock" || exit 1
echo
echo "PIPE: one producer, and two consumers at the same end; each item is consumed once"
"$build/examples/pipe-producer-consumer" || exit 1

stop_daemon || {
	echo "the daemon did not end cleanly" >&2
	exit 1
}
lost=$(echo "$race" | awk '$1 ~ /^[0-9]+$/ && NF == 3 { n += $3 } END { print n + 0 }')
echo
cat <<END
Seen: fifty processes lost $lost of 500 updates as long as each wrote back what it had read, and none with a lock, with add,
or with cas; and each item that went through the pipe was consumed once. To try next, begin with a daemon of your own:

    $build/shmgrd --socket=/tmp/shmgr-demo.sock & export SHMGR_SOCKET=/tmp/shmgr-demo.sock
    $build/shmgrctl shell

where the word help lists what there is; the file README goes on from there, in C, in a shell and in Python.
END
