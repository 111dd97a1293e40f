// Help texts: purpose, examples, usage, options, in this order.
#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace weir::cli {

std::shared_ptr<CLI::FormatterBase> MakeHelpFormatter();

}  // namespace weir::cli
