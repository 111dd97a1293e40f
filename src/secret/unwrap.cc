#include "secret/scan_state.h"

namespace weir::secret {

void Scanner::Impl::ScanUnwrapped(std::string_view view, std::size_t own_from, std::size_t own_to) {
  static_cast<void>(view);
  static_cast<void>(own_from);
  static_cast<void>(own_to);
}

}  // namespace weir::secret
