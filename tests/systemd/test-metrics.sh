#!/bin/bash
# The counters of the daemon are written to the directory of node_exporter at intervals, with a daemon and without
# one.
. "${srcdir:?}/tests/systemd/machine.sh"
machine_need
machine_start
ok 'the users and directories of the package are made' machine_install
collector=/var/lib/prometheus/node-exporter
file=$collector/shmgrd.prom

# sample NAME: prints its value in the file.
sample() {
	machine awk -v name="$1" '$1 == name { print $2 }' "$file"
}

is 'systemd has nothing to say of the units' \
	"$(machine systemd-analyze verify shmgrd-metrics.service shmgrd-metrics.timer 2>&1)" ''
exposure=$(machine systemd-analyze security --no-pager --offline=true "$unitdir/shmgrd-metrics.service" |
	sed -n '$s/.*: \([0-9.]*\) .*/\1/p')
echo "# exposure: $exposure"
ok 'the service is exposed to no more than 1.5 of 10' awk -v "x=$exposure" 'BEGIN { exit !(x > 0 && x <= 1.5) }'
ok 'without the directory of node_exporter it fails' eval '! machine systemctl start shmgrd-metrics.service 2>/dev/null'

# As in the package of node_exporter, the directory does not belong to root.
ok 'the directory is made' machine install -d -o bob -g bob "$collector"
ok 'without a daemon it is done all the same' machine systemctl start shmgrd-metrics.service
is 'and says that there is none' "$(sample shmgr_up)" 0
is 'its file is for all to read' "$(machine stat -c '%a' "$file")" 644

ok 'the socket is enabled' machine systemctl --quiet enable --now shmgrd.socket
is 'a lock is taken' "$(machine_as alice shmgrctl lock run nightly -- echo locked)" locked
ok 'the timer is enabled' machine systemctl --quiet enable --now shmgrd-metrics.timer
is 'the timer waits' "$(show ActiveState shmgrd-metrics.timer)" active
is_told() {
	[ "$(sample 'shmgr_method_calls_total{method="lock.acquire"}')" = "$1" ]
}
ok 'the timer brings what was called' until_true is_told 1
is 'the daemon is there' "$(sample shmgr_up)" 1
is 'another lock is taken' "$(machine_as alice shmgrctl lock run nightly -- echo locked)" locked
ok 'and again' until_true is_told 2
is 'nothing but the file is left' "$(machine find "$collector" -type f)" "$file"
tap_end
