#!/bin/sh
# lock run within lock run, and commands that become others: one lock twice, setsid, signals to a whole group,
# --kill-group, --exec.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

mkfifo "$directory/started" "$directory/go" "$directory/word" "$directory/never"
# The FIFOs are open for reading and writing, so that no open blocks.
exec 4<>"$directory/go" 5<>"$directory/word" 7<>"$directory/never"

# begin ARG...: begins shmgrctl in the background; $pid is its pid, $command that of the command which it runs.
begin() {
	"$ctl" "$@" <&4 >"$directory/started" 2>"$directory/words" 4<&4 5>&5 &
	pid=$!
	read -r command <"$directory/started"
}

finish() {
	wait "$pid" 2>/dev/null
	status=$?
	err=$(cat "$directory/words")
}

go() {
	echo >&4
}

is_held() {
	run lock locked "$1"
	[ "$out" = true ]
}

is_free() {
	! is_held "$1"
}

holder() {
	"$ctl" --json lock owner "$1" | sed -nE 's/.*"pid":([0-9]+).*/\1/p'
}

ok "the daemon starts" daemon_start
run lock open l --create
run semaphore open pool --create --owned --value=2

# One lock twice

fails "the same lock within itself is refused" 1 \
	"lock run: this already runs under 'l', held by pid * (shmgrctl): waiting for it would deadlock (EDEADLK); --nested *" \
	lock run l -- "$ctl" lock run l -- echo never
run lock open anyones --create --owned=false
fails "a lock that belongs to nobody is refused" 1 \
	"lock run: 'anyones' was created with owned false, so it would stay locked if the command were killed*" lock run anyones -- echo never
is "and stays as it was" "$("$ctl" lock locked anyones)" false
fails "with another between" 1 "lock run: this already runs under 'l'*" \
	lock run l -- "$ctl" lock run other -- sh -c "'$ctl' lock run l -- echo never"
gives "--nested runs under it" 0 'l inner' lock run l -- "$ctl" lock run --nested l -- \
	sh -c 'echo "$SHMGR_LOCK inner"'
gives "with the status of the command" 7 "" lock run l -- "$ctl" lock run --nested l -- sh -c 'exit 7'
gives "and does not give it back" 0 'true' lock run l -- \
	sh -c "'$ctl' lock run --nested l -- true; '$ctl' lock locked l"
gives "--nested takes what is not held around it" 0 'true' lock run --nested l -- "$ctl" lock locked l
gives "--nested with --exec" 0 inner lock run l -- "$ctl" lock run --nested --exec l -- echo inner
run rlock open r --create
gives "an rlock nests by itself" 0 inner lock run r -- "$ctl" lock run r -- echo inner
run rwlock open rw --create
fails "an rwlock does not" 1 "lock run: this already runs under 'rw'*" lock run rw -- "$ctl" lock run -s rw -- true
gives "but with --nested" 0 inner lock run rw -- "$ctl" lock run --nested -s rw -- echo inner
fails "a share is not enough to be alone" 1 "lock run: this already runs under 'rw', held in shared mode by *" \
	lock run -s rw -- "$ctl" lock run --nested -x rw -- true
gives "another lock is another" 0 both lock run l -- "$ctl" lock run other -- echo both
# The outer lock run has ended, so the lock is free, though the environment still names it.
# shellcheck disable=SC2016
begin lock run l -- sh -c '(read -r line <&4; exec "$0" lock run l -- echo free >&5) & echo $$' "$ctl"
finish
go
read -r word <&5
is "a lock that is no longer held around is taken" "$word" free
printf 'lock acquire l\nlock run l -- echo never\nlock run --nested l -- echo inner\n' >"$directory/script"
out=$("$ctl" shell <"$directory/script" 2>"$directory/words")
like "what the shell has acquired counts as well" "$out:$(cat "$directory/words")" "*inner:*lock run: this already runs under 'l'*"
waits_until is_free l

# A pool whose permits the commands around have

fails "permits that are all held around it are refused" 1 \
	"semaphore run: this already runs under 2 of the 2 permits of 'pool', held by pid * (shmgrctl): waiting for 1 more would deadlock (EDEADLK)" \
	semaphore run pool -n 2 --value=2 -- "$ctl" semaphore run pool -- echo never
fails "each by another command" 1 "semaphore run: this already runs under 2 of the 2 permits of 'pool'*" \
	semaphore run pool -- "$ctl" semaphore run pool -- "$ctl" semaphore run pool -- echo never
