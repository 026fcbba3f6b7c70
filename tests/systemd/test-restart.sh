#!/bin/bash
# systemctl restart: another process continues with all sessions, and no client notices. After a stop, a crash or a kill
# none does.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the package is ready' machine_install
machine systemctl --quiet enable --now shmgrd.socket

pid_differs() {
	local now
	now=$(show MainPID)
	[ "$now" != 0 ] && [ "$now" != "$1" ]
}

# Commands that run under the daemon. The holder waits for a word in a pipe, the workers for a file.
in_background() {
	local name=$1
	shift
	machine_as alice shmgrctl "$@" >"$directory/$name.out" 2>&1 </dev/null &
	background[$name]=$!
}
declare -A background

says() {
	grep -qx "$2" "$directory/$1.out"
}

waits() {
	machine_as alice shmgrctl --json call server.stats '[]' | grep -q "\"waits\":$1,"
}

machine mkfifo -m 666 /tmp/holder
for client in cond barrier steady; do
	client_start "$client" alice
done
client_call cond 'condition.open {"name":"c","create":true}' >/dev/null
client_call barrier 'barrier.open {"name":"b","create":true,"parties":2}' >/dev/null
client_call steady 'counter.open {"name":"n","create":true,"durable":"no"}' >/dev/null

# begin: makes a lock with a holder and two waiters, a queue with two workers, a condition with a waiter, and a barrier
# that is half full.
begin() {
	in_background holder lock run site -- sh -c 'echo held; read -r word </tmp/holder'
	until_true says holder held
	in_background first lock run site -- echo 'my turn'
	until_true waits 1
	in_background second lock run site -- echo 'my turn'
	machine_as alice shmgrctl -q queue open jobs --create
	machine_as alice shmgrctl -q queue put jobs one
	for i in 1 2; do
		in_background "worker$i" queue worker --max=2 jobs -- sh -c 'cat; until [ -e /tmp/worker ]; do sleep 0.05; done'
	done
	client_call cond 'condition.acquire ["c"]' >/dev/null
	client_say cond 'condition.wait ["c"]'
	client_say barrier 'barrier.wait ["b"]'
	# Two waits for the lock, one for an item, one in the condition, one at the barrier.
	until_true waits 5
}

ok 'clients hold and wait' begin
for i in 1 2 3; do
	pid=$(show MainPID)
	ok "restart $i" machine systemctl restart shmgrd.service
	ok "restart $i: with another process" pid_differs "$pid"
	ok "restart $i: all wait still" waits 5
	is "restart $i: a session goes on" "$(client_call steady 'counter.add ["n"]')" "$i"
done
is 'restart: nothing is left in the store' "$(show NFileDescriptorStore)" 0
is 'restart: nobody has said a word' "$(cat "$directory"/first.out "$directory"/second.out)" ''
machine journalctl --sync
is 'restart: the journal has each' "$(machine journalctl -u shmgrd.service -o cat | grep -c '^restarted: ')" 3

machine sh -c 'echo end >/tmp/holder'
wait "${background[holder]}"
is 'the holder has ended well' "$?:$(cat "$directory/holder.out")" '0:held'
wait "${background[first]}"
is 'the first one behind it had its turn' "$?:$(cat "$directory/first.out")" '0:my turn'
wait "${background[second]}"
is 'and so had the second' "$?:$(cat "$directory/second.out")" '0:my turn'
client_call steady 'condition.open ["c"]' >/dev/null
client_call steady 'condition.acquire ["c"]' >/dev/null
client_call steady 'condition.notify ["c"]' >/dev/null
client_call steady 'condition.release ["c"]' >/dev/null
is 'who waited in the condition is notified' "$(client_hear cond)" true
client_call cond 'condition.release ["c"]' >/dev/null
client_call steady 'barrier.open ["b"]' >/dev/null
is 'the barrier opens' "$(client_call steady 'barrier.wait ["b"]'):$(client_hear barrier)" '1:0'
for item in two three four; do
	machine_as alice shmgrctl -q queue put jobs "$item"
done
machine touch /tmp/worker
wait "${background[worker1]}" "${background[worker2]}"
is 'the workers have done all items' "$(cat "$directory"/worker1.out "$directory"/worker2.out | sort | tr '\n' ' ')" 'four one three two '

# A stop, and a start.
client_say cond 'counter.open {"name":"never","create":true,"durable":"no"}'
client_hear cond >/dev/null
client_say cond 'counter.wait ["never","==",1]'
until_true waits 1
ok 'stop' machine systemctl stop shmgrd.service
like 'stop: who waits is told' "$(client_hear cond)" 'ECONNRESET: *'
is 'stop: the store is empty' "$(show NFileDescriptorStore)" 0
ok 'start' machine systemctl start shmgrd.service
like 'start: objects are gone' "$(client_call steady 'counter.get ["n"]')" 'E*'

# A kill, also after a restart, leaves nothing to take over.
ok 'restart' machine systemctl restart shmgrd.service
client_call cond 'counter.open {"name":"never","create":true,"durable":"no"}' >/dev/null
client_say cond 'counter.wait ["never","==",1]'
until_true waits 1
pid=$(show MainPID)
machine kill -KILL "$pid"
like 'SIGKILL: who waits is told' "$(client_hear cond)" 'ECONNRESET: *'
ok 'SIGKILL: another process comes' until_true pid_differs "$pid"
like 'SIGKILL: objects are gone' "$(machine_as alice shmgrctl counter get never 2>&1)" '*ENOENT*'

# If the configuration is invalid the state stays in the store until it is valid again.
client_call cond 'counter.open {"name":"later","create":true,"durable":"no"}' >/dev/null
client_say cond 'counter.wait ["later","==",1]'
until_true waits 1
printf 'nonsense\n' | machine tee "$sysconfdir/shmgrd/shmgrd.conf" >/dev/null
machine systemctl restart shmgrd.service 2>/dev/null
is 'restart with a bad configuration fails' "$?" 1
has_failed_often() {
	[ "$(show NRestarts)" -ge 2 ]
}
ok 'restart with a bad configuration: systemd tries again' until_true has_failed_often
: | machine tee "$sysconfdir/shmgrd/shmgrd.conf" >/dev/null
is 'restart with a bad configuration: when it is mended, clients go on' \
	"$(client_call steady 'counter.open ["later"]' >/dev/null; client_call steady 'counter.set ["later",1]'; client_hear cond)" 'null
1'
is 'nothing of the machine has failed' "$(machine systemctl --failed --no-legend)" ''
tap_end
