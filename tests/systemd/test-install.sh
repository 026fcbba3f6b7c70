#!/bin/bash
# The package on a machine with systemd: the installed files are valid, an administrator enables the socket,
# members of the group use it, and other users get an error that says why they may not.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the users and directories of the package are made' machine_install

is 'systemd has nothing to say of the units' \
	"$(machine systemd-analyze verify shmgrd.service shmgrd.socket shmgrd-metrics.service shmgrd-metrics.timer 2>&1)" ''
exposure=$(machine systemd-analyze security --no-pager --offline=true "$unitdir/shmgrd.service" | sed -n '$s/.*: \([0-9.]*\) .*/\1/p')
echo "# exposure: $exposure"
ok 'the service is exposed to no more than 0.5 of 10' awk -v "x=$exposure" 'BEGIN { exit !(x > 0 && x <= 0.5) }'

ok 'the socket is enabled' machine systemctl --quiet enable --now shmgrd.socket
is 'the socket listens' "$(show ActiveState shmgrd.socket)" active
is 'no daemon runs yet' "$(show ActiveState)" inactive
is 'the socket is for the group' "$(machine stat -c '%a %U %G' /run/shmgrd/shmgrd.sock)" '660 root shmgr'
is 'its directory is for all to pass' "$(machine stat -c '%a %U' /run/shmgrd)" '755 root'

# The first connection starts the daemon.
is 'a member of the group is served' "$(machine_as alice shmgrctl ping 2>&1)" pong
is 'the daemon runs' "$(show ActiveState)" active
is 'it is supervised' "$(show NotifyAccess) $(show WatchdogUSec)" 'main 30s'
pid=$(show MainPID)
# The limit is the unit's, or the machine's if that is lower.
is 'it may have descriptors for all the sessions that it allows' \
	"$(machine awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" \
	"$(machine awk '/^Max open files/ { print $5 < 65536 ? $5 : 65536 }' /proc/1/limits)"
is 'it runs as its own user' "$(machine ps -o user= -p "$pid" | tr -d ' ')" shmgrd
is 'it leaves no core dumps, and no debugger attaches' "$(machine stat -c %U "/proc/$pid/environ")" root
like 'it says how it is' "$(show StatusText)" '* sessions, * objects, * waiting calls; * durable objects, last sync * ms, longest * ms; started at *'
is 'root is served' "$(machine shmgrctl ping 2>&1)" pong

refusal=$(machine_as bob shmgrctl ping 2>&1)
ok 'a stranger is refused' test $? -ne 0
like 'and told why' "$refusal" '*at /run/shmgrd/shmgrd.sock: only uid 0 and the group shmgr may (mode 0660)*'
like 'and who may' "$refusal" '*shmgr*'
# Two members of the group share an object without further arrangements.
machine_as alice shmgrctl counter open shared --create --mode=0660 >/dev/null
is 'what a member makes belongs to the group of the socket' \
	"$(machine_as alice shmgrctl ls -l shared | grep -c ' shmgr ')" 1
is 'another member uses it' "$(machine_as carol shmgrctl counter add shared 5 2>&1)" 5
is 'both run commands under one lock' \
	"$(machine_as alice shmgrctl lock run both --mode=0660 -- echo a; machine_as carol shmgrctl lock run both --mode=0660 -- echo c)" 'a
c'
machine_as alice shmgrctl counter open private --create >/dev/null
like 'a denial says what would help' "$(machine_as carol shmgrctl counter add private 2>&1)" '*mode 0600*shmgrctl object chmod*'
machine_as alice shmgrctl object chmod private 0660
is 'and it does' "$(machine_as carol shmgrctl counter add private 2>&1)" 1
is 'root gives it away by name' "$(machine shmgrctl object chown private --user=carol 2>&1)" ''
is 'a lock is taken by a member' "$(machine_as alice shmgrctl lock open x --create >/dev/null && machine_as alice shmgrctl lock run x -- echo locked)" locked

# The sandbox hides other users' processes, and leaves the daemon what it needs.
client_start alice alice
client_start root root
is 'a member has a session' "$(client_call alice 'lock.open {"name":"l","create":true,"mode":"0666"}' | grep -o '"created":true')" '"created":true'
like 'it holds a lock' "$(client_call alice 'lock.acquire ["l"]')" '{"token":*'
owner=$(client_call root 'lock.owner ["l"]')
like 'the kernel says whose it is' "$owner" '*"uid":2001,*'
like 'the name is the one that the client claims' "$owner" '*"comm":"shmgr-steady","comm_claimed":true,*'
# The daemon has one pidfd for each client with a session.
is 'the death of clients is watched' "$(machine find "/proc/$pid/fd" -lname 'anon_inode:*pidfd*' | wc -l)" 2
client_say root 'lock.acquire ["l"]'
holder=$(printf '%s' "$owner" | sed 's/.*"pid":\([0-9]*\).*/\1/')
machine kill -KILL "$holder"
like 'a holder that is killed leaves the lock to the next, who is told' "$(client_hear root)" '*"owner_died":*"uid":2001,*'

# The journal has the daemon's lines, with their priorities.
until_true machine sh -c 'journalctl --sync; journalctl -u shmgrd.service -o cat | grep -q "listening on"'
is 'the journal has what the daemon says' "$?" 0
is 'with its priority' "$(machine journalctl -u shmgrd.service -p info..info -o cat | grep -c '^listening on')" 1
is 'and without the mark of it' "$(machine journalctl -u shmgrd.service -o cat | grep -c '^<')" 0

machine shmgrctl lock open roots --create >/dev/null
machine_as alice shmgrctl --json call lock.acquire '["roots"]' >/dev/null 2>&1
has_denial() {
	machine journalctl --sync
	machine journalctl -u shmgrd.service -p notice..notice -o cat |
		grep -Eq "^denied: pid [0-9]+ \(says it is shmgrctl\), uid 2001, session [0-9]+, lock.acquire 'roots': "
}
ok 'it has who was denied what' until_true has_denial

ok 'the socket is disabled' machine systemctl --quiet disable --now shmgrd.socket
is 'nobody listens any more' "$(show ActiveState shmgrd.socket)" inactive
tap_end
