#!/bin/sh
# shmgrctl with a real daemon: its output and its exit statuses.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

# Without a daemon

fails "with -v it says where it looked, and how to start one" 69 \
	"*$SHMGR_SOCKET*looked*\$SHMGR_SOCKET *$SHMGR_SOCKET*shmgrd --socket=*" -v ping
fails "a method needs the daemon as well" 69 "*$SHMGR_SOCKET*" dict get x y
fails "so does --socket" 69 "*$directory/other*" --socket "$directory/other" ping
out=$(unset SHMGR_SOCKET; XDG_RUNTIME_DIR=$directory/none "$ctl" -v ping 2>&1)
like "all the places where it looked" "$?:$out" \
	"69:*\$SHMGR_SOCKET *(not set)*$directory/none/shmgrd.sock (does not exist)*/run/shmgrd/shmgrd.sock*"
run --help
like "help needs no daemon" "$status:$out" "0:Usage: shmgrctl *Types:*dict*Exit codes:*"
run lock run --help
like "nor does the help of a command" "$status:$out" "0:Usage: shmgrctl *lock run NAME*"
run --version
like "nor does the version" "$status:$out" "0:shmgrctl *"
fails "a command is needed" 2 "no command given; *--help'"
fails "--color is one of three" 2 "--color: 'blue'*" --color=blue ping
fails "an unknown option is a usage error" 2 "unknown option --nonsense" --nonsense

ok "the daemon starts" daemon_start

# Values, in and out

gives "ping" 0 pong ping
gives "ping in JSON" 0 '"pong"' --json ping
run dict open counts --create --value '{"count":100}'
like "open tells what it made" "$status:$out" "0:name: counts
created: true*"
gives "a number" 0 100 dict get counts count
gives "set shows nothing" 0 "" dict set counts count 99
gives "unless JSON is asked for" 0 null --json dict set counts count 99
gives "a flag may stand behind the verb" 0 99 dict get counts count --json
run dict set counts text hello
gives "what is no JSON is a string, shown without quotes" 0 hello dict get counts text
gives "and with them as JSON" 0 '"hello"' --json dict get counts text
run dict set counts text 5
gives "what is JSON is JSON" 0 5 --json dict get counts text
for text in 12345e7 1e400 1.10 0123 -0 1E5 1e2 100000000000000000000 9007199254740993.0 '"quoted"' '{"a":1, "b":2}' \
	'["\u0061"]' ' 7 ' '7 ' '[1.50]'; do
	run dict set counts odd -- "$text"
	gives "'$text' is stored as this text" 0 "$text" dict get counts odd
	run list open odds --create
	run list append odds -- "$text"
	gives "also in a list" 0 "$text" list pop odds
	like "and is a string" "$("$ctl" --json dict get counts odd)" '"*"'
done
for text in 0 -7 1.5 1.25e+30 true false null '{"a":1,"b":[2]}' '[]'; do
	run dict set counts odd -- "$text"
	gives "'$text' comes out again" 0 "$text" --json dict get counts odd
