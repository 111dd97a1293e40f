#include "advisory/yaml_check.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <string>

#include "base/strings.h"

namespace weir::advisory {
namespace {

/// Thrown through yaml-cpp's parser, and caught below.
struct Refused {
  Code code;
  const char* why;
};

class Guard : public YAML::EventHandler {
 public:
  explicit Guard(int max_depth) : max_depth_(max_depth) {}
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { NoAnchor(anchor); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { NoAnchor(1); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    NoAnchor(anchor);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Enter(anchor);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Enter(anchor);
  }
  void OnMapEnd() override { --depth_; }

 private:
  static void NoAnchor(YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{Code::kUnsupported, "YAML anchors and aliases are not read"};
  }
  void Enter(YAML::anchor_t anchor) {
    NoAnchor(anchor);
    if (++depth_ > max_depth_) throw Refused{Code::kLimitExceeded, "YAML nested too deep"};
  }
  const int max_depth_;
  int depth_ = 0;
};

}  // namespace

Result<void> CheckYaml(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes)
    return Err(Code::kLimitExceeded, "YAML longer than " + std::to_string(max_bytes) + " bytes");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Guard guard(max_depth);
    // YAML::Load reads the first document only. No loop: on some inputs the library reports documents without
    // end.
    if (parser.HandleNextDocument(guard) && parser.HandleNextDocument(guard))
      return Err(Code::kUnsupported, "more than one YAML document");
  } catch (const Refused& refused) {
    return Err(refused.code, refused.why);
  } catch (const std::exception& error) {
    return Err(Code::kMalformed, ToValidUtf8(error.what()));
  }
  return {};
}

}  // namespace weir::advisory
