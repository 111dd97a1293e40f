// Java: org.apache.maven.artifact.versioning.ComparableVersion of Maven 3.9.
//
// Maven reads a version as a list whose last item may be a list again, so a version is a
// row of items in which an opening bracket is an item too; all brackets close at the end.
// Where one version has ended, the item of the other compares to "null".
//
// That order is not transitive. Between a word and a list the list wins whatever it holds,
// while against the end each goes by its own sign: "1.x.1" < "1-alpha" < "1" < "1.x.1". A 0
// before a pre-release word is the other case: "1-1" < "1.0.rc-1" < "1" < "1-1". CompareMaven
// answers such pairs as Maven does; in keys, the relation to the end is the one that holds.
//
// Keys leave out a Java runtime behind the version ("12.2.0.jre11"): it names a build of the same
// sources, and an advisory that names one build means all of them.
#include <array>
#include <vector>

#include "advisory/version/key.h"
#include "advisory/version/schemes.h"
#include "base/strings.h"

namespace weir::advisory {
namespace {

enum class Kind { kNumber, kWord, kList };

// Ranks of words; between kSnapshot and kServicePack is the release itself.
enum Rank : int { kAlpha, kBeta, kMilestone, kCandidate, kSnapshot, kNothing, kServicePack, kUnknown };

struct Item {
  Kind kind;
  std::string_view text;  // digits without leading zeros, or an unknown word
  Rank rank = kNothing;   // of a word
  int sign = 0;           // of the version from here on against its end: -1, 0, 1

  bool IsNull() const {
    return (kind == Kind::kNumber && text.empty()) || (kind == Kind::kWord && rank == kNothing);
  }
  int OwnSign() const {
    if (kind == Kind::kNumber) return text.empty() ? 0 : 1;
    if (kind == Kind::kWord) return rank < kNothing ? -1 : static_cast<int>(rank > kNothing);
    return 0;
  }
};

struct WordRank {
  std::string_view word;
  Rank rank;
};
constexpr std::array kWordRanks = {
    WordRank{"alpha", kAlpha},     WordRank{"beta", kBeta},      WordRank{"milestone", kMilestone},
    WordRank{"rc", kCandidate},    WordRank{"cr", kCandidate},   WordRank{"snapshot", kSnapshot},
    WordRank{"", kNothing},        WordRank{"ga", kNothing},     WordRank{"final", kNothing},
    WordRank{"release", kNothing}, WordRank{"sp", kServicePack},
};

Item WordItem(std::string_view word, bool digit_follows) {
  if (digit_follows && word == "a") return {Kind::kWord, {}, kAlpha};
  if (digit_follows && word == "b") return {Kind::kWord, {}, kBeta};
  if (digit_follows && word == "m") return {Kind::kWord, {}, kMilestone};
  for (const WordRank& known : kWordRanks) {
    if (word == known.word) return {Kind::kWord, {}, known.rank};
  }
  return {Kind::kWord, word, kUnknown};
}

/// LOWER must outlive the items.
class MavenParser {
 public:
  explicit MavenParser(std::string_view lower) : text_(lower) {}

  /// With the signs not yet set.
  std::vector<Item> Parse() {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '.' || c == '-') {
        AddToken(i);
        start_ = i + 1;
        if (c == '-') OpenList();
      } else if (IsDigit(c)) {
        if (!in_digits_ && i > start_) EndWordBeforeDigit(i);
        in_digits_ = true;
      } else {
        if (in_digits_ && i > start_) {
          AddToken(i);
          start_ = i;
          OpenList();
        }
        in_digits_ = false;
      }
    }
    if (text_.size() > start_) {
      if (!in_digits_ && list_has_items_) OpenList();
      AddToken(text_.size());
    }
    DropNulls();
    return std::move(items_);
  }

 private:
  void Add(const Item& item) {
    items_.push_back(item);
    list_has_items_ = true;
  }
  void OpenList() {
    items_.push_back({Kind::kList, {}});
    list_has_items_ = false;
  }
  void AddToken(std::size_t end) {
    const std::string_view token = text_.substr(start_, end - start_);
    if (token.empty() || in_digits_) {
      Add({Kind::kNumber, WithoutLeadingZeros(token)});
    } else {
      Add(WordItem(token, false));
    }
  }
  void EndWordBeforeDigit(std::size_t end) {
    if (list_has_items_) OpenList();
    Add(WordItem(text_.substr(start_, end - start_), true));
    start_ = end;
    OpenList();
  }
  /// Nulls at the end of each list go, then the lists that are left empty.
  void DropNulls() {
    std::vector<Item> kept;
    for (const Item& item : items_) {
      if (item.kind == Kind::kList) {
        while (!kept.empty() && kept.back().IsNull()) kept.pop_back();
      }
      kept.push_back(item);
    }
    while (!kept.empty() && (kept.back().IsNull() || kept.back().kind == Kind::kList)) kept.pop_back();
    items_ = std::move(kept);
  }

