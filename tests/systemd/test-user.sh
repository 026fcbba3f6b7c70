#!/bin/bash
# A user's own daemon, under the user's systemd, without an administrator.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the package is ready' machine_install
machine systemctl start user@2002.service || tap_skip_all 'the users of this machine have no systemd of their own'

runtime=/run/user/2002
as_bob() {
	machine_as bob env XDG_RUNTIME_DIR="$runtime" HOME=/home/bob "$@"
}
bobs() {
	as_bob systemctl --user "$@"
}
show_bobs() {
	bobs show --value -p "$1" shmgrd.service
}
pid_differs() {
	local now
	now=$(show_bobs MainPID)
	[ "$now" != 0 ] && [ "$now" != "$1" ]
}

is 'systemd has nothing to say of the units' \
	"$(as_bob systemd-analyze --user verify shmgrd.service shmgrd.socket 2>&1)" ''
as_bob sh -c 'mkdir -p ~/.config/shmgrd && echo "max-batch = 5" >~/.config/shmgrd/shmgrd.conf'
ok 'the socket is enabled' bobs --quiet enable --now shmgrd.socket
is 'no daemon runs yet' "$(show_bobs ActiveState)" inactive
is 'the socket is for the user' "$(machine stat -c '%a %U' "$runtime/shmgrd.sock")" '600 bob'
is 'the user is served' "$(as_bob shmgrctl ping 2>&1)" pong
is 'the daemon runs' "$(show_bobs ActiveState)" active
pid=$(show_bobs MainPID)
is 'as the user' "$(machine ps -o user= -p "$pid" | tr -d ' ')" bob
is 'it is supervised' "$(show_bobs Type) $(show_bobs WatchdogUSec)" 'notify 30s'
like 'by its own configuration' "$(as_bob shmgrctl --json call session.hello '[]')" '*"batch_calls":5,*'
ok 'another user is refused' test "$(machine_as alice env SHMGR_SOCKET="$runtime/shmgrd.sock" shmgrctl ping 2>&1; echo $?)" != 0

client_start bob bob XDG_RUNTIME_DIR="$runtime"
like 'a client of the library finds it by itself' "$(client_call bob 'lock.open {"name":"l","create":true}')" '*"created":true*'
client_call bob 'lock.acquire ["l"]' >/dev/null
owner=$(as_bob shmgrctl --json call lock.owner '["l"]')
like 'the kernel says what its processes are called' "$owner" '*"comm":"shmgr-steady",*'
is 'and nothing is only claimed' "$(printf '%s' "$owner" | grep -c comm_claimed)" 0

as_bob sh -c 'echo "max-batch = 6" >~/.config/shmgrd/shmgrd.conf'
ok 'reload' bobs reload shmgrd.service
has_limit() {
	client_call bob 'session.hello []' | grep -q '"batch_calls":6,'
}
ok 'reload: the new configuration counts' until_true has_limit
is 'reload: by the same process' "$(show_bobs MainPID)" "$pid"
ok 'restart' bobs restart shmgrd.service
is 'restart: the client has its lock still' "$(client_call bob 'lock.release ["l"]')" null
like 'restart: and takes it again' "$(client_call bob 'lock.acquire ["l"]')" '*"token":*'
pid=$(show_bobs MainPID)
machine kill -KILL "$pid"
ok 'SIGKILL: it is started again' until_true pid_differs "$pid"
like 'SIGKILL: the client is told that its lock is lost' "$(client_call bob 'server.ping []')" "ECONNRESET: *lost what it held: 'l'*"
is 'SIGKILL: the client goes on' "$(client_call bob 'server.ping []')" '"pong"'
ok 'stop of the socket' bobs stop shmgrd.socket
ok 'stop of the socket: its file is gone' machine test ! -e "$runtime/shmgrd.sock"
is 'stop of the socket: the daemon ended cleanly' "$(show_bobs Result) $(show_bobs ActiveState)" 'success inactive'
tap_end
