#include <cstddef>
#include <cstdint>
#include <string>

#include "sbom/catalogers.h"
#include "sbom/python_text.h"
#include "sbom/testing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(data, data + size);
  auto cataloger = weir::sbom::MakePythonCataloger({});
  weir::sbom::RunCataloger(*cataloger, {{"a-1.dist-info/METADATA", text},
                                        {"a-1.dist-info/RECORD", text},
                                        {"a-1.dist-info/direct_url.json", text},
                                        {"b.egg-info/requires.txt", text},
                                        {"b.egg", text}});
  weir::sbom::ParseRequirement(text);
  return 0;
}
