#!/bin/sh
# shmgrctl pipe read and pipe write: shell pipelines joined by a pipe's name, with either side first, and with
# either side killed.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

# await NAME PATTERN: waits until a stat of the pipe fits, or, if the pattern is empty, until the pipe is gone.
await() {
	await_n=0
	while [ $await_n -lt 5000 ]; do
		await_n=$((await_n + 1))
		await_stat=$("$ctl" --json stat "$1" 2>/dev/null)
		# shellcheck disable=SC2254
		case $await_stat in
		$2) return 0 ;;
		esac
	done
	echo "# the pipe $1 never was: $2, but: $await_stat"
	return 1
}

# arrives FILE: waits until the file is not empty.
arrives() {
	arrives_n=0
	while [ ! -s "$1" ]; do
		arrives_n=$((arrives_n + 1))
		[ $arrives_n -lt 5000 ] || return 1
		"$ctl" ping >"$directory/pong"
	done
}

# write_to NAME TEXT
write_to() {
	printf '%s' "$2" | "$ctl" pipe write "$1"
}

mkfifo "$directory/more"

ok "the daemon starts" daemon_start

# The writer first

ok "a writer comes first, and goes" write_to p 'hello '
ok "so does a second" write_to p 'world!'
run --json stat p
like "the pipe waits for a reader" "$out" '*"reader":"unopened","writer":"left"*'
gives "who gets what they wrote, and the end" 0 'hello world!' pipe read p
gives "and then the pipe is gone" 0 '' ls

# The reader first

"$ctl" pipe read p >"$directory/out" &
pid=$!
ok "a reader comes first, and waits" await p '*"reader":"open"*'
ok "a writer has it that all along waited" write_to p 'from the writer'
wait "$pid"
is "the reader ends with the writer" "$?: $(cat "$directory/out")" '0: from the writer'
gives "and then the pipe is gone, too" 0 '' ls

# Large amounts

head -c 3000000 /dev/urandom >"$directory/much"
"$ctl" pipe write p <"$directory/much" &
pid=$!
"$ctl" pipe read p >"$directory/out"
is "much goes through" "$?" 0
wait "$pid"
is "as a whole" "$?: $(cmp "$directory/much" "$directory/out" 2>&1)" "0: "

# Several writers: the end of file comes when the last one closes

"$ctl" pipe read p >"$directory/out" &
reader=$!
ok "a reader waits" await p '*"reader":"open"*'
"$ctl" pipe write p <"$directory/more" &
first=$!
exec 5>"$directory/more"
ok "a writer is there" await p '*"writer":"open"*'
ok "another one comes and goes" write_to p 'one '
run stat p
like "the end is still there, and the stat tells who has which" "$out" "*ends:
* shmgrctl * reader
* shmgrctl * writer"
echo two >&5
exec 5>&-
wait "$first"
is "the last one goes" $? 0
wait "$reader"
is "the reader has it all" "$?: $(cat "$directory/out")" '0: one two'

# Deaths

"$ctl" pipe read p >"$directory/out" &
reader=$!
ok "a reader waits again" await p '*"reader":"open"*'
"$ctl" pipe write p <"$directory/more" &
writer=$!
exec 5>"$directory/more"
echo 'last words' >&5
ok "a writer writes" await p '*"writer":"open"*'
ok "it arrives" arrives "$directory/out"
kill -KILL "$writer"
wait "$writer" 2>/dev/null
wait "$reader"
is "when the writer is killed, the reader ends" "$?: $(cat "$directory/out")" '0: last words'
exec 5>&-
gives "and nothing is left" 0 '' ls

(while cat "$directory/much"; do :; done | "$ctl" pipe write p 2>"$directory/err"; echo $? >"$directory/status") 2>/dev/null &
writer=$!
"$ctl" pipe read p >/dev/null &
reader=$!
ok "much is written" await p '*"reader":"open","writer":"open"*'
kill -KILL "$reader"
wait "$reader" 2>/dev/null
wait "$writer"
is "when the reader is killed, the writer is told, and exits with 1" \
	"$(cat "$directory/status"): $(cat "$directory/err")" "1: shmgrctl: pipe write: all readers of 'p' have closed it (EPIPE)"
gives "and again nothing is left" 0 '' ls

# A process that comes too late finds both directions gone

"$ctl" pipe read p >"$directory/out" &
reader=$!
ok "a reader waits once more" await p '*"reader":"open"*'
kill -KILL "$reader"
wait "$reader" 2>/dev/null
ok "it is killed before anybody wrote" await p '*"reader":"left"*'
out=$(write_to p x 2>&1 >/dev/null </dev/null; echo $?)
is "with a fresh pipe a writer comes first again" "$out" 0
gives "whose reader may come" 0 x pipe read p

# Options

fails "without a pipe there is none" 66 "pipe.open: *(ENOENT)" pipe read --no-create nix
fails "on either side" 66 "pipe.open: *(ENOENT)" pipe write -n nix
run pipe write m --mode 0640
run --json stat m
like "a new one has its bits" "$out" '*"mode":"0640"*'
gives "an empty pipe is at its end" 0 '' pipe read m
fails "bits are octal" 1 "pipe.open: mode: *(EINVAL)" pipe read m -m 9
run dict open d --create
fails "a dict is no pipe" 1 "pipe.open: 'd' is a dict*(EPROTOTYPE)" pipe read d
run pipe open two --create --duplex
fails "nor has a duplex one a reader" 1 "pipe.open: *a and b*(EINVAL)" pipe read two
run rm d two
misused "a name is needed" "pipe read: missing argument: NAME*" pipe read
misused "and no more than that" "*" pipe write a b
run pipe
like "the verbs stand among the methods" "$out" "*close *read NAME*write NAME*"

# The other ends of the shell's own pipes

write_to p 'much more than five'
"$ctl" pipe read p | head -c 4 >"$directory/out"
is "who reads the reader may go" "$(cat "$directory/out")" much
write_to p 'nowhere to put it'
"$ctl" pipe read p >/dev/full 2>"$directory/err"
like "output that cannot be written is a failure" "$?:$(cat "$directory/err")" "1:shmgrctl: standard output: *"
ok "and all pipes are gone" [ -z "$("$ctl" ls)" ]

ok "the daemon ends cleanly" daemon_stop
fails "and is needed" 69 "cannot connect *" pipe read p
tap_end
