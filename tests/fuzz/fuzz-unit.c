/* Scripts of the fuzzers, and their player: see fuzz-unit.h. */
#include <stdlib.h>

#include "base/macros.h"
#include "fuzz/fuzz-check.h"
#include "fuzz/fuzz-draw.h"
#include "fuzz/fuzz-unit.h"

/* A session, the method that it calls, and the params: JSON in which ' stands for ", ~ and ^ for two different
 * digits that are drawn for the script, ? for mode bits, # for the id of the last reserved item, % for the id
 * of a waiting call, * for many elements and & for many members. Without a method the session dies; a number
 * lets as many milliseconds pass. */
typedef struct Step {
        char session; /* 'a', 'b' or 'c' */
        const char *method, *params;
} Step;

enum { STEPS_MAX = 24, BATCH_MAX = 4 };

#define DIES .method = NULL, .params = NULL

static const Step scripts[][STEPS_MAX] = {
        {{'a', "pipe.open", "{'name':'pipe~','create':true,'end':'reader'}"},
         {'b', "pipe.open", "{'name':'pipe~','end':'writer'}"},
         {'a', "pipe.close", "['pipe~','reader']"},
         {'b', "pipe.close", "['pipe~','writer']"},
         {'c', "pipe.open", "{'name':'pipe~','create':true,'end':'reader'}"}},
        {{'a', "pipe.open",
          "{'name':'pipe~','create':true,'end':'a','duplex':true,'lifetime':'ephemeral','mode':?}"},
         {'b', "pipe.open", "{'name':'pipe~','end':'b'}"},
         {'c', "list.open", "{'name':'list~','create':true}"},
         {'c', "list.append", "['list~',{'$object':'pipe~'}]"},
         {'a', DIES},
         {'b', "pipe.close", "['pipe~','b']"},
         {'c', "list.pop", "['list~']"},
         {'b', "object.stat", "['pipe~']"}},
        /* Values are read, and dropped or replaced before all readers have them. */
        {{'a', "dict.open", "{'name':'dict~','create':true,'mode':?}"},
         {'a', "dict.set", "['dict~','long','a string that is not short']"},
         {'a', "dict.set", "['dict~','many',[*]]"},
         {'a', "dict.set", "['dict~','escaped','a string of two\\nlines']"},
         {'b', "dict.get", "['dict~','long']"},
         {'b', "dict.get", "['dict~','many']"},
         {'c', "dict.get", "['dict~','escaped']"},
         {'c', "dict.get", "['dict~','long']"},
         {'a', "dict.set", "['dict~','long',{&}]"},
         {'b', "dict.get", "['dict~','long']"},
         {'c', "dict.pop", "['dict~','many']"},
         {'c', "dict.pop", "['dict~','long']"},
         {'a', "dict.pop", "['dict~','escaped']"},
         {'b', DIES}},
        {{'a', "queue.open", "{'name':'queue~','create':true}"},
         {'b', "queue.get", "['queue~']"},
         {'c', "queue.get", "['queue~',40]"},
         {'a', "queue.put", "['queue~',[*],0]"},
         {'a', "queue.put", "['queue~','a string that is not short',0]"},
         {'b', "pipe.open", "{'name':'pipe~','create':true,'end':'reader'}"},
         {'a', "queue.put", "['queue~',{&},0]"},
         {'b', "queue.get", "['queue~',0]"},
         {'c', "list.open", "{'name':'list~','create':true}"},
         {'c', "list.extend", "['list~',['the first of three strings','the second',[*]]]"},
         {'b', "list.get", "['list~',0]"},
         {'c', "list.pop", "['list~']"},
         {'b', "list.pop", "['list~',0]"},
         {'b', "pipe.close", "['pipe~','reader']"},
         {'a', "object.delete", "['queue~']"}},
        /* A chain of references is made and dropped. */
        {{'a', "list.open", "{'name':'list~','create':true,'lifetime':'ephemeral'}"},
         {'a', "dict.open", "{'name':'dict~','create':true,'lifetime':'ephemeral'}"},
         {'a', "queue.open", "{'name':'queue~','create':true,'lifetime':'ephemeral'}"},
         {'a', "dict.set", "['dict~','a',[{'$object':'list~'},{'$object':'list~'}]]"},
         {'a', "queue.put", "['queue~',{'x':{'$object':'dict~'}},0]"},
         {'a', "list.append", "['list~',{'$object':'value~'}]"},
         {'a', "object.close", "['list~']"},
         {'a', "object.close", "['dict~']"},
         {'b', "queue.reserve", "['queue~',0]"},
         {'a', "object.close", "['queue~']"},
         {'b', "queue.ack", "['queue~',#]"},
         {'b', "dict.clear", "['dict~']"},
         {'b', "server.ping", "[]"}},
        /* A ring of references, to which many others refer. */
        {{'a', "list.open", "{'name':'list~','create':true,'lifetime':'ephemeral'}"},
         {'a', "list.open", "{'name':'list^','create':true,'lifetime':'ephemeral'}"},
         {'a', "list.append", "['list~',{'$object':'list^'}]"},
         {'a', "list.append", "['list^',{'$object':'list~'}]"},
         {'a', "list.append", "['list~',{'$object':'list~'}]"},
         {'a', "list.repeat", "['list~',5]"},
         {'b', "namespace.open", "{'name':'namespace~','create':true,'lifetime':'ephemeral'}"},
         {'b', "namespace.set", "['namespace~','x',{'$object':'list~'}]"},
         {'a', "object.close", "['list^']"},
         {'a', "object.close", "['list~']"},
         {'b', "namespace.get", "['namespace~','x']"},
         {'b', DIES}},
        /* Locks taken in two orders, and in one call. */
        {{'a', "lock.open", "{'name':'lock~','create':true,'mode':?}"},
         {'a', "lock.open", "{'name':'lock^','create':true,'mode':?}"},
         {'a', "lock.acquire", "['lock~']"},
         {'b', "lock.acquire", "['lock^']"},
         {'a', "lock.acquire", "['lock^',100]"},
         {'c', "lock.acquire_many", "{'objects':[{'name':'lock~'},{'name':'lock^'}]}"},
         {'b', "lock.acquire", "['lock~']"},
         {'b', DIES},
         {'a', "lock.release", "['lock~']"},
         {'c', "lock.release", "['lock^']"},
         {'a', "lock.release", "['lock^']"},
         {'c', "lock.release", "['lock~']"}},
        {{'a', "rlock.open", "{'name':'rlock~','create':true,'on_owner_death':'poison'}"},
         {'a', "rlock.acquire", "['rlock~']"},
         {'a', "rlock.acquire", "['rlock~']"},
         {'b', "rlock.acquire", "['rlock~']"},
         {'c', "rlock.acquire", "['rlock~',30]"},
         {'a', DIES},
         {'t', NULL, "40"},
         {'b', "rlock.recover", "['rlock~']"},
         {'b', "rlock.acquire", "['rlock~']"},
         {'b', "object.delete", "['rlock~']"}},
        {{'a', "rwlock.open", "{'name':'rwlock~','create':true}"},
         {'a', "rwlock.acquire_read", "['rwlock~']"},
         {'b', "rwlock.acquire_read", "['rwlock~']"},
         {'c', "rwlock.acquire_write", "['rwlock~',50]"},
         {'b', "rwlock.acquire_read", "['rwlock~']"},
         {'a', "rwlock.acquire_write", "['rwlock~']"},
         {'b', "rwlock.release", "['rwlock~']"},
         {'c', "session.cancel", "[%]"},
         {'b', DIES},
         {'a', "rwlock.downgrade", "['rwlock~']"},
         {'a', "rwlock.release", "['rwlock~']"},
         {'c', "rwlock.release", "['rwlock~']"}},
        /* Waiters of a condition are notified, give up, die. */
        {{'a', "lock.open", "{'name':'lock~','create':true}"},
         {'a', "condition.open", "{'name':'condition~','create':true,'lock':'lock~'}"},
         {'a', "condition.acquire", "['condition~']"},
         {'a', "condition.wait", "['condition~']"},
         {'b', "condition.acquire", "['condition~']"},
         {'b', "condition.wait", "['condition~',30]"},
         {'c', "condition.acquire", "['condition~']"},
         {'c', "condition.notify", "['condition~',1]"},
         {'t', NULL, "40"},
         {'c', "condition.notify_all", "['condition~']"},
         {'a', "session.cancel", "[%]"},
         {'c', "condition.release", "['condition~']"},
         {'b', DIES},
         {'a', "condition.release", "['condition~']"},
         {'a', "object.delete", "['lock~']"}},
        {{'a', "queue.open", "{'name':'queue~','create':true,'maxsize':3,'mode':?}"},
         {'a', "queue.put_many", "['queue~',[1,2,3],0]"},
         {'c', "queue.put", "['queue~',4]"},
         {'b', "queue.reserve", "['queue~']"},
         {'b', "queue.reserve", "['queue~']"},
         {'a', "queue.join", "['queue~']"},
         {'b', "queue.ack", "['queue~',#]"},
         {'b', DIES},
         {'a', "queue.get_many", "['queue~',5,0]"},
         {'b', "queue.nack", "['queue~',#]"},
         {'c', "queue.close", "['queue~',true]"},
         {'a', "queue.task_done", "['queue~',1]"}},
        {{'a', "queue.open", "{'name':'queue~','create':true,'order':'priority','maxsize':0}"},
         {'a', "queue.put_many", "['queue~',[*]]"},
         {'b', "queue.reserve", "['queue~',0]"},
         {'a', "queue.put_many", "['queue~',[*],0]"},
         {'b', "queue.get_many", "['queue~',50,0]"},
         {'c', "queue.close", "['queue~',true]"},
         {'b', DIES},
         {'c', "object.delete", "['queue~']"}},
        /* An object is deleted while sessions wait for it. */
        {{'a', "event.open", "{'name':'event~','create':true,'lifetime':'ephemeral'}"},
         {'b', "event.wait", "['event~']"},
         {'c', "object.wait_any", "{'conditions':[{'event':'event~'},{'semaphore':'semaphore~'}]}"},
         {'c', "event.wait", "['event~',60]"},
         {'a', "object.close", "['event~']"},
         {'a', "event.open", "{'name':'event~','create':true}"},
         {'b', "event.wait", "['event~']"},
         {'a', "object.delete", "['event~']"}},
        {{'a', "semaphore.open", "{'name':'semaphore~','create':true,'value':2,'owned':true}"},
         {'a', "lock.open", "{'name':'lock~','create':true}"},
         {'a', "lock.acquire", "['lock~']"},
         {'b', "semaphore.acquire", "['semaphore~',2]"},
         {'c', "lock.acquire_many", "{'objects':[{'name':'semaphore~'},{'name':'lock~'}]}"},
         {'c', "object.wait_any", "{'conditions':[{'semaphore':'semaphore~'},{'lock':'lock~'}]}"},
         {'a', "semaphore.acquire", "['semaphore~',1,50]"},
         {'b', "semaphore.release", "['semaphore~',1]"},
         {'a', "lock.release", "['lock~']"},
         {'b', DIES},
         {'c', "semaphore.release", "['semaphore~',1]"}},
        {{'a', "barrier.open", "{'name':'barrier~','create':true,'parties':3}"},
         {'a', "barrier.wait", "['barrier~']"},
         {'b', "barrier.wait", "['barrier~',30]"},
         {'t', NULL, "35"},
         {'c', "barrier.reset", "['barrier~']"},
         {'a', "barrier.wait", "['barrier~']"},
         {'b', DIES},
         {'c', "barrier.wait", "['barrier~']"},
         {'c', "barrier.abort", "['barrier~']"}},
        {{'a', "counter.open", "{'name':'counter~','create':true,'mode':?}"},
         {'b', "counter.wait", "['counter~','>=',2]"},
         {'c', "counter.wait", "['counter~','==',3]"},
         {'c', "object.wait_any",
          "{'conditions':[{'counter':'counter~','op':'>=','value':4},{'event':'event~'}]}"},
         {'b', "counter.wait", "['counter~','<=',-5,30]"},
         {'a', "counter.add", "['counter~',2]"},
         {'a', "counter.add", "['counter~',2]"},
         {'a', "counter.set", "['counter~',-7]"}},
        /* Cursors over objects that change. */
        {{'a', "dict.open", "{'name':'dict~','create':true}"},
         {'a', "dict.update", "['dict~',{&}]"},
         {'b', "dict.scan", "['dict~',0,10]"},
         {'a', "dict.delete", "['dict~','k3']"},
         {'a', "dict.update", "['dict~',{&}]"},
         {'b', "dict.scan", "['dict~',5,10]"},
         {'a', "dict.copy", "['dict~']"},
         {'a', "dict.clear", "['dict~']"},
         {'b', "dict.scan", "['dict~',15,10]"},
         {'a', "dict.set", "['dict~','a',1]"},
         {'c', "object.delete", "['dict~']"}},
        {{'a', "set.open", "{'name':'set~','create':true,'value':[*]}"},
         {'a', "set.open", "{'name':'set^','create':true,'value':[*],'mode':?}"},
         {'b', "set.update", "{'name':'set~','values':[*]}"},
         {'b', "set.symmetric_difference_update", "{'name':'set~','other':'set^'}"},
         {'b', "set.union", "{'name':'set~','other':'set^'}"},
         {'c', "set.scan", "['set~',0,7]"},
         {'b', "set.intersection_update", "{'name':'set^','other':'set~'}"},
         {'c', "set.scan", "['set~',7,7]"},
         {'a', "set.difference_update", "{'name':'set~','other':'set~'}"},
         {'a', "set.clear", "['set^']"},
         {'a', "object.delete", "['set^']"}},
        /* Large values, and calls while these are being freed. */
        {{'a', "list.open", "{'name':'list~','create':true,'value':[*]}"},
         {'a', "list.extend", "['list~',[*]]"},
         {'b', "list.repeat", "['list~',3]"},
         {'a', "list.reverse", "['list~']"},
         {'a', "list.sort", "['list~']"},
         {'b', "list.set_slice", "['list~',1,200,1,[*]]"},
         {'a', "list.clear", "['list~']"},
         {'b', "list.extend", "['list~',[*]]"},
         {'a', "object.delete", "['list~']"},
         {'b', "list.open", "{'name':'list~','create':true}"},
         {'c', "list.append", "['list~',[[*],{&}]]"},
         {'c', "list.delete", "['list~',0]"}},
        /* Other users fill an object up to its bound, and wait for room with large arguments. */
        {{'a', "queue.open",
          "{'name':'queue~','create':true,'maxsize':2,'mode':438,'max_bytes':20000}"},
         {'b', "queue.put_many", "['queue~',[[*],[*]],0]"},
         {'b', "queue.put", "['queue~',[*]]"},
         {'c', "queue.put", "['queue~',{'a':[*]},60]"},
         {'a', "object.limit", "['queue~',3000]"},
         {'b', "object.wait_any", "{'conditions':[{'queue':'queue~'}]}"},
         {'a', "queue.get", "['queue~',0]"},
         {'a', "object.limit", "['queue~']"},
         {'a', "queue.get", "['queue~',0]"},
         {'a', "object.chown", "{'name':'queue~','uid':1000}"},
         {'c', DIES},
         {'b', "queue.get_many", "['queue~',9,0]"}},
        /* Mode bits and owner change while a session waits. */
        {{'a', "lock.open", "{'name':'lock~','create':true,'mode':?}"},
         {'a', "lock.acquire", "['lock~']"},
         {'b', "lock.acquire", "['lock~',80]"},
         {'c', "object.stat", "['lock~']"},
         {'a', "object.chmod", "['lock~',?]"},
         {'a', "object.chown", "{'name':'lock~','uid':2000}"},
         {'a', "lock.release", "['lock~']"},
         {'c', "lock.acquire", "['lock~',0]"},
         {'b', "lock.release", "['lock~']"},
         {'t', NULL, "90"}},
        /* Methods that report about all sessions and objects. */
        {{'a', "server.monitor", "{'method':'*','type':'queue'}"},
         {'b', "object.list", "{}"},
         {'b', "server.waits", "[]"},
         {'b', "object.scan", "{'count':1}"},
         {'c', "object.scan", "{'count':3,'pattern':'*~'}"},
         {'b', "server.scan_waits", "{'count':1}"},
         {'c', "server.scan_waits", "[]"},
         {'c', "server.stats", "[]"},
         {'a', "server.monitor", "{'off':true}"},
         {'b', "session.hello", "{'client':'unit','seq':true}"},
         {'c', "rpc.discover", "{'family':'list'}"}},
};

