/* Durable objects that a user has from before the start of the daemon. Objects belong to a uid, and
 * a uid may be given to another person after an account was deleted. So with the first session of a
 * uid the log tells that it owns objects, how many, and since when. The daemon looks up no names,
 * since that could block. */
#pragma once

typedef struct Object Object;
typedef struct Session Session;

/* Called when the object was read from the disk. */
void inherited_note(const Object *object);
/* Called when a session has begun. Reports once, with the first session of its user. */
void inherited_tell(const Session *session);
