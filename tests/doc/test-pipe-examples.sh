#!/bin/sh
# The examples on pipes do what they say, under a real daemon; also when one side is killed.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
examples=${EXAMPLES:-${builddir:-.}/examples}
shmgrctl=${SHMGRCTL:-${builddir:-.}/shmgrctl}

# run EXAMPLE ARG...: returns its exit status; its output goes to out and err.
run() {
	program=$1
	shift
	"$examples/$program" "$@" >"$directory/out" 2>"$directory/err"
}

# lines PATTERN: prints how many lines of the output match.
lines() {
	grep -c "$1" "$directory/out"
}

# items: prints the consumed items, in the order of their numbers, on one line.
items() {
	sed -n 's/^consumer [0-9]*: item //p' "$directory/out" | sort -n | paste -s -d ' '
}

# counted WORD: whether each consumer's count is the number of its lines.
counted() {
	awk -v word="$1" '
		$3 == "item" { n[$2]++ }
		$3 == "the" && $0 ~ word { end[$2]++; if ($(NF - 1) != n[$2] + 0) wrong = 1 }
		END { for (i in n) if (end[i] != 1) wrong = 1; exit wrong }' "$directory/out"
}

ok "the daemon starts" daemon_start

run pipe-hello
is "pipe-hello ends well" $? 0
is "its child has read everything" "$(lines '^child: hello world!$')" 20
is "and then the end of file" "$(tail -n 1 "$directory/out")" "child: the end of file, after 20 messages"
is "and waited for nothing" "$(wc -l <"$directory/out")" 21

run pipe-hello --forget-close
is "pipe-hello --forget-close ends well, after all" $? 0
is "its child has read everything" "$(lines '^child: hello world!$')" 20
like "it would have hung, and says why" "$(cat "$directory/out")" \
	"*no end of file*writer's end: kept*inherited, and not closed*end of file, after 20*"

run pipe-eof
is "pipe-eof fails" $? 1
is "it has read what there was" "$(lines '^child: message [123]$')" 3
like "and got the error of the end of file" "$(cat "$directory/err")" \
	"child: shmgr_connection_recv: No data available (ENODATA: the end of file)"
is "with which the child ended" "$(tail -n 1 "$directory/out")" "parent: the child has ended with status 1"

run pipe-producer-consumer
is "pipe-producer-consumer ends well" $? 0
is "each item was consumed once" "$(items)" "1 2 3 4 5 6 7 8 9 10"
is "both consumers stopped at the end of file" "$(lines '^consumer [12]: the end of file, after [0-9]* items*$')" 2
ok "and counted right" counted "end of file"
run pipe-producer-consumer --items=300 --consumers=7
is "with many more of both" $? 0
is "each item was consumed once" "$(items)" "$(seq 300 | paste -s -d ' ')"
is "all stopped at the end of file" "$(lines ': the end of file, after ')" 7

run pipe-locked-consumers
is "pipe-locked-consumers ends well" $? 0
is "each item was consumed once" "$(items)" "$(seq 30 | paste -s -d ' ')"
is "each consumer met its sentinel" "$(lines '^consumer [123]: the sentinel, after [0-9]* items*$')" 3
ok "and counted right" counted "sentinel"
run pipe-locked-consumers --items=200 --consumers=8
is "with many more of both" $? 0
is "each item was consumed once" "$(items)" "$(seq 200 | paste -s -d ' ')"
is "each consumer met its sentinel" "$(lines ': the sentinel, after ')" 8

# Unrelated processes: either may be first. A reader without a writer waits; a writer without a
# reader does not.
"$examples/pipe-strangers" write meet one "" three >"$directory/err" 2>&1
is "a writer comes first" "$?: $(cat "$directory/err")" "0: "
run pipe-strangers read meet
is "a reader comes and reads what it wrote, and the end of file" "$?: $(paste -s -d / "$directory/out")" "0: one//three"

# start_reader NAME: starts a reader, and returns when the daemon has its end; its output goes to
# the file read.
start_reader() {
	"$examples/pipe-strangers" read "$1" >"$directory/read" 2>"$directory/read.err" &
	reader=$!
	until "$shmgrctl" --json stat "$1" 2>/dev/null | grep -q '"end": *"reader"'; do
		kill -0 "$reader" || return
	done
}

start_reader meet
ok "a reader comes first, and waits" kill -0 "$reader"
seq 1000 | "$examples/pipe-strangers" write meet
is "a writer comes" $? 0
wait "$reader"
is "the reader has read it all" "$?: $(wc -l <"$directory/read") $(tail -n 1 "$directory/read")" "0: 1000 1000"

# The writer is killed while it writes without end.
start_reader killed
mkfifo "$directory/endless"
"$examples/pipe-strangers" write killed <"$directory/endless" &
writer=$!
{
	seq 20
	until [ "$(wc -l <"$directory/read")" -ge 20 ]; do :; done
	kill -KILL "$writer"
	wait "$writer" 2>/dev/null
} >"$directory/endless" 2>/dev/null
wait "$reader"
is "a writer is killed: its reader has what was written, and the end of file" \
	"$?: $(wc -l <"$directory/read")" "0: 20"

# The reader is killed: the writer gets an error, and no signal ends it.
start_reader killed
yes | "$examples/pipe-strangers" write killed 2>"$directory/err" &
writer=$!
until [ -s "$directory/read" ]; do kill -0 "$reader" || break; done
kill -KILL "$reader"
wait "$writer"
is "a reader is killed: its writer is told" "$?: $(cat "$directory/err")" \
	"1: shmgr_connection_send_bytes: Broken pipe"
wait "$reader" 2>/dev/null

# is_refused WORD PROGRAM ARG...: a usage error, whose message must have the word.
is_refused() {
	word=$1
	shift
	run "$@"
	is "$*: it is a usage error" $? 2
	like "$*: it says what is wrong" "$(cat "$directory/err")" "*$word*"
}
is_refused "forget-close" pipe-hello --forget
is_refused "Usage" pipe-eof now
is_refused "12x" pipe-producer-consumer --items=12x
is_refused "consumers" pipe-producer-consumer --consumers=101
is_refused "Usage" pipe-locked-consumers 3
is_refused "Usage" pipe-strangers read
is_refused "Usage" pipe-strangers hear name

is "no object is left" "$("$shmgrctl" ls | wc -l)" 0
ok "the daemon ends cleanly" daemon_stop
run pipe-hello
is "without a daemon it fails" $? 1
ok "and says so" [ -s "$directory/err" ]
tap_end
