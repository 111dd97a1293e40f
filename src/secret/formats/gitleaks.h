// Rules as gitleaks writes them (TOML; its config package of version 8 is what counts
// where its words are silent), as betterleaks extends them, and as our own pack does.
// Of betterleaks' expressions the plain ones are understood; see filter_expression.h.
// Threading: pure, but for what LOADER does.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "secret/formats/value.h"
#include "secret/rule.h"

namespace weir::secret {

/// The text of the file that [extend] names. Empty: extend.path is remarked and not followed.
using ExtendLoader = std::function<Result<std::string>(const std::string& path)>;

RuleSet ReadGitleaks(const Value& root, std::string_view name, const ExtendLoader& loader);

}  // namespace weir::secret
