#!/bin/sh
# A job that must not run twice at once, as a line of a crontab:
#
#     0 3 * * *  shmgrctl lock run --timeout=0 nightly -- backup || [ $? -eq 75 ]
#
# shmgrctl holds the lock, and releases it when the job has ended, and also when shmgrctl is killed.
set -eu

shmgrctl lock run nightly -- sh -c '
	echo "the first runs, with token $SHMGR_LOCK_TOKEN"
	# This job stands for one that another program starts, independently of this script.
	unset SHMGR_HELD
	shmgrctl lock run --timeout=0 nightly -- echo "the second runs" 2>/dev/null ||
		echo "the second does not: status $?"'
shmgrctl lock run --timeout=0 nightly -- echo "now it does"
