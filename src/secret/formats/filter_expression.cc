#include "secret/formats/filter_expression.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/strings.h"

namespace weir::secret {
namespace {

constexpr std::size_t kMaxTokens = 200'000;
constexpr int kMaxDepth = 32;

struct Token {
  enum class Kind : std::uint8_t { kEnd, kWord, kString, kNumber, kSign } kind = Kind::kEnd;
  std::string text;
  bool Is(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  bool IsWord(std::string_view word) const { return kind == Kind::kWord && text == word; }
};

std::string Unescape(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 1 == quoted.size()) {
      text.push_back(quoted[i]);
      continue;
    }
    const char c = quoted[++i];
    text.push_back(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
  }
  return text;
}

std::vector<Token> Tokens(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (at < text.size() && tokens.size() < kMaxTokens) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '`') {
      const std::size_t end = std::min(text.find('`', at + 1), text.size());
      tokens.push_back({Token::Kind::kString, std::string(text.substr(at + 1, end - at - 1))});
      at = std::min(end + 1, text.size());
    } else if (c == '"' || c == '\'') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != c) end += text[end] == '\\' ? 2U : 1U;
      end = std::min(end, text.size());
      tokens.push_back({Token::Kind::kString, Unescape(text.substr(at + 1, end - at - 1))});
      at = std::min(end + 1, text.size());
    } else if (IsAlpha(c) || c == '_') {
      std::size_t end = at;
      while (end < text.size() &&
             (IsAlpha(text[end]) || IsDigit(text[end]) || text[end] == '_' || text[end] == '.'))
        ++end;
      tokens.push_back({Token::Kind::kWord, std::string(text.substr(at, end - at))});
      at = end;
    } else if (IsDigit(c)) {
      std::size_t end = at;
      while (end < text.size() && (IsDigit(text[end]) || text[end] == '.')) ++end;
      tokens.push_back({Token::Kind::kNumber, std::string(text.substr(at, end - at))});
      at = end;
    } else {
      const std::string_view two = text.substr(at, 2);
      const bool pair =
          two == "||" || two == "&&" || two == "<=" || two == ">=" || two == "==" || two == "!=";
      tokens.push_back({Token::Kind::kSign, std::string(text.substr(at, pair ? 2 : 1))});
      at += pair ? 2 : 1;
    }
  }
  tokens.push_back({});
  return tokens;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : tokens_(Tokens(text)) {}

  const Token& Peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool End() const { return Peek().kind == Token::Kind::kEnd; }
  void Next() {
    if (!End()) ++at_;
  }
  bool Take(std::string_view sign) {
    if (!Peek().Is(sign)) return false;
    Next();
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!Peek().IsWord(word)) return false;
    Next();
    return true;
  }
  std::optional<std::string> TakeString() {
    if (Peek().kind != Token::Kind::kString) return std::nullopt;
    std::string text = Peek().text;
    Next();
    return text;
  }
  std::optional<double> TakeNumber() {
    if (Peek().kind != Token::Kind::kNumber) return std::nullopt;
    const auto number = ParseDouble(Peek().text);
    Next();
    return number;
  }
  std::optional<std::vector<std::string>> TakeStrings() {
    if (!Take("[")) return std::nullopt;
    std::vector<std::string> strings;
    while (!Take("]")) {
      auto text = TakeString();
      if (!text) return std::nullopt;
      strings.push_back(std::move(*text));
      if (!Take(",") && !Peek().Is("]")) return std::nullopt;
    }
    return strings;
  }
  /// finding["WHICH"]
  std::optional<std::string> TakeFinding() {
    if (!TakeWord("finding") || !Take("[")) return std::nullopt;
    auto which = TakeString();
    return Take("]") ? which : std::nullopt;
  }
  std::size_t at() const { return at_; }
  void set_at(std::size_t at) { at_ = at; }

 private:
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
};

/// One of the conditions that "or" joins.
struct Alternative {
  double entropy = 0;
  Allowlist list;
};
using Alternatives = std::vector<Alternative>;

class Filter {
 public:
  explicit Filter(std::string_view text) : in_(text) {}

