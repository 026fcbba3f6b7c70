#!/bin/sh
# No library, and not even shmgrctl: the protocol is a line of JSON for each call, and one for each answer. Once
# everything was sent the sending side is shut down; calls sent until then are answered.
set -eu

socket=${SHMGR_SOCKET:-/run/shmgrd/shmgrd.sock}

socat -t 10 - "UNIX-CONNECT:$socket" <<-'END'
	{"jsonrpc":"2.0","id":1,"method":"counter.open","params":{"name":"raw","create":true}}
	{"jsonrpc":"2.0","id":2,"method":"counter.add","params":["raw",41]}
	{"jsonrpc":"2.0","id":3,"method":"counter.add","params":["raw",1]}
	{"jsonrpc":"2.0","id":4,"method":"object.delete","params":["raw"]}
END
