#!/bin/sh
# How shmgrctl fails: its exit statuses, its messages in words and as JSON, and its errors that need no daemon.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"
page=${srcdir:-.}/man/shmgrctl.1

# Without a daemon

run ping
is "a missing daemon is told in two lines" "$(echo "$err" | wc -l)" 2
like "the first has the socket, the second what to do" "$err" \
	"shmgrctl: cannot connect to the daemon at $SHMGR_SOCKET: *
shmgrctl: \$SHMGR_SOCKET names that socket: start a daemon there with 'shmgrd --socket=$SHMGR_SOCKET &', or unset the variable; -v shows *"
run --socket="$directory/other" ping
like "a socket of the command line has its own advice" "$err" \
	"*/other: *
shmgrctl: start one there with 'shmgrd --socket=$directory/other &'; -v shows *"
if [ ! -e /run/shmgrd/shmgrd.sock ] && [ ! -e "/run/user/$(id -u)/shmgrd.sock" ]; then
	out=$(env -u SHMGR_SOCKET "$ctl" ping 2>&1)
	like "without both, that of a service" "$out" "*
shmgrctl: start one with 'systemctl *start shmgrd.socket' or '*shmgrd &'; -v shows *"
	if [ "$(id -u)" -eq 0 ] && [ ! -e /run/shmgrd ]; then
		like "which root's directory may lack" "$out" "*'mkdir /run/shmgrd && shmgrd &'*"
	else
		tap_result 0 "which root's directory may lack # SKIP for root without /run/shmgrd"
	fi
else
	tap_result 0 "without both, that of a service # SKIP a daemon of the system runs"
	tap_result 0 "which root's directory may lack # SKIP a daemon of the system runs"
fi
run -v ping
ok "-v tells more" [ "$(echo "$err" | wc -l)" -gt 6 ]
run --json ping
is "as JSON it is one" "$status:$err" "69:{\"error\":{\"status\":69,\"message\":\"cannot connect to the daemon at \
$SHMGR_SOCKET: No such file or directory\",\"errno\":\"ENOENT\"}}"
run dict
like "the verbs of a type" "$status:$out" "0:*set name key value*"
run dict set --help
like "the arguments of a verb" "$status:$out" "0:Usage: *name*key*value*"
fails "a mistyped verb" 2 "dict has no verb 'gte'; did you mean 'get'?" dict gte d k
fails "a mistyped type" 2 "'dcit' is not a command or a type; did you mean 'dict'?" dcit get d k
fails "a mistyped command" 2 "'pnig' is not a command or a type; did you mean 'ping'?" pnig
fails "nothing like it" 2 "'xyzzy' is not a command or a type; see 'shmgrctl --help'" xyzzy
fails "a mistyped option" 2 "unknown option --jsno; did you mean '--json'?" --jsno ping
fails "of a command" 2 "unknown option --tpye; did you mean '--type'?
Usage: *" ls --tpye=list
fails "of a verb" 2 "dict.get: unknown parameter or option --defualt; did you mean '--default'?" dict get d k --defualt 1
fails "a command of two words" 2 "queue has no verb 'wroker'; did you mean 'worker'?" queue wroker
out=$("$ctl" dict | awk '/^  / { print $1 }' | sort)
is "a verb that is a method and a command is listed once" "$out" "$(echo "$out" | uniq)"
fails "a verb by another word" 2 "queue has no verb 'length'; did you mean 'size'?" queue length q
fails "which goes before one that is written alike" 2 "queue has no verb 'pop'; did you mean 'get'?" queue pop q
fails "an abbreviation" 2 "counter.open: unknown parameter or option --min; did you mean '--minimum'?" counter open c --min=0
fails "of a verb" 2 "rwlock has no verb 'acquire'; did you mean 'acquire_read'?" rwlock acquire rw
fails "a verb without its type" 2 "'length' is a verb and stands behind a type: *dict, list, *; see 'shmgrctl --help'" length d
fails "a command without its type" 2 "'run' is a verb and stands behind a type: lock, semaphore; see 'shmgrctl --help'" run l -- true
for pair in "--wait=5 --timeout" "-w --timeout" "--nonblock --try" "-E --busy-status" "--conflict-exit-code=4 --busy-status" \
	"-F --exec" "-e --exclusive"; do
	fails "an option of flock: ${pair% *}" 2 "unknown option *; did you mean '${pair#* }'?*" lock run "${pair% *}" l -- true
