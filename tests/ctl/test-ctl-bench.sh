#!/bin/sh
# shmgrctl bench: its counts agree with the daemon's, and nothing is left in the daemon.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

fails "without a daemon" 69 "cannot connect to the daemon at *" bench ping
fails "what there is not" 2 "bench: unknown benchmark 'nix'; see 'shmgrctl bench --help'" bench nix
fails "too many clients" 2 "bench: --clients must be at most *" bench --clients=100000
fails "no time at all" 2 "bench: --time: '0' is not within 1 ms and 1 h" bench --time=0
ok "the daemon starts" daemon_start

# calls METHOD: prints how often the daemon was called with it.
calls() {
	"$ctl" --json server stats | sed -n "s/.*\"$1\":{\"calls\":\([0-9]*\),.*/\1/p"
}

run --json bench --clients=3 --time=50ms counter
like "a line of JSON for each" "$status:$out" \
	'0:{"bench":"counter","clients":3,"calls":1,"ops_per_s":*,"p50_us":*,"p99_us":*,"max_us":*}'
# The measurement took 50 ms, a twentieth of a second, and each client made one call before it.
n=$(calls counter.add)
is "it counts as the daemon does" "$(echo "$out" | sed 's/.*"ops_per_s":\([0-9.e+]*\),.*/\1/' |
	awk -v n="$n" '{ d = $1 / 20 + 3 - n; print (d < 0.5 && d > -0.5) ? "equal" : $1 " " n }')" equal
like "and the times are in order" "$(echo "$out" | tr ',' '\n' | sed -n 's/.*_us":\([0-9.]*\).*/\1/p' |
	awk 'NR > 1 && $1 < last { print "no" } { last = $1 } END { print NR }')" 3
run bench --time=20ms --clients=2
is "all of them" "$status:$(echo "$out" | awk '{ print $1 }' | tr '\n' ' ')" \
	"0:BENCH ping counter set get lock contend queue pipeline "
is "are done" "$(echo "$out" | awk 'NR > 1 && $2 <= 0')" ""
is "nothing is left" "$("$ctl" ls | wc -l)" 0
run bench --help
for name in $("$ctl" complete -- bench '' | tail -n +2); do
	case $out in
	*"  $name "*) ;;
	*) echo "$name" ;;
	esac
done >"$directory/missing"
is "the help tells of each" "$(cat "$directory/missing")" ""

"$ctl" bench --time=60 ping >/dev/null 2>"$directory/err" &
pid=$!
has_begun() {
	[ "$(calls server.ping)" -gt 2000 ]
}
ok "it runs" waits_until has_begun
daemon_stop
wait "$pid"
is "it ends when the daemon does" $? 1
like "and says so" "$(cat "$directory/err")" "shmgrctl: ping: *"
tap_end
