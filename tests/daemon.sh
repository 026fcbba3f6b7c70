# A private daemon for a shell test: source this file, and call daemon_start. The daemon ends with
# the test, whatever happens. $directory belongs to the test, and is removed; $SHMGR_SOCKET is the
# socket.
# shellcheck shell=sh

: "${SHMGRD:?is to be the path of shmgrd}"

directory=$(mktemp -d) || exit 99
SHMGR_SOCKET=$directory/shmgrd.sock
export SHMGR_SOCKET
daemon_pid=

# daemon_start [OPTION...]: returns when the daemon listens.
daemon_start() {
	[ -p "$directory/ready" ] || mkfifo "$directory/ready" || return
	"$SHMGRD" --config /dev/null --socket "$SHMGR_SOCKET" --ready-fd 3 "$@" 3>"$directory/ready" 2>>"$directory/log" &
	daemon_pid=$!
	# No line: the daemon ended before it could listen.
	read -r _ <"$directory/ready" || {
		sed 's/^/# /' "$directory/log"
		return 1
	}
}

# daemon_stop: returns the daemon's exit status.
daemon_stop() {
	[ -n "$daemon_pid" ] || return 0
	kill -TERM "$daemon_pid"
	wait "$daemon_pid"
	set -- $?
	daemon_pid=
	return "$1"
}

daemon_clean() {
	daemon_stop
	rm -rf "$directory"
}

trap daemon_clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
