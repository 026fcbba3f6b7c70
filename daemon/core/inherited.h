/* Durable objects that a user has from before the start of the daemon. Objects belong to a uid, and a uid may be given to another
 * person after an account was deleted: so the log tells, with the first session of the uid, that it owns objects, how many, and since
 * when. The daemon looks up no names: that could block. */
#pragma once

typedef struct Object Object;
typedef struct Session Session;

/* The object was read from the disk. */
void inherited_note(const Object *object);
/* The session has begun: told once, with the first one of its user. */
void inherited_tell(const Session *session);
