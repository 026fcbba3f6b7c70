#!/bin/bash
# Commands under a lock as an administrator runs them: in units, which systemd stops; in a unit of Type=notify; under
# sudo and nohup; and by two users who share a lock.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the package is ready' machine_install
machine systemctl --quiet enable --now shmgrd.socket

# unit NAME LINE...: makes a service with these lines in [Service].
unit() {
	local name=$1
	shift
	printf '[Service]\n' | cat - <(printf '%s\n' "$@") | machine tee "/run/systemd/system/$name.service" >/dev/null
	machine systemctl daemon-reload
}

# put_script NAME: makes a script on the machine, from standard input.
put_script() {
	machine tee "/usr/local/bin/$1" >/dev/null && machine chmod 755 "/usr/local/bin/$1"
}

has_said() {
	machine grep -qx "$2" "/tmp/$1" 2>/dev/null
}

# times_said SCRIPT WORD: prints how often a word is a line of the script's output.
times_said() {
	machine grep -cx "$2" "/tmp/$1"
}

# is_free LOCK: a lock that lock run has made is deleted when nobody uses it.
is_free() {
	locked=$(machine shmgrctl lock locked "$1" 2>/dev/null)
	case $?:$locked in
	0:false | 66:) ;;
	*) return 1 ;;
	esac
}

is_held() {
	! is_free "$1"
}

holder() {
	machine shmgrctl --json lock owner "$1" | sed -nE 's/.*"pid":([0-9]+).*/\1/p'
}

# counts FILE [STATUS]: writes the signals that it receives; TERM ends it.
put_script counts <<'END'
#!/bin/bash
said=/tmp/$1 status=${2:-0}
echo $$ >"$said.pid"
for signal in HUP INT USR1 USR2; do
	trap "echo $signal >>$said" "$signal"
done
trap 'echo TERM >>$said; exit $status' TERM
echo begun >>"$said"
while :; do sleep 1000 & wait; done
END

# A unit is stopped: systemd sends SIGTERM to all its processes at once.

unit stopped 'ExecStart=shmgrctl lock run l -- counts stopped'
machine systemctl start stopped.service
ok 'a unit runs its command under a lock' until_true has_said stopped begun
ok 'the lock is held' is_held l
ok 'by the command, not by the main process' test "$(holder l)" != "$(show MainPID stopped.service)"
ok 'systemctl stop' machine systemctl stop stopped.service
is 'its command was told once' "$(times_said stopped TERM)" 1
is 'the unit ended well' "$(show ActiveState stopped.service):$(show Result stopped.service):$(show ExecMainStatus stopped.service)" 'inactive:success:0'
ok 'the lock is free' until_true is_free l

unit main-only 'KillMode=mixed' 'ExecStart=shmgrctl lock run l -- counts main-only'
machine systemctl start main-only.service
until_true has_said main-only begun
ok 'a unit whose main process alone is told stops, too' machine systemctl stop main-only.service
is 'its command was told once by shmgrctl' "$(times_said main-only TERM):$(show Result main-only.service)" '1:success'

unit by-signal 'ExecStart=shmgrctl lock run l -- sleep 1000'
machine systemctl start by-signal.service
until_true is_held l
ok 'a command that SIGTERM ends' machine systemctl stop by-signal.service
is 'makes no failed unit' "$(show ActiveState by-signal.service):$(show Result by-signal.service)" 'inactive:success'

unit fails 'ExecStart=shmgrctl lock run l -- counts fails 3'
machine systemctl start fails.service
until_true has_said fails begun
machine systemctl stop fails.service
is 'the status of the command is that of the unit' "$(show ActiveState fails.service):$(show ExecMainStatus fails.service)" 'failed:3'
machine systemctl reset-failed fails.service

unit waits 'ExecStart=shmgrctl lock run l -- counts waits'
unit holds 'ExecStart=shmgrctl lock run l -- counts holds'
machine systemctl start holds.service
until_true has_said holds begun
machine systemctl start waits.service
is_waited_for() {
	machine shmgrctl stat l | grep -q waiter
}
ok 'another unit waits' until_true is_waited_for
ok 'and is stopped' machine systemctl stop waits.service
is 'as a unit that ended well' "$(show ActiveState waits.service):$(show Result waits.service)" 'inactive:success'
is 'without having run its command' "$(machine ls /tmp/waits 2>/dev/null)" ''
ok 'the lock is with who had it' is_held l

