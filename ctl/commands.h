/* Declares all commands. */
#pragma once

#include "command.h"

extern const Command command_bench;
extern const Command command_call;
extern const Command command_complete;
extern const Command command_dict_dump;
extern const Command command_dict_items;
extern const Command command_dict_keys;
extern const Command command_dict_values;
extern const Command command_discover;
extern const Command command_dump;
extern const Command command_help;
extern const Command command_list_dump;
extern const Command command_lock_run;
extern const Command command_ls;
extern const Command command_metrics;
extern const Command command_monitor;
extern const Command command_ping;
extern const Command command_pipe_read;
extern const Command command_pipe_write;
extern const Command command_queue_worker;
extern const Command command_restore;
extern const Command command_rm;
extern const Command command_semaphore_run;
extern const Command command_sessions;
extern const Command command_set_dump;
extern const Command command_shell;
extern const Command command_stat;
extern const Command command_top;
extern const Command command_waits;
