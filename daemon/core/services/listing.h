/* object.list and object.scan: list objects. */
#pragma once

#include "call/method.h"

int object_list(Call *call, Object *none);
int object_scan(Call *call, Object *none);

extern const Arg object_list_args[], object_scan_args[];
WorkOf work_list, work_scan_objects;