# Reload by SIGHUP, as logrotate's postrotate does by systemctl kill: to the whole unit, or to the main process.
machine systemctl kill --signal=HUP holds.service
ok 'a SIGHUP to the unit arrives' until_true has_said holds HUP
machine systemctl kill --kill-whom=main --signal=USR1 holds.service
ok 'one to the main process is sent on' until_true has_said holds USR1
machine systemctl kill --kill-whom=main --signal=USR2 holds.service
until_true has_said holds USR2
is 'each came once' "$(times_said holds HUP):$(times_said holds USR1):$(times_said holds USR2)" '1:1:1'
machine systemctl kill --kill-whom=main --signal=KILL holds.service
is_over() {
	[ "$(show ActiveState holds.service)" != active ]
}
ok 'SIGKILL to the main process: systemd ends the rest' until_true is_over
ok 'and the lock is free' until_true is_free l

unit worker 'ExecStart=shmgrctl queue worker jobs -- counts worker'
machine systemctl start worker.service
machine shmgrctl queue open jobs --create >/dev/null
machine shmgrctl queue put jobs item >/dev/null
ok 'a worker works' until_true has_said worker begun
machine systemctl stop worker.service
is 'a worker that is stopped ends well' "$(show ActiveState worker.service):$(show Result worker.service)" 'inactive:success'
is 'and has done its item' "$(times_said worker TERM):$(machine shmgrctl queue size jobs)" '1:0'

# Type=notify

put_script ready <<'END'
#!/bin/sh
systemd-notify --ready --status="main $$" && exec sleep 1000
END
unit notifies 'Type=notify' 'TimeoutStartSec=60' 'ExecStart=shmgrctl lock run --exec l -- ready'
ok 'with --exec a unit of Type=notify starts' machine systemctl start notifies.service
is 'its main process is the command, and has the lock' \
	"$(show StatusText notifies.service):$(holder l)" "main $(show MainPID notifies.service):$(show MainPID notifies.service)"
is 'there is no other process' "$(machine cat /sys/fs/cgroup/system.slice/notifies.service/cgroup.procs)" "$(show MainPID notifies.service)"
ok 'it is stopped' machine systemctl stop notifies.service
is 'and ended well' "$(show Result notifies.service)" success
ok 'the lock is free then' until_true is_free l
unit notifies-below 'Type=notify' 'NotifyAccess=all' 'TimeoutStartSec=60' 'ExecStart=shmgrctl lock run l -- ready'
ok 'without --exec it starts with NotifyAccess=all' machine systemctl start notifies-below.service
ok 'under the lock' is_held l
ok 'and is stopped' machine systemctl stop notifies-below.service
is 'and ended well, too' "$(show Result notifies-below.service)" success
unit notifies-in-vain 'Type=notify' 'TimeoutStartSec=2' 'ExecStart=shmgrctl lock run l -- ready'
ok 'without both systemd does not hear it' test "$(machine systemctl start notifies-in-vain.service 2>/dev/null; echo $?)" != 0
machine systemctl reset-failed notifies-in-vain.service
ok 'and the lock is free' until_true is_free l

# A socket unit starts a service: the sockets that it passes are for this pid alone.
put_script serves <<'END'
#!/bin/sh
[ "$LISTEN_PID" = $$ ] && echo "served $LISTEN_FDS"
END
printf '[Socket]\nListenStream=/run/served.sock\nAccept=no\n' | machine tee /run/systemd/system/served.socket >/dev/null
unit served 'StandardOutput=append:/tmp/served' 'ExecStart=shmgrctl lock run --exec l -- serves'
machine systemctl start served.socket
machine perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Peer => "/run/served.sock") or die'
ok 'socket activation passes through --exec' until_true has_said served 'served 1'
machine systemctl stop served.socket

# The daemon ends while a unit's command runs.
unit loses 'ExecStart=shmgrctl lock run --on-lost=term l -- counts loses'
machine systemctl start loses.service
until_true has_said loses begun
machine systemctl stop shmgrd.service
has_failed() {
	[ "$(show ActiveState loses.service)" = failed ]
}
ok 'a unit that lost its lock has failed' until_true has_failed
is 'with the status of a loss' "$(show ExecMainStatus loses.service):$(times_said loses TERM)" '76:1'
machine sh -c 'journalctl --sync; journalctl -u loses.service -o cat' >"$directory/journal"
like 'and the journal says why' "$(cat "$directory/journal")" "*the lock 'l' was lost while the command ran*"
machine systemctl reset-failed loses.service

