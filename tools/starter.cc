// The embedded starter set: declared in advisory/index.h and advisory/starter.h.
#include "advisory/starter.h"

#include <string_view>

#include "advisory/index.h"

extern "C" {
extern const char weir_starter_index[], weir_starter_index_end[];
extern const char weir_starter_texts[], weir_starter_texts_end[];
}

namespace weir::advisory {

std::string_view EmbeddedIndexBytes() {
  return {weir_starter_index, static_cast<std::size_t>(weir_starter_index_end - weir_starter_index)};
}

std::vector<std::string> EmbeddedStarterYaml() {
  std::string_view rest(weir_starter_texts,
                        static_cast<std::size_t>(weir_starter_texts_end - weir_starter_texts));
  std::vector<std::string> texts;
  while (!rest.empty()) {
    std::size_t end = rest.find('\f');
    if (end == std::string_view::npos) end = rest.size();
    if (end > 0) texts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end < rest.size() ? end + 1 : end);
  }
  return texts;
}

}  // namespace weir::advisory
