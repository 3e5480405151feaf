// Certificates that a test makes for itself.
#pragma once

#include "api/tls.hpp"

#include <filesystem>
#include <string>

namespace upline::tests {

/// Writes <folder>/<name>.pem and <name>.key: a certificate of its own for that name, valid for a day.
api::TlsFiles make_certificate(const std::filesystem::path& folder, const std::string& name);

}  // namespace upline::tests
