#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace hark::protocol::grpc::test {

inline std::string unhex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

struct Vector {
  std::string message, bytes, words;
};

inline std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// The lines `message | hex | words` of a file in tests/vectors/grpc.
inline std::vector<Vector> read_vectors(const std::string& name) {
  std::ifstream file(HARK_SOURCE_DIR "/tests/vectors/grpc/" + name);
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto first = line.find('|'), second = line.find('|', first + 1);
    vectors.push_back({trimmed(line.substr(0, first)),
                       unhex(trimmed(line.substr(first + 1, second - first - 1))),
                       trimmed(line.substr(second + 1))});
  }
  return vectors;
}

}  // namespace hark::protocol::grpc::test
