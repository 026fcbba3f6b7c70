# fish completion for shmgrctl(1): commands, types, verbs, options, and the names of objects. shmgrctl itself finds them.

function __shmgrctl_complete
	set -l before (commandline -opc)
	set -l word (commandline -ct)
	set -l reply ($before[1] complete -- $before[2..-1] "$word" 2>/dev/null)
	switch "$reply[1]"
		case files
			set -l option ""
			string match -q -- '--*=*' $word; and set option (string match -r -- '^--[^=]*=' $word)
			for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' $word))
				echo $option$path
			end
		case 'command *'
			# A command of its own begins at this word.
			set -l at (math (string replace 'command ' '' -- $reply[1]) + 2)
			set -l line (string escape -- $before[$at..-1])
			complete -C (string join ' ' -- $line $word)
		case words
			string join \n -- $reply[2..-1]
	end
end

complete -c shmgrctl -f -a '(__shmgrctl_complete)'
