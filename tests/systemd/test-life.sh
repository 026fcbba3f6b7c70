#!/bin/bash
# The life of the service while clients are connected: it is restarted, reloaded, killed, stopped, stuck, unable to
# start. The socket outlives all of that, and a client continues with its next call.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the package is ready' machine_install
conf=$sysconfdir/shmgrd/shmgrd.conf

# configure LINE...: replaces the configuration file.
configure() {
	printf '%s\n' "$@" | machine tee "$conf" >/dev/null
}

pid_differs() {
	local now
	now=$(show MainPID)
	[ "$now" != 0 ] && [ "$now" != "$1" ]
}

state_is() {
	[ "$(show ActiveState "$2")" = "$1" ]
}

has_batch_limit() {
	client_call alice 'session.hello []' | grep -q "\"batch_calls\":$1,"
}

# Two clients: one is idle, and one waits for an event that never comes.
waiting='counter.wait ["never","==",1]'
wait_again() {
	client_call waiter 'counter.open {"name":"never","create":true,"durable":"no"}' >/dev/null
	client_say waiter "$waiting"
	until_true sees_waiter
}
sees_waiter() {
	client_call alice 'server.stats []' | grep -q "\"waits\":${1:-1},"
}

machine systemctl --quiet enable --now shmgrd.socket
socket=$(machine stat -c %i /run/shmgrd/shmgrd.sock)
client_start alice alice
client_start waiter alice
is 'a client starts the daemon' "$(client_call alice 'server.ping []')" '"pong"'
ok 'another one waits' wait_again
pid=$(show MainPID)

ok 'restart' machine systemctl restart shmgrd.service
is 'restart: an idle client goes on' "$(client_call alice 'server.ping []')" '"pong"'
ok 'restart: with another process' pid_differs "$pid"
ok 'restart: who waits does so still' sees_waiter
pid=$(show MainPID)

configure 'max-batch = 77'
ok 'reload' machine systemctl reload shmgrd.service
ok 'reload: the new configuration counts' until_true has_batch_limit 77
is 'reload: by the same process' "$(show MainPID)" "$pid"
ok 'reload: who waits does so still' sees_waiter
configure 'max-batch = 78' 'max-depth = deep'
ok 'reload of a bad file fails' test "$(machine systemctl reload shmgrd.service 2>&1; echo $?)" != 0
until_true machine sh -c "journalctl --sync; journalctl -u shmgrd.service -o cat | grep -q \"$conf:2: max-depth: 'deep' is not a number\""
is 'reload of a bad file: the journal says file, line and reason' $? 0
ok 'reload of a bad file: the old one counts' has_batch_limit 77
machine kill -HUP "$pid"
says_refused() {
	show StatusText | grep -q "was not reloaded: $conf:2: max-depth"
}
ok 'SIGHUP with a bad file: the status says so' until_true says_refused
ok 'SIGHUP with a bad file: the old one counts' has_batch_limit 77
is 'SIGHUP with a bad file: the service is active' "$(show ActiveState)" active
configure 'max-batch = 79'
machine kill -HUP "$pid"
ok 'SIGHUP with a good file: it counts' until_true has_batch_limit 79
is 'the process is the same' "$(show MainPID)" "$pid"

# A planned restart, within the sandbox of the unit.
runs_this_program() {
	[ "$(machine stat -Lc %i "/proc/$pid/exe")" = "$(machine stat -c %i "$sbindir/shmgrd")" ]
}
client_start second alice
client_call alice 'lock.open {"name":"lock","create":true}' >/dev/null
like 'one has a lock' "$(client_call alice 'lock.acquire ["lock"]')" '*"token":*'
client_call second 'lock.open ["lock"]' >/dev/null
client_say second 'lock.acquire ["lock"]'
ok 'another one waits for it' until_true sees_waiter 2
ok 'server restart' machine shmgrctl server restart
is 'server restart: an idle client goes on' "$(client_call alice 'server.ping []')" '"pong"'
is 'server restart: the process is the same' "$(show MainPID)" "$pid"
ok 'server restart: who waits does so still' sees_waiter 2
machine sh -c "cp '$sbindir/shmgrd' '$sbindir/shmgrd.new' && mv '$sbindir/shmgrd.new' '$sbindir/shmgrd'"
runs_this_program
is 'another file is the program' $? 1
ok 'reload with another program' machine systemctl reload shmgrd.service
ok 'reload with another program: it runs' until_true runs_this_program
is 'reload with another program: the process is the same' "$(show MainPID)" "$pid"
is 'reload with another program: the service is active' "$(show ActiveState)" active
is 'reload with another program: an idle client goes on' "$(client_call alice 'counter.set ["never",1]')" null
is 'reload with another program: who waited gets what it waited for' "$(client_hear waiter)" 1
ok 'reload with another program: the lock is held still' sees_waiter 1
is 'reload with another program: its owner releases it' "$(client_call alice 'lock.release ["lock"]')" null
like 'reload with another program: and the next one has it' "$(client_hear second)" '*"token":*'
client_call second 'object.delete ["lock"]' >/dev/null
client_call alice 'counter.set ["never",0]' >/dev/null
ok 'reload with another program: and it waits again' wait_again

