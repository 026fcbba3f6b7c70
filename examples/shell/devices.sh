#!/bin/sh
# A lab with two devices, and five tests that need one each: a semaphore lets two tests run at a time. Each test takes a
# device from a queue, and puts it back at the end; a test that is killed releases its permit.
set -eu

shmgrctl queue open devices --create >/dev/null
shmgrctl queue put_many devices '["red", "blue"]'
shmgrctl counter open running --create --maximum=2 >/dev/null

run_test='
	device=$(shmgrctl queue get devices)
	# With a third test at a time this add would fail: the counter has a maximum.
	shmgrctl counter add running 1 >/dev/null
	echo "test $0 has a device"
	shmgrctl counter add running -- -1 >/dev/null
	shmgrctl queue put devices "$device"'
for test in 1 2 3 4 5; do
	shmgrctl semaphore run bench --value=2 -- sh -ec "$run_test" "$test" &
done
wait
echo "free devices: $(shmgrctl queue size devices)"
shmgrctl rm devices running
