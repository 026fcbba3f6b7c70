/* The tables of all types and services. A new type is entered here and nowhere else. */
#include <stddef.h>

#include "services/services.h"
#include "types/types.h"

const Type *const types[] = {
        &type_array,  &type_barrier,   &type_condition, &type_counter, &type_dict,  &type_event,
        &type_list,   &type_lock,      &type_namespace, &type_pipe,    &type_queue, &type_rlock,
        &type_rwlock, &type_semaphore, &type_set,       &type_value,   NULL,
};

const Service *const services[] = {
        &service_lock, &service_object, &service_rpc, &service_server, &service_session, NULL,
};
