// Whether a sanitizer watches these tests: then everything takes several times as long, and what matters is which way
// the program goes, not how often. Release tests run the whole size.
#pragma once

namespace upline::tests {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

}  // namespace upline::tests