done
run dict delete counts odd
run rm odds
run --parse dict set counts text 1.10
gives "--parse makes a number of it" 0 1.1 --json dict get counts text
run -J dict set counts text '"5"'
gives "and a string of what is quoted" 0 '"5"' --json dict get counts text
fails "--parse refuses other texts" 2 "dict.set: value: 'hello' is not valid JSON: *" dict set counts text hello -J
run dict set counts text 5
run -s dict set counts text 5
gives "--string makes it a string" 0 '"5"' --json dict get counts text
run -J dict set counts tree '{"a": [1, 2.5, null, true]}'
gives "containers are JSON" 0 '{"a":[1,2.5,null,true]}' --json dict get counts tree
gives "an object within a line as well" 0 'a: [1,2.5,null,true]' dict get counts tree
gives "the keys, one a line" 0 'count
text
tree' dict keys counts
run dict delete counts tree
gives "an object is a line for each member" 0 'count: 99
text: 5' dict copy counts
gives "parameters by name" 0 99 dict get --key=count --name counts
gives "and by both" 0 none dict get counts --default none nix
run dict set counts null null
gives "a null that is a value is shown" 0 null dict get counts null
run dict set counts -- --x -5
gives "behind -- anything is a value" 0 -5 dict get counts -- --x
run dict set counts multi "$(printf 'a\nb')"
gives "a string is printed as it is" 0 'a
b' dict get counts multi
run list open lines --create --value '["a\nb",1]'
gives "but within a list it stays in its line" 0 'a\nb
1' list copy lines
run list append lines "$(printf '\033[2J\302\233')"
gives "and cannot steer a terminal" 0 'a\nb
1
\u001b[2J\u009b' list copy lines
run counter open c --create --value 3 --minimum=-10
gives "negative numbers are values" 0 -2 counter add c -5
run dict open o --create --mode 0640
run stat o
like "permission bits are octal" "$out" "*mode: *0640*"
run call counter.add '["c", 12]'
is "call by position" "$status: $out" "0: 10"
gives "call by name" 0 11 call counter.add '{"delta":1,"name":"c"}'
gives "call without parameters" 0 pong call server.ping

# Errors of the daemon

fails "a missing key" 66 "dict.get: *nix*(ENODATA)" dict get counts nix
fails "a missing object" 66 "dict.get: *nix*(ENOENT)" dict get nix x
fails "another type" 1 "list.get: *(EPROTOTYPE)" list get counts 0
fails "a bound" 1 "counter.add: *(ERANGE)" counter add c -100
fails "a wait that took too long" 75 "counter.wait: *(ETIMEDOUT)" \
	counter wait c '>=' 100 --timeout-ms 5
fails "a wait that may not wait" 75 "counter.wait would have to wait, *(EAGAIN)" \
	counter wait c '>=' 100 --timeout_ms=0
fails "a time with its unit" 75 "counter.wait: *(ETIMEDOUT)" \
	counter wait c '>=' 100 --timeout=1ms
fails "by its place" 75 "counter.wait: *(ETIMEDOUT)" counter wait c '>=' 100 1ms
fails "a number alone is seconds" 75 "counter.wait: *after 20 ms*(ETIMEDOUT)" counter wait c '>=' 100 0.02
fails "unless the name says the unit" 75 "counter.wait: *after 2 ms*(ETIMEDOUT)" counter wait c '>=' 100 --timeout-ms=2
fails "what is no time" 2 "counter.wait: timeout: 'soon' is not a time such as 30s, *" counter wait c '>=' 100 soon
fails "a method that there is not" 1 "unknown method 'dict.nix': *(ENOSYS)" call dict.nix

# Errors of the command line

fails "an unknown type" 2 "*'nix'*" nix get x
fails "an unknown verb" 2 "*'nix'*" dict nix x
fails "too few arguments" 2 "dict.set: missing argument: value*" dict set counts x
fails "too many" 2 "dict.get: unexpected argument 'fourth'*" dict get counts x none fourth
fails "an unknown parameter" 2 "dict.get: *--nix*" dict get counts x --nix 1
fails "an unknown letter" 2 "dict.get: *-x*" dict get counts -x
fails "a parameter without its value" 2 "dict.get: *--default*" dict get counts x --default
fails "a parameter given twice" 2 "dict.get: *twice: name*" dict get counts x --name counts
fails "what is no integer" 2 "counter.add: delta: '1.5' is not an integer*" counter add c 1.5
fails "what looks like one" 2 "counter.add: delta: '007' is not an integer*" counter add c 007
fails "an integer of more than 64 bits" 2 "counter.add: delta: *" counter add c 9223372036854775808
fails "what is no boolean" 2 "dict.open: create: 'maybe' *" dict open counts --create=maybe
fails "what is no array" 2 "list.extend: values: '{}' is not an array*" list extend lines '{}'
fails "none of the choices" 2 "counter.wait: op: '<>' is not >=, <= or ==" counter wait c '<>' 1
fails "what is not UTF-8" 2 "dict.get: key: *UTF-8*" dict get counts "$(printf 'a\377')"
fails "parameters that are no JSON" 2 "call: *not valid JSON*" call dict.get '[1,'
fails "parameters that are neither array nor object" 2 "call: *array*" call dict.get 5
misused "call without a method" "*missing*" call
misused "ping with an argument" "*unexpected argument 'x'*" ping x
misused "stat without a name" "*missing*" stat
misused "ls with an unknown option" "unknown option --nix*" ls --nix
misused "rm without a name" "*missing*" rm
misused "lock run without a command" "*missing*" lock run x
"$ctl" ping >/dev/full 2>"$directory/err"
is "output that cannot be written is a failure" $? 1

# Help, from the daemon's table

run dict
like "a type lists its verbs" "$status:$out" "0:Usage: *dict VERB*set name key value*"
run lock
like "and the commands that stand among them" "$out" "*acquire name*run NAME*"
run dict set --help
like "a verb tells its parameters" "$status:$out" "0:Usage: *dict set*name*key*value*"
run counter wait --help
like "with their choices" "$out" "*>=, <= or ==*"
run list set-slice --help
like "a - stands for a _" "$status:$out" "0:Usage: *list set_slice *"
run help ls
like "help about a command" "$status:$out" "0:Usage: *ls *"
run help dict set
like "help about a verb" "$status:$out" "0:Usage: *dict set *"
run help dict
like "help about a type" "$status:$out" "0:Usage: *dict VERB*"

# Lists every method of the daemon, as "type verb" lines.
methods=$("$ctl" discover | sed -n 's/^\([a-z]*\): .*/f \1/p; s/^  \([a-z_]*\) .*/v \1/p' |
	awk '$1 == "f" { family = $2 } $1 == "v" { print family, $2 }')
n_wrong=0 n_methods=0
while read -r family verb; do
	n_methods=$((n_methods + 1))
	run "$family" "$verb" --help
	case $status:$out in
	"0:Usage: shmgrctl "*" $family $verb"*) ;;
	*)
		n_wrong=$((n_wrong + 1))
		echo "# no help about $family $verb"
		;;
	esac