fails "also with a try" 1 "semaphore run: this already runs under 2 of the 2 permits of 'pool'*" \
	semaphore run pool -n 2 -- "$ctl" semaphore run pool --try -- echo never
fails "also of many" 1 "semaphore run: this already runs under 1 of the 2 permits of 'pool', held by pid *: waiting for 2 more would deadlock (EDEADLK)" \
	semaphore run pool -- "$ctl" semaphore run pool -n 2 -- echo never
gives "as many as are left are taken" 0 inner \
	semaphore run pool -- "$ctl" semaphore run pool -- echo inner
fails "more than the pool has is another error" 1 "semaphore.acquire: n: the semaphore has only 2 permits in all*" \
	semaphore run pool -- "$ctl" semaphore run pool -n 3 -- echo never
gives "a lock in between does not matter" 0 inner \
	semaphore run pool -n 2 -- "$ctl" lock run l -- echo inner
# A command that waits for a permit of an unrelated one waits as usual.
begin semaphore run pool -- sh -c 'echo $$; read -r line <&4'
"$ctl" semaphore run pool -- "$ctl" semaphore run pool -- echo inner >"$directory/inner" 2>&1 &
inner=$!
ok "a permit that is held beside it is waited for" waits_until has_waits 1
go
finish
wait "$inner"
is "and comes" "$?:$(cat "$directory/inner")" "0:inner"
printf 'semaphore acquire pool 2\nsemaphore run pool -- echo never\n' >"$directory/script"
out=$("$ctl" shell <"$directory/script" 2>"$directory/words")
like "what the shell has acquired counts as well" "$out:$(cat "$directory/words")" ":*semaphore run: this already runs under 2 of the 2 permits of 'pool'*"
# The outer command has ended, so the permits are free, though the environment still names them.
# shellcheck disable=SC2016
begin semaphore run pool -n 2 -- sh -c '(read -r line <&4; exec "$0" semaphore run pool -- echo free >&5) & echo $$' "$ctl"
finish
go
read -r word <&5
is "permits that are no longer held around it are taken" "$word" free

# setsid, sudo and similar commands

# shellcheck disable=SC2016
begin lock run l -- setsid sh -c 'trap "" TERM; echo $$; read -r line <&4'
is "setsid executes in the same process" "$(holder l)" "$command"
kill -KILL "$pid"
finish
ok "which keeps the lock" is_held l
go
ok "to its end" waits_until is_free l
# as HOW COMMAND...: runs a command that becomes another user, which clears the signal that the kernel would send it at
# shmgrctl's death.
as() {
	as_name=$1
	shift
	if [ "$(id -u)" -ne 0 ] || ! "$@" true 2>/dev/null; then
		tap_result 0 "$as_name # SKIP it cannot be used here"
		return
	fi
	begin lock run l -- "$@" sh -c 'echo $$; read -r line'
	kill -KILL "$pid"
	finish
	ok "$as_name keeps the lock when shmgrctl is killed" is_held l
	go
	ok "as long as it runs" waits_until is_free l
}
as sudo sudo -n
as setpriv setpriv --reuid=65534 --clear-groups
begin lock run l -- perl -MPOSIX -e '
	$| = 1; $SIG{TERM} = "IGNORE"; for my $fd (3 .. 255) { POSIX::close($fd) } print "$$\n"; my $line = <STDIN>;'
kill -KILL "$pid"
finish
ok "a command that closes all descriptors keeps the lock" is_held l
go
ok "as long as it runs" waits_until is_free l
if [ "$(id -u)" -eq 0 ] && sudo -n true 2>/dev/null; then
	# sudo closes all descriptors but the first three.
	# shellcheck disable=SC2016
	begin lock run l -- sudo -n sh -c 'trap "" TERM
		(read -r line <"$0/never") &
		trap "kill -KILL \$!; echo TERM >\"$0/word\"; exit 4" TERM
		echo $PPID; wait' "$directory"
	is "sudo is the holder" "$(holder l)" "$command"
	kill -TERM "$pid"
	read -r word <&5
	finish
	is "a signal reaches what sudo runs, and its status comes back" "$word:$status" "TERM:4"
	gives "two commands below sudo" 0 'a
