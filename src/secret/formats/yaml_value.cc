// The only file of the room that knows the YAML library. The tree is made from the
// parser's events, so that the bounds hold while it grows. Exceptions end here.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "secret/formats/value.h"

namespace weir::secret {
namespace {

/// Thrown through yaml-cpp's parser, and caught in ReadYaml.
struct Refused {
  Code code;
  const char* why;
};

class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const ValueLimits& limits) : limits_(limits) {}
  Value Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Scalar(mark, anchor, Value::Kind::kNull, {});
  }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { NoAnchor(1); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    // A plain "null" is nothing; a quoted one is a word.
    const bool nothing = tag == "?" && (text.empty() || text == "~" || text == "null");
    Scalar(mark, anchor, nothing ? Value::Kind::kNull : Value::Kind::kScalar, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Enter(mark, anchor, Value::Kind::kArray);
  }
  void OnSequenceEnd() override { Leave(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Enter(mark, anchor, Value::Kind::kTable);
  }
  void OnMapEnd() override { Leave(); }

 private:
  /// A table or array that is still open. Its value joins its parent when it closes, so no pointer into a
  /// growing vector is kept.
  struct Open {
    Value value;
    std::string key;  // of a table: read, and waiting for its value
    bool has_key = false;
  };

  static void NoAnchor(YAML::anchor_t anchor) {
    if (anchor != 0) throw Refused{Code::kUnsupported, "anchors and aliases are not read"};
  }
  Value Make(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Kind kind) {
    NoAnchor(anchor);
    if (++nodes_ > limits_.max_nodes) throw Refused{Code::kLimitExceeded, "too many values"};
    Value value;
    value.kind = kind;
    value.line = mark.line < 0 ? 0 : static_cast<std::uint32_t>(mark.line) + 1;
    return value;
  }
  void Scalar(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Kind kind, const std::string& text) {
    Value value = Make(mark, anchor, kind);
    value.text = text;
    Put(std::move(value));
  }
  void Enter(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Kind kind) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth)
      throw Refused{Code::kLimitExceeded, "nested too deep"};
    open_.push_back({Make(mark, anchor, kind), {}, false});
  }
  void Leave() {
    if (open_.empty()) throw Refused{Code::kMalformed, "ends what never began"};
    Value value = std::move(open_.back().value);
    open_.pop_back();
    Put(std::move(value));
  }
  void Put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.IsArray()) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.has_key) {
      if (value.IsArray() || value.IsTable()) throw Refused{Code::kUnsupported, "a key that is no word"};
      parent.key = std::move(value.text);
      parent.has_key = true;
    } else {
      parent.value.members.push_back({std::move(parent.key), std::move(value)});
      parent.key.clear();
      parent.has_key = false;
    }
  }

  const ValueLimits& limits_;
  std::vector<Open> open_;
  Value root_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<Value> ReadYaml(std::string_view text, const ValueLimits& limits) {
  if (text.size() > limits.max_bytes)
    return Err(Code::kLimitExceeded, "longer than " + std::to_string(limits.max_bytes) + " bytes");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(limits);
    parser.HandleNextDocument(builder);
    return builder.Take();
  } catch (const Refused& refused) {
    return Err(refused.code, refused.why);
  } catch (const YAML::Exception& error) {
    return Err(Code::kMalformed,
               "line " + std::to_string(error.mark.line + 1) + ": " + ToValidUtf8(error.msg));
  } catch (const std::exception& error) {
    return Err(Code::kMalformed, ToValidUtf8(error.what()));
  }
}

}  // namespace weir::secret