/* The sessions and objects of a script that is played. */
typedef struct Cast {
        unsigned sessions[3], digits[2];
} Cast;

static Cast cast_draw(World *world) {
        Cast cast;

        for (unsigned i = 0; i < ELEMENTSOF(cast.sessions); i++)
                cast.sessions[i] = draw_below(world, WORLD_TALKERS);
        cast.digits[0] = draw_below(world, 4);
        cast.digits[1] = (cast.digits[0] + 1 + draw_below(world, 3)) % 4;
        return cast;
}

static void put_params(World *world, Buffer *b, const Cast *cast, unsigned session,
                       const char *params) {
        static const int64_t modes[] = {0666, 0666, 0600, 0644, 0622, 0};

        for (const char *at = params; *at; at++)
                switch (*at) {
                case '\'':
                        draw_text(b, "\"");
                        break;
                case '~':
                case '^':
                        draw_int(b, cast->digits[*at == '^']);
                        break;
                case '?':
                        draw_int(b, modes[draw_below(world, ELEMENTSOF(modes))]);
                        break;
                case '#':
                        draw_int(b, world->last_item);
                        break;
                case '%':
                        draw_waiting_id(world, b, session);
                        break;
                case '*':
                        draw_elements(world, b);
                        break;
                case '&':
                        draw_members(world, b);
                        break;
                default:
                        WORLD_EXPECT(buffer_append(b, at, 1) == 0);
                }
}

