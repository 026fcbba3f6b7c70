#!/bin/sh
# This script needs neither the library nor shmgrctl: each call and each reply is a line of JSON. After
# all calls were sent, the client half-closes the connection; the replies to these calls still arrive.
set -eu

socket=${SHMGR_SOCKET:-/run/shmgrd/shmgrd.sock}

socat -t 10 - "UNIX-CONNECT:$socket" <<-'END'
	{"jsonrpc":"2.0","id":1,"method":"counter.open","params":{"name":"raw","create":true}}
	{"jsonrpc":"2.0","id":2,"method":"counter.add","params":["raw",41]}
	{"jsonrpc":"2.0","id":3,"method":"counter.add","params":["raw",1]}
	{"jsonrpc":"2.0","id":4,"method":"object.delete","params":["raw"]}
END
