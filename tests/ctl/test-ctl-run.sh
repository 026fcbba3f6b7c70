#!/bin/sh
# The commands of shmgrctl that run a command: lock run --shared, semaphore run and queue worker.
# (test-ctl.sh tests lock run.) Commands wait for each other by lines in a FIFO, never for a time.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/started" "$directory/go"
# The FIFO is open for reading and writing, so that no open blocks.
exec 4<>"$directory/go"

# holds ARG...: begins a shmgrctl whose command waits for `go`; returns when the command runs.
holds() {
	"$ctl" "$@" sh -c 'echo; read -r line <&4' >"$directory/started" 2>"$directory/err" &
	pid=$!
	read -r _ <"$directory/started"
}

# go: lets the command of `holds` continue.
go() {
	echo >&4
}

ok "the daemon starts" daemon_start

# lock run

holds lock run rw --shared --
gives "a shared lock is an rwlock" 0 rw ls --type=rwlock
gives "it can be shared" 0 shared lock run --shared rw -- echo shared
fails "but not be had alone" 75 "rwlock.acquire_write: *(EAGAIN)" \
	lock run -x --timeout=0 rw -- echo never
fails "nor without an option" 75 "rwlock.acquire_write: *(EAGAIN)" \
	lock run --timeout=0 rw -- echo never
go
wait "$pid"
is "the command's status is that of shmgrctl" $? 0
holds lock run --exclusive rw --
fails "alone is alone" 75 "rwlock.acquire_read: *(ETIMEDOUT)" \
	lock run -s -t 1ms rw -- echo never
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gives "a killed writer leaves it free" 3 "" lock run -x rw -- sh -c 'exit 3'
fails "one way or the other" 2 "lock run: --shared and --exclusive exclude each other*" \
	lock run rw --shared --exclusive -- true
run lock open fragile --create --on-owner-death=poison
# shellcheck disable=SC2016
gives "a command that a signal ended is its status" 137 "" lock run fragile -- sh -c 'kill -KILL $$'
run lock run fragile -- true
is "and a normal end: the next owner is told nothing, and the lock is not poisoned" "$status:$err" "0:"
run lock open plain --create
fails "a plain lock cannot be shared" 1 "rwlock.open: *'plain' is a lock*(EPROTOTYPE)" \
	lock run --shared plain -- true
run rlock open recursive --create
gives "an rlock will do" 0 true lock run recursive -- "$ctl" rlock locked recursive
run dict open d --create
fails "a dict will not" 1 "lock.open: *'d' is a dict*(EPROTOTYPE)" lock run d -- true
misused "a command is needed" "lock run: missing argument: COMMAND
" lock run --shared rw
misused "and a name before it" "lock run: missing argument: NAME
" lock run
misused "of one of many" "rm: missing argument: NAME, or --unused, --uid or --type
" rm
misused "of a method" "call: missing argument: METHOD
" call
misused "an unknown option" "unknown option --nix*" lock run rw --nix -- true
misused "an unknown letter" "unknown option -Z*" lock run -sZ rw -- true
misused "an option without its value" "--timeout needs a value*" lock run --timeout
gives "the command's own options are its own" 0 '--help -j x' lock run rw echo --help -j x
gives "options of all commands may stand there too" 0 here lock run --socket "$SHMGR_SOCKET" rw -j -- echo here

# The lifetime of objects that a command makes

lifetime='"$0" --json stat "$1" | sed "s/.*\"lifetime\":\"\([a-z]*\)\".*/\1/"'
for command in "lock run fresh" "lock run fresh --shared" "lock run fresh --exec" "semaphore run fresh --value=2"; do
	# shellcheck disable=SC2086
	gives "$command makes an ephemeral object" 0 ephemeral $command -- sh -c "$lifetime" "$ctl" fresh
	gives "which ends with the command" 0 "" ls fresh
done
for command in "lock run kept" "lock run kept --shared" "semaphore run kept"; do
	# shellcheck disable=SC2086
	gives "$command --persistent makes another" 0 persistent $command --persistent -- sh -c "$lifetime" "$ctl" kept
	# shellcheck disable=SC2086
	gives "which is used as it is" 0 persistent $command -- sh -c "$lifetime" "$ctl" kept
	gives "and stays" 0 kept ls kept
	run rm kept
