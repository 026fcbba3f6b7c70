/* Whether the build has the address sanitizer, which delays freeing, or the thread sanitizer, which runs
 * signal handlers later and under a mask of its own. */
#pragma once

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define IS_ADDRESS_SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define IS_ADDRESS_SANITIZED 1
#endif
#ifndef IS_ADDRESS_SANITIZED
#define IS_ADDRESS_SANITIZED 0
#endif

#ifdef __has_feature
#if __has_feature(thread_sanitizer)
#define IS_THREAD_SANITIZED 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define IS_THREAD_SANITIZED 1
#endif
#ifndef IS_THREAD_SANITIZED
#define IS_THREAD_SANITIZED 0
#endif
