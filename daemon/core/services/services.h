/* The families of methods that have no object of their own type. */
#pragma once

#include "type.h"

extern const Service service_lock;
extern const Service service_object;
extern const Service service_rpc;
extern const Service service_server;
extern const Service service_session;