  FilterParts Run() {
    FilterParts parts;
    for (Alternative& alternative : Or(0)) {
      if (alternative.entropy > 0) {
        parts.entropy = std::max(parts.entropy, alternative.entropy);
      } else {
        parts.allowlists.push_back(std::move(alternative.list));
      }
    }
    parts.complete = complete_ && in_.End();
    return parts;
  }

 private:
  Alternatives Or(int depth) {
    Alternatives all;
    do {
      auto some = And(depth);
      if (!some) complete_ = false;
      if (some) std::move(some->begin(), some->end(), std::back_inserter(all));
    } while (in_.Take("||"));
    return all;
  }

  std::optional<Alternatives> And(int depth) {
    std::optional<Alternatives> result = Primary(depth);
    while (in_.Take("&&")) {
      std::optional<Alternatives> more = Primary(depth);
      result = Both(std::move(result), std::move(more));
    }
    return result;
  }

  /// Two lists that must both match are one with "all", if it has room for both.
  static std::optional<Alternatives> Both(std::optional<Alternatives> a, std::optional<Alternatives> b) {
    if (!a || !b || a->size() != 1 || b->size() != 1 || (*a)[0].entropy > 0 || (*b)[0].entropy > 0)
      return std::nullopt;
    Allowlist& left = (*a)[0].list;
    Allowlist& right = (*b)[0].list;
    const auto room = [](const auto& x, const auto& y) { return x.empty() || y.empty(); };
    if (!room(left.regexes, right.regexes) || !room(left.paths, right.paths) ||
        !room(left.stopwords, right.stopwords))
      return std::nullopt;
    if (left.regexes.empty()) {
      left.regexes = std::move(right.regexes);
      left.target = right.target;
    }
    if (left.paths.empty()) left.paths = std::move(right.paths);
    if (left.stopwords.empty()) left.stopwords = std::move(right.stopwords);
    left.all = true;
    return a;
  }

  std::optional<Alternatives> Primary(int depth) {
    const std::size_t start = in_.at();
    if (depth < kMaxDepth && in_.Take("(")) {
      const bool before = complete_;
      complete_ = true;
      Alternatives inner = Or(depth + 1);
      const bool whole = complete_ && in_.Take(")");
      complete_ = before;
      // Part of a disjunction is still right on its own, but not as a part of a conjunction.
      if (whole && !GoesOn()) return inner;
      complete_ = complete_ && whole;
      in_.set_at(start);
      Skip();
      return whole || GoesOn() ? std::nullopt : std::optional<Alternatives>(std::move(inner));
    }
    if (auto one = Call(); one && !GoesOn()) return Alternatives{std::move(*one)};
    in_.set_at(start);
    Skip();
    return std::nullopt;
  }

  /// Whether what follows makes the condition another one.
  bool GoesOn() const {
    const Token& next = in_.Peek();
    return next.kind != Token::Kind::kEnd && !next.Is("||") && !next.Is("&&") && !next.Is(")");
  }

  /// To the end of a condition that was not understood.
  void Skip() {
    int depth = 0;
    while (!in_.End()) {
      const Token& token = in_.Peek();
      if (depth == 0 && (token.Is("||") || token.Is("&&") || token.Is(")"))) return;
      if (token.Is("(") || token.Is("[") || token.Is("{")) ++depth;
      if (token.Is(")") || token.Is("]") || token.Is("}")) --depth;
      in_.Next();
    }
  }

  std::optional<Alternative> Call() {
    std::string name = in_.Peek().kind == Token::Kind::kWord ? in_.Peek().text : std::string();
    if (name.starts_with("filter.")) name.erase(0, 7);
    in_.Next();
    if (!in_.Take("(")) return std::nullopt;
    Alternative result;
    if (name == "entropy") {
      if (in_.TakeFinding() != "secret" || !in_.Take(")")) return std::nullopt;
      if (!in_.Take("<=") && !in_.Take("<")) return std::nullopt;
      const auto number = in_.TakeNumber();
      if (!number || *number <= 0) return std::nullopt;
      result.entropy = *number;
      return result;
    }
    if (name != "matchesAny" && name != "containsAny") return std::nullopt;
    bool path = false;
    if (in_.TakeWord("get")) {  // get(attributes, "path", "")
      if (!in_.Take("(") || !in_.TakeWord("attributes") || !in_.Take(",") || in_.TakeString() != "path" ||
          !in_.Take(",") || !in_.TakeString() || !in_.Take(")"))
        return std::nullopt;
      path = true;
    } else {
      const auto which = in_.TakeFinding();
      if (which == "match") {
        result.list.target = Allowlist::Target::kMatch;
      } else if (which == "line") {
        result.list.target = Allowlist::Target::kLine;
      } else if (which != "secret") {
        return std::nullopt;
      }
    }
    if (!in_.Take(",")) return std::nullopt;
    auto strings = in_.TakeStrings();
    if (!strings || strings->empty() || !in_.Take(")")) return std::nullopt;
    if (name == "matchesAny") {
      (path ? result.list.paths : result.list.regexes) = std::move(*strings);
    } else if (!path && result.list.target == Allowlist::Target::kSecret) {
      for (std::string& word : *strings) result.list.stopwords.push_back(ToLower(word));
    } else {
      return std::nullopt;
    }
    return result;
  }

