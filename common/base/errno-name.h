/* The symbolic names of the errors that the wire carries. */
#pragma once

/* Returns "ENODATA" for ENODATA, and "EIO" for an error that the wire does not carry. */
const char *errno_name(int error);
/* Returns ENODATA for "ENODATA", and EIO for an unknown name. */
int errno_from_name(const char *name);