done
like "the usage names the help" "$err" "*
'shmgrctl lock run --help' tells more."
for option in --socket "metrics --output" "queue worker q --dead" "monitor --name" "lock run l --group"; do
	# shellcheck disable=SC2086
	fails "$option needs more than nothing" 2 "*${option##* }: the value is empty" $option= x
done
fails "a verb of a command" 2 "sessions: unexpected argument 'kill'; did you mean 'session kill'?
Usage: *" sessions kill 3
fails "a word that is no verb" 2 "sessions: unexpected argument 'xyzzy'
Usage: *" sessions xyzzy
like "the choices of an argument are listed once" "$("$ctl" queue open --help)" \
	"*which item comes out first; with priority it is the least; one of fifo, lifo or priority (default: \"fifo\")*"
run --jsno --json ping
is "an error of the command line as JSON" "$status:$err" \
	'2:{"error":{"status":2,"message":"unknown option --jsno; did you mean '"'--json'"'?"}}'

# With a daemon

ok "the daemon starts" daemon_start
run call dict.nix
is "an unknown method is named once" "$status:$err" \
	"1:shmgrctl: unknown method 'dict.nix': rpc.discover lists all methods (ENOSYS)"
calls() {
	"$ctl" --json server stats | sed "s/.*\"rpc.discover\":{\"calls\":\([0-9]*\).*/\1/; t; s/.*/0/"
}
run dict open d --create --value '{"k":1}'
run list open l --create --value '[1]'
run counter open c --create --value 1
run dict set d k 2
run dict get d nix
run list get --help
is "no verb asks the daemon for its table" "$(calls)" 0
run dict get d k --nix
is "an argument that is not known does" "$(calls)" 1
run dict nix
is "and a verb" "$(calls)" 2
run dict open counts --create
fails "a mistyped name of an object" 66 "dict.get: *ouncts*; did you mean 'counts'? (ENOENT)" dict get ouncts k
fails "none is like it" 66 "dict.get: *xyzzy* (ENOENT)" dict get xyzzy k
ok "and none is suggested" [ "$err" = "${err%did you mean*}" ]
run --json dict get d nix
like "an error of the daemon as JSON" "$status:$err" \
	'66:{"error":{"status":66,"message":"*","method":"dict.get","errno":"ENODATA","data":{*}}}'
run --json list get l 7
like "with the data of its answer" "$err" '*"errno":"ERANGE","data":{*"param":"index"*}}}'
run dict get d nix --json
like "also if --json stands last" "$err" '{"error":{*}}'
run dict nix --json
like "even where it was not reached" "$err" '{"error":{"status":2,*}}'
run --json dict get d "$(printf 'a\377')"
is "a text that is not UTF-8 does no harm" "$status:$(echo "$err" | cut -c1-20)" '2:{"error":{"status":2'

# Arguments that a script has from elsewhere.
escape=$(printf '\033')
for words in "$escape[1m" "dict $escape[1m" "bench $escape[1m" "dict get --$escape[1m" "counter add c $escape[1m" "--socket=$escape[1m ping"; do
	# shellcheck disable=SC2086
	run $words
	like "a message does not control the terminal: $words" "$err" "shmgrctl: *\\x1b[[]1m*"
	ok "and has no control character" [ "$(printf %s "$err" | tr -d '\n' | tr -d '[:print:]')" = "" ]
done
bytes=$(printf 'a\377')
for words in rm stat ls "dict items" "pipe read" call "rm --uid" "ls --type"; do
	# shellcheck disable=SC2086
	run $words "$bytes"
	is "names are UTF-8: $words" "$status:$(echo "$err" | grep -c "'a\\\\xff' is not UTF-8")" "2:1"
done
long=$(printf '%070000d' 7)x
run counter add c "$long"
is "a message does not repeat all of a long argument" "$status:$(echo "$err" | cut -c1-40):$((${#err} < 2000))" \
	"2:shmgrctl: counter.add: delta: '000000000:1"