static void put_call(World *world, Buffer *b, const Cast *cast, unsigned session,
                     const Step *step) {
        draw_begin(b, step->method);
        put_params(world, b, cast, session, step->params);
        draw_end(world, b, session);
}

static bool follows(const Step *step, const Step *next) {
        return step->method && next->method && step->session == next->session;
}

/* Sends this step, and following ones in one batch with it; returns how many steps were sent. */
static unsigned play_calls(World *world, const Cast *cast, const Step *step, unsigned n_left,
                           bool in_batches) {
        unsigned session = cast->sessions[step->session - 'a'], n = 1;
        Buffer line = {0};

        draw_text(&line, in_batches ? "[" : "");
        put_call(world, &line, cast, session, step);
        for (; in_batches && n < n_left && n < BATCH_MAX && follows(step, &step[n]); n++) {
                draw_text(&line, ",");
                put_call(world, &line, cast, session, &step[n]);
        }
        draw_text(&line, in_batches ? "]" : "");
        world_send_buffer(world, session, &line);
        buffer_deinit(&line);
        return n;
}

static unsigned play_step(World *world, const Cast *cast, const Step *step, unsigned n_left,
                          bool in_batches) {
        if (step->method)
                return play_calls(world, cast, step, n_left, in_batches);
        if (step->params)
                world_advance(world, (unsigned)atoi(step->params));
        else
                world_end_session(world, cast->sessions[step->session - 'a']);
        return 1;
}

void unit_play(World *world) {
        const Step *script = scripts[draw_below(world, ELEMENTSOF(scripts))];
        Cast cast = cast_draw(world);
        bool in_batches = draw_once_in(world, 5);
        unsigned n_steps = 0;

        while (n_steps < STEPS_MAX && script[n_steps].session)
                n_steps++;
        for (unsigned i = 0; i < n_steps;) {
                if (draw_once_in(world, 6))
                        world_do_anything(world);
                if (draw_once_in(world, 16)) {
                        i++;
                        continue;
                }
                unsigned n = play_step(world, &cast, &script[i], n_steps - i, in_batches);
                check_world(world);
                if (!draw_once_in(world, 16))
                        i += n;
        }
}
