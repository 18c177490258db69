#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace hark::protocol::http1::testing {

struct Vector {
  std::string name, bytes, words;
};

/// Undoes \r \n \t \\ and \xNN, and \*N(c): N times the byte c.
inline std::string unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    switch (const char c = text[++i]) {
      case 'r': bytes += '\r'; break;
      case 'n': bytes += '\n'; break;
      case 't': bytes += '\t'; break;
      case 'x':
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      case '*': {
        const std::size_t open = text.find('(', i);
        bytes.append(std::stoul(std::string(text.substr(i + 1, open - i - 1))), text[open + 1]);
        i = open + 2;
        break;
      }
      default: bytes += c;
    }
  }
  return bytes;
}

/// The lines `name | bytes | words` of the file of that name.
inline std::vector<Vector> read_vectors(const std::string& path) {
  const auto trimmed = [](std::string text) {
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::ifstream file(path);
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto first = line.find('|'), last = line.rfind('|');
    vectors.push_back({trimmed(line.substr(0, first)),
                       unescaped(trimmed(line.substr(first + 1, last - first - 1))),
                       trimmed(line.substr(last + 1))});
  }
  return vectors;
}

}  // namespace hark::protocol::http1::testing
