// The tables, as numbered steps. Threading: constant data.
#pragma once

#include <span>

#include "store/database.h"

namespace weir::store {

std::span<const Migration> Schema();

}  // namespace weir::store
