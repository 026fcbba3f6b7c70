#!/bin/sh
# A lab with two devices, and five tests that need one each. The devices are the items of a queue. A test has a device for as
# long as it runs: the device is back in the queue when the test has ended, or was killed.
set -eu

shmgrctl queue open devices --create >/dev/null
shmgrctl queue put_many devices '["red", "blue"]'
shmgrctl counter open running --create --maximum=2 >/dev/null

run_test='
	read -r device
	# With a third test at a time this add would fail: the counter has a maximum.
	shmgrctl counter add running 1 >/dev/null
	echo "test $0 has a device"
	shmgrctl counter add running -- -1 >/dev/null'
for test in 1 2 3 4 5; do
	shmgrctl queue worker devices --keep -- sh -ec "$run_test" "$test" &
done
wait
echo "free devices: $(shmgrctl queue size devices)"
shmgrctl rm devices running