done <<END
$methods
END
is "every verb has help" "$n_wrong" 0
ok "and there are many" [ "$n_methods" -gt 50 ]

# Objects

gives "ls" 0 'c
counts
lines
o' ls
gives "ls with a pattern" 0 'c
counts' ls 'c*'
gives "ls of a type" 0 lines ls --type list
run ls -l
like "ls -l is a table" "$status:$out" "0:NAME *TYPE *OWNER *BYTES
c *counter *
counts *dict *$(id -un) * 0600 *"
run stat c
like "stat" "$status:$out" "0:name: *c
type: *counter
*waiters: *none
value: *11*"
run --json stat c
like "stat in JSON" "$status:$out" '0:{"name":"c",*}'
fails "stat of nothing" 66 "object.stat: *(ENOENT)" stat nix
run rm c nix o
like "rm goes on behind what is missing" "$status:$err" "66:*'nix'*"
gives "and deletes the rest" 0 'counts
lines' ls

# Tests

gives "--test is true" 0 "" -q dict contains counts count
gives "--test is false" 1 "" -q dict contains counts nix
fails "--test of nothing is an error" 66 "*" --test dict contains nix x

# Locks

run lock open l --create
fails "acquire would be in vain" 2 "lock.acquire: *at once, *: 'shmgrctl lock run NAME -- COMMAND'*--hold*" lock acquire l
gives "and takes nothing" 1 "" -q lock locked l
run lock acquire l --hold
like "with --hold it tells the token" "$status:$out" '0:token: [0-9]*'
gives "and the lock goes with the end of the input" 1 "" -q lock locked l
gives "lock run exits as its command" 7 in lock run l -- sh -c 'echo in; exit 7'
gives "and needs no --" 7 "" lock run l sh -c 'exit 7'
gives "its command holds the lock" 0 true lock run l -- "$ctl" lock locked l
# shellcheck disable=SC2016
run lock run l -- sh -c 'echo "$SHMGR_LOCK $SHMGR_LOCK_TOKEN"'
like "and knows which one" "$status:$out" "0:l [0-9]*"
run lock run l -- "$ctl" stat l
like "stat tells who has it" "$status:$out" "0:*holders:*PID *shmgrctl *locked: *true*"
gives "it is free afterwards" 0 false lock locked l
gives "a lock is made where there is none" 0 true lock run new -- "$ctl" lock locked new
fails "who does not get it in time says so" 75 "lock.acquire: *(ETIMEDOUT)" \
	lock run l -- env -u SHMGR_HELD "$ctl" lock run l --timeout 5ms -- echo never
fails "or at once" 75 "lock.acquire: *(EAGAIN)" \
	lock run l -- env -u SHMGR_HELD "$ctl" lock run --timeout=0 l -- echo never
fails "a timeout is a number" 2 "lock run: --timeout: 'soon'*" lock run l --timeout soon -- echo never
gives "a signal that ends the command" 137 "" lock run l -- sh -c 'kill -9 $$'
fails "a command that there is not" 127 "*nix*" lock run l -- "$directory/nix"
fails "a command that cannot be run" 126 "*" lock run l -- "$directory"
run lock run l -- find /proc/self/fd -lname 'socket:*'
is "the command inherits no socket" "$status: $out" "0: $(
	find /proc/self/fd -lname 'socket:*' </dev/null
)"

# A signal to shmgrctl reaches the command, which handles it; then the lock is released normally, so
# the next owner is told of no death. The command reports that it runs; if it cannot start, the FIFO
# ends.
mkfifo "$directory/started" "$directory/go"
# shellcheck disable=SC2016
"$ctl" lock run l -- sh -c 'trap "exit 5" TERM; echo
	i=0; while [ $i -lt 50000000 ]; do i=$((i + 1)); done; exit 6' >"$directory/started" &
pid=$!
read -r _ <"$directory/started"
kill -TERM "$pid"
wait "$pid"
is "signals are sent on" $? 5
run --json lock acquire --hold l
like "and the lock was released" "$out" '{"token":*}'
is "by the one who had it" "$(echo "$out" | grep -c owner_died)" 0

# shmgrctl is killed: nobody releases the lock when the command ends.
exec 4<>"$directory/go"
"$ctl" lock run l -- sh -c 'echo $$; read -r line <&4' \
	>"$directory/started" 2>"$directory/err" &
pid=$!
read -r command <"$directory/started"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
run lock run l -- true
like "the next owner is told of a death" "$status:$err" "0:shmgrctl: *$command*"

ok "the daemon ends cleanly" daemon_stop
fails "and is gone" 69 "*" ping
tap_end
