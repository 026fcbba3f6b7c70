#!/bin/sh
# Completion: the words that shmgrctl complete finds, and how bash, zsh and fish use them.

. "${srcdir:-.}/tests/tap.sh"
. "${srcdir:-.}/tests/daemon.sh"
. "${srcdir:-.}/tests/ctl/ctl.sh"

# finds NAME EXPECTED WORD...: completes with the daemon's table and objects.
finds() {
	finds_name=$1 finds_expected=$2
	shift 2
	run complete -- "$@"
	is "$finds_name" "$(echo "$out" | tr '\n' ' ' | sed 's/ $//')" "$finds_expected"
}

# Without a daemon completion works at once and prints no error.
finds "commands and types need no daemon" "words ls list lock" l
finds "nor do verbs" "words release recover run" lock r
finds "nor do options" "words --shared --socket= --string --stdin" lock run --s
run complete -- stat ''
is "objects do, and there is no complaint" "$status:$out:$err" "0:words:"

ok "the daemon starts" daemon_start
run lock open night --create
run rwlock open north --create
run dict open "my dict" --create
run counter open c --create
run queue open "new:1" --create

finds "types and commands" "words ls list lock" l
finds "verbs, and commands among them" "words release recover run" lock r
finds "objects of any type" "words night north new:1" stat n
finds "objects of the method's type" "words my dict" dict get ''
finds "objects that can be locked" "words night north" lock run ''
finds "objects of one kind only" "words new:1" queue worker ''
finds "parameters by name" "words --create" dict open x --cr
finds "their choices" "words persistent" dict open x --lifetime p
finds "in the same word" "words --lifetime=persistent" dict open x --lifetime=p
finds "choices by place" "words >= <= ==" counter wait c ''
finds "booleans" "words true false" dict open x ''
finds "options of all commands" "words --color=" --co
finds "values of options" "words auto always" --color a
finds "options of a command" "words --timeout= --try --tree --test" lock run --t
finds "types for an option" "words list lock" ls --type l
finds "behind a letter too" "words list lock" ls -t l
finds "files" "files" metrics --output x
finds "behind options that have values" "words north" --socket "$SHMGR_SOCKET" lock run --timeout 5 no
finds "methods" "words dict.pop dict.popitem" call dict.p
finds "a command of its own" "command 3" lock run night ''
finds "behind its options" "command 6" lock run night --timeout 5 -- ls /et
finds "help" "words rm restore rlock rpc rwlock" help r
finds "nothing" "words" nix ''
finds "nothing about an unknown verb" "words" dict nix ''
finds "nothing about too many words" "words" ping x
finds "the socket of the line is the one" "words" --socket="$directory/none" stat n

# bash

bash=$(command -v bash) || {
	tap_result 0 "bash # SKIP it is not here"
	tap_end
}
ok "the file is good bash" "$bash" -n "${srcdir:-.}/ctl/bash-completion/shmgrctl"

