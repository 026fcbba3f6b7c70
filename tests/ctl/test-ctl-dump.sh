#!/bin/sh
# shmgrctl dump and restore: an object that was restored in another daemon has an equal dump; an object that cannot be
# restored is left out or reported, and never restored in part.

: "${srcdir:?}"
. "$srcdir/tests/tap.sh"
. "$srcdir/tests/daemon.sh"
. "$srcdir/tests/ctl/ctl.sh"

daemon_start || exit 99

make_objects() {
	"$ctl" -q lock open plain --create
	"$ctl" -q lock open kept --create --on-owner-death=keep
	"$ctl" -q lock open free --create --owned=false
	"$ctl" -q rlock open again --create --mode=0660
	"$ctl" -q rwlock open shared --create --on-owner-death=poison
	"$ctl" -q condition open about --create --lock=plain
	"$ctl" -q condition open own --create
	"$ctl" -q semaphore open permits --create --value=3
	"$ctl" -q semaphore release permits 2
	"$ctl" -q semaphore open fewer --create --value=3
	"$ctl" -q semaphore acquire fewer 2
	"$ctl" -q semaphore open owned --create --value=2 --owned
	"$ctl" -q event open done --create
	"$ctl" -q event set done
	"$ctl" -q event open undone --create
	"$ctl" -q barrier open meet --create --parties=3
	"$ctl" -q barrier open broken --create --parties=3
	"$ctl" -q barrier abort broken
	"$ctl" -q counter open n --create --value=7 --minimum=5 --maximum=9
	"$ctl" -q call value.open '{"name":"v","create":true,"type":"double","value":1.5}'
	"$ctl" -q call value.open '{"name":"null","create":true}'
	"$ctl" -q call array.open '{"name":"array","create":true,"type":"bool","value":[true,false,true]}'
	"$ctl" -q call list.open '{"name":"l","create":true,"value":[1,2.5,"\u0000\"é",null,{"a":[]}]}'
	"$ctl" -q call dict.open '{"name":"d","create":true,"value":{"":0,"k":{"$object":"later"}}}' 2>/dev/null
	"$ctl" -q call list.open '{"name":"later","create":true}'
	"$ctl" -q call dict.open '{"name":"d","create":true,"value":{"":0,"k":{"$object":"later"}}}'
	"$ctl" -q call set.open '{"name":"s","create":true,"value":[1,"1",[1]]}'
	"$ctl" -q call namespace.open '{"name":"ns","create":true,"value":{"a":1,"b":null}}'
	"$ctl" -q queue open q --create --maxsize=5
	"$ctl" -q call queue.put_many '["q",["x",{"y":1},null]]'
	"$ctl" -q queue open last --create --order=lifo
	"$ctl" -q call queue.put_many '["last",[1,2,3]]'
	"$ctl" -q queue open least --create --order=priority
	"$ctl" -q call queue.put_many '["least",[3,1,2,1]]'
	"$ctl" -q queue close least
	"$ctl" -q call list.open "{\"name\":\"many\",\"create\":true,\"value\":[$(seq -s, 1 1700)]}"
	"$ctl" -q queue open stack --create --order=lifo
	"$ctl" -q call queue.put_many "[\"stack\",[$(seq -s, 1 1700)]]"
	"$ctl" -q call queue.open '{"name":"jobs","create":true}'
	"$ctl" -q call queue.put_many "[\"jobs\",[$(seq -s, 1 1700)]]"
}

make_objects
"$ctl" dump >"$directory/first" 2>"$directory/err"
is "a dump says nothing else" "$?: $(cat "$directory/err")" "0: "
is "it has all objects" "$(grep -c '\.open"' "$directory/first")" "$("$ctl" ls | wc -l)"
is "it ends with their number" "$(tail -n 1 "$directory/first")" "{\"end\":{\"objects\":$("$ctl" ls | wc -l)}}"
like "large contents come in pages" "$(grep -c '"list.extend".*"many"' "$directory/first")" "4"

run restore "$directory/first"
like "an object that is there already stays" "$status:$out:$err" "1:0 objects restored:*not restored: plain*"
run restore --replace "$directory/first"
is "with --replace it is made anew" "$status: $out" "0: $("$ctl" ls | wc -l) objects restored"
"$ctl" dump >"$directory/second"
ok "the daemon has the same as before" cmp "$directory/first" "$directory/second"

