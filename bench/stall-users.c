/* Several users at once, each with as much work as the bounds allow. */
#include <stdio.h>
#include <string.h>

#include "stall-act.h"
#include "stall-fill.h"
#include "stall-users.h"

enum { N_USERS = 4, SESSIONS_EACH = 8, N_ALL = N_USERS * SESSIONS_EACH, CALLS_EACH = 16 };

typedef struct Users {
        Client clients[N_ALL]; /* the users alternate */
        Client *all[N_ALL];
} Users;

static void users_open(Users *users) {
        for (size_t i = 0; i < N_ALL; i++) {
                client_open(&users->clients[i], STALL_UID + 10 + (uid_t)(i % N_USERS));
                users->all[i] = &users->clients[i];
        }
}

static void users_close(Users *users) {
        for (size_t i = 0; i < N_ALL; i++)
                client_close(&users->clients[i]);
}

/* Each user has objects of its own. */
static void users_fill(Users *users, const char *type, size_t n) {
        char name[16];

        for (size_t i = 0; i < N_USERS; i++) {
                snprintf(name, sizeof(name), "%.4s%zu", type, i);
                fill_object(&users->clients[i], type, name, n, false);
        }
}

static void users_act(Users *users, const char *method, const char *type) {
        char name[96];

        for (size_t i = 0; i < N_ALL; i++)
                for (unsigned k = 0; k < CALLS_EACH; k++)
                        client_add(&users->clients[i], method,
                                   strcmp(method, "list.count") == 0 ? "['%.4s%zu','absent']"
                                                                     : "['%.4s%zu']",
                                   type, i % N_USERS);
        snprintf(name, sizeof(name), "four users: 8 sessions each, %s", method);
        stall_act(name, users->all, N_ALL);
}

/* The sizes bring each call near the limit max-call-work, or near the maximum size of a message. */
void users_at_once(Client *c) {
        static Users users;

        users_open(&users);
        users_fill(&users, "list", 90000);
        users_fill(&users, "dict", 20000);
        users_act(&users, "list.count", "list");
        users_act(&users, "list.copy", "list");
        users_act(&users, "list.sort", "list");
        users_act(&users, "dict.items", "dict");
        users_close(&users);
}