done
holds lock run fresh --
gives "--persistent takes what is there" 75 "" lock run fresh --persistent --try -- echo never
"$ctl" lock run fresh -- echo waited >"$directory/waited" &
waiter=$!
ok "another waits" waits_until has_waits 1
kill -KILL "$pid"
wait "$pid" 2>/dev/null
wait "$waiter"
is "a waiter keeps it, and gets it" "$?:$(cat "$directory/waited")" 0:waited
ok "the last one ends it" waits_until sh -c '[ -z "$("$0" ls fresh)" ]' "$ctl"
is "a shell does not keep it" "$(printf 'lock run fresh -- echo ran\nls fresh\n' | "$ctl" shell)" ran

# Sharing: objects that a command makes have a mode and a group

group=$(id -gn)
for command in "lock run shared.1" "lock run shared.2 --shared" "semaphore run shared.3"; do
	# shellcheck disable=SC2086
	gives "$command" 0 made $command --persistent --mode=0660 --group="$group" -- echo made
done
run queue put_many shared.4 '[1]' >/dev/null
run queue worker shared.4 --drain --mode=0660 --group="$group" -- cat
for n in 1 2 3 4; do
	like "shared.$n has mode and group" "$("$ctl" --json stat "shared.$n")" "*\"gid\":$(id -g),\"mode\":\"0660\"*"
done
fails "there is no such group" 2 "lock run: unknown group 'no-such-group'" lock run shared.5 --group=no-such-group -- true
gives "an object is given by name" 0 "" object chown shared.1 --user="$(id -un)" --group="$group"
gives "or by number" 0 "" object chown shared.1 --gid="$(id -g)"
fails "there is no such user" 2 "object.chown: unknown user no-such-user*" object chown shared.1 --user=no-such-user
run lock open shared.6 --create --mode=0640 --group="$group"
like "an open takes names, too" "$("$ctl" --json stat shared.6)" "*\"gid\":$(id -g),\"mode\":\"0640\"*"
run rm shared.1 shared.2 shared.3 shared.4 shared.6

# semaphore run

holds semaphore run slots --persistent --value=2 --
gives "permits are held meanwhile" 0 1 semaphore value slots
gives "as many as asked for" 0 0 semaphore run slots -- "$ctl" semaphore value slots
fails "who wants more than there are waits" 75 "semaphore.acquire: *(EAGAIN)" \
	semaphore run slots -n 2 --timeout=0 -- echo never
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gives "a killed one gives back" 0 0 semaphore run slots --n=2 -- "$ctl" semaphore value slots
gives "so does one that ended" 0 2 semaphore value slots
# shellcheck disable=SC2016
gives "the command knows the name" 0 slots semaphore run slots -- sh -c 'echo "$SHMGR_SEMAPHORE"'
gives "and makes the status" 9 "" semaphore run slots -- sh -c 'exit 9'
gives "a signal as well" 143 "" semaphore run slots -- sh -c 'kill -TERM $$'
fails "a command that there is not" 127 "*nix*" semaphore run slots -- "$directory/nix"
fails "a pool of another size" 1 "semaphore run: --value: 'slots' already exists with 2 permits*" \
	semaphore run slots --value=4 -- echo never
gives "but its own" 0 ran semaphore run slots --value=2 -- echo ran
fails "more than there will ever be" 1 "semaphore.acquire: *(EINVAL)" semaphore run slots -n 3 -- true
fails "no permits are no number" 2 "semaphore run: --n: '0' is not a number*" semaphore run slots -n 0 -- true
run semaphore open signal --create --value=1
fails "permits that nobody owns would be lost" 1 "semaphore run: 'signal' does not record which session holds its permits *--owned*'shmgrctl rm signal'*" \
	semaphore run signal -- true
gives "and are not taken" 0 1 semaphore value signal

# queue worker

gives "a worker makes its queue" 0 "" queue worker jobs --drain -- cat
run queue put_many jobs '["one", 2, {"three": [3]}, "a\nb"]'
gives "it has each item on its standard input" 0 'one
2
{"three":[3]}
a
b' queue worker jobs --drain -- cat
gives "which are then done with" 0 0 queue size jobs
run queue put_many jobs '["one", "two"]'
gives "one item" 0 one queue worker jobs --once -- cat
gives "in JSON" 0 '"two"' --json queue worker jobs --once -- cat
run queue put_many jobs '["a", "b", "c"]'
gives "some items, raw" 0 ab queue worker jobs --max=2 --raw -- cat
gives "no item in time" 75 c queue worker jobs --timeout=1ms -- cat
run queue put jobs x
# shellcheck disable=SC2016
run queue worker jobs -1 -- sh -c 'echo "$SHMGR_QUEUE $SHMGR_ITEM"'
like "the command knows where it is from" "$status:$out" "0:jobs [0-9]*"
big=$(head -c 200000 /dev/zero | tr '\0' x)
printf '{"jsonrpc":"2.0","id":1,"method":"queue.put","params":["jobs","%s"]}\n' "$big" >"$directory/put"
if command -v socat >/dev/null; then
	socat -t 30 - "UNIX-CONNECT:$SHMGR_SOCKET" <"$directory/put" >/dev/null
	gives "an item may be larger than a pipe" 0 200000 queue worker jobs -1 --raw -- wc -c
	run queue put_many jobs "[\"$(head -c 90000 "$directory/put" | tail -c 80000)\"]"
	gives "and not be read at all" 0 "" queue worker jobs -1 -- true