  Reader in_;
  bool complete_ = true;
};

/// Texts and the secret, joined by '+'.
std::optional<std::string> TakeText(Reader& in) {
  std::string text;
  do {
    if (auto string = in.TakeString()) {
      text += *string;
    } else if (in.TakeFinding() == "secret") {
      text += "{{secret}}";
    } else {
      return std::nullopt;
    }
  } while (in.Take("+"));
  return text;
}

/// VAR.status == 200, or VAR.status in [401, 403]; then ? { "result": RESULT ...}.
std::optional<std::vector<int>> TakeVerdict(Reader& in, const std::string& variable,
                                            std::string_view result) {
  std::vector<int> codes;
  if (!in.TakeWord(variable + ".status")) return std::nullopt;
  if (in.Take("==")) {
    const auto code = in.TakeNumber();
    if (!code) return std::nullopt;
    codes.push_back(static_cast<int>(*code));
  } else {
    if (!in.TakeWord("in") || !in.Take("[")) return std::nullopt;
    while (!in.Take("]")) {
      const auto code = in.TakeNumber();
      if (!code) return std::nullopt;
      codes.push_back(static_cast<int>(*code));
      if (!in.Take(",") && !in.Peek().Is("]")) return std::nullopt;
    }
  }
  if (!in.Take("?") || !in.Take("{") || in.TakeString() != "result" || !in.Take(":") ||
      in.TakeString() != result)
    return std::nullopt;
  while (!in.End() && !in.Take("}")) in.Next();
  if (!in.Take(":")) return std::nullopt;
  return codes;
}

}  // namespace

FilterParts ReadFilterExpression(std::string_view text) { return Filter(text).Run(); }

std::optional<ValidationRequest> ReadValidateExpression(std::string_view text) {
  Reader in(text);
  if (!in.TakeWord("let") || in.Peek().kind != Token::Kind::kWord) return std::nullopt;
  const std::string variable = in.Peek().text;
  in.Next();
  ValidationRequest request;
  if (!in.Take("=")) return std::nullopt;
  if (in.TakeWord("http.post")) {
    request.method = "POST";
  } else if (!in.TakeWord("http.get")) {
    return std::nullopt;
  }
  if (!in.Take("(")) return std::nullopt;
  auto url = TakeText(in);
  if (!url || !url->starts_with("https://")) return std::nullopt;
  request.url = std::move(*url);
  if (in.Take(",")) {
    if (!in.Take("{")) return std::nullopt;
    while (!in.Take("}")) {
      auto name = in.TakeString();
      if (!name || !in.Take(":")) return std::nullopt;
      auto value = TakeText(in);
      if (!value) return std::nullopt;
      request.headers.emplace_back(std::move(*name), std::move(*value));
      if (!in.Take(",") && !in.Peek().Is("}")) return std::nullopt;
    }
    if (in.Take(",")) {
      auto body = TakeText(in);
      if (!body) return std::nullopt;
      request.body = std::move(*body);
    }
  }
  if (!in.Take(")") || !in.Take(";")) return std::nullopt;
  auto valid = TakeVerdict(in, variable, "valid");
  if (!valid) return std::nullopt;
  auto invalid = TakeVerdict(in, variable, "invalid");
  if (!invalid) return std::nullopt;
  request.valid = std::move(*valid);
  request.invalid = std::move(*invalid);
  return request;
}

}  // namespace weir::secret
