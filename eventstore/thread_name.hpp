// What a thread is called in the system's lists, such as `top -H` and a debugger's.
#pragma once

#include <pthread.h>

namespace upline::eventstore {

/// Names the calling thread: at most 15 characters.
inline void name_this_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace upline::eventstore