else
	tap_result 0 "an item may be larger than a pipe # SKIP there is no socat"
	tap_result 0 "and not be read at all # SKIP there is no socat"
fi

run queue put_many jobs '["bad", "next"]'
run queue worker jobs --once -- sh -c 'exit 4'
like "a failure is the status, and told" "$status:$err" "4:shmgrctl: *exited with 4*goes back to the queue"
gives "and the item goes back to the front" 0 bad queue peek jobs
run queue worker jobs --stop-on-failure -- sh -c 'exit 5'
is "a worker may end at the first failure" "$status:$("$ctl" queue size jobs)" "5:2"
# The command fails twice, and then succeeds; it counts in a file.
# shellcheck disable=SC2016
run queue worker jobs --drain -- sh -c '
	read -r item; echo "$item" >>"$0"; [ "$item" != bad ] || [ "$(grep -c bad "$0")" -eq 3 ]' \
	"$directory/tries"
is "else it tries again, and goes on" "$(tr '\n' ' ' <"$directory/tries")" "bad bad bad next "
is "its status is that of the last failure" "$status:$("$ctl" queue size jobs)" "1:0"
run queue put_many jobs '["bad", "good", "worse"]'
run queue worker jobs --drain --dead=failed -- grep -q good
is "items that fail may go elsewhere" "$status:$("$ctl" queue size jobs)" "1:0"
gives "from where they can be had" 0 'bad
worse' queue get_many failed 10
run queue put jobs x
fails "a command that there is not ends the worker" 127 "*nix*" queue worker jobs -- "$directory/nix"
gives "with its item still there" 0 1 queue size jobs
run queue get jobs

# A pool: the items are things to use, not work.
run queue open pool --create
run queue put_many pool '["red","blue"]'
gives "with --keep a worker takes one item" 0 red queue worker pool --keep -- cat
gives "which goes back" 0 2 queue size pool
run queue worker pool --keep -- false
is "so it does after a failure, of which the status tells" "$status:$out:$err:$("$ctl" queue size pool)" "1:::2"
# shellcheck disable=SC2016
run queue worker pool --keep -- sh -c 'kill -KILL $$'
is "and after a kill" "$status:$out:$err:$("$ctl" queue size pool)" "137:::2"
# shellcheck disable=SC2016
run queue worker pool -k -- sh -c 'read -r one; read -r other <<END
$("$0" queue worker pool --keep -- cat)
END
echo "$one $other"' "$ctl"
is "two at a time have different items" "$status:$out:$err" "0:red blue:"
fails "it does not go with --dead" 2 "queue worker: --keep and --dead exclude each other" queue worker pool --keep --dead=x -- true
run rm pool

# While a command runs, one worker is killed, and another one is told to end.
run queue put_many jobs '["precious", "other"]'
holds queue worker jobs --
gives "an item that is worked on cannot be got" 0 1 queue size jobs
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gives "it is back when the worker is killed" 0 precious queue worker jobs -1 -- cat
# shellcheck disable=SC2016
"$ctl" queue worker jobs -- sh -c 'trap "exit 0" TERM; echo; while read -r line <&4; do :; done' \
	>"$directory/started" 2>"$directory/err" &
pid=$!
read -r _ <"$directory/started"
kill -TERM "$pid"
go
wait "$pid"
is "who is told to end finishes his item first" "$?:$("$ctl" --json call object.stat '["jobs"]' |
	tr ',' '\n' | grep -cE '"(size|unfinished|reserved)":0$')" "143:2"
run queue put_many jobs '[1,2]'
run queue close jobs
gives "a closed queue ends the worker when it is empty" 0 '1
2' queue worker jobs -- cat
fails "what is no queue" 1 "queue.open: *(EPROTOTYPE)" queue worker d -- cat
run queue worker --help
like "help" "$status:$out" "0:Usage: *queue worker NAME*--stop-on-failure*"
run queue
like "a type lists the command as well" "$out" "*worker NAME*"

ok "the daemon ends cleanly" daemon_stop
tap_end