# Two members of the group, who know no more than the manual says.

is 'alice makes a lock for the group' "$(machine_as alice shmgrctl lock run --persistent --mode=0660 site -- echo alice 2>&1)" alice
is 'and carol uses it' "$(machine_as carol shmgrctl lock run --mode=0660 site -- echo carol 2>&1)" carol
machine_as alice sh -c 'shmgrctl lock run --note="weekly copy" site -- sh -c "echo begun >/tmp/site; sleep 1000"' &
job=$!
until_true has_said site begun
busy=$(machine_as carol shmgrctl lock run -n site -- echo never 2>&1)
is 'who finds it busy is told' "$?" 75
like 'by whom and what for' "$busy" "*'site' is held by pid * (sh) since *: \"weekly copy\"*"
busy=$(machine_as carol shmgrctl lock run -n --busy-status=9 site -- echo never 2>&1)
is 'with a status of carol'"'s choice" "$?" 9
command=$(holder site)
machine sh -c 'kill -KILL "$(ps -o ppid= -p "$1" | tr -d " ")" && kill -KILL "$1"' sh "$command"
wait "$job" 2>/dev/null
like 'the next is told of the death' "$(machine_as carol shmgrctl lock run site -- echo carol 2>&1)" "*the last owner of 'site' exited without releasing it: pid * (sh), *carol"
is 'alice keeps one to herself' "$(machine_as alice shmgrctl lock run --persistent private -- echo alice 2>&1)" alice
refused=$(machine_as carol shmgrctl lock run private -- echo never 2>&1)
like 'which carol is refused, with who can change that' "$refused" "*uid 2003 may not open 'private', a lock of uid 2001 and group * with mode 0600; *shmgrctl object chmod * 0660*"
is 'alice shares it' "$(machine_as alice shmgrctl object chmod private 0660 2>&1)" ''
is 'and carol has it' "$(machine_as carol shmgrctl lock run private -- echo carol 2>&1)" carol
is 'nobody else may connect' "$(machine_as bob shmgrctl ping >/dev/null 2>&1; echo $?)" 69

# sudo and nohup, as a user who is not root.

if machine sh -c 'command -v sudo' >/dev/null; then
	echo 'alice ALL=(ALL) NOPASSWD: ALL' | machine tee /etc/sudoers.d/alice >/dev/null
	machine chmod 440 /etc/sudoers.d/alice
	machine_as alice sh -c 'echo $$ >/tmp/wrapper; exec shmgrctl lock run site -- sudo -n counts sudo' &
	job=$!
	ok 'alice runs something as root under her lock' until_true has_said sudo begun
	machine kill -KILL "$(machine cat /tmp/wrapper)"
	wait "$job" 2>/dev/null
	ok 'shmgrctl is killed: the lock is held by sudo' is_held site
	machine kill -TERM "$(holder site)"
	ok 'and free when that ends' until_true is_free site
	is 'which the command heard once' "$(times_said sudo TERM)" 1
	machine_as alice sh -c 'shmgrctl lock run --grace=100ms site -- sudo -n counts sudo-lost 2>/tmp/sudo-words; echo $? >/tmp/sudo-status' &
	job=$!
	until_true has_said sudo-lost begun
	machine_as alice shmgrctl rm site
	has_sudo_status() {
		machine test -s /tmp/sudo-status
	}
	ok 'a command of root ends with the lock of alice' until_true has_sudo_status
	wait "$job" 2>/dev/null
	machine cat /tmp/sudo-words | sed 's/^/# /'
	is 'which it was told of once' "$(times_said sudo-lost TERM)" 1
	is 'and the status says that the lock was lost' "$(machine cat /tmp/sudo-status)" 76
else
	tap_result 0 'sudo # SKIP the machine has no sudo'
fi
machine_as alice sh -c 'nohup shmgrctl lock run site -- counts nohup >/dev/null 2>&1 & echo $! >/tmp/wrapper; wait'  &
job=$!
until_true has_said nohup begun
machine kill -HUP "$(machine cat /tmp/wrapper)"
machine kill -USR1 "$(machine cat /tmp/wrapper)"
ok 'under nohup a SIGHUP does nothing' until_true has_said nohup USR1
is 'to the command neither' "$(times_said nohup HUP)" 0
machine kill -TERM "$(machine cat /tmp/wrapper)"
wait "$job" 2>/dev/null
ok 'and the lock is given back' until_true is_free site
tap_end
