/* The symbolic names of the errors that the wire carries. */
#pragma once

/* "ENODATA" for ENODATA; "EIO" for what has no name here. */
const char *errno_name(int error);
/* ENODATA for "ENODATA"; EIO for what is not known. */
int errno_from_name(const char *name);