b' lock run l -- sudo -n sh -c 'echo a; echo b'
	fails "sudo takes the environment away, unless it is told to keep it" 1 "lock run: this already runs under 'l', held by pid *: waiting for it would deadlock (EDEADLK); --nested runs the command under that lock" \
		lock run l -- sudo -n --preserve-env=SHMGR_HELD "$ctl" --socket="$SHMGR_SOCKET" lock run l -- echo never
	begin lock run --on-lost=kill l -- sudo -n sh -c 'echo $PPID; read -r line'
	run rm l
	finish
	is "sudo loses its lock" "$status" 76
	run lock open l --create
else
	tap_result 0 "sudo # SKIP it cannot be used here without a password"
fi
# A daemon that is made by the classic double fork.
# shellcheck disable=SC2016
begin lock run l -- sh -c 'setsid sh -c "(read -r line <&4; echo left >&5) &" & wait; echo $$'
finish
is "a double fork does not keep it" "$status:$("$ctl" lock locked l)" "0:false"
go
read -r word <&5
is "and goes on" "$word" left

# Signals to the wrapper alone, and to the whole group

# A shell that is reading handles a signal only after the line. So signals are reported by a process that reads, and
# that the signals do not reach.
cat >"$directory/counting" <<'END'
#!/bin/sh
trap '' TERM INT USR1 USR2
(read -r line <&7) &
trap 'echo TERM >&5' TERM
trap 'echo INT >&5' INT
trap 'echo USR1 >&5' USR1
trap 'kill -KILL $!; echo USR2 >&5; exit 0' USR2
echo $$
while :; do wait; done
END
chmod +x "$directory/counting"
# children PID
children() {
	cat "/proc/$1/task/$1/children"
}
begin lock run l -- "$directory/counting"
# shellcheck disable=SC2046
kill -TERM "$pid" $(children "$pid")
kill -USR1 "$pid"
read -r first <&5
read -r second <&5
kill -USR2 "$pid"
read -r third <&5
finish
is "a signal to all processes reaches the command once" "$first $second $third" "TERM USR1 USR2"

# ended_by ARG...: prints the signal that ended shmgrctl, 0 for none, and the exit status.
ended_by() {
	perl -e '
		my $pid = fork; exec @ARGV or die if !$pid;
		waitpid $pid, 0; print $? & 127, ":", $? >> 8' "$ctl" "$@" <&4
}
# shellcheck disable=SC2016
is "a signal that ends the command ends shmgrctl" "$(ended_by lock run l -- sh -c 'kill -TERM $PPID; read -r line')" 15:0
# shellcheck disable=SC2016
is "one that the command survives does not" "$(ended_by lock run l -- sh -c 'trap "exit 7" TERM; kill -TERM $PPID; read -r line')" 0:7
# shellcheck disable=SC2016
is "nor one that was not sent to shmgrctl" "$(ended_by lock run l -- sh -c 'kill -TERM $$')" 0:143
# shellcheck disable=SC2016
ended_by queue worker jobs -- sh -c 'kill -TERM $PPID; read -r line' >"$directory/ended" 2>"$directory/words" &
worker=$!
waits_until has_waits 1
run queue put jobs item
wait "$worker"
is "a worker ends by its signal, too" "$(cat "$directory/ended")" 15:0

if [ -e /dev/tty ] && (: </dev/tty) 2>/dev/null; then
	tap_result 0 "a signal reaches the whole group # SKIP there is a terminal"
else
	cat >"$directory/member" <<-'END'
		trap '' USR1
		(read -r line <&7) &
		trap 'kill -KILL $!; echo inner >&5; exit 0' USR1
		echo $PPID
		wait
	END
	# shellcheck disable=SC2016
	begin lock run l -- sh -c 'trap ":" USR1
		sh "$0/member"' "$directory"
	kill -USR1 "$pid"
	read -r word <&5
	is "a signal reaches the whole group of the command" "$word" inner
	finish
fi

# --kill-group

