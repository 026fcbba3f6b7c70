/* Handles: which proxies this session has opened.
 *
 * The open of a proxy leaves a handle with the session of the thread that called it. An ephemeral object lives
 * as long as some session has a handle, so each further session that uses such a proxy opens it too, in front
 * of its first call. The last unref of a proxy releases all its handles: that of its own thread is given back
 * at once, those of other threads when they make their next call, since nobody else may write to their
 * sessions. A session that ends has no handles. */
#pragma once

#include <stdint.h>

#include "client.h"

typedef struct Proxy Proxy;

/* The open of a proxy was answered on this session: 0 or -ENOMEM. */
int handle_note(Client *client, const Proxy *proxy);
/* A call of the proxy was answered on this session, which may have opened nothing: 0 or -ENOMEM. */
int handle_know(Client *client, const Proxy *proxy);
/* Whether neither is so. */
bool handle_is_new(const Client *client, const Proxy *proxy);
/* Puts an open of the proxy in front of what is to be sent, if its object is ephemeral and this session has
 * no handle: 0 or -ENOMEM. */
int handle_join(Client *client, const Proxy *proxy);
/* The last reference to the proxy is gone. */
void handles_release(const Proxy *proxy);
/* Puts what is to be given back in front of what is to be sent: 0 or -ENOMEM. */
int handles_give_back(Client *client);
/* The session is over. */
void handles_clear(Client *client);