machine kill -KILL "$pid"
like 'SIGKILL: who waits is told' "$(client_hear waiter)" 'ECONNRESET: *'
is 'SIGKILL: an idle client goes on' "$(client_call alice 'server.ping []')" '"pong"'
ok 'SIGKILL: with another process' pid_differs "$pid"
ok 'SIGKILL: and another one waits again' wait_again

# These are more restarts than systemd allows by default.
for i in 1 2 3 4 5 6 7 8; do
	pid=$(show MainPID)
	machine kill -KILL "$pid"
	until_true pid_differs "$pid"
	[ "$(client_call alice 'server.ping []')" = '"pong"' ] || break
done
is 'eight SIGKILLs in a row: the client went on each time' "$i" 8
like 'eight SIGKILLs in a row: who waited was told' "$(client_hear waiter)" 'ECONNRESET: *'
is 'eight SIGKILLs in a row: the socket is the one it was' "$(machine stat -c %i /run/shmgrd/shmgrd.sock)" "$socket"

# The daemon cannot start, and clients connect meanwhile.
configure 'nonsense'
pid=$(show MainPID)
machine kill -KILL "$pid"
until_true machine test ! -d "/proc/$pid"
client_say alice 'server.ping []'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
	machine_as alice shmgrctl ping >>"$directory/pongs" 2>&1 &
	pings+=($!)
done
restarts=$(show NRestarts)
failed_often() {
	[ "$(show NRestarts)" -ge $((restarts + 8)) ]
}
started=$SECONDS
ok 'a daemon that cannot start is tried again and again' until_true failed_often
ok 'but not without a rest' test "$(show NRestarts)" -le $((restarts + 4 + 2 * (SECONDS - started + 1)))
is 'the socket still listens' "$(machine systemctl is-active shmgrd.socket)" active
configure ''
is 'when it can start, a client who waited all the time is served' "$(client_hear alice)" '"pong"'
wait "${pings[@]}"
is 'and so are all others' "$(grep -cx pong "$directory/pongs")" 25

# A daemon that is stuck.
machine mkdir -p /run/systemd/system/shmgrd.service.d
printf '[Service]\nWatchdogSec=1s\n' | machine tee /run/systemd/system/shmgrd.service.d/test.conf >/dev/null
machine systemctl daemon-reload
ok 'restart with a fast watchdog' machine systemctl restart shmgrd.service
ok 'one waits' wait_again
pid=$(show MainPID)
machine kill -STOP "$pid"
client_say alice 'server.ping []'
ok 'SIGSTOP: the watchdog notices' until_true pid_differs "$pid"
like 'SIGSTOP: who waited is told' "$(client_hear waiter)" 'ECONNRESET: *'
# The old daemon may have received the call; then the client gets an error, and its next call is served.
answer=$(client_hear alice)
case $answer in ECONNRESET:*) answer=$(client_call alice 'server.ping []') ;; esac
is 'SIGSTOP: a client goes on' "$answer" '"pong"'
machine journalctl --sync
like 'SIGSTOP: the journal says that it was the watchdog' \
	"$(machine journalctl -u shmgrd.service -o cat)" '*shmgrd.service: Watchdog timeout*'
pid=$(show MainPID)
# A daemon that feeds the watchdog is not restarted; this waits three times the watchdog's timeout.
machine sleep 3
is 'an idle daemon feeds its watchdog' "$(show MainPID)" "$pid"