# Calls the function as bash does, with the words of a line, the last of which is to be completed; prints the
# completions in brackets. compopt prints an error outside of a completion.
cat >"$directory/complete.bash" <<-'END'
	. "$1"
	shift
	COMP_LINE=$1 COMP_POINT=${#1}
	shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	complete -p shmgrctl >/dev/null || exit
	_shmgrctl 2>/dev/null
	printf '[%s]' "${COMPREPLY[@]}"
END

# bash_finds NAME EXPECTED LINE WORD...
bash_finds() {
	bash_name=$1 bash_expected=$2
	shift 2
	is "$bash_name" "$(PATH=$(dirname "$ctl"):$PATH "$bash" --norc "$directory/complete.bash" \
		"${srcdir:-.}/ctl/bash-completion/shmgrctl" "$@")" "$bash_expected"
}

bash_finds "bash: a type" "[ls][list][lock]" "shmgrctl l" shmgrctl l
bash_finds "bash: verbs" "[release][recover][run]" "shmgrctl lock r" shmgrctl lock r
bash_finds "bash: names" "[night][north]" "shmgrctl lock run n" shmgrctl lock run n
bash_finds "bash: behind a blank" "[night][north]" "shmgrctl lock run " shmgrctl lock run ""
bash_finds "bash: what needs quotes has them" "[my\\ dict]" "shmgrctl dict get m" shmgrctl dict get m
bash_finds "bash: also when they were begun" "[my\\ dict]" "shmgrctl dict get my\\ d" shmgrctl dict get 'my\ d'
bash_finds "bash: within quotes it needs none" "[my dict]" "shmgrctl dict get 'my" shmgrctl dict get "'my"
bash_finds "bash: a ':' is not the end of a word" "[1]" "shmgrctl queue get new:" shmgrctl queue get new :
bash_finds "bash: nor behind it" "[1]" "shmgrctl queue get new:1" shmgrctl queue get new : 1
bash_finds "bash: a '=' is not either" "[list][lock]" "shmgrctl ls --type=l" shmgrctl ls --type = l
bash_finds "bash: nor with nothing behind it" "[always]" "shmgrctl ls --color=al" shmgrctl ls --color = al
mkdir "$directory/bin"
printf '#!/bin/sh\n' >"$directory/bin/only-this-command"
chmod +x "$directory/bin/only-this-command"
PATH=$PATH:$directory/bin
bash_finds "bash: a command" "[only-this-command]" "shmgrctl lock run x -- only-t" shmgrctl lock run x -- only-t
touch "$directory/some-file"
bash_finds "bash: files" "[$directory/some-file]" "shmgrctl metrics -o $directory/some" \
	shmgrctl metrics -o "$directory/some"
bash_finds "bash: with a daemon that is not there" "[]" "shmgrctl --socket=/nix stat n" \
	shmgrctl --socket = /nix stat n

# zsh: the completion is called as by zsh, with functions that print the completions in place of zsh's own.

if zsh=$(command -v zsh); then
	ok "the file is good zsh" "$zsh" -fn "${srcdir:-.}/ctl/zsh-completion/_shmgrctl"
	cat >"$directory/complete.zsh" <<-'END'
		compadd() {
			while [[ $1 == -* && $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done
			shift
			for word in "$@"; do print -rn -- "[$word]"; done
		}
		compset() {}
		_files() { print -rn -- "files" }
		_normal() { print -rn -- "command: $words, $CURRENT" }
		file=$1
		shift
		words=("$@") CURRENT=$# PREFIX=${@[-1]}
		source $file
	END
	# zsh_finds NAME EXPECTED WORD...
	zsh_finds() {
		zsh_name=$1 zsh_expected=$2
		shift 2
		is "$zsh_name" "$(PATH=$(dirname "$ctl"):$PATH "$zsh" -f "$directory/complete.zsh" \
			"${srcdir:-.}/ctl/zsh-completion/_shmgrctl" "$@")" "$zsh_expected"
	}
	zsh_finds "zsh: types" "[ls][list][lock]" shmgrctl l
	zsh_finds "zsh: verbs" "[release][recover][run]" shmgrctl lock r
	zsh_finds "zsh: names" "[night][north]" shmgrctl lock run n
	zsh_finds "zsh: with a blank in them" "[my dict]" shmgrctl dict get 'my\ d'
	zsh_finds "zsh: the value of an option" "[--type=list][--type=lock]" shmgrctl ls --type=l
	zsh_finds "zsh: files" "files" shmgrctl metrics -o /etc/ho
	zsh_finds "zsh: a command" "command: ls -l, 2" shmgrctl lock run --timeout 5 x -- ls -l
else
	tap_result 0 "zsh # SKIP it is not here"
fi

# fish prints the completions of a line.

if fish=$(command -v fish); then
	ok "the file is good fish" "$fish" --no-config -n "${srcdir:-.}/ctl/fish-completion/shmgrctl.fish"
	# fish_finds NAME EXPECTED LINE
	fish_finds() {
		is "$1" "$(HOME=$directory PATH=$(dirname "$ctl"):$PATH "$fish" --no-config \
			-c 'source $argv[1]; complete -C $argv[2]' "${srcdir:-.}/ctl/fish-completion/shmgrctl.fish" "$3" | cut -f 1 | tr '\n' ' ')" "$2"
	}
	fish_finds "fish: types" "list lock ls " "shmgrctl l"
	fish_finds "fish: verbs" "recover release run " "shmgrctl lock r"
	fish_finds "fish: names" "night north " "shmgrctl lock run n"
	fish_finds "fish: with a blank in them" "my dict " "shmgrctl dict get m"
	fish_finds "fish: the value of an option" "--type=list --type=lock " "shmgrctl ls --type=l"
	fish_finds "fish: files" "$directory/some-file " "shmgrctl metrics -o $directory/some"
	fish_finds "fish: files of a long option" "--output=$directory/some-file " "shmgrctl metrics --output=$directory/some"
	fish_finds "fish: a command" "only-this-command " "shmgrctl lock run x -- only-t"
else
	tap_result 0 "fish # SKIP it is not here"
fi

ok "the daemon ends cleanly" daemon_stop
tap_end
