#!/bin/sh
# shmgrctl monitor with a real daemon.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/watching"
# The FIFO stays open here, so that the monitor's last line has a reader.
exec 5<>"$directory/watching"

# watches ARG...: begins a monitor, whose output goes to a file; returns when it watches.
watches() {
	"$ctl" "$@" >"$directory/seen" 2>"$directory/watching" &
	pid=$!
	read -r said <"$directory/watching"
}

# seen NAME PATTERN: waits for the monitor's end, and compares its status and output.
seen() {
	wait "$pid"
	like "$1" "$?:$(cat "$directory/seen")" "$2"
}

fails "without a daemon" 69 "*$SHMGR_SOCKET*" monitor
ok "the daemon starts" daemon_start
run lock open l --create
run dict open d --create

watches monitor --count=2
is "it says what it watches" "$said" "shmgrctl: watching all calls"
run dict set d k 1
run dict get d nix
seen "it tells of calls, one a line" \
	"0:*:*:*.* * shmgrctl * dict.set *d * ok
* dict.get *d * ENODATA"

watches monitor --type lock --method='*.acquire' --count 4
is "it says which calls it watches" "$said" "shmgrctl: watching calls that match --type=lock --method=*.acquire"
run lock run other -- true
run lock run l -- env -u SHMGR_HELD "$ctl" lock run l --timeout=1ms -- true
seen "filtered, and with waits" \
	"0:* lock.acquire * other * ok
* lock.acquire *l * ok
* lock.acquire *l * waits
* lock.acquire *l * ETIMEDOUT after [0-9]*[mu]s"

watches --json monitor --name='[a-d]' --count=1
run counter open z --create
run dict length d
seen "in JSON" \
	'0:{"event":"call","at_ms":*,"pid":*,"uid":*,"comm":"shmgrctl","session":*,"method":"dict.length","type":"dict","name":"d"}'

# The pid of this process is known before it calls.
mkfifo "$directory/go"
# shellcheck disable=SC2016
sh -c 'read -r _ <"$0"; exec "$@"' "$directory/go" "$ctl" ping >/dev/null &
caller=$!
watches monitor --pid=$caller --count=1
run dict length d
echo >"$directory/go"
seen "only calls of one process" "0:* $caller *server.ping *"
wait "$caller"

# A name with control sequences for a terminal.
watches monitor --type=set --count=1
run call set.open '{"name":"\u009b2J","create":true}'
seen "a name cannot steer a terminal" '0:*set.open *\\u009b2J *'

# The monitor is stopped during some calls: the daemon continues, and reports to the monitor how many events it
# lost.
if command -v socat >/dev/null; then
	watches monitor --method='server.*'
	kill -STOP "$pid"
	i=0
	while [ $i -lt 5000 ]; do
		i=$((i + 1))
		echo '{"jsonrpc":"2.0","method":"server.ping"}'
	done >"$directory/pings"
	echo '{"jsonrpc":"2.0","id":1,"method":"server.ping"}' >>"$directory/pings"
	is "the daemon does not wait for one who does not read" \
		"$(socat -t 60 - "UNIX-CONNECT:$SHMGR_SOCKET" <"$directory/pings")" \
		'{"jsonrpc":"2.0","result":"pong","id":1}'
	kill -CONT "$pid"
	# The number of lost events comes with the next call after the monitor has read on, so calls are made until
	# it comes.
	i=0
	while [ $i -lt 1000 ] && ! grep -q 'calls were not told' "$directory/seen"; do
		i=$((i + 1))
		run ping
	done
	kill "$pid"
	wait "$pid" 2>/dev/null
	n=$(grep -c 'server.ping' "$directory/seen")
	lost=$(sed -n 's/^\.\.\. \([0-9]*\) calls .*/\1/p' "$directory/seen" | awk '{ n += $1 } END { print n + 0 }')
	ok "which lost some" [ "$lost" -gt 0 ]
	ok "and each is told or counted" [ "$((n + lost))" -ge 5001 ]
	ok "once" [ "$((n + lost))" -le "$((5001 + i))" ]
else
	tap_result 0 "the daemon does not wait # SKIP there is no socat"
fi

# The monitor's output still arrives through the FIFO.
watches monitor --count=2 --type=dict
run dict length d
daemon_stop
read -r said <&5
is "it tells that the daemon went away" "$said" "shmgrctl: monitor: the daemon ended; connecting again"
ok "another daemon is started" daemon_start
read -r said <&5
is "at which it goes on to watch" "$said" "shmgrctl: watching calls that match --type=dict"
run dict open d --create
seen "so it sees the calls of both" "0:* dict.length * ok
* dict.open * ok"
SHMGRCTL_RECONNECT=0
export SHMGRCTL_RECONNECT
watches monitor
daemon_stop
seen "it does not wait for another where it shall not" "69:"
read -r said <&5
is "and says so" "$said" "shmgrctl: monitor: the daemon ended"
misused "no words" "monitor: unexpected argument 'x'*" monitor x
fails "no such pid" 2 "monitor: --pid: '0'*" monitor --pid=0
tap_end