daemon_stop
daemon_start || exit 99
run restore "$directory/first"
is "another daemon is given all" "$status: ${err}$out" "0: $(grep -c '\.open"' "$directory/first") objects restored"
"$ctl" dump >"$directory/third"
ok "it has the same" cmp "$directory/first" "$directory/third"
is "items come out in their order" "$("$ctl" call queue.get_many '["last",3]' | tr '\n' ' ')" "3 2 1 "
gives "and equals as they came" 0 "1" queue get least

# A backup is not a use: a list that was unused before the dump still is.
is_unused() {
	"$ctl" call object.scan '{"unused_ms":200,"pattern":"many"}' | grep -q '"many"'
}
waits_until is_unused
"$ctl" dump many >"$directory/many"
ok "a dump is not a use of the objects" is_unused

# Parts.
is "one type alone" "$("$ctl" dump --type=event | grep -c '\.open"')" "2"
is "a pattern" "$("$ctl" dump 'undo*' | sed -n 2p)" \
	'{"method":"event.open","params":{"name":"undone","create":true,"exclusive":true,"mode":"0600"}}'

# Objects that cannot be restored.
"$ctl" -q pipe open between --create
run dump between
like "a pipe is left out, and that is said" "$status:$err" "0:*left out: between: *"
fails "no dump at all" 1 "restore: the input is empty: this is not a dump of shmgrctl" restore /dev/null
head -n 5 "$directory/first" >"$directory/short"
run restore --replace "$directory/short"
like "a dump that ends too early is noticed" "$status:$err" "1:*the dump is not complete: *"
printf 'nothing\n' >"$directory/wrong"
fails "what is no dump is not touched" 1 "restore: line 1: this is not a dump*" restore "$directory/wrong"
printf '{"shmgr_dump":2}\n' >"$directory/newer"
fails "nor is one of a newer format" 1 "restore: line 1: the dump has a format that this version cannot read*" restore "$directory/newer"
printf '%s\n' '{"shmgr_dump":1}' '{"method":"object.delete","params":{"name":"undone"}}' '{"end":{}}' >"$directory/evil"
run restore "$directory/evil"
like "no other call is carried out" "$status:$err" "1:*no calls of this method*"
gives "so the object is there" 0 false event is_set undone
printf '%s\n' '{"shmgr_dump":1}' '{"method":"dict.open","params":{"name":"half","create":true,"exclusive":true}}' \
	'{"method":"dict.update","params":{"name":"half","items":{"a":1}}}' \
	'{"method":"dict.update","params":{"name":"half","items":{"b":{"$object":"nowhere"}}}}' \
	'{"method":"event.open","params":{"name":"whole","create":true,"exclusive":true}}' '{"end":{}}' >"$directory/half"
run restore "$directory/half"
like "an object whose contents cannot be stored is told" "$status:$err" "66:*not restored: half*"
is "and is not there by half, while the others are" "$("$ctl" ls '[hw]*ol*' | tr '\n' ' ')$("$ctl" ls half)" "whole "

# A dump says how objects are stored where that is not the default, and restore stores them so again.
ok "the daemon ends" daemon_stop
if ! daemon_start --state="$directory/state" && grep -q "without SQLite" "$directory/log"; then
	tap_result 0 "durable objects # SKIP the daemon stores none"
	tap_end
fi
"$ctl" -q counter open hits --create --durable=sync
"$ctl" -q dict open secret --create --durable=no
"$ctl" -q list open usual --create
"$ctl" -q lock open door --create
"$ctl" dump >"$directory/stored"
is "a dump names 'durable' unless it is 'async', the default" \
	"$(sed -n 's/.*"name":"\([a-z]*\)".*"durable":"\([a-z]*\)".*/\1 \2/p' "$directory/stored" | sort | tr '\n' ' ')" \
	"door no hits sync secret no "
run restore --replace "$directory/stored"
is "the objects are made again" "$status: $out" "0: 4 objects restored"
is "and stored as before" "$("$ctl" -j ls -l | tr '{' '\n' |
	sed -n 's/.*"name":"\([a-z]*\)".*"durable":"\([a-z]*\)".*/\1 \2/p' | sort | tr '\n' ' ')" \
	"door no hits sync secret no usual async "
ok "that daemon ends" daemon_stop
daemon_start || exit 99
run restore "$directory/stored"
like "without a state directory they are restored in memory, and a line says so" "$status:$out:$err" \
	"0:4 objects restored:*1 objects that were*no state directory*"
ok "the last daemon ends" daemon_stop
tap_end