like "and still says all else" "$err" "*...*0007x' is not an integer"
fails "another kind of file is not a socket" 69 "cannot connect to the daemon at $directory: it is not a socket" \
	--socket="$directory" ping

# The user's own directory where the environment names none, as in a job of cron.
if unshare -rm true 2>/dev/null; then
	# shellcheck disable=SC2016
	out=$(unshare -rm sh -c 'mount -t tmpfs none /run && mkdir -p /run/user/0 && ln -s "$SHMGR_SOCKET" /run/user/0/shmgrd.sock &&
		unset SHMGR_SOCKET XDG_RUNTIME_DIR && "$0" ping' "$ctl" 2>&1)
	is "a socket in /run/user/UID is found" "$out" pong
else
	tap_result 0 "a socket in /run/user/UID is found # SKIP there is no unshare(1) for users"
fi

# The table of the manual.

mkdir "$directory/bin"
ln -s "$ctl" "$directory/bin/shmgrctl"
PATH=$directory/bin:$PATH
mkfifo "$directory/held" "$directory/go"
# shellcheck disable=SC2016
"$ctl" lock run held -- sh -c 'echo; read -r _ <"$0"' "$directory/go" >"$directory/held" &
holder=$!
read -r _ <"$directory/held"
sed -nE 's/\\-/-/g; s/^\.It ([0-9]+) Ta (.*) Ta (.*)$/\1|\2|\3/p' "$page" >"$directory/table"
ok "the manual has a table of them" [ "$(wc -l <"$directory/table")" -gt 20 ]
while IFS='|' read -r expected name command; do
	run lock open m --create
	eval "shmgrctl $command" >/dev/null 2>"$directory/err" </dev/null
	is "$name: $command" $? "$expected"
done <"$directory/table"
for status in $(sed -nE 's/^\.It ([0-9]+)$/\1/p' "$page"); do
	ok "$status has an example" grep -q "^$status|" "$directory/table"
done
echo >"$directory/go"
wait "$holder"
fails "a word in the place of a number" 2 "list.get: index: 'abc' is not an integer" list get l abc
range="integers are from -9223372036854775808 to 9223372036854775807"
fails "an integer of more than 64 bits" 2 "list.get: index: '9223372036854775808' is not an integer: $range" \
	list get l 9223372036854775808
fails "below them" 2 "counter.add: delta: '-9223372036854775809' is not an integer: $range" counter add c -9223372036854775809
fails "a word is out of no range" 2 "list.get: index: '1x' is not an integer" list get l 1x
fails "of an option" 2 "monitor: --count: '9223372036854775808' is not a number from 1 to 9223372036854775807" \
	monitor --count=9223372036854775808
fails "a note of two lines" 2 "lock run: --note: the text has a control character, such as a newline or a tab" \
	lock run m --note="$(printf 'a\nb')" -- echo never
gives "a note may be empty" 0 ran lock run m --note= -- echo ran
run rwlock open rw --create
fails "a type has its article" 1 "dict.get: 'rw' is an rwlock, not a dict (EPROTOTYPE)" dict get rw k
fails "both have" 1 "rlock.open: 'l' is a list, not an rlock (EPROTOTYPE)" rlock open l --create
run condition open cond --create
fails "a condition whose lock nobody holds" 1 \
	"condition.wait: the condition is not locked: acquire it first (EPERM)" condition wait cond
fails "JSON that is none, with the place" 2 "call: the parameters are not valid JSON: the text ends too early at byte 2*" call dict.get '{'
fails "the method is named once" 75 "counter.wait would have to wait, and its timeout is 0 (EAGAIN)" counter wait c ">=" 9 --timeout=0
fails "a value that is none" 2 "dict.set: value: 'nope' is not valid JSON: an unknown word at byte 2" -J dict set d k nope
for command in ls dump monitor; do
	fails "$command: a mistyped type" 2 "$command: --type: unknown type 'dcit'; did you mean 'dict'?" $command --type=dcit
done
works=$("$ctl" ls --type=dict 2>&1)
is "a type that no object has is none" "$?:$works" "0:$("$ctl" ls --type=dict)"
ok "the daemon ends cleanly" daemon_stop
tap_end
