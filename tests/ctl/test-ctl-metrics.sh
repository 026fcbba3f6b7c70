#!/bin/sh
# shmgrctl metrics: its text conforms to OpenMetrics, its numbers are the daemon's, and its file is complete at
# any moment.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

# metrics_are NAME EXPECTED SAMPLE...: compares the samples of the last run.
metrics_are() {
	metrics_name=$1 metrics_expected=$2
	shift 2
	if command -v python3 >/dev/null; then
		is "$metrics_name" "$(echo "$out" | python3 "${srcdir:-.}/tests/ctl/openmetrics.py" "$@" 2>&1 | tr '\n' ' ')" \
			"$metrics_expected "
	else
		tap_result 0 "$metrics_name # SKIP there is no python3"
	fi
}

run metrics
like "without a daemon the status tells" "$status:$err" "69:shmgrctl: *"
metrics_are "and so does the text" "0 absent" shmgr_up shmgr_sessions
run metrics --output="$directory/shmgrd.prom"
out=$(cat "$directory/shmgrd.prom")
metrics_are "and the file" "0" shmgr_up
run metrics --output="$directory/none/shmgrd.prom"
is "a file that cannot be written is worse" "$status" 1

ok "the daemon starts" daemon_start
run dict open d --create
run dict set d k hello
run dict get d nix
run lock run --persistent l -- true
holder=$directory/holder
mkfifo "$holder"
"$ctl" lock run l -- sh -c 'read -r _ <"$0"' "$holder" &
pid=$!
waits_until "$ctl" -q lock locked l
run metrics
is "with a daemon it is done" "$status" 0
metrics_are "gauges" "1 2 2 0 0" shmgr_up shmgr_sessions shmgr_objects shmgr_waits shmgr_monitors
metrics_are "counters" "1 1 0" shmgr_errors_total 'shmgr_method_errors_total{method="dict.get"}' \
	shmgr_deadlocks_total
metrics_are "by method" "1 2" 'shmgr_method_calls_total{method="dict.set"}' \
	'shmgr_method_calls_total{method="lock.acquire"}'
metrics_are "by user" "2 2" "shmgr_user_objects{uid=\"$(id -u)\"}" "shmgr_user_sessions{uid=\"$(id -u)\"}"
metrics_are "the version" "1" "shmgr_build_info{version=\"$("$SHMGRD" --version | awk '{ print $2 }')\"}"
bytes=$("$ctl" --json metrics | tr ',' '\n' | sed -n 's/^"bytes":\([0-9]*\)$/\1/p' | head -n 1)
metrics_are "as server.stats has them" "$bytes" shmgr_stored_bytes
echo >"$holder"
wait "$pid"
metrics_are "without a state directory nothing is said of one" "absent absent absent" shmgr_store_objects shmgr_store_failed \
	shmgr_restart_age_seconds

# Each counter of the daemon is printed, also those whose names shmgrctl does not know.
for name in $("$ctl" --json metrics | sed 's/.*"counters":{\([^}]*\)}.*/\1/' | tr ',' '\n' | sed 's/"\(.*\)":.*/\1/'); do
	echo "$out" | grep -q "^shmgr_${name}_total " || echo "$name"
done >"$directory/missing"
is "no counter is missing" "$(cat "$directory/missing")" ""

# A reader that opens the file again and again always sees all of it.
run metrics -o "$directory/shmgrd.prom"
is "nothing is printed then" "$status:$out" "0:"
is "its mode lets the collector read it" "$(stat -c %a "$directory/shmgrd.prom")" 644
(
	i=0
	while [ $i -lt 50 ]; do
		i=$((i + 1))
		"$ctl" metrics -o "$directory/shmgrd.prom"
	done
) &
pid=$!
n_torn=0
while kill -0 "$pid" 2>/dev/null; do
	[ "$(tail -n 1 "$directory/shmgrd.prom")" = '# EOF' ] || n_torn=$((n_torn + 1))
done
wait "$pid"
is "it is never half" "$n_torn" 0
is "and nothing is left beside it" "$(find "$directory" -name '.shmgrd.prom*')" ""
run metrics -o "$directory/none/shmgrd.prom"
like "a directory that there is not" "$status:$err" "1:shmgrctl: $directory/none/shmgrd.prom: *"
out=$(LC_ALL=de_DE.UTF-8 "$ctl" metrics)
metrics_are "no locale changes it" "1" shmgr_up

ok "the daemon ends cleanly" daemon_stop

# A build without SQLite has no store.
if daemon_start --state="$directory/state"; then
	run counter open c --create --durable=sync
	run server restart
	run metrics
	metrics_are "with a state directory" "1 0 0 0" shmgr_store_objects shmgr_store_unsynced shmgr_store_held shmgr_store_failed
	is "the times of the disk" "$(echo "$out" | grep -Ec '^shmgr_store_(last|longest)_seconds [0-9.]+$')" 2
	is "what a user has on the disk" \
		"$(echo "$out" | grep -Ec "^shmgr_user_durable_(objects\{.*uid=\"$(id -u)\".*\} 1|bytes\{.*uid=\"$(id -u)\".*\} [0-9]+)\$")" 2
	is "the last restart" "$(echo "$out" | grep -Ec '^shmgr_restart_(age|pause)_seconds [0-9.]+$')" 2
	run stat c
	like "stat shows what is on the disk" "$out" '*durable:*sync*unsynced:*false*'
	run ls -l c
	like "ls -l shows durability" "$out" '*DURABLE*c*counter*sync*'
	ok "the daemon with a state directory ends cleanly" daemon_stop
fi
tap_end
