#!/bin/sh
# Work that is passed from process to process: a queue of words, two workers that count their letters, and a dict of
# the results. The workers end when the queue is closed and empty.
set -eu

shmgrctl queue open words --create >/dev/null
shmgrctl dict open lengths --create >/dev/null
for worker in 1 2; do
	shmgrctl queue worker words -- sh -ec '
		read -r word
		shmgrctl dict set lengths "$word" "${#word}"' &
done
for word in shared named objects for the programs of one machine; do
	shmgrctl queue put words "$word"
done
shmgrctl queue close words
wait
shmgrctl dict copy lengths | sort
shmgrctl rm words lengths
