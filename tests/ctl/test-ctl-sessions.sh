#!/bin/sh
# shmgrctl sessions, session kill and server config; keys and values in monitor; the daemon's messages about
# descriptors.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

ok "the daemon starts" daemon_start --slow-call=250ms
mkfifo "$directory/started" "$directory/go" "$directory/watching"
exec 4<>"$directory/started" 5<>"$directory/go" 6<>"$directory/watching"
# shellcheck disable=SC2016
"$ctl" lock run --persistent --note="a test" l -- sh -c 'trap "exit 9" TERM; echo >&4; read -r _ <&5' 2>"$directory/words" &
holder=$!
read -r _ <&4
run sessions
like "sessions, with what they hold" "$status:$out" "0:SESSION * PID * USER * COMMAND * CONNECTED * HOLDS * RESERVED * WAITS * OPENED * NOTE
*sh *s * 1 * 0 * 0 * a test
*shmgrctl *"
run --json sessions
like "as JSON" "$out" '\[{"pid":*"comm":"sh","session":*,"client":"sh",*"holds":1,*\]'
session=$(echo "$out" | sed 's/.*"comm":"sh","session":\([0-9]*\),.*/\1/')
fails "one that there is not" 66 "session.kill: no session has the number 99999* (ENOENT)" session kill 99999
gives "a session is ended" 0 "" session kill "$session"
wait "$holder"
is "its command hears of it" "$?:$(cat "$directory/words")" \
	"76:shmgrctl: the lock 'l' was lost while the command ran: this session is cut off: session.kill ended it; sending SIGTERM to the command"
gives "and the lock is free" 0 false lock locked l
run queue open jobs --create
run queue put jobs x
run queue worker jobs --once -- "$ctl" sessions
like "a session that has reserved an item" "$status:$out" "0:*
*shmgrctl * 0 * 1 * 0 *"
run rm jobs
run server config
like "the options in force" "$status:$out" "0:file: */dev/null
options:
*slow-call: *250ms*"

# watches ARG...: begins a monitor, whose output goes to a file.
watches() {
	"$ctl" monitor "$@" >"$directory/seen" 2>&6 &
	pid=$!
	read -r _ <&6
}
run dict open d --create
watches --count=2 --type=dict
run dict set d "a key" 5
run list open list --create
run dict get d "a key"
wait "$pid"
like "monitor shows keys" "$(cat "$directory/seen")" "* dict.set *d * a key * ok
* dict.get *d * a key * ok"
watches --count=2 --type=dict --values
run dict set d k '{"x":[1]}'
run dict set d k "$(printf '%02000d' 1)"
wait "$pid"
like "and values, if asked" "$(cat "$directory/seen")" '* dict.set *d * k * ok  value={"x":\[1\]}
* dict.set *d * k * ok  value=...'
ok "the daemon ends cleanly" daemon_stop

: >"$directory/log"
(
	ulimit -n 300
	exec "$SHMGRD" --config /dev/null --check-config >/dev/null 2>&1
)
start_with_few() {
	daemon_pid=
	mkfifo "$directory/few" 2>/dev/null
	sh -c 'ulimit -n 300; exec "$@"' sh "$SHMGRD" --config /dev/null --socket "$SHMGR_SOCKET" --ready-fd 3 "$@" \
		3>"$directory/few" 2>"$directory/log" &
	daemon_pid=$!
	read -r _ <"$directory/few"
}
start_with_few
is "few descriptors are no news" "$(grep -c 'descriptor limit' "$directory/log")" 0
daemon_stop
start_with_few --log-level=debug
ok "unless one looks for them" grep -q 'the descriptor limit of 300 allows for' "$directory/log"
ok "the daemon ends cleanly" daemon_stop

# A newer daemon has a verb that this shmgrctl does not know.
if command -v python3 >/dev/null; then
	cat >"$directory/newer.py" <<-'END'
		import json, socket, sys
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(sys.argv[1])
		listener.listen()
		print("listens", flush=True)
		method = {"name": "dict.future", "summary": "from then", "tags": [{"name": "dict", "description": "keys"}],
		          "params": [{"name": "name", "required": True, "schema": {"type": "string"}}],
		          "result": {"name": "result", "schema": {}}, "x-object": True, "x-writes": False, "x-blocks": False}
		while True:
		    peer = listener.accept()[0].makefile("rw")
		    for line in peer:
		        call = json.loads(line)
		        if "id" not in call:
		            continue
		        result = {"methods": [method]} if call["method"] == "rpc.discover" else call["method"]
		        print(json.dumps({"jsonrpc": "2.0", "result": result, "id": call["id"]}), file=peer, flush=True)
	END
	python3 "$directory/newer.py" "$directory/newer" >"$directory/started" &
	newer=$!
	read -r _ <&4
	gives "a verb of a newer daemon" 0 dict.future --socket "$directory/newer" dict future d
	run --socket "$directory/newer" dict future --help
	like "with its help" "$status:$out" "0:Usage: *dict future name*from then*"
	kill "$newer"
	wait "$newer" 2>/dev/null
else
	tap_result 0 "a verb of a newer daemon # SKIP there is no python3"
fi
tap_end