cat >"$directory/left" <<'END'
trap '' TERM
(read -r line <&7) &
trap 'kill -KILL $!; echo told >"$0.word"; exit' TERM
echo ready >"$0.word"
wait
END
ln "$directory/word" "$directory/left.word"
# shellcheck disable=SC2016
begin lock run --kill-group l -- sh -c 'sh "$0/left" & echo $$; read -r line <&4' "$directory"
read -r word <&5
is "the command has left something behind" "$word" ready
go
finish
read -r word <&5
is "--kill-group ends it" "$word:$status:$("$ctl" lock locked l)" "told:0:false"
# shellcheck disable=SC2016
begin lock run --kill-group --grace=20ms l -- sh -c '(trap "" TERM; read -r line <&7) & echo $$; exit 6'
finish
is "and by SIGKILL what does not obey" "$status:$("$ctl" lock locked l)" "6:false"
begin lock run --kill-group l -- sh -c 'echo $$'
finish
is "and nothing is fine, too" "$status" 0

# On a terminal the group contains shmgrctl, too, and the commands beside it.

cat >"$directory/beside" <<'END'
read -r line <"$0.go"
echo alive >"$0.word"
END
cat >"$directory/on-terminal" <<'END'
sh "$1/beside" &
"$2" lock run --kill-group l -- sh -c 'sh "$0/left" & read -r line <"$0/go"; exit 6' "$1"
echo "ended with $?" >"$1/word"
wait
END
cat >"$directory/interrupted" <<'END'
trap : INT
"$2" lock run l -- "$1/counting" >"$1/started"
echo "ended with $?" >"$1/word"
END
mkfifo "$directory/beside.go" "$directory/typed"
ln "$directory/word" "$directory/beside.word"
exec 9<>"$directory/beside.go" 6<>"$directory/typed"
# heard WORD...: the words that arrive in the FIFO, one after the other.
heard() {
	words=
	for _ in "$@"; do
		read -r word <&5
		words="$words${words:+,}$word"
	done
	is "$heard_name" "$words" "$(IFS=,; echo "$*")"
}
if has_terminals && command -v setsid >/dev/null; then
	setsid script -qec "sh '$directory/on-terminal' '$directory' '$ctl'" /dev/null <&6 >"$directory/typescript" 2>&1 &
	terminal=$!
	heard_name="on a terminal the command leaves something behind" heard ready
	go
	heard_name="--kill-group ends that" heard told "ended with 6"
	echo >&9
	heard_name="and nothing else of the terminal's group" heard alive
	wait "$terminal"
	is "the lock is free" "$("$ctl" lock locked l)" false
	# A shell ignores INT in background commands.
	if env --default-signal=INT true 2>/dev/null; then
		env --default-signal=INT setsid script -qec "sh '$directory/interrupted' '$directory' '$ctl'" /dev/null <&6 >"$directory/typescript" 2>&1 4<&4 5>&5 &
		terminal=$!
		read -r command <"$directory/started"
		pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$command/status")
		printf '\003' >&6
		heard_name="an interrupt of the terminal reaches the command" heard INT
		kill -USR1 "$pid"
		heard_name="once" heard USR1
		kill -USR2 "$pid"
		heard_name="and shmgrctl goes on to the command's end" heard USR2 "ended with 0"
		wait "$terminal"
	else
		tap_result 0 "an interrupt on a terminal # SKIP env(1) cannot undo what the shell ignores"
	fi
else
	tap_result 0 "--kill-group and an interrupt on a terminal # SKIP there is no terminal to be had"
fi

# --exec

# shellcheck disable=SC2016
begin lock run --exec l -- sh -c 'echo $$; read -r line <&4; exit 4'
is "with --exec shmgrctl becomes the command" "$command:$(holder l)" "$pid:$pid"
go
finish
is "whose status it is" "$status" 4
ok "and whose end frees the lock" waits_until is_free l
run lock run l -- true
is "which is no death" "$status:$err" "0:"
fails "a command that there is not" 127 "*nix*" lock run --exec l -- "$directory/nix"
ok "keeps nothing" waits_until is_free l
fails "nobody would be left to watch" 2 "lock run: --exec and --on-lost exclude each other: *" \
	lock run --exec --on-lost=warn l -- true
# shellcheck disable=SC2016
is "as socket activation does" "$(sh -c 'LISTEN_PID=$$ exec "$0" lock run --exec l -- sh -c "[ \$LISTEN_PID = \$\$ ] && echo same"' "$ctl")" same
begin semaphore run --exec --persistent s --value=2 -- sh -c 'echo $$; read -r line <&4'
gives "a permit in the same way" 0 1 semaphore value s
go
finish
s_is_free() {
	[ "$("$ctl" semaphore value s)" -eq 2 ]
}
ok "comes back" waits_until s_is_free

ok "the daemon ends cleanly" daemon_stop
tap_end