ok 'one waits' wait_again
ok 'stop of the service' machine systemctl stop shmgrd.service
like 'stop: who waits is told' "$(client_hear waiter)" 'ECONNRESET: *'
is 'stop: the service ended cleanly' "$(show Result) $(show ActiveState)" 'success inactive'
is 'stop: the socket listens' "$(show ActiveState shmgrd.socket)" active
is 'stop: the next call starts it again' "$(client_call alice 'server.ping []')" '"pong"'
ok 'stop: as a service' state_is active shmgrd.service

ok 'one waits' wait_again
ok 'stop of the socket' machine systemctl stop shmgrd.socket
like 'stop of the socket: who waits is told' "$(client_hear waiter)" 'ECONNRESET: *'
is 'stop of the socket: the service is stopped too' "$(show ActiveState)" inactive
ok 'stop of the socket: its file is gone' machine test ! -e /run/shmgrd/shmgrd.sock
like 'stop of the socket: a client is told that there is no daemon' "$(client_call alice 'server.ping []')" 'ENOENT: no daemon*'
ok 'start of the socket' machine systemctl start shmgrd.socket
is 'start of the socket: the client goes on' "$(client_call alice 'server.ping []')" '"pong"'

# Durable objects are in the service's own directory.
state=/var/lib/shmgrd
configure 'state ='
ok 'stop before a start without a state directory' machine systemctl stop shmgrd.service
like 'no state: no object is durable' "$(client_call alice 'counter.open {"name":"kept","create":true,"durable":"sync"}' 2>&1)" 'E*state*'
configure ''
ok 'stop before a start with the state directory of the unit' machine systemctl stop shmgrd.service
client_call alice 'counter.open {"name":"kept","create":true,"durable":"sync"}' >/dev/null
is 'state: a durable counter' "$(client_call alice 'counter.add ["kept"]')" 1
ok 'state: server restart' machine shmgrctl server restart
is 'state: the counter goes on' "$(client_call alice 'counter.add ["kept"]')" 2
pid=$(show MainPID)
machine kill -KILL "$pid"
ok 'state: SIGKILL' until_true pid_differs "$pid"
is 'state: the counter is there after SIGKILL' "$(client_call alice 'counter.get ["kept"]')" 2

# A program passes the trial but cannot take over, and the program before is gone: the snapshot is kept.
pid=$(show MainPID)
machine sh -s "$sbindir/shmgrd" <<-'PROGRAMS'
	mv "$1" "$1.real"
	sed s/shmgrd_handover/shmgrd_handoveX/g "$1.real" >"$1.other"
	cat >"$1" <<-PROGRAM
		#!/bin/sh
		case \$SHMGRD_TAKEOVER,\$* in ,* | *check*) exec $1.real "\$@" ;; esac
		SHMGRD_TAKEOVER=\${SHMGRD_TAKEOVER%:*}:-1 exec $1.other "\$@"
	PROGRAM
	chmod 755 "$1" "$1.other"
PROGRAMS
machine shmgrctl server restart >/dev/null 2>&1
ok 'a program that cannot take over: another process comes' until_true pid_differs "$pid"
is 'a program that cannot take over: the snapshot is kept' \
	"$(machine sh -c "$sbindir/shmgrd.real --check-snapshot=0 <\$(echo $state/shmgrd-*.snapshot)" 2>&1)" 'the snapshot can be loaded'
machine journalctl --sync
like 'a program that cannot take over: the journal says where' \
	"$(machine journalctl -u shmgrd.service -o cat)" "*the snapshot was saved in $state/shmgrd-*"
is 'a program that cannot take over: durable objects are there' "$(client_call alice 'counter.get ["kept"]')" 2
machine sh -c "mv '$sbindir/shmgrd.real' '$sbindir/shmgrd' && rm '$sbindir/shmgrd.other'"

# The daemon was ended, and not by systemd: the next call starts it again.
pid=$(show MainPID)
machine kill -TERM "$pid"
until_true machine test ! -d "/proc/$pid"
is 'SIGTERM: the next call starts it again' "$(client_call alice 'server.ping []')" '"pong"'
ok 'SIGTERM: with another process' pid_differs "$pid"
is 'nothing of the machine has failed' "$(machine systemctl --failed --no-legend)" ''
tap_end