  std::string_view text_;
  std::vector<Item> items_;
  std::size_t start_ = 0;
  bool in_digits_ = false;
  bool list_has_items_ = false;
};

void SetSigns(std::vector<Item>& items) {
  int sign = 0;
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (const int own = item->OwnSign(); own != 0) sign = own;
    item->sign = sign;
  }
}

/// Marks in key order; those with a sign stand on both sides of the end.
enum Mark : int {
  kNegativeWord = 1,  // then its rank
  kNothingThenNegative,
  kNegativeList,
  kZeroThenNegative,
  kEnd,
  kNothingThenPositive,
  kPositiveWord,  // then its rank and text
  kPositiveList,
  kZeroThenPositive,
  kPositiveNumber,  // then the number
};

void AppendItem(std::string& key, const Item& item) {
  const bool negative = item.sign < 0;
  if (item.kind == Kind::kList) {
    AppendByte(key, negative ? kNegativeList : kPositiveList);
  } else if (item.kind == Kind::kNumber && item.text.empty()) {
    AppendByte(key, negative ? kZeroThenNegative : kZeroThenPositive);
  } else if (item.kind == Kind::kNumber) {
    AppendByte(key, kPositiveNumber);
    AppendNumber(key, item.text);
  } else if (item.rank == kNothing) {
    AppendByte(key, negative ? kNothingThenNegative : kNothingThenPositive);
  } else {
    AppendByte(key, negative ? kNegativeWord : kPositiveWord);
    AppendByte(key, item.rank);
    if (item.rank == kUnknown) AppendText(key, item.text);
  }
}

/// [..., (, "jre", (, 11]
void DropRuntime(std::vector<Item>& items) {
  constexpr std::size_t kRuntimeItems = 4;
  if (items.size() <= kRuntimeItems) return;
  const Item* tail = &items[items.size() - kRuntimeItems];
  if (tail[0].kind != Kind::kList || tail[2].kind != Kind::kList || tail[3].kind != Kind::kNumber) return;
  if (tail[1].kind != Kind::kWord || (tail[1].text != "jre" && tail[1].text != "jdk")) return;
  items.resize(items.size() - kRuntimeItems);
}

int KindOrder(Kind kind) { return kind == Kind::kWord ? 0 : kind == Kind::kList ? 1 : 2; }

std::strong_ordering CompareItems(const Item& a, const Item& b) {
  if (a.kind != b.kind) return KindOrder(a.kind) <=> KindOrder(b.kind);
  if (a.kind == Kind::kList) return std::strong_ordering::equal;
  if (a.kind == Kind::kWord) return a.rank != b.rank ? a.rank <=> b.rank : a.text.compare(b.text) <=> 0;
  return a.text.size() != b.text.size() ? a.text.size() <=> b.text.size() : a.text.compare(b.text) <=> 0;
}

}  // namespace

Result<std::string> EncodeMaven(std::string_view version) {
  const std::string lower = ToLower(version);
  std::vector<Item> items = MavenParser(lower).Parse();
  DropRuntime(items);
  SetSigns(items);
  std::string key;
  for (const Item& item : items) AppendItem(key, item);
  AppendByte(key, kEnd);
  return key;
}

std::strong_ordering CompareMaven(std::string_view a, std::string_view b) {
  const std::string lower_a = ToLower(a);
  const std::string lower_b = ToLower(b);
  std::vector<Item> items_a = MavenParser(lower_a).Parse();
  std::vector<Item> items_b = MavenParser(lower_b).Parse();
  SetSigns(items_a);
  SetSigns(items_b);
  const std::size_t common = std::min(items_a.size(), items_b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const std::strong_ordering order = CompareItems(items_a[i], items_b[i]); order != 0) return order;
  }
  if (items_a.size() > common) return items_a[common].sign <=> 0;
  if (items_b.size() > common) return 0 <=> items_b[common].sign;
  return std::strong_ordering::equal;
}

}  // namespace weir::advisory
