#!/bin/sh
# shmgrctl ls of more objects than fit one message, and the completion of their names.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"
n_objects=20000
n_sorted=10000

# make_objects FIRST LAST: makes them in one session, which closes its handles when it ends.
make_objects() {
	seq "$1" "$2" | sed 's/.*/counter open n& --create/' | "$ctl" --test shell >/dev/null
}

ok "the daemon starts" daemon_start
gives "none" 0 "" ls
gives "none, as JSON" 0 "[]" --json ls

# rm of an object that nothing uses, while the lock is held.
for name in one two other; do run counter open $name --create; done
run list open l --create
misused "rm needs a name or a choice" "rm: missing argument: NAME, or --unused*
" rm
fails "rm --dry-run needs a choice" 2 "rm: --dry-run needs *" rm --dry-run one
fails "rm --unused takes one pattern" 2 "rm: one PATTERN *" rm --unused=1s a b
fails "rm --uid of nobody" 2 "rm: --uid: no user is called *" rm --uid=no-such-user
gives "nothing was unused for a day" 0 "" rm --unused=1d
gives "nothing is of another user" 0 "" rm --uid=4000000000
gives "rm --dry-run prints what nothing uses" 0 "one
two
other
l" lock run held -- "$ctl" rm --unused=0 --dry-run
gives "rm --type, and a pattern" 0 "other" lock run held -- "$ctl" rm --type=counter --uid="$(id -u)" 'oth*'
gives "rm --json" 0 '["one","two"]' lock run held -- "$ctl" --json rm --unused=0 --type=counter
gives "rm --unused leaves what is held" 0 "l" lock run held -- "$ctl" rm --unused=0
run rm --unused=0
gives "and deletes it later" 0 "" ls

ok "many are made" make_objects 1 $n_sorted
"$ctl" ls >"$directory/names"
seq 1 $n_sorted | sed 's/^/n/' | LC_ALL=C sort >"$directory/expected"
ok "as many as are sorted" cmp "$directory/names" "$directory/expected"
ok "more are made" make_objects $((n_sorted + 1)) $n_objects
fails "object.list names the method for so many" 1 "object.list: *use object.scan*" object list

"$ctl" ls >"$directory/names"
seq 1 $n_objects | sed 's/^/n/' >"$directory/expected"
ok "all, in the order in which they were made" cmp "$directory/names" "$directory/expected"
is "a table has one head" "$("$ctl" ls -l | grep -c NAME)" 1
is "and a line for each" "$("$ctl" ls -l | wc -l)" $((n_objects + 1))
"$ctl" --json ls >"$directory/json"
is "JSON is one line" "$(wc -l <"$directory/json")" 1
is "with each object" "$(tr '{' '\n' <"$directory/json" | grep -c '"name":"n')" $n_objects
like "that begins and ends as an array" "$(cut -c 1-9 "$directory/json") $(tail -c 3 "$directory/json")" '\[{"name": *}\]'
gives "a pattern" 0 "n19990
n19991" ls 'n1999[01]*'
gives "and none that fits" 0 "" ls 'm*'
gives "a type" 0 "" ls --type=lock
gives "completion asks for what fits" 0 "words
n19998" complete -- counter get n19998
gives "a word with a character of patterns" 0 "words" complete -- counter get 'n1999*'
ok "the daemon ends" daemon_stop
tap_end
