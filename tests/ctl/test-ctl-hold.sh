#!/bin/sh
# Verbs that acquire something: refused because the hold would end with shmgrctl, unless --hold keeps it.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/input" "$directory/output"

# keep ARG...: begins `shmgrctl --hold ARG...`, whose input descriptor 6 keeps open; $out receives its first
# line.
keep() {
	"$ctl" --hold "$@" <"$directory/input" >"$directory/output" 2>"$directory/words" &
	pid=$!
	exec 6>"$directory/input"
	read -r out <"$directory/output"
}

# finish: ends it, and sets $status and $err.
finish() {
	wait "$pid" 2>/dev/null
	status=$?
	err=$(cat "$directory/words")
}

is_free() {
	run lock locked l
	[ "$out" = false ]
}

ok "the daemon starts" daemon_start
for type in lock rlock rwlock condition event; do
	run $type open "a-$type" --create
done
run lock open l --create
run semaphore open owned --create --owned --value=1
run semaphore open signal --create --value=1
run queue open q --create
run queue put q item

in_vain() {
	in_vain_instead=$1
	shift
	fails "$*: in vain" 2 "*: what it acquires would be released at once, *: *$in_vain_instead*; --hold *" "$@"
}
in_vain "lock run NAME" lock acquire l
in_vain "lock run NAME" rlock acquire a-rlock
in_vain "lock run NAME" rwlock acquire-write a-rwlock
in_vain "lock run --shared NAME" rwlock acquire_read a-rwlock
in_vain "shell" condition acquire a-condition
in_vain "shell" lock acquire_many '["l","a-lock"]'
in_vain "semaphore run NAME" semaphore acquire owned
in_vain "queue worker NAME" queue reserve q
in_vain "give it a name" dict open
is "nothing was taken" "$("$ctl" lock locked l) $("$ctl" semaphore value owned) $("$ctl" queue size q)" "false 1 1"
run semaphore acquire signal
is "a permit that nobody owns is a signal" "$status:$("$ctl" semaphore value signal)" "0:0"
run lock open anyones --create --owned=false
run lock acquire anyones
is "a lock that belongs to nobody stays locked" "$status:$("$ctl" lock locked anyones)" 0:true
gives "until anyone releases it" 0 "" lock release anyones
run lock open kept --create --on_owner_death=keep
run lock acquire kept
is "and so does one that is kept" "$status:$("$ctl" lock locked kept)" 0:true
run lock release kept
is "until anyone releases it" "$status:$("$ctl" lock locked kept)" 0:false
fails "--hold is for verbs that take something" 2 "event.set: --hold: this verb acquires nothing" event set --hold a-event
fails "and for no command" 2 "ls: --hold works only with verbs*" --hold ls
printf 'lock acquire l\nlock locked l\n' >"$directory/script"
is "the shell keeps by itself" "$("$ctl" shell <"$directory/script" | tail -n 1)" true
ok "until it ends" waits_until is_free

keep lock acquire l
like "--hold prints the result" "$out" "token: [0-9]*"
gives "and keeps what was taken" 0 true lock locked l
exec 6>&-
finish
is "until standard input ends" "$status:$err" "0:"
run --json lock acquire --hold l
like "which is no death" "$status:$out" '0:{"token":*[0-9]}'
keep lock acquire l
kill -TERM "$pid"
finish
is "or a signal comes" "$status" 143
exec 6>&-
run --json lock acquire --hold l
like "which is none, too" "$status:$out" '0:{"token":*[0-9]}'
keep queue reserve q
gives "an item" 0 0 queue size q
exec 6>&-
finish
q_is_full() {
	[ "$("$ctl" queue size q)" = 1 ]
}
ok "goes back" waits_until q_is_full
keep lock acquire l
run rm l
finish
like "what is deleted is told" "$status:$err" "76:shmgrctl: lock.acquire: lost what was acquired: the object was deleted"
exec 6>&-
run lock open l --create
keep lock acquire l
daemon_stop
finish
like "so is the daemon's end" "$status:$err" "76:shmgrctl: lock.acquire: lost what was acquired: the daemon ended"
exec 6>&-
fails "where there is no daemon" 69 "*" lock acquire --hold l
tap_end
