/* Whether this is built with the address sanitizer, which keeps for a while what was freed. */
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
